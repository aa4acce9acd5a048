package budget

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var options = Options{PerThousand: 1, Base: -2, Ceiling: 2}

// mails lets n mails a day pass for some days; scores are exponential above −10.
func mails(l *Lines, r *rand.Rand, from, days, n int, mean float64, who string) (warned, all int) {
	for d := from; d < from+days; d++ {
		for i := range n {
			s := -10 + r.ExpFloat64()*mean
			if l.Warns(who, s) {
				warned++
			}
			all++
			l.Observe(time.Unix(int64(d)*86400, 0), who, fmt.Sprint(who, d, i), s)
		}
	}
	return warned, all
}

// The rate of warnings holds at sites that differ.
func TestRateHolds(t *testing.T) {
	for _, mean := range []float64{0.8, 1.2, 1.6} {
		l, r := New(options), rand.New(rand.NewPCG(1, 2))
		mails(l, r, 1, 60, 500, mean, "ann")
		warned, all := mails(l, r, 61, 60, 500, mean, "ann")
		rate := 1000 * float64(warned) / float64(all)
		base := 1000 * math.Exp(-8/mean) // what the weights alone would warn of
		if rate > 1.6 || rate > base+0.5 {
			t.Errorf("mean %g: %.2f warnings per thousand (the weights alone: %.2f), line %.2f", mean, rate, base, l.Line("ann"))
		}
	}
}

// A flood of one day moves the line by half a bit at most, and one campaign not at
// all.
func TestFloodCannotLiftTheLine(t *testing.T) {
	l, r := New(options), rand.New(rand.NewPCG(3, 4))
	mails(l, r, 1, 30, 500, 0.8, "ann")
	before := l.Line("ann")
	for i := range 5000 {
		l.Observe(time.Unix(31*86400, 0), "ann", fmt.Sprint("flood", i), 1)
	}
	l.Observe(time.Unix(32*86400, 0), "ann", "next", -9)
	if after := l.Line("ann"); after > before+maxStep+1e-9 {
		t.Errorf("the line went from %.2f to %.2f in a day", before, after)
	}
	l2, r2 := New(options), rand.New(rand.NewPCG(3, 4))
	mails(l2, r2, 1, 30, 500, 0.8, "ann")
	n := l2.s.Org.N
	for range 5000 {
		l2.Observe(time.Unix(30*86400, 0), "ann", "one campaign", 1)
	}
	if l2.s.Org.N > n+1 {
		t.Errorf("a campaign counts %g times", l2.s.Org.N-n)
	}
}

func TestLineStaysInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := New(options)
		day := int64(0)
		for range rapid.IntRange(1, 300).Draw(t, "n") {
			day += int64(rapid.IntRange(0, 40).Draw(t, "days"))
			who := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "who")
			l.Observe(time.Unix(day*86400, 0), who, fmt.Sprint(rapid.IntRange(0, 1000).Draw(t, "c")), rapid.Float64Range(-50, 50).Draw(t, "s"))
			if x := l.Line(who); x < options.Base || x > options.Ceiling || math.IsNaN(x) {
				t.Fatalf("line %g", x)
			}
		}
		again := New(options)
		again.Load(l.Save())
		if again.Line("a") != l.Line("a") || again.Line("") != l.Line("") {
			t.Fatal("a saved state is another one")
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(New(options).Save())
	f.Fuzz(func(t *testing.T, b []byte) {
		l := New(options)
		l.Load(b)
		l.Observe(time.Unix(1<<31, 0), "a", "b", 1)
		if x := l.Line("zz"); x < options.Base || x > options.Ceiling {
			t.Fatal(x)
		}
	})
}
