package fit

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"time"
)

// Scheme is a way to keep what is measured apart from what is fitted.
type Scheme string

// The schemes. Strict is all of them at once, and the one whose figures are told
// first.
const (
	ByTime      Scheme = "time"      // fitted on the first two thirds of the scored time, measured on the last
	BySource    Scheme = "source"    // attacks by template and campaign, genuine mail by author
	ByRecipient Scheme = "recipient" // by employee
	Strict      Scheme = "strict"
)

// Says is the scheme in words.
func (s Scheme) Says() string {
	switch s {
	case ByTime:
		return "fitted on the first two thirds of the time, measured on the last"
	case BySource:
		return "measured on templates and campaigns of attacks and on authors of genuine mail that the fit has not seen"
	case ByRecipient:
		return "measured on employees whose mail the fit has not seen"
	}
	return "measured on later mail, from templates, campaigns and authors, and to employees, that the fit has not seen"
}

// Schemes lists them, the strictest first.
func Schemes() []Scheme { return []Scheme{Strict, ByTime, BySource, ByRecipient} }

// Split is one fold: samples by their place in the list.
type Split struct{ Fit, Measure []int }

const (
	foldsAlone  = 5
	foldsStrict = 3
)

// Split returns the folds of a scheme. No two splits measure the same sample; a
// scheme by time measures later samples only. A sent message has no recipient, so
// its author, who is one of us, stands for the employee.
func (s Scheme) Split(samples []*Sample) []Split {
	late := lateOnes(samples)
	source, person := sources(samples), make([]string, len(samples))
	for i, x := range samples {
		person[i] = cmp.Or(x.Rcpt, x.Author)
	}
	var out []Split
	collect := func(fit, measure func(i int) bool) {
		var sp Split
		for i := range samples {
			if fit(i) {
				sp.Fit = append(sp.Fit, i)
			} else if measure(i) {
				sp.Measure = append(sp.Measure, i)
			}
		}
		if len(sp.Fit) > 0 && len(sp.Measure) > 0 {
			out = append(out, sp)
		}
	}
	switch s {
	case ByTime:
		collect(func(i int) bool { return !late[i] }, func(i int) bool { return late[i] })
	case BySource, ByRecipient:
		of := source
		if s == ByRecipient {
			of = person
		}
		for k := range foldsAlone {
			collect(func(i int) bool { return fold(of[i], foldsAlone) != k }, func(i int) bool { return fold(of[i], foldsAlone) == k })
		}
	case Strict:
		for a := range foldsStrict {
			for b := range foldsStrict {
				collect(func(i int) bool {
					return !late[i] && fold(source[i], foldsStrict) != a && fold(person[i], foldsStrict) != b
				}, func(i int) bool {
					return late[i] && fold(source[i], foldsStrict) == a && fold(person[i], foldsStrict) == b
				})
			}
		}
	}
	return out
}

// fold gives a group its fold, the same in every run.
func fold(group string, of int) int {
	h := fnv.New64a()
	h.Write([]byte(group))
	x := h.Sum64()
	x ^= x >> 29
	return int(x % uint64(of))
}

// lateOnes marks the last third of each set's time. Time is counted in scored
// samples, so that both parts hold enough. Samples of one moment stay together.
func lateOnes(samples []*Sample) []bool {
	type key struct {
		set  string
		sent bool
	}
	times := map[key][]time.Time{}
	of := func(x *Sample) key { return key{x.set(), x.Sent} }
	for _, x := range samples {
		if x.Scored {
			times[of(x)] = append(times[of(x)], x.At)
		}
	}
	cut := map[key]time.Time{}
	for k, all := range times {
		slices.SortFunc(all, time.Time.Compare)
		cut[k] = all[len(all)*2/3]
	}
	late := make([]bool, len(samples))
	for i, x := range samples {
		c, ok := cut[of(x)]
		late[i] = ok && !x.At.Before(c)
	}
	return late
}

// sources names for each sample the group that must not stand on both sides: for
// an attack its template together with all templates and campaigns that are
// linked to it, for genuine mail its author.
func sources(samples []*Sample) []string {
	parent := map[string]string{}
	var find func(string) string
	find = func(x string) string {
		p, ok := parent[x]
		if !ok || p == x {
			parent[x] = x
			return x
		}
		top := find(p)
		parent[x] = top
		return top
	}
	names := func(x *Sample) (all []string) {
		if x.Template != "" {
			all = append(all, x.origin+"/t/"+x.Template)
		}
		if x.Campaign != "" {
			all = append(all, x.origin+"/c/"+x.Campaign)
		}
		if len(all) == 0 || x.Truth != Attack {
			all = append(all[:0], x.origin+"/a/"+x.Author)
		}
		return all
	}
	for _, x := range samples {
		all := names(x)
		for _, other := range all[1:] {
			a, b := find(all[0]), find(other)
			parent[max(a, b)] = min(a, b) // the name of a group does not depend on the order of samples
		}
	}
	out := make([]string, len(samples))
	for i, x := range samples {
		out[i] = find(names(x)[0])
	}
	return out
}

// String says how many samples a split fits and measures.
func (s Split) String() string {
	return fmt.Sprintf("fitted on %d, measured on %d", len(s.Fit), len(s.Measure))
}
