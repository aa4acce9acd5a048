package fit

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"kith/internal/judge"
	"kith/internal/kith"
)

func shipped(t testing.TB) judge.Weights {
	t.Helper()
	w, err := judge.ReadWeights(judge.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The table scores as the judge does, to the last bit.
func TestTableIsTheJudge(t *testing.T) {
	w := shipped(t)
	n := namesOf(&w)
	classes := map[string][]kith.Class{}
	for k := range w.Kinds {
		classes[k] = []kith.Class{kith.Impersonation}
	}
	j, err := judge.New(w, classes)
	if err != nil {
		t.Fatal(err)
	}
	one := rapid.Custom(func(t *rapid.T) Found {
		f := Found{Kind: rapid.SampledFrom(append(n.kinds, "area.unheard-of")).Draw(t, "kind"), Group: rapid.SampledFrom(groups[:]).Draw(t, "group")}
		if rapid.Bool().Draw(t, "measured") {
			f.Strength = rapid.Float64Range(0.01, 40).Draw(t, "strength")
		}
		return f
	})
	rapid.Check(t, func(t *rapid.T) {
		s := &Sample{Found: rapid.SliceOfN(one, 0, 12).Draw(t, "found")}
		var fs []kith.Finding
		for _, f := range s.Found {
			fs = append(fs, kith.Finding{Kind: f.Kind, Group: f.Group, Strength: f.Strength})
		}
		if got, want := Scores(&w, []*Sample{s})[0], j.Decide(fs).Score; got != want {
			t.Fatalf("%v, the judge says %v", got, want)
		}
	})
}

// Whatever a search ends with, the judge accepts it once it is rounded.
func TestRoundedIsAccepted(t *testing.T) {
	w := shipped(t)
	n := namesOf(&w)
	rapid.Check(t, func(t *rapid.T) {
		x := n.table(&w, true)
		for i := range x.families {
			x.families[i] = rapid.Float64Range(0, mostCap).Draw(t, "cap")
		}
		for g := range decisive {
			x.caps[g] = rapid.Float64Range(0, 12).Draw(t, "group")
		}
		for i := range x.kinds {
			x.kinds[i].bits = rapid.Float64Range(0, mostBits).Draw(t, "bits")
		}
		r := &Result{Weights: n.weights(x.rounded(), &w)}
		if _, err := r.Table("", Made{}); err != nil {
			t.Fatal(err)
		}
		if r.Weights.Prior+r.Weights.Caps.Unlike >= r.Weights.Bands.Suspicious || r.Weights.Prior+r.Weights.Caps.Asks >= r.Weights.Bands.Suspicious {
			t.Fatalf("a group acts alone: %+v", r.Weights.Caps)
		}
	})
}

// toy is a small table of weights in which nothing stands in the way.
func toy(t testing.TB, kinds int) judge.Weights {
	t.Helper()
	text := "prior = -10\n[bands]\nsuspicious = -2\nharmful = 2\n[caps]\nunlike = 7.5\nasks = 7.5\n[families]\n"
	for k := range kinds {
		text += fmt.Sprintf("f%d = 16 # family %d\n", k, k)
	}
	text += "[kinds]\n"
	for k := range kinds {
		text += fmt.Sprintf("\"area.k%d\" = { bits = 3, family = \"f%d\" }\n", k, k)
	}
	w, err := judge.ReadWeights([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}
