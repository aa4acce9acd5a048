package judge

import (
	"math"
	"strings"
	"testing"

	"kith/internal/kith"
)

func TestReadWeights(t *testing.T) {
	const good = "prior = -10\n[bands]\nsuspicious = -2\nharmful = 2\n[caps]\nunlike = 7\nasks = 7\n[families]\nf = 6\n[kinds]\n\"a.b\" = { bits = 1.03, family = \"f\" }\n"
	w, err := ReadWeights([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Kinds["a.b"].Bits; got != 1.0 {
		t.Errorf("1.03 reads as %v, want the nearest sixteenth, 1", got)
	}
	bad := []struct{ name, from, to, says string }{
		{"a cap that acts alone", "unlike = 7", "unlike = 8", "caps.unlike"},
		{"the other cap", "asks = 7", "asks = 9.5", "caps.asks"},
		{"a negative cap", "asks = 7", "asks = -1", "caps.asks"},
		{"a negative weight", "bits = 1.03", "bits = -1", "a.b"},
		{"a weight that is no number", "bits = 1.03", "bits = nan", "a.b"},
		{"an endless weight", "bits = 1.03", "bits = inf", "a.b"},
		{"a family that is not there", `family = "f"`, `family = "g"`, `"g"`},
		{"bands the wrong way round", "harmful = 2", "harmful = -3", "bands"},
		{"an unknown key", "prior", "piror", "weights"},
		{"a belief about nothing", "[kinds]", "[beliefs.kinds]\n\"c.d\" = { bits = 1.0, family = \"f\" }\n[kinds]", "c.d"},
		{"a belief that is no weight", "[kinds]", "[beliefs.kinds]\n\"a.b\" = { bits = -1.0, family = \"f\" }\n[kinds]", "beliefs.kinds"},
		{"a prior for harm", "prior = -10", "prior = 1", "prior"},
	}
	for _, tt := range bad {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadWeights([]byte(strings.Replace(good, tt.from, tt.to, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error with %q", err, tt.says)
			}
		})
	}
}

func TestAdds(t *testing.T) {
	for _, tt := range []struct {
		w              Weight
		strength, want float64
	}{
		{Weight{Bits: 3}, 0, 3},
		{Weight{Bits: 3}, 5.02, 5},
		{Weight{Bits: 3, Scale: 0.5}, 0, 3},
		{Weight{Bits: 3, Scale: 0.5}, 4, 2},
		{Weight{Bits: 3, Scale: 0.5}, 40, 3},
		{Weight{Bits: 3, Scale: 0.5}, -1, 0},
		{Weight{Bits: 3, Scale: 0.5}, math.NaN(), 0},
		{Weight{Bits: 3}, math.Inf(1), maxBits},
	} {
		if got := tt.w.Adds(tt.strength); got != tt.want {
			t.Errorf("%+v adds %g for %g, want %g", tt.w, got, tt.strength, tt.want)
		}
	}
}

// What was measured stays as it was, and what was never fitted is its own belief.
func TestBeliefs(t *testing.T) {
	w, err := ReadWeights([]byte("prior = -10\n[bands]\nsuspicious = -2\nharmful = 2\n[caps]\nunlike = 7\nasks = 7\n[families]\nf = 6\ng = 2\n[kinds]\n\"a.b\" = { bits = 1, family = \"f\" }\n\"c.d\" = { bits = 2, family = \"g\" }\n[beliefs.families]\nf = 5\n[beliefs.kinds]\n\"a.b\" = { bits = 4, family = \"f\" }\n"))
	if err != nil {
		t.Fatal(err)
	}
	if w.Belief("a.b").Bits != 4 || w.Belief("c.d").Bits != 2 || w.BelievedCap("f") != 5 || w.BelievedCap("g") != 2 {
		t.Errorf("%+v", w.Beliefs)
	}
	j, err := New(w, map[string][]kith.Class{"a.b": {kith.Payment}})
	if err != nil {
		t.Fatal(err)
	}
	v := j.Decide([]kith.Finding{{Kind: "a.b", Group: kith.Unlike}, {Kind: "c.d", Group: kith.Unlike, Strength: 1.27}})
	if v.Score != -7.75 || v.Reasons[0].Finding.Strength != 1.27 || v.Reasons[0].Bits != 1.25 || v.Reasons[1].Bits != 1 || v.Reasons[1].Finding.Strength != 0 {
		t.Errorf("%+v", v)
	}
}

func TestShippedWeights(t *testing.T) {
	w, err := ReadWeights(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, x := range w.Kinds {
		used[x.Family] = true
		if x.Bits > w.Families[x.Family] {
			t.Errorf("a kind of family %s weighs %g, more than the family may", x.Family, x.Bits)
		}
	}
	for name := range w.Families {
		if !used[name] {
			t.Errorf("family %s has no kinds", name)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	j := theJudge(b)
	fs := findings(j).Example(7)
	b.ReportAllocs()
	for b.Loop() {
		j.Decide(fs)
	}
}
