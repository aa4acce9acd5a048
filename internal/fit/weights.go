package fit

import (
	"context"
	"errors"
	"fmt"
	"math"

	"kith/internal/judge"
)

// Options of a fit of weights. The zero value is what ships.
type Options struct {
	Draw   float64 // how strongly beliefs draw; 0 = chosen on folds
	Budget float64 // share of genuine samples of a place that may be warned of; 0 = 1.5 per 1,000
	Step   func(done, total int)
}

// budget is half of what is promised (3 per 1,000 at most): what is measured on
// other mail comes out higher than what was fitted.
const (
	budget  = 1.5e-3
	promise = 3e-3
)

// draws are the strengths that are tried where none is asked for; worths how much
// more attacks weigh in the likelihood than under the prior, which is raised by as
// much. Few attacks weigh little beside much genuine mail; with more weight more is
// learned of them, and less of the far tail of genuine mail.
var (
	draws  = []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10}
	worths = []float64{1, 8, 64}
)

// Result is what a fit gives.
type Result struct {
	Weights judge.Weights
	Draw    float64 // how strongly beliefs drew
	Worth   float64 // of an attack in the likelihood, against the one under the prior
	Seen    map[string]bool
	Lifts   []Lift

	// Held holds the figures of each scheme, on samples that the fit behind them had
	// not seen; Before the same for the weights that were there. Fitted are those of
	// the result on all it was fitted on, which flatter it.
	Held   map[Scheme][]Figures
	Before map[Scheme][]Figures
	Fitted []Figures
}

// Weights fits weights to all scored samples and measures by every scheme how good
// weights made in this way are. was gives the bands, the prior, the families of
// kinds, and the beliefs.
func Weights(ctx context.Context, samples *Samples, was judge.Weights, o Options) (*Result, error) {
	if o.Budget == 0 {
		o.Budget = budget
	}
	all := samples.Scored()
	if attacks := count(all, Attack); attacks < 10 || count(all, Genuine) < 100 {
		return nil, fmt.Errorf("fit: %d attacks and %d genuine samples are too few; add a set", attacks, count(all, Genuine))
	}
	total := 1
	for _, s := range Schemes() {
		total += len(s.Split(all))
	}
	done := 0
	step := func() error {
		done++
		if o.Step != nil {
			o.Step(done, total)
		}
		return ctx.Err()
	}
	res := &Result{Held: map[Scheme][]Figures{}, Before: map[Scheme][]Figures{}, Seen: map[string]bool{}, Lifts: Lifts(all)}
	n := namesOf(&was)
	tried := draws
	if o.Draw > 0 {
		tried = []float64{o.Draw}
	}
	res.Draw, res.Worth = choose(n, &was, all, tried)
	if err := step(); err != nil {
		return nil, errors.Join(errors.New("fit: stopped"), err)
	}
	for _, scheme := range Schemes() {
		var held []*Sample
		var scores, before []float64
		for _, sp := range scheme.Split(all) {
			t := fitTable(n, &was, pick(all, sp.Fit), res.Draw, res.Worth, o.Budget)
			measured := pick(all, sp.Measure)
			held = append(held, measured...)
			scores = append(scores, n.scores(t, measured)...)
			before = append(before, n.scores(n.table(&was, false), measured)...)
			if err := step(); err != nil {
				return nil, errors.Join(errors.New("fit: stopped"), err)
			}
		}
		res.Held[scheme] = Measure(held, scores, was.Bands.Suspicious, was.Bands.Harmful)
		res.Before[scheme] = Measure(held, before, was.Bands.Suspicious, was.Bands.Harmful)
	}
	t := fitTable(n, &was, all, res.Draw, res.Worth, o.Budget)
	res.Weights = n.weights(t, &was)
	res.Fitted = Measure(all, n.scores(t, all), was.Bands.Suspicious, was.Bands.Harmful)
	for _, s := range all {
		for _, f := range s.Found {
			res.Seen[f.Kind] = true
		}
	}
	return res, nil
}

// Scores are what a judge with the given weights says of samples.
func Scores(w *judge.Weights, samples []*Sample) []float64 {
	n := namesOf(w)
	return n.scores(n.table(w, false), samples)
}

func (n *names) scores(t *table, samples []*Sample) []float64 {
	rows := n.rows(t, samples, nil)
	out := make([]float64, len(rows))
	for i := range rows {
		out[i] = t.exact(&rows[i])
	}
	return out
}

func count(samples []*Sample, t Truth) (k int) {
	for _, s := range samples {
		if s.Truth == t {
			k++
		}
	}
	return k
}

func pick(samples []*Sample, at []int) []*Sample {
	out := make([]*Sample, len(at))
	for i, j := range at {
		out[i] = samples[j]
	}
	return out
}

func prepare(n *names, was *judge.Weights, samples []*Sample, draw, worth float64) *problem {
	belief := n.table(was, true)
	_, of := places(samples)
	rows := n.rows(belief, samples, of)
	weigh(rows, worth)
	return newProblem(n, belief, rows, draw*worth, math.Log2(worth))
}

// choose takes the strength with which beliefs draw, and the worth of an attack, by
// how surprising fits with them find, under the prior, samples that they have not
// seen: folds by source, the strictest that leaves enough. Of all strengths that are
// as good as the best one within a standard error it takes the strongest: a belief
// is given up only where the samples surely say so.
func choose(n *names, was *judge.Weights, samples []*Sample, draws []float64) (draw, worth float64) {
	splits := BySource.Split(samples)
	type tried struct{ loss, worth, spread float64 }
	least, of := math.Inf(1), make([]tried, len(draws))
	within := 0.0
	for i, d := range draws {
		of[i].loss = math.Inf(1)
		for _, w := range worths {
			losses := make([]float64, len(splits))
			for k, sp := range splits {
				p := prepare(n, was, pick(samples, sp.Fit), d, w)
				t := p.start()
				p.search(t)
				held := prepare(n, was, pick(samples, sp.Measure), d, 1)
				losses[k] = held.total(t.rounded()) - held.total(held.belief)
			}
			if mean, se := meanOf(losses); mean < of[i].loss {
				of[i] = tried{mean, w, se}
			}
		}
		if of[i].loss < least {
			least, within = of[i].loss, of[i].spread
		}
	}
	for i, d := range draws {
		if of[i].loss <= least+within && d >= draw {
			draw, worth = d, of[i].worth
		}
	}
	return draw, worth
}

// meanOf returns the mean and its standard error.
func meanOf(xs []float64) (mean, se float64) {
	n := float64(len(xs))
	for _, x := range xs {
		mean += x / n
	}
	for _, x := range xs {
		se += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(se/math.Max(n-1, 1)) / math.Sqrt(n)
}
