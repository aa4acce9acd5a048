package baseline

import "slices"

// Told is one value of one habit as people may be told of it.
type Told struct {
	Family      *Family
	Value       Value
	Days        int // days on which it was taught, or children in which it is present
	First, Last Day
}

// Tell lists what a row of a level knows, by family, the most frequent value
// first.
func (p *Profile) Tell(l Level) (all []Told) {
	if p == nil {
		return nil
	}
	for _, h := range p.habits {
		f := byNum[h.fam]
		if f == nil {
			continue
		}
		from := len(all)
		for i := range h.vals {
			t := &h.vals[i]
			if first, ok := t.first(); ok {
				all = append(all, Told{f, t.v, t.total(f.daily(l)), first, t.last()})
			}
		}
		slices.SortStableFunc(all[from:], func(a, b Told) int { return b.Days - a.Days })
	}
	return all
}

// Name returns the readable form of a value of a closed family, "" for others.
func (k *Keyer) Name(f *Family, v Value) string {
	for i, x := range k.closed[f.Num] {
		if x == v {
			return f.Closed[i]
		}
	}
	return ""
}
