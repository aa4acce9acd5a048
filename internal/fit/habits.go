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
	// Least is the lowest discount that is taken. Most authors never change anything,
	// so that most mail is least surprising with none; but then the one who changes
	// all the time surprises anew each day, always himself. A first sight must hand
	// on enough that he does not.
	Least float64
}

// LeastDiscount is what ships: the lowest at which authors who always change are
// left alone.
const LeastDiscount = 0.2

// HabitFit is what was found for one family.
type HabitFit struct {
	Family *baseline.Family
	Was    baseline.Param
	Best   baseline.Param
	Values int // values asked where something was known
	// Bits a value: of all, with the figures that were there and the best.
	Before, After float64
	Free          float64 // bits a value under the best figures of all, whatever their discount
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
			var trials []*baseline.Trial
			var last question
			for _, q := range questions(out.Case) {
				t := sums[q.family]
				if t == nil {
					t = &tried{map[month][]float64{}, map[month]int{}}
					sums[q.family] = t
				}
				was := o.Params.Of(q.family)
				if q.family != last.family || q.view != last.view {
					trials = trialsOf(q, was) // the values of one family share them
				}
				last = q
				t.add(trials, q.value, was, monthOf(s, ev.At))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	var out []HabitFit
	for _, f := range baseline.Families() {
		if t := sums[f]; t != nil {
			out = append(out, t.fit(f, o.Params.Of(f), o.Least))
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

// trialsOf makes the chains of a question under every half-life of the grid and, as
// the last, the one in force; nil where nothing is known.
func trialsOf(q question, was baseline.Param) []*baseline.Trial {
	out := make([]*baseline.Trial, 0, len(halfLives)+1)
	for _, h := range append(halfLives[:len(halfLives):len(halfLives)], was.HalfLife) {
		t := q.view.Trial(q.family, h)
		if t == nil {
			return nil
		}
		out = append(out, t)
	}
	return out
}

// add tries one value.
func (t *tried) add(trials []*baseline.Trial, value string, was baseline.Param, when month) {
	if trials == nil {
		return
	}
	if t.bits[when] == nil {
		t.bits[when] = make([]float64, gridSize())
	}
	sums, i := t.bits[when], 0
	for h := range halfLives {
		odds := trials[h].Odds(value)
		for _, theta := range thetas {
			for _, d := range discounts {
				sums[i] += baseline.Bits(odds.P(theta, d))
				i++
			}
		}
	}
	odds := trials[len(halfLives)].Odds(value)
	sums[i] += baseline.Bits(odds.P(was.Theta, was.Discount))
	t.values[when]++
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

// fit takes the best point with a discount of least or more.
func (t *tried) fit(f *baseline.Family, was baseline.Param, least float64) HabitFit {
	late := lateMonths(t.values)
	all, n, alike := t.sum(func(month) bool { return true })
	_, _, early := t.sum(func(m month) bool { return !late[m] })
	last, nLast, _ := t.sum(func(m month) bool { return late[m] })
	x := HabitFit{Family: f, Was: was, Best: was, Values: n, LateValues: nLast}
	best, now := lowest(alike, least), gridSize()-1
	if x.Fitted = best != now || n >= fewest; !x.Fitted {
		best = now
	}
	x.Best = gridPoint(best, was)
	mean := func(bits float64, n int) float64 { return bits / math.Max(float64(n), 1) }
	x.Before, x.After = mean(all[now], n), mean(all[best], n)
	x.Free = mean(all[lowest(alike, 0)], n)
	x.LateBefore, x.LateAfter = mean(last[now], nLast), mean(last[lowest(early, least)], nLast)
	return x
}

// tie is the difference in bits a value that nobody would notice.
const tie = 0.005

// lowest returns the point at which values cost fewest bits among those with a
// discount of least or more; of points as good as that the one with the highest
// discount, which surprises fewest people.
func lowest(bits []float64, least float64) int {
	now := len(bits) - 1
	best := now // of equals the figures in force
	for i, b := range bits[:now] {
		if b < bits[best] && discounts[i%len(discounts)] >= least {
			best = i
		}
	}
	if best == now {
		return now
	}
	careful := best
	for i, b := range bits[:now] {
		d, than := discounts[i%len(discounts)], discounts[careful%len(discounts)]
		if b <= bits[best]+tie && (d > than || d == than && b < bits[careful]) {
			careful = i
		}
	}
	return careful
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
