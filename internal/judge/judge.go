package judge

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"kith/internal/kith"
)

// Judge weighs findings. It is read-only once made, and safe for concurrent
// use.
type Judge struct {
	w       Weights
	classes map[string][]kith.Class
}

// New returns a judge for the given weights. classes says, for each kind of
// finding, the classes of mail that it speaks for; a kind without a weight is
// an error, so that no detector is silent by oversight.
func New(w Weights, classes map[string][]kith.Class) (*Judge, error) {
	for _, kind := range sortedKeys(classes) {
		if _, ok := w.Kinds[kind]; !ok {
			return nil, fmt.Errorf("weights: kinds.%q is missing; add its line to weights.toml", kind)
		}
		if len(classes[kind]) == 0 {
			return nil, fmt.Errorf("detector %q speaks for no class", kind)
		}
	}
	return &Judge{w: w, classes: classes}, nil
}

// Default returns a judge with the shipped weights.
func Default(classes map[string][]kith.Class) (*Judge, error) {
	w, err := ReadWeights(shipped)
	if err != nil {
		return nil, err
	}
	return New(w, classes)
}

// Decide judges the findings that concern one recipient. findings is not
// changed.
func (j *Judge) Decide(findings []kith.Finding) kith.Verdict {
	v := j.sum(findings, "")
	v.Class = kith.Normal
	if v.Band != kith.Calm {
		v.Class = j.class(v.Reasons)
		v.Changed = j.changed(v, findings)
	}
	return v
}

// sum adds up the findings, those of the kind named by without left out.
// Findings are taken strongest first, and each adds what the cap of its family
// and of its group still leaves. The total of a group is then min(cap, sum of
// families after their caps), whatever the order; the order only says whose
// contribution is cut.
func (j *Judge) sum(findings []kith.Finding, without string) kith.Verdict {
	v := kith.Verdict{Prior: j.w.Prior, Score: j.w.Prior}
	for _, f := range findings {
		if f.Kind == without && without != "" {
			continue
		}
		bits := j.strength(f)
		f.Strength = measured(f.Strength)
		v.Reasons = append(v.Reasons, kith.Contribution{Finding: f, Bits: bits})
	}
	slices.SortFunc(v.Reasons, func(a, b kith.Contribution) int {
		return cmp.Or(cmp.Compare(b.Bits, a.Bits), compare(&a.Finding, &b.Finding))
	})

	type family struct {
		group kith.Group // a family's cap holds within a group, or the sum would not be monotone
		name  string
	}
	left := make(map[family]float64)
	groups := make(map[kith.Group]float64, 3)
	for i := range v.Reasons {
		r := &v.Reasons[i]
		fam := family{r.Finding.Group, j.w.Kinds[r.Finding.Kind].Family}
		if _, seen := left[fam]; !seen {
			left[fam] = j.familyCap(fam.name)
		}
		if _, seen := groups[fam.group]; !seen {
			groups[fam.group] = j.w.capOf(fam.group)
		}
		r.Bits = min(r.Bits, left[fam], groups[fam.group])
		left[fam] -= r.Bits
		groups[fam.group] -= r.Bits
		v.Score += r.Bits
	}
	slices.SortStableFunc(v.Reasons, func(a, b kith.Contribution) int { return cmp.Compare(b.Bits, a.Bits) })
	v.Probability = 1 / (1 + math.Exp2(-v.Score))
	v.Band = j.band(v.Score)
	return v
}

// strength is what a finding weighs before caps. A kind nobody weighed adds
// nothing.
func (j *Judge) strength(f kith.Finding) float64 {
	w, known := j.w.Kinds[f.Kind]
	if !known {
		return 0
	}
	return w.Adds(f.Strength)
}

// measured is a detector's own measure as it may stand in a record: a finite
// number, 0 where there is none.
func measured(strength float64) float64 {
	if !(strength > 0) { // negative or not a number
		return 0
	}
	return min(strength, maxBits)
}

func (j *Judge) familyCap(name string) float64 {
	if limit, ok := j.w.Families[name]; ok {
		return limit
	}
	return 0
}

func (j *Judge) band(score float64) kith.Band {
	switch {
	case score >= j.w.Bands.Harmful:
		return kith.Harm
	case score >= j.w.Bands.Suspicious:
		return kith.Suspicious
	}
	return kith.Calm
}

// order is the order in which equal claims of two classes are settled: the
// graver harm first.
var order = []kith.Class{kith.Malware, kith.Credential, kith.Payment, kith.Impersonation, kith.Lateral, kith.Callback, kith.Spam, kith.Graymail, kith.Newsletter}

// class is the class for which the reasons speak most. A detector names its
// classes in their order of likelihood: the first has the whole contribution,
// each further one half of what the one before it had.
func (j *Judge) class(reasons []kith.Contribution) kith.Class {
	claims := make(map[kith.Class]float64)
	for _, r := range reasons {
		bits := r.Bits
		for _, c := range j.classes[r.Finding.Kind] {
			claims[c] += bits
			bits /= 2
		}
	}
	best := kith.Normal
	for _, c := range order {
		if claims[c] > claims[best] {
			best = c
		}
	}
	return best
}

// changed names the kinds of findings without each of which the band would be
// lower, the weightiest first.
func (j *Judge) changed(v kith.Verdict, findings []kith.Finding) (kinds []string) {
	for _, r := range v.Reasons {
		k := r.Finding.Kind
		if r.Bits == 0 || slices.Contains(kinds, k) {
			continue
		}
		if j.sum(findings, k).Score < j.floor(v.Band) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// floor is the lowest score of a band.
func (j *Judge) floor(b kith.Band) float64 {
	switch b {
	case kith.Harm:
		return j.w.Bands.Harmful
	case kith.Suspicious:
		return j.w.Bands.Suspicious
	}
	return math.Inf(-1)
}

// compare is a total order of findings of equal weight: two findings that differ
// in anything compare as different, so the order in which they came leaves no
// trace.
func compare(a, b *kith.Finding) int {
	return cmp.Or(
		cmp.Compare(b.Strength, a.Strength),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Group, b.Group),
		cmp.Compare(a.Component.Kind, b.Component.Kind),
		cmp.Compare(a.Component.Index, b.Component.Index),
		slices.CompareFunc(a.Evidence, b.Evidence, func(x, y kith.Evidence) int {
			return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(x.Type, y.Type), cmp.Compare(x.Text, y.Text),
				cmp.Compare(x.N, y.N), x.Time.Compare(y.Time))
		}),
	)
}
