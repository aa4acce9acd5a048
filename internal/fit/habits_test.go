package fit

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/pipeline"
	"kith/internal/replay"
)

// rowsInMemory is a store of habits for tests.
type rowsInMemory map[baseline.Row][]byte

func (m rowsInMemory) Get(rows []baseline.Row) (map[baseline.Row][]byte, error) {
	out := map[baseline.Row][]byte{}
	for _, r := range rows {
		out[r] = m[r]
	}
	return out, nil
}
func (m rowsInMemory) Put(r baseline.Row, b []byte) error { m[r] = b; return nil }
func (m rowsInMemory) Delete(r baseline.Row) error        { delete(m, r); return nil }

// testParams do not change with what ships.
var testParams = func() *baseline.Params {
	p, err := baseline.ReadParams([]byte("[default]\nhalf_life = 90\ntheta = 0.5\ndiscount = 0.5\n"))
	if err != nil {
		panic(err)
	}
	return p
}()

// author is one author whose mailer is drawn: the one of the day before, or with
// the chance of fresh a new one.
type author struct {
	keys  *baseline.Keyer
	rows  rowsInMemory
	rng   *rand.Rand
	fresh float64
	now   string
	day   int
}

func newAuthor(fresh float64) *author {
	return &author{keys: baseline.NewKeyer([]byte("a site key of tests"), "default"), rows: rowsInMemory{}, rng: rand.New(rand.NewPCG(1, 2)), fresh: fresh, now: "m0"}
}

func (a *author) view(params *baseline.Params) *baseline.View {
	v := baseline.NewView(a.keys, params, baseline.Day(18000+a.day))
	for _, r := range []baseline.Row{a.keys.Author("ann@vendor.test", "vendor.test"), a.keys.Domain("vendor.test"), a.keys.OrgRow(0)} {
		p, err := baseline.Decode(a.rows[r])
		if err != nil {
			panic(err)
		}
		v.Set(r, p)
	}
	return v
}

// next draws the next day's mailer and returns the question it makes.
func (a *author) next(params *baseline.Params) question {
	a.day++
	if a.rng.Float64() < a.fresh {
		a.now = fmt.Sprint("m", a.rng.IntN(1<<30))
	}
	return question{baseline.Mailer, a.view(params), a.now}
}

func (a *author) learn() {
	l := &baseline.Lesson{Day: baseline.Day(18000 + a.day)}
	l.Row(a.keys.Author("ann@vendor.test", "vendor.test"), baseline.Key{}).Teach(baseline.Mailer, a.keys.Value(baseline.Mailer, a.now))
	if _, err := a.keys.Fold(a.rows, []*baseline.Lesson{l}, nil); err != nil {
		panic(err)
	}
}

// An author who keeps his mailer for long and never returns to an old one is best
// described by a short memory that expects little new, one who changes often by one
// that expects more.
func TestFitFindsTheAuthor(t *testing.T) {
	was := baseline.Param{HalfLife: 90, Theta: 0.5, Discount: 0.5}
	best := map[float64]HabitFit{}
	for _, fresh := range []float64{0.005, 0.3} {
		a, sums := newAuthor(fresh), &tried{map[month][]float64{}, map[month]int{}}
		for range 900 {
			q := a.next(testParams)
			sums.add(trialsOf(q, was), q.value, was, monthOf(0, q.view.Day().Time()))
			a.learn()
		}
		x := sums.fit(baseline.Mailer, was, 0)
		best[fresh] = x
		if !x.Fitted || x.After >= x.Before || x.LateAfter >= x.LateBefore || x.Values < 890 || x.LateValues < 250 || x.LateValues > 350 {
			t.Errorf("%g: %+v", fresh, x)
		}
	}
	calm, restless := best[0.005].Best, best[0.3].Best
	if calm.Theta+calm.Discount >= restless.Theta+restless.Discount || restless.HalfLife > 15 {
		t.Errorf("calm %+v, restless %+v", calm, restless)
	}
	few := &tried{map[month][]float64{}, map[month]int{}}
	a := newAuthor(0.1)
	for range 20 {
		q := a.next(testParams)
		few.add(trialsOf(q, was), q.value, was, month{0, 1})
		a.learn()
	}
	if x := few.fit(baseline.Mailer, was, 0); x.Fitted || x.Best != was {
		t.Errorf("fitted on %d values: %+v", x.Values, x)
	}
}

// The set with few values does not decide against the large one, and two large
// ones count alike.
func TestSetsCountAlike(t *testing.T) {
	fill := func(point int, bits float64) []float64 {
		out := make([]float64, gridSize())
		for i := range out {
			out[i] = 1e6
		}
		out[point] = bits
		return out
	}
	sums := &tried{map[month][]float64{{0, 1}: fill(3, 10), {1, 1}: fill(5, 1)}, map[month]int{{0, 1}: 1000, {1, 1}: 499}}
	if x := sums.fit(baseline.Mailer, baseline.Param{HalfLife: 90, Theta: 1}, 0); x.Best != gridPoint(3, x.Was) {
		t.Errorf("%+v", x)
	}
	// With a least discount the best of those that have it is taken.
	bits := fill(3, 1000)
	bits[2], bits[0] = 1100, 900
	sums = &tried{map[month][]float64{{0, 1}: bits}, map[month]int{{0, 1}: 1000}}
	if x := sums.fit(baseline.Mailer, baseline.Param{HalfLife: 90, Theta: 1}, 0.3); x.Best != gridPoint(3, x.Was) || x.Best.Discount != 0.6 || x.Free != 0.9 {
		t.Errorf("%+v", x)
	}
}

func TestParamsRoundTrip(t *testing.T) {
	fits := []HabitFit{
		{Family: baseline.Mailer, Best: baseline.Param{HalfLife: 180, Theta: 0.05, Discount: 0.2}, Values: 12345, Before: 1.5, After: 1.25, Free: 1.125, LateValues: 4000, LateBefore: 1.6, LateAfter: 1.3, Fitted: true},
		{Family: baseline.Proof, Best: baseline.Param{HalfLife: 90, Theta: 0.5, Discount: 0.5}, Values: 7, Before: 2},
	}
	text, err := ParamsTable(fits, Made{Command: "kith fit habits toy", When: time.Unix(0, 0).UTC()}, baseline.DefaultParams().Fallback(), 0.4)
	if err != nil {
		t.Fatal(err)
	}
	p, err := baseline.ReadParams([]byte(text))
	if err != nil || p.Of(baseline.Mailer) != fits[0].Best || p.Of(baseline.Proof) != fits[1].Best || p.Fallback() != baseline.DefaultParams().Fallback() {
		t.Errorf("%v\n%s", err, text)
	}
	for _, want := range []string{"# 12,345 values: 1.500 bits before, 1.250 after (1.125 with any discount); held out (4,000) 1.600 and 1.300", "# not measured: only 7 values", "`kith fit habits toy` on 1970-01-01"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	fits[0].Best.Theta = 0
	if _, err := ParamsTable(fits, Made{}, baseline.DefaultParams().Fallback(), 0); err == nil {
		t.Error("a figure that the learned normal refuses was written")
	}
}

// When values are drawn from what is said, what is said comes true.
func TestCalibrationOfTheTruth(t *testing.T) {
	a, d := newAuthor(0.3), map[month]*drawn{}
	for range 60 {
		a.next(testParams)
		a.learn()
	}
	q := a.next(testParams)
	p := spreadOf(q)
	for i := range 3000 {
		u, pick, seen := a.rng.Float64(), baseline.Value(0), false
		for _, x := range p.said {
			if u -= x.p; u < 0 && u+x.p >= 0 {
				pick, seen = x.v, !x.unseen
			}
		}
		m := month{0, i / 1000}
		if d[m] == nil {
			d[m] = new(drawn)
		}
		d[m].value(p, pick, seen, uniform("e", i))
	}
	x := summary(baseline.Mailer, d)
	if x.Draws != 1000 || x.Largest > 0.06 {
		t.Errorf("%d draws, largest distance %g", x.Draws, x.Largest)
	}
	for l, s := range x.Below {
		if low, high := s.Bounds(); Levels[l] < low-0.01 || Levels[l] > high+0.01 {
			t.Errorf("at most %g: %s", Levels[l], s)
		}
	}
	for b := range bands {
		if s := x.Came[b]; s.K > 30 && math.Abs(s.Rate()-x.Said[b]) > 0.25*x.Said[b] {
			t.Errorf("band %d: said %.4f, came %s", b, x.Said[b], s)
		}
	}
	if text := CalibrationMarkdown([]Calibration{x}); !strings.Contains(text, "| mailer | 1000 |") || !strings.Contains(text, "1/8 to 1/4") {
		t.Errorf("%s", text)
	}
}

// genuineMail asks a message once, and neither attacks nor what is not labelled as
// genuine.
func TestGenuineMail(t *testing.T) {
	events := []*replay.Event{{ID: "1", Mail: "a"}, {ID: "2", Mail: "a"}, {ID: "3", Mail: "b"}, {ID: "4", Mail: "c"}, {ID: "5", Mail: "d"}}
	set := HabitSet{Source: Source{Name: "toy"}, Labels: map[string]Label{"1": {Truth: Genuine}, "3": {Truth: Attack}, "4": {Truth: Other}}}
	set.Play = func(ctx context.Context, each Judged) (*replay.Report, error) {
		for _, ev := range events {
			if err := each(ctx, ev, &kith.Envelope{}, &pipeline.Outcome{Case: &facts.Case{}}); err != nil {
				return nil, err
			}
		}
		return &replay.Report{}, nil
	}
	var got []string
	if err := genuineMail(context.Background(), &set, 1, func(ev *replay.Event, _ *pipeline.Outcome) { got = append(got, ev.ID) }); err != nil || !reflect.DeepEqual(got, []string{"1", "5"}) {
		t.Errorf("%v %v", got, err)
	}
	events = events[2:4]
	if err := genuineMail(context.Background(), &set, 1, func(*replay.Event, *pipeline.Outcome) {}); err == nil {
		t.Error("a set without genuine mail was measured")
	}
	if got := questions(nil); got != nil || questions(&facts.Case{}) != nil {
		t.Error("questions about nothing")
	}
}

func TestGridPoints(t *testing.T) {
	was, seen := baseline.Param{HalfLife: 7, Theta: 7}, map[baseline.Param]bool{}
	for i := range gridSize() {
		seen[gridPoint(i, was)] = true
	}
	if len(seen) != len(halfLives)*len(thetas)*len(discounts)+1 || gridPoint(gridSize()-1, was) != was {
		t.Errorf("%d points", len(seen))
	}
}
