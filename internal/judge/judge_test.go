package judge

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/internal/kith"
)

// classesOf gives every shipped kind a class, as the detectors would.
func classesOf(w Weights) map[string][]kith.Class {
	m := make(map[string][]kith.Class)
	for k := range w.Kinds {
		switch {
		case strings.HasPrefix(k, "attachment."):
			m[k] = []kith.Class{kith.Malware}
		case strings.HasPrefix(k, "sender."):
			m[k] = []kith.Class{kith.Impersonation, kith.Payment}
		default:
			m[k] = []kith.Class{kith.Credential, kith.Malware}
		}
	}
	return m
}

func theJudge(t testing.TB) *Judge {
	t.Helper()
	w, err := ReadWeights(shipped)
	if err != nil {
		t.Fatal(err)
	}
	j, err := New(w, classesOf(w))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// someWeights do not change when weights are fitted anew.
const someWeights = `prior = -10.0
[bands]
suspicious = -2.0
harmful = 2.0
[caps]
unlike = 7.0
asks = 7.0
[families]
name = 6.0
own = 14.0
posing = 16.0
file = 6.5
link = 5.0
[kinds]
"sender.own-domain-forged" = { bits = 13.0, family = "own" }
"sender.own-domain-unproven" = { bits = 4.0, family = "own" }
"sender.look-alike-domain" = { bits = 9.0, family = "own" }
"sender.leader-name" = { bits = 5.5, family = "name" }
"attachment.encoded-script" = { bits = 14.0, family = "posing" }
"attachment.script" = { bits = 6.0, family = "file" }
"attachment.macro" = { bits = 4.0, family = "file" }
"link.text-mismatch" = { bits = 4.0, family = "link" }
`

func TestDecide(t *testing.T) {
	f := func(kind string, g kith.Group) kith.Finding { return kith.Finding{Kind: kind, Group: g} }
	tests := []struct {
		name     string
		findings []kith.Finding
		band     kith.Band
		class    kith.Class
		changed  []string
	}{
		{"nothing", nil, kith.Calm, kith.Normal, nil},
		{"unusual alone", []kith.Finding{f("sender.leader-name", kith.Unlike), f("sender.own-domain-unproven", kith.Unlike)}, kith.Calm, kith.Normal, nil},
		{"files alone", []kith.Finding{f("attachment.script", kith.Asks), f("attachment.macro", kith.Asks), f("link.text-mismatch", kith.Asks)}, kith.Calm, kith.Normal, nil},
		{"both together", []kith.Finding{f("sender.leader-name", kith.Unlike), f("link.text-mismatch", kith.Asks)},
			kith.Suspicious, kith.Impersonation, []string{"sender.leader-name", "link.text-mismatch"}},
		{"decisive", []kith.Finding{f("attachment.encoded-script", kith.Decisive)}, kith.Harm, kith.Malware, []string{"attachment.encoded-script"}},
		{"look-alike alone", []kith.Finding{f("sender.look-alike-domain", kith.Decisive)}, kith.Suspicious, kith.Impersonation, []string{"sender.look-alike-domain"}},
		{"two that each suffice", []kith.Finding{f("attachment.encoded-script", kith.Decisive), f("sender.own-domain-forged", kith.Decisive)}, kith.Harm, kith.Malware, nil},
		{"nobody weighed it", []kith.Finding{f("area.unheard-of", kith.Decisive)}, kith.Calm, kith.Normal, nil},
	}
	w, err := ReadWeights([]byte(someWeights))
	if err != nil {
		t.Fatal(err)
	}
	j, err := New(w, classesOf(w))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := j.Decide(tt.findings)
			if v.Band != tt.band || v.Class != tt.class || !slices.Equal(v.Changed, tt.changed) {
				t.Errorf("got band %s class %s changed %q, want %s %s %q (score %g)", v.Band, v.Class, v.Changed, tt.band, tt.class, tt.changed, v.Score)
			}
			if len(v.Reasons) != len(tt.findings) {
				t.Errorf("%d reasons for %d findings", len(v.Reasons), len(tt.findings))
			}
		})
	}
}

// findings draws findings of shipped and unknown kinds, some with a strength
// of their own, hostile ones among them.
func findings(j *Judge) *rapid.Generator[[]kith.Finding] {
	kinds := append(sortedKeys(j.w.Kinds), "area.unheard-of")
	groups := []kith.Group{kith.Unlike, kith.Asks, kith.Decisive}
	one := rapid.Custom(func(t *rapid.T) kith.Finding {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		f := kith.Finding{Kind: k, Group: groups[len(k)%3], Component: kith.Component{Kind: kith.PartLink, Index: rapid.IntRange(0, 3).Draw(t, "index")}}
		if rapid.Bool().Draw(t, "measured") {
			f.Strength = rapid.Float64Range(0, 90).Draw(t, "strength")
		}
		if rapid.Bool().Draw(t, "cites") {
			f.Evidence = []kith.Evidence{{Key: "host", Text: rapid.StringMatching(`[a-c]{0,2}`).Draw(t, "text")}}
		}
		return f
	})
	return rapid.SliceOfN(one, 0, 12)
}

func TestSumIsExact(t *testing.T) {
	j := theJudge(t)
	rapid.Check(t, func(t *rapid.T) {
		v := j.Decide(findings(j).Draw(t, "findings"))
		rand.Shuffle(len(v.Reasons), func(a, b int) { v.Reasons[a], v.Reasons[b] = v.Reasons[b], v.Reasons[a] })
		sum := v.Prior
		for _, r := range v.Reasons {
			if most := j.strength(r.Finding); r.Bits < 0 || r.Bits > most {
				t.Fatalf("%s contributes %g of %g", r.Finding.Kind, r.Bits, most)
			}
			sum += r.Bits
		}
		if sum != v.Score {
			t.Fatalf("prior and contributions sum to %v, the score is %v", sum, v.Score)
		}
		if p := math.Exp2(v.Score) / (1 + math.Exp2(v.Score)); math.Abs(p-v.Probability) > 1e-9 {
			t.Fatalf("score %v, probability %v", v.Score, v.Probability)
		}
	})
}

// TestSumIsTheFormula computes the score as the package comment says it.
func TestSumIsTheFormula(t *testing.T) {
	j := theJudge(t)
	rapid.Check(t, func(t *rapid.T) {
		fs := findings(j).Draw(t, "findings")
		type fam struct {
			g    kith.Group
			name string
		}
		sums := make(map[fam]float64)
		for _, f := range fs {
			sums[fam{f.Group, j.w.Kinds[f.Kind].Family}] += j.strength(f)
		}
		groups := make(map[kith.Group]float64)
		for k, s := range sums {
			groups[k.g] += min(s, j.w.Families[k.name])
		}
		want := j.w.Prior + min(groups[kith.Unlike], j.w.Caps.Unlike) + min(groups[kith.Asks], j.w.Caps.Asks) + groups[kith.Decisive]
		if got := j.Decide(fs).Score; got != want {
			t.Fatalf("score %v, by the formula %v", got, want)
		}
	})
}

func TestOrderLeavesNoTrace(t *testing.T) {
	j := theJudge(t)
	rapid.Check(t, func(t *rapid.T) {
		fs := findings(j).Draw(t, "findings")
		other := rapid.Permutation(fs).Draw(t, "order")
		before := slices.Clone(other)
		if a, b := j.Decide(fs), j.Decide(other); !reflect.DeepEqual(a, b) {
			t.Fatalf("order matters:\n%+v\n%+v", a, b)
		}
		if !reflect.DeepEqual(before, other) {
			t.Fatal("Decide changed the findings it was given")
		}
	})
}

func TestMonotone(t *testing.T) {
	j := theJudge(t)
	rank := map[kith.Band]int{kith.Calm: 0, kith.Suspicious: 1, kith.Harm: 2}
	rapid.Check(t, func(t *rapid.T) {
		fs := findings(j).Draw(t, "findings")
		more := append(slices.Clone(fs), findings(j).Draw(t, "more")...)
		a, b := j.Decide(fs), j.Decide(more)
		if b.Score < a.Score || b.Probability < a.Probability || rank[b.Band] < rank[a.Band] {
			t.Fatalf("more findings lowered %v to %v", a, b)
		}
		if len(fs) == 0 {
			return
		}
		fs[0].Strength = rapid.Float64Range(0.01, 90).Draw(t, "strength")
		stronger := slices.Clone(fs)
		stronger[0].Strength += rapid.Float64Range(0, 9).Draw(t, "more strength")
		if b, c := j.Decide(fs), j.Decide(stronger); c.Score < b.Score {
			t.Fatalf("a stronger finding lowered %v to %v", b.Score, c.Score)
		}
	})
}

// TestAloneNeverActs is requirement C29: whatever there is of one of the two
// groups, it stays below every band in which something is done.
func TestAloneNeverActs(t *testing.T) {
	j := theJudge(t)
	rapid.Check(t, func(t *rapid.T) {
		fs := findings(j).Draw(t, "findings")
		g := rapid.SampledFrom([]kith.Group{kith.Unlike, kith.Asks}).Draw(t, "group")
		for i := range fs {
			fs[i].Group = g
		}
		if v := j.Decide(fs); v.Band != kith.Calm || v.Class != kith.Normal || v.Changed != nil {
			t.Fatalf("%s alone gives %s (score %v)", g, v.Band, v.Score)
		}
	})
}

func TestChangedTellsTheTruth(t *testing.T) {
	j := theJudge(t)
	rapid.Check(t, func(t *rapid.T) {
		fs := findings(j).Draw(t, "findings")
		v := j.Decide(fs)
		for _, kind := range sortedKeys(j.w.Kinds) {
			rest := slices.DeleteFunc(slices.Clone(fs), func(f kith.Finding) bool { return f.Kind == kind })
			lower := v.Band != kith.Calm && j.Decide(rest).Score < j.floor(v.Band)
			if lower != slices.Contains(v.Changed, kind) {
				t.Fatalf("without %s the band is lower: %t; Changed is %q", kind, lower, v.Changed)
			}
		}
	})
}

func TestHostileStrength(t *testing.T) {
	j := theJudge(t)
	base := j.Decide([]kith.Finding{{Kind: "sender.reply-elsewhere", Group: kith.Decisive}}).Score
	for _, s := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -5, 1e300} {
		v := j.Decide([]kith.Finding{{Kind: "sender.reply-elsewhere", Group: kith.Decisive, Strength: s}})
		if math.IsNaN(v.Score) || v.Score < v.Prior || v.Score > v.Prior+j.w.Families["name"] {
			t.Errorf("strength %v gives score %v (plain: %v)", s, v.Score, base)
		}
	}
}

func TestEveryKindNeedsAWeight(t *testing.T) {
	if _, err := Default(map[string][]kith.Class{"area.new": {kith.Spam}}); err == nil || !strings.Contains(err.Error(), "area.new") {
		t.Errorf("got %v, want an error that names area.new", err)
	}
	if _, err := Default(map[string][]kith.Class{"sender.leader-name": nil}); err == nil {
		t.Error("a kind that speaks for no class was accepted")
	}
}
