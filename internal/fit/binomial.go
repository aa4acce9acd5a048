package fit

import (
	"fmt"
	"math"
)

// Share is K of N, a measured proportion.
type Share struct{ K, N int }

// Add counts one more, of which it is true or not.
func (s *Share) Add(yes bool) {
	s.N++
	if yes {
		s.K++
	}
}

// Rate is K/N; 0 where there is nothing.
func (s Share) Rate() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

// Bounds returns the two-sided 95 % bounds of Clopper and Pearson; 0 and 1 where
// there is nothing.
func (s Share) Bounds() (low, high float64) {
	if s.N == 0 {
		return 0, 1
	}
	const tail = 0.025
	low, high = 0, 1
	if s.K > 0 {
		low = root(func(p float64) bool { return atLeast(s.K, s.N, p) >= tail })
	}
	if s.K < s.N {
		high = root(func(p float64) bool { return 1-atLeast(s.K+1, s.N, p) <= tail })
	}
	return low, high
}

// String is the share in per cent with its bounds.
func (s Share) String() string {
	if s.N == 0 {
		return "–"
	}
	low, high := s.Bounds()
	return fmt.Sprintf("%.1f %% [%.1f, %.1f] (%d/%d)", 100*s.Rate(), 100*low, 100*high, s.K, s.N)
}

// PerThousand is the share per thousand with its bounds.
func (s Share) PerThousand() string {
	if s.N == 0 {
		return "–"
	}
	low, high := s.Bounds()
	return fmt.Sprintf("%.2f [%.2f, %.2f] (%d/%d)", 1000*s.Rate(), 1000*low, 1000*high, s.K, s.N)
}

// root returns the lowest p at which a rising condition holds.
func root(holds func(p float64) bool) float64 {
	lo, hi := 0.0, 1.0
	for range 60 {
		if mid := (lo + hi) / 2; holds(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return (lo + hi) / 2
}

// atLeast is the probability of k or more of n where each is so with probability
// p. The smaller side is summed, from its largest term on.
func atLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n || p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	lp, lq := math.Log(p), math.Log1p(-p)
	all, _ := math.Lgamma(float64(n) + 1)
	term := func(i int) float64 {
		a, _ := math.Lgamma(float64(i) + 1)
		b, _ := math.Lgamma(float64(n-i) + 1)
		return math.Exp(all - a - b + float64(i)*lp + float64(n-i)*lq)
	}
	sum := 0.0
	if float64(k) > float64(n)*p {
		for i := k; i <= n; i++ {
			t := term(i)
			if sum += t; t < 1e-17*sum {
				break
			}
		}
		return math.Min(1, sum)
	}
	for i := k - 1; i >= 0; i-- {
		t := term(i)
		if sum += t; t < 1e-17*sum {
			break
		}
	}
	return math.Max(0, 1-sum)
}
