package fit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"kith/internal/baseline"
	"kith/internal/kith"
	"kith/internal/pipeline"
	"kith/internal/replay"
)

// The grid on which the learned normal's figures are tried: half-life in days,
// strength of the wider context, discount.
var (
	halfLives = []float64{15, 30, 60, 90, 180, 365}
	thetas    = []float64{0.05, 0.1, 0.3, 1, 3}
	discounts = []float64{0, 0.2, 0.4, 0.6, 0.8, 0.95}
)

// HabitSet is one set to fit habits on, or to measure them by.
type HabitSet struct {
	Source Source
	Labels map[string]Label
	Play   Play
}

// HabitOptions of a fit of habits.
type HabitOptions struct {
	Params *baseline.Params // in force while the set is played; nil = as shipped
	Every  int              // each so many-th message is evaluated; all are learned. 0 = each
}

// HabitFit is what was found for one family.
type HabitFit struct {
	Family *baseline.Family
	Was    baseline.Param
	Best   baseline.Param
	Values int // values asked where something was known
	// Bits a value: of all, with the figures that were there and the best.
	Before, After float64
	// The same on the last third of the time, with the best of the first two thirds.
	LateValues            int
	LateBefore, LateAfter float64
	Fitted                bool // there were enough values; else Best is Was
}

// fewest is the number of values below which a family keeps its figures.
const fewest = 500

// month is the piece of time by which sums are kept.
type month struct {
	set  int
	when int // year·12 + month
}

func monthOf(set int, t time.Time) month {
	return month{set, t.UTC().Year()*12 + int(t.UTC().Month())}
}

// months lists months in their order, so that sums come out the same each time.
func months[V any](of map[month]V) []month {
	return slices.SortedFunc(maps.Keys(of), func(a, b month) int { return cmp.Or(a.set-b.set, a.when-b.when) })
}

// tried holds the bits that one family's values cost under each point of the grid,
// by month; the last point is the figures in force.
type tried struct {
	bits   map[month][]float64
	values map[month]int
}

// gridSize is the number of points tried for each family.
func gridSize() int { return len(halfLives)*len(thetas)*len(discounts) + 1 }

func gridPoint(i int, was baseline.Param) baseline.Param {
	if i == gridSize()-1 {
		return was
	}
	d, t, h := i%len(discounts), i/len(discounts)%len(thetas), i/len(discounts)/len(thetas)
	return baseline.Param{HalfLife: halfLives[h], Theta: thetas[t], Discount: discounts[d]}
}

// FitHabits plays sets and takes for each family the figures under which genuine
// mail was least surprising, each message asked before it was learned. Where a
// context is not known at all nothing is asked. Each set that has enough values
// counts alike, however large it is: one set's senders may be more regular than
// others'.
func FitHabits(ctx context.Context, sets []HabitSet, o HabitOptions) ([]HabitFit, error) {
	if o.Params == nil {
		o.Params = baseline.DefaultParams()
	}
	sums := map[*baseline.Family]*tried{}
	for s := range sets {
		set := &sets[s]
		err := genuineMail(ctx, set, o.Every, func(ev *replay.Event, out *pipeline.Outcome) {
			for _, q := range questions(out.Case) {
				t := sums[q.family]
				if t == nil {
					t = &tried{map[month][]float64{}, map[month]int{}}
					sums[q.family] = t
				}
				t.add(q, o.Params.Of(q.family), monthOf(s, ev.At))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	var out []HabitFit
	for _, f := range baseline.Families() {
		if t := sums[f]; t != nil {
			out = append(out, t.fit(f, o.Params.Of(f)))
		}
	}
	return out, nil
}

// genuineMail plays a set and calls f for each genuine message, once however often
// it comes, before it is learned.
func genuineMail(ctx context.Context, set *HabitSet, every int, f func(*replay.Event, *pipeline.Outcome)) error {
	seen, n := map[string]bool{}, 0
	report, err := set.Play(ctx, func(_ context.Context, ev *replay.Event, _ *kith.Envelope, out *pipeline.Outcome) error {
		l, known := set.Labels[ev.ID]
		if !known {
			l.Truth = Genuine // most sets label what is scored, and what came before that is genuine
		}
		if seen[ev.Mail] || l.Truth != Genuine {
			return nil
		}
		seen[ev.Mail] = true
		if n++; every < 2 || n%every == 0 {
			f(ev, out)
		}
		return nil
	})
	if err == nil && report != nil && n == 0 {
		return fmt.Errorf("%s has no genuine mail; fetch the set again", set.Source.Name)
	}
	return err
}

// add tries one value.
func (t *tried) add(q question, was baseline.Param, when month) {
	at := t.view(q, was)
	if at == nil {
		return
	}
	if t.bits[when] == nil {
		t.bits[when] = make([]float64, gridSize())
	}
	sums, i := t.bits[when], 0
	for _, h := range halfLives {
		odds := at(h)
		for _, theta := range thetas {
			for _, d := range discounts {
				sums[i] += baseline.Bits(odds.P(theta, d))
				i++
			}
		}
	}
	odds := at(was.HalfLife)
	sums[i] += baseline.Bits(odds.P(was.Theta, was.Discount))
	t.values[when]++
}

// view answers a question under any half-life; nil where nothing is known.
func (t *tried) view(q question, was baseline.Param) func(float64) baseline.Odds {
	if q.view.Trial(q.family, was.HalfLife) == nil {
		return nil
	}
	return func(h float64) baseline.Odds { return q.view.Trial(q.family, h).Odds(q.value) }
}

// sum adds up the months that are asked for: bits and values of all sets together,
// and the mean bits of each set with enough values, added up.
func (t *tried) sum(take func(month) bool) (bits []float64, values int, alike []float64) {
	bits, alike = make([]float64, gridSize()), make([]float64, gridSize())
	of, count := map[int][]float64{}, map[int]int{}
	for _, m := range months(t.bits) {
		b := t.bits[m]
		if !take(m) {
			continue
		}
		if of[m.set] == nil {
			of[m.set] = make([]float64, gridSize())
		}
		for i := range b {
			of[m.set][i] += b[i]
		}
		count[m.set] += t.values[m]
	}
	for _, set := range slices.Sorted(maps.Keys(of)) {
		values += count[set]
		for i, x := range of[set] {
			bits[i] += x
			if count[set] >= fewest {
				alike[i] += x / float64(count[set])
			}
		}
	}
	return bits, values, alike
}

// fit takes the best point.
func (t *tried) fit(f *baseline.Family, was baseline.Param) HabitFit {
	late := lateMonths(t.values)
	all, n, alike := t.sum(func(month) bool { return true })
	_, _, early := t.sum(func(m month) bool { return !late[m] })
	last, nLast, _ := t.sum(func(m month) bool { return late[m] })
	x := HabitFit{Family: f, Was: was, Best: was, Values: n, LateValues: nLast}
	best, now := lowest(alike), gridSize()-1
	if x.Fitted = best != now || n >= fewest; !x.Fitted {
		best = now
	}
	x.Best = gridPoint(best, was)
	mean := func(bits float64, n int) float64 { return bits / math.Max(float64(n), 1) }
	x.Before, x.After = mean(all[now], n), mean(all[best], n)
	x.LateBefore, x.LateAfter = mean(last[now], nLast), mean(last[lowest(early)], nLast)
	return x
}

func lowest(bits []float64) int {
	best := len(bits) - 1 // of equals the figures in force
	for i, b := range bits {
		if b < bits[best] {
			best = i
		}
	}
	return best
}

// lateMonths marks the last months of each set, which hold about a third of its
// values.
func lateMonths(values map[month]int) map[month]bool {
	total := map[int]int{}
	for m, n := range values {
		total[m.set] += n
	}
	all := months(values)
	slices.Reverse(all)
	late, taken := map[month]bool{}, map[int]int{}
	for _, m := range all {
		if taken[m.set] < total[m.set]/3 {
			taken[m.set] += values[m]
			late[m] = true
		}
	}
	return late
}
