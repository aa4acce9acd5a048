package baseline

import (
	"math"
	"slices"
)

// summary is a habit seen on one day under one set of figures. All weights of a
// habit shrink by the same factor as days go by, so a summary serves until its
// bucket ends: only the scale changes.
type summary struct {
	x      Param
	ref    Day // the day it was made for
	last   Day // the last day with a count
	n, g   float64
	w, in  []float64 // weight, and weight of the first count, of each value
	sorted []float64 // own masses w − d·in, ascending
	upTo   []float64 // upTo[i] = sum of sorted[:i]
}

// at returns the habit's summary for a day and the factor by which its weights
// have shrunk since.
func (h *habit) at(x Param, leaf bool, t Day) (*summary, float64) {
	if h == nil {
		return &empty, 1
	}
	s := h.cached.Load()
	if s == nil || s.x != x || t < s.ref || t < s.last || x.bucket(t) != x.bucket(s.ref) {
		s = h.summarise(x, leaf, t)
		h.cached.Store(s)
	}
	return s, math.Exp2(-float64(t-s.ref) / x.HalfLife)
}

var empty summary

func (h *habit) summarise(x Param, leaf bool, t Day) *summary {
	s := &summary{x: x, ref: t, w: make([]float64, len(h.vals)), in: make([]float64, len(h.vals))}
	mass := make([]float64, 0, len(h.vals))
	for i := range h.vals {
		v := &h.vals[i]
		for _, d := range v.days {
			s.last = max(s.last, d.day)
			w := float64(effective(d.n, leaf)) * x.weight(d.day, t)
			s.w[i] += w
		}
		if first, ok := v.first(); ok {
			s.in[i] = min(x.weight(first, t), s.w[i])
		}
		s.n += s.w[i]
		s.g += s.in[i]
		if s.w[i] > 0 {
			mass = append(mass, s.w[i]-x.Discount*s.in[i])
		}
	}
	slices.Sort(mass)
	s.sorted, s.upTo = mass, make([]float64, len(mass)+1)
	for i, m := range mass {
		s.upTo[i+1] = s.upTo[i] + m
	}
	return s
}

// below returns the sum of all own masses that are at most m.
func (s *summary) below(m float64) float64 {
	lo, hi := 0, len(s.sorted)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.sorted[mid] <= m {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return s.upTo[lo]
}
