package baseline

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A trial says what the chain says, under the chain's own half-life and any other,
// and the events that it tells apart have a total probability of one.
func TestTrialIsTheChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memory{}
		fold(t, m, lessons(t, 40))
		v := m.view(Day(18000+rapid.IntRange(0, 5000).Draw(t, "now")), "a0@d0.example", "d0.example", "p0@us.example")
		x := Param{
			HalfLife: rapid.SampledFrom([]float64{15, 90, 365}).Draw(t, "H"),
			Theta:    rapid.Float64Range(0.05, 3).Draw(t, "theta"),
			Discount: rapid.Float64Range(0, 0.95).Draw(t, "d"),
		}
		for _, f := range []*Family{ReplyTo, Mailer, Hour} {
			trial := v.Trial(f, x.HalfLife)
			if trial == nil {
				continue
			}
			other := *v
			other.params = v.params.With(f, x)
			c := other.Chain(f)
			values := f.Closed
			if values == nil {
				values = []string{"0", "1", "2", "3", "4", "5"}
			}
			sum, unseen := 0.0, 0.0
			for _, s := range values {
				o := trial.Odds(s)
				p := o.P(x.Theta, x.Discount)
				fp, known := other.Fingerprint(c, s)
				if known != (o.seen || len(c.roots) > 0) {
					t.Fatalf("%s %s: known %t, in the trial %t", f.ID, s, known, o.seen)
				}
				if known && math.Abs(p-c.P(fp)) > 1e-9 {
					t.Fatalf("%s %s: %.12f in the trial, %.12f in the chain", f.ID, s, p, c.P(fp))
				}
				if known {
					sum += p
				} else {
					unseen = max(unseen, p)
				}
			}
			if unseen > c.unseen()*(1+1e-9) || f.Closed != nil && math.Abs(sum-1) > 1e-9 {
				t.Fatalf("%s: seen %g, an unseen value %g of %g", f.ID, sum, unseen, c.unseen())
			}
		}
	})
}

func TestEachSumsToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memory{}
		fold(t, m, lessons(t, 40))
		v := m.view(Day(18000+rapid.IntRange(0, 5000).Draw(t, "now")), "a0@d0.example", "d0.example", "p0@us.example")
		for _, f := range []*Family{ReplyTo, Mailer, Hop, Hour, Standing} {
			c, sum, seen := v.Chain(f), 0.0, map[Value]bool{}
			c.Each(func(u Value, p float64, unseen bool) {
				if !unseen && (seen[u] || math.Abs(p-c.P(u)) > 1e-9) {
					t.Fatalf("%s: %d comes twice or with %g, not %g", f.ID, u, p, c.P(u))
				}
				seen[u] = !unseen
				sum += p
			})
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("%s: total mass %.12f", f.ID, sum)
			}
		}
	})
}

func TestTrialOfTheUnknown(t *testing.T) {
	v := memory{}.view(18000, "a@b.example", "b.example", "p@us.example")
	if v.Trial(Mailer, 90) != nil || (*View)(nil).Trial(Mailer, 90) != nil {
		t.Error("a context that was never taught can be tried")
	}
}
