package judge

import (
	"strings"
	"testing"
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
