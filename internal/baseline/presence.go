package baseline

// A wide context counts in how many of its children a value is present. What a
// child says to its parent is a function of the child's state alone: for each
// value the day of its first count. When that changes, the parent's counts are
// moved, and so they are always what they would be had all been learned at once.

// open reports whether a row's habits may be counted by wider ones. An author's
// may once somebody of ours has written to him, or he is one of us: a stranger
// with many domains of his own would else teach the organisation what is common.
func (k *Keyer) open(p *Profile, l Level) bool {
	if l != Author {
		return true
	}
	h := p.find(Standing.Num)
	for i, v := range k.closed[Standing.Num] {
		if Standing.Closed[i] == In {
			continue
		}
		if j, ok := h.find(v); ok {
			if _, ok := h.vals[j].first(); ok {
				return true
			}
		}
	}
	return false
}

// presence is what a row says to its parents: only the values in of, or all when
// of is nil.
func presence(p *Profile, l Level, open bool, of map[FamilyValue]bool) map[FamilyValue]Day {
	out := make(map[FamilyValue]Day)
	if p == nil {
		return out
	}
	for _, h := range p.habits {
		f := byNum[h.fam]
		if f == nil {
			continue
		}
		if _, ok := f.Parent(l); !ok || !open && f != Standing {
			continue
		}
		for i := range h.vals {
			fv := FamilyValue{h.fam, h.vals[i].v}
			if of != nil && !of[fv] {
				continue
			}
			if d, ok := h.vals[i].first(); ok {
				out[fv] = d
			}
		}
	}
	return out
}
