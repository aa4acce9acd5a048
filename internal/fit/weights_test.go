package fit

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"kith/internal/judge"
	"kith/internal/kith"
)

// made makes samples in which each mail has at most one finding, so that the true
// weight of a kind is the ratio of its shares. shares gives, for each kind, how
// many of 400 attacks and of 4,000 genuine mails have it.
func made(shares [][2]int, group kith.Group) *Samples {
	set := Set{Source: Source{Name: "toy", Events: "events.jsonl.zst"}}
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for truth, total := range map[Truth]int{Attack: 400, Genuine: 4000} {
		from := 0
		for i := range total {
			// Spread over time by a step that has no factor with the total, so that all
			// parts of the time see all kinds.
			place := i * 7919 % total
			s := Sample{Event: fmt.Sprint(truth, i), At: start.Add(time.Duration(place) * time.Duration(24*365/float64(total)*float64(time.Hour))), Scored: true, Truth: truth,
				Author: fmt.Sprint("author", i%97), Rcpt: fmt.Sprint("rcpt", i%31)}
			if truth == Attack {
				s.Kind, s.Template = "toy", fmt.Sprint("t", i%40)
			}
			from = 0
			for k, share := range shares {
				n := share[0]
				if truth == Genuine {
					n = share[1]
				}
				if i >= from && i < from+n {
					s.Found = []Found{{Kind: fmt.Sprintf("area.k%d", k), Group: group}}
				}
				from += n
			}
			set.Samples = append(set.Samples, s)
		}
	}
	return &Samples{Sets: []Set{set}}
}

// With weak beliefs the weights come out as the ratios from which the samples were
// made, and nothing weighs less than nothing.
func TestKnownWeightsAreRecovered(t *testing.T) {
	shares := [][2]int{{80, 8}, {120, 80}, {40, 400}, {32, 40}, {40, 0}}
	was := toy(t, len(shares)+1)
	all := made(shares, kith.Unlike).Scored()
	n := namesOf(&was)
	for _, worth := range []float64{1, 64} {
		p := prepare(n, &was, all, 1e-4, worth)
		x := p.start()
		p.search(x)
		for k, s := range shares {
			got := x.kinds[n.kind[fmt.Sprintf("area.k%d", k)]].bits
			want := math.Log2(float64(s[0]) / 400 / (float64(s[1]) / 4000))
			switch {
			case s[1] == 0:
				if got < 6 {
					t.Errorf("worth %g: what genuine mail never shows weighs %.2f", worth, got)
				}
			case math.Abs(got-max(0, want)) > 0.35:
				t.Errorf("worth %g: kind %d weighs %.2f, made with %.2f", worth, k, got, want)
			}
		}
		if got := x.kinds[n.kind["area.k5"]].bits; got != 3 {
			t.Errorf("what never occurs weighs %g, the belief is 3", got)
		}
	}
}

// Strong beliefs win, and a fit that begins from a fit gives the same.
func TestBeliefsDraw(t *testing.T) {
	was := toy(t, 2)
	all := made([][2]int{{80, 8}, {40, 0}}, kith.Unlike).Scored()
	n := namesOf(&was)
	p := prepare(n, &was, all, 1e4, 1)
	x := p.start()
	p.search(x)
	if math.Abs(x.kinds[0].bits-3) > 0.1 || math.Abs(x.kinds[1].bits-3) > 0.1 {
		t.Errorf("against strong beliefs: %+v", x.kinds)
	}
	once := n.weights(fitTable(n, &was, all, 0.03, 8, budget), &was)
	twice := n.weights(fitTable(namesOf(&once), &once, all, 0.03, 8, budget), &once)
	if !reflect.DeepEqual(once, twice) {
		t.Errorf("fitted again: %+v\n%+v", once, twice)
	}
}

func TestWeights(t *testing.T) {
	was := toy(t, 4)
	samples := made([][2]int{{80, 8}, {120, 80}, {40, 400}}, kith.Decisive)
	res, err := Weights(context.Background(), samples, was, Options{Draw: 0.03})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Schemes() {
		f := res.Held[s]
		if len(f) != 1 || f[0].Genuine == 0 || f[0].Attacks == 0 {
			t.Fatalf("%s: %+v", s, f)
		}
		if float64(f[0].Wrong.K) > promise*float64(f[0].Wrong.N) {
			t.Errorf("%s: wrong warnings %s", s, f[0].Wrong)
		}
	}
	if f := res.Fitted[0]; f.Wrong.Rate() > budget || f.Attacks != 400 || f.Genuine != 4000 || f.Persons != 31 {
		t.Errorf("%+v", f)
	}
	again, err := Weights(context.Background(), samples, was, Options{Draw: 0.03})
	if err != nil || !reflect.DeepEqual(again.Weights, res.Weights) {
		t.Errorf("a second fit differs: %v", err)
	}

	text, err := res.Table("[families]\n# no\nf1 = 3 # one\nf0 = 2.5 # naught\n[kinds]\n\"area.k2\" = { bits = 1, family = \"f1\" }\n", Made{Command: "kith fit toy", When: time.Unix(0, 0).UTC(), Sets: []Source{{"toy", "events.jsonl.zst", "d1ge57"}}})
	if err != nil {
		t.Fatal(err)
	}
	back, err := judge.ReadWeights([]byte(text))
	if err != nil || !reflect.DeepEqual(back, res.Weights) {
		t.Errorf("read back: %v\n%+v\n%+v", err, back, res.Weights)
	}
	for _, want := range []string{"`kith fit toy` on 1970-01-01", "toy/events.jsonl.zst  d1ge57", "# one\n", "80 of 400, 8 of 4,000", "not measured: never seen", "strict, toy, delivered: toy"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "PROVISIONAL") || strings.Index(text, `"area.k2"`) > strings.Index(text, `"area.k0"`) {
		t.Errorf("order or mark:\n%s", text)
	}
	if _, err := Weights(context.Background(), &Samples{}, was, Options{}); err == nil {
		t.Error("nothing was fitted on nothing")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Weights(ended, samples, was, Options{Draw: 0.03}); err == nil {
		t.Error("a fit that was ended gave weights")
	}
}

func TestCeiling(t *testing.T) {
	was := toy(t, 3)
	all := made([][2]int{{80, 8}, {40, 400}, {20, 0}}, kith.Unlike).Scored()
	p := prepare(namesOf(&was), &was, all, 0.03, 1)
	if p.most[0] < 6.6 || p.most[0] > 8.5 || p.most[1] < 0 || p.most[1] > 0.7 || p.most[2] != mostBits {
		t.Errorf("%v", p.most)
	}
}

func TestMeasure(t *testing.T) {
	at := time.Unix(0, 0)
	ss := []*Sample{
		{Event: "g1", At: at, Rcpt: "a", Truth: Genuine}, {Event: "g2", At: at, Rcpt: "b", Truth: Genuine},
		{Event: "x1", At: at, Rcpt: "a", Truth: Attack, Kind: "qr", Campaign: "c"}, {Event: "x1", At: at, Rcpt: "b", Truth: Attack, Kind: "qr", Campaign: "c"},
		{Event: "x2", At: at, Rcpt: "a", Truth: Attack, Kind: "qr", Campaign: "c"},
		{Event: "x3", At: at, Rcpt: "a", Truth: Attack, Kind: "bec"},
	}
	f := Measure(ss, []float64{-10, -2, -3, -2, 5, -4}, -2, 2)[0]
	if f.Wrong != (Share{1, 2}) || f.Harmful != (Share{0, 2}) || f.Persons != 2 || f.Lines[0] != -2 {
		t.Errorf("%+v", f)
	}
	qr := f.Kinds[1]
	if qr.Kind != "qr" || qr.Warned != (Share{2, 3}) || qr.Acted != (Share{1, 3}) || qr.Warning != (Share{1, 1}) || qr.Lines[0] != (Share{1, 3}) {
		t.Errorf("%+v", qr)
	}
	if f.All.Warning != (Share{1, 2}) {
		t.Errorf("%+v", f.All)
	}
	l := Lifts([]*Sample{
		{Event: "1", Truth: Attack, Campaign: "c", Found: []Found{{Kind: "k"}, {Kind: "k"}}}, {Event: "2", Truth: Attack, Campaign: "c", Found: []Found{{Kind: "k"}}},
		{Event: "3", Truth: Genuine}, {Event: "4", Truth: Genuine},
	})
	if len(l) != 1 || l[0].Attack != (Share{1, 1}) || l[0].Genuine != (Share{0, 2}) || math.Abs(l[0].Bits-math.Log2(0.75/(0.5/3))) > 1e-9 {
		t.Errorf("%+v", l)
	}
}

func TestAblate(t *testing.T) {
	was := toy(t, 3)
	samples := made([][2]int{{80, 8}, {120, 80}, {40, 400}}, kith.Decisive)
	k := was.Kinds["area.k0"]
	k.Bits = 9
	was.Kinds["area.k0"] = k
	parts := Ablate(samples, was, false)
	if len(parts) != 3+len(Evidences) || parts[0].Without != "area.k0" || parts[0].Pairs != 88 || parts[0].Figures[0].All.Warned.K != 0 || parts[1].Figures[0].All.Warned.K != 80 {
		t.Errorf("%d %+v", len(parts), parts[0])
	}
	text := Judgement(samples, was, false)
	for _, want := range []string{"| `area.k0` | 9.0 | +6.6 | 20.0 % [16.2, 24.3] (80/400) |", "| 80 | 8 |", "| nothing | 0 | 20.0 % / 2.00 per 1,000;"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}
