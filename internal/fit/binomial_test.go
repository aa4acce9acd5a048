package fit

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The bounds are those of R's binom.test.
func TestClopperPearson(t *testing.T) {
	for _, tt := range []struct {
		s         Share
		low, high float64
	}{
		{Share{0, 10}, 0, 0.3084971},
		{Share{10, 10}, 0.6915029, 1},
		{Share{5, 10}, 0.1870860, 0.8129140},
		{Share{1, 20}, 0.001265089, 0.2487328},
		{Share{4, 9}, 0.1369957, 0.7879915},
		{Share{682, 925}, 0.7076682, 0.7654066},
		{Share{0, 0}, 0, 1},
	} {
		low, high := tt.s.Bounds()
		if math.Abs(low-tt.low) > 1e-6 || math.Abs(high-tt.high) > 1e-6 {
			t.Errorf("%d of %d: [%.7f, %.7f], want [%.7f, %.7f]", tt.s.K, tt.s.N, low, high, tt.low, tt.high)
		}
	}
}

func TestBoundsHoldTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20000).Draw(t, "n")
		s := Share{rapid.IntRange(0, n).Draw(t, "k"), n}
		low, high := s.Bounds()
		if !(0 <= low && low <= s.Rate() && s.Rate() <= high && high <= 1) {
			t.Fatalf("%d of %d: [%g, %g]", s.K, s.N, low, high)
		}
	})
}
