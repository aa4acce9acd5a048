package fit

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"kith/internal/judge"
	"kith/internal/kith"
)

// grain is the step of shipped figures: a sixteenth of a bit.
const grain = 1.0 / 16

func toGrain(x float64) float64 { return math.Round(x/grain) * grain }

// table is a judge's weights with numbers in the place of names, so that a score
// costs nanoseconds.
type table struct {
	prior, suspicious, harmful float64
	caps                       [3]float64 // by group
	families                   []float64
	kinds                      []weight
}

type weight struct {
	bits, scale float64
	family      int
}

func (t *table) clone() *table {
	c := *t
	c.families, c.kinds = slices.Clone(t.families), slices.Clone(t.kinds)
	return &c
}

// adds is judge.Weight.Adds without rounding.
func (x *weight) adds(strength float64) float64 {
	switch {
	case strength == 0:
		return x.bits
	case x.scale > 0:
		return min(strength*x.scale, x.bits)
	}
	return min(strength, 64)
}

// names gives kinds and families their numbers, in alphabetical order.
type names struct {
	kinds, families []string
	kind, family    map[string]int
}

func namesOf(w *judge.Weights) *names {
	n := &names{kinds: slices.Sorted(maps.Keys(w.Kinds)), families: slices.Sorted(maps.Keys(w.Families)), kind: map[string]int{}, family: map[string]int{}}
	for i, k := range n.kinds {
		n.kind[k] = i
	}
	for i, f := range n.families {
		n.family[f] = i
	}
	return n
}

var groups = [3]kith.Group{kith.Unlike, kith.Asks, kith.Decisive}

const decisive = 2

// table puts weights into numbers: those in force, or those believed beforehand.
func (n *names) table(w *judge.Weights, believed bool) *table {
	t := &table{prior: w.Prior, suspicious: w.Bands.Suspicious, harmful: w.Bands.Harmful, caps: [3]float64{w.Caps.Unlike, w.Caps.Asks, math.Inf(1)}}
	for _, f := range n.families {
		x := w.Families[f]
		if believed {
			x = w.BelievedCap(f)
		}
		t.families = append(t.families, x)
	}
	for _, k := range n.kinds {
		x := w.Kinds[k]
		if believed {
			x = w.Belief(k)
		}
		t.kinds = append(t.kinds, weight{x.Bits, x.Scale, n.family[x.Family]})
	}
	return t
}

// term is one finding of a row.
type term struct {
	cell     int32 // group·families + family
	kind     int32
	strength float64
}

// row is a sample in numbers. Terms stand by cell, so that one pass sums them.
type row struct {
	terms  []term
	attack bool
	weight float64 // in the likelihood
	sample *Sample
	place  int // stratum: a set's deliveries, or its sent mail
}

// rows puts samples into numbers. Findings of kinds that nobody weighs add nothing
// and are left out.
func (n *names) rows(t *table, samples []*Sample, place func(*Sample) int) []row {
	out := make([]row, 0, len(samples))
	for _, s := range samples {
		r := row{attack: s.Truth == Attack, sample: s}
		if place != nil {
			r.place = place(s)
		}
		for _, f := range s.Found {
			k, ok := n.kind[f.Kind]
			g := slices.Index(groups[:], f.Group)
			if !ok || g < 0 {
				continue
			}
			r.terms = append(r.terms, term{int32(g*len(n.families) + t.kinds[k].family), int32(k), f.Strength})
		}
		slices.SortFunc(r.terms, func(a, b term) int { return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.kind, b.kind)) })
		out = append(out, r)
	}
	return out
}

// score is the judge's formula: prior + min(U, capU) + min(A, capA) + D, families
// under their caps first.
func (t *table) score(r *row) float64 {
	var sums [3]float64
	n := int32(len(t.families))
	for i := 0; i < len(r.terms); {
		cell, sum := r.terms[i].cell, 0.0
		for ; i < len(r.terms) && r.terms[i].cell == cell; i++ {
			sum += t.kinds[r.terms[i].kind].adds(r.terms[i].strength)
		}
		sums[cell/n] += min(sum, t.families[cell%n])
	}
	return t.prior + min(sums[0], t.caps[0]) + min(sums[1], t.caps[1]) + sums[decisive]
}

// exact is the score as the judge rounds it.
func (t *table) exact(r *row) float64 {
	var sums [3]float64
	n := int32(len(t.families))
	for i := 0; i < len(r.terms); {
		cell, sum := r.terms[i].cell, 0.0
		for ; i < len(r.terms) && r.terms[i].cell == cell; i++ {
			sum += toGrain(t.kinds[r.terms[i].kind].adds(r.terms[i].strength))
		}
		sums[cell/n] += min(sum, t.families[cell%n])
	}
	return t.prior + min(sums[0], t.caps[0]) + min(sums[1], t.caps[1]) + sums[decisive]
}

// rounded returns the table in sixteenths, within what the judge accepts: no cap
// of a group reaches the lowest band, no kind weighs more than its family may.
func (t *table) rounded() *table {
	c := t.clone()
	for i := range c.families {
		c.families[i] = toGrain(c.families[i])
	}
	for g := range decisive {
		c.caps[g] = max(0, min(toGrain(c.caps[g]), c.suspicious-c.prior-grain))
	}
	for i := range c.kinds {
		x := &c.kinds[i]
		x.bits = min(max(0, toGrain(x.bits)), c.families[x.family])
		if x.scale > 0 {
			x.scale = max(grain, toGrain(x.scale))
		}
	}
	return c
}

// weights puts a table back into the judge's form. Beliefs are kept, or taken from
// the weights where nothing was fitted yet.
func (n *names) weights(t *table, was *judge.Weights) judge.Weights {
	w := *was
	w.Caps.Unlike, w.Caps.Asks = t.caps[0], t.caps[1]
	w.Families, w.Kinds = map[string]float64{}, map[string]judge.Weight{}
	w.Beliefs = judge.Beliefs{Families: map[string]float64{}, Kinds: map[string]judge.Weight{}}
	for i, f := range n.families {
		w.Families[f] = t.families[i]
		w.Beliefs.Families[f] = was.BelievedCap(f)
	}
	for i, k := range n.kinds {
		x := t.kinds[i]
		w.Kinds[k] = judge.Weight{Bits: x.bits, Scale: x.scale, Family: n.families[x.family]}
		w.Beliefs.Kinds[k] = was.Belief(k)
	}
	return w
}
