package fit

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"kith/internal/baseline"
	"kith/internal/pipeline"
	"kith/internal/replay"
)

// Levels are the shares that tail probabilities should stay below just as often as
// they say.
var Levels = []float64{0.5, 0.1, 0.05, 0.01, 0.001}

// bands is the number of bands of probability: halves, quarters, … and the rest.
const bands = 12

// Calibration says whether one family's probabilities come true on the last third
// of the time of genuine mail.
type Calibration struct {
	Family *baseline.Family
	Draws  int     // values that came where something was known
	Bits   float64 // mean surprise at them

	Said [bands]float64 // mean probability in band i, which goes from 2^-(i+1) to 2^-i
	Came [bands]Share   // of all values that were given such a probability, those that came

	Below   []Share // tail probabilities at most each of Levels
	Largest float64 // largest distance between their distribution and the uniform one
}

// drawn is what is kept of one family in one month.
type drawn struct {
	said  [bands]float64
	tried [bands]int
	came  [bands]int
	bits  float64
	tails []float32
}

// Calibrate plays a set and measures it. Each so many-th message is evaluated; all
// are learned.
func Calibrate(ctx context.Context, set HabitSet, every int) ([]Calibration, error) {
	kept := map[*baseline.Family]map[month]*drawn{}
	err := genuineMail(ctx, &set, every, func(ev *replay.Event, out *pipeline.Outcome) {
		var last question
		var p *spread
		for i, q := range questions(out.Case) {
			if q.family != last.family || q.view != last.view {
				last, p = q, spreadOf(q) // the values of one family share it
			}
			if p == nil {
				continue
			}
			if kept[q.family] == nil {
				kept[q.family] = map[month]*drawn{}
			}
			m := monthOf(0, ev.At)
			if kept[q.family][m] == nil {
				kept[q.family][m] = new(drawn)
			}
			fp, seen := q.view.Fingerprint(p.chain, q.value)
			kept[q.family][m].value(p, fp, seen, uniform(ev.ID, i))
		}
	})
	if err != nil {
		return nil, err
	}
	var out []Calibration
	for _, f := range baseline.Families() {
		if kept[f] != nil {
			out = append(out, summary(f, kept[f]))
		}
	}
	return out, nil
}

// spread is what one chain says of all values.
type spread struct {
	chain *baseline.Chain
	said  []saidOf
}

type saidOf struct {
	v      baseline.Value
	p      float64
	unseen bool
}

// spreadOf asks a question's chain for all values; nil where nothing was taught in
// the narrowest context.
func spreadOf(q question) *spread {
	c := q.view.Chain(q.family)
	if c == nil || c.Known() <= 0 {
		return nil
	}
	s := &spread{chain: c}
	c.Each(func(v baseline.Value, p float64, unseen bool) {
		if p > 0 {
			s.said = append(s.said, saidOf{v, p, unseen})
		}
	})
	return s
}

// uniform is a number in [0, 1) that looks drawn and is the same in every run.
func uniform(event string, i int) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", event, i)
	x := h.Sum64()
	x ^= x >> 31
	x *= 0x9e3779b97f4a7c15
	return float64(x>>11) / (1 << 53)
}

// value compares what was said of all values with the one that came, which stands
// in the chain when seen. The tail is the probability of all less probable values
// and a drawn part (u) of that of the equally probable ones, its own among them:
// then it is uniform when what is said is true.
func (d *drawn) value(s *spread, fp baseline.Value, seen bool, u float64) {
	own := s.chain.P(fp)
	const slack = 1 + 1e-9
	less, equal := 0.0, 0.0
	for _, x := range s.said {
		b := min(int(-math.Log2(min(x.p, 1))), bands-1)
		d.said[b] += x.p
		d.tried[b]++
		if x.unseen && !seen || !x.unseen && seen && x.v == fp {
			d.came[b]++
		}
		switch {
		case x.p*slack < own:
			less += x.p
		case x.p <= own*slack:
			equal += x.p
		}
	}
	d.bits += baseline.Bits(own)
	d.tails = append(d.tails, float32(min(less+u*equal, 1)))
}

func summary(f *baseline.Family, kept map[month]*drawn) Calibration {
	count := map[month]int{}
	for m, d := range kept {
		count[m] = len(d.tails)
	}
	late := lateMonths(count)
	x := Calibration{Family: f, Below: make([]Share, len(Levels))}
	var tails []float32
	for _, m := range months(kept) {
		d := kept[m]
		if !late[m] {
			continue
		}
		for b := range bands {
			x.Said[b] += d.said[b]
			x.Came[b].N += d.tried[b]
			x.Came[b].K += d.came[b]
		}
		x.Bits += d.bits
		tails = append(tails, d.tails...)
	}
	for b := range bands {
		if n := x.Came[b].N; n > 0 {
			x.Said[b] /= float64(n)
		}
	}
	x.Draws = len(tails)
	x.Bits /= math.Max(float64(x.Draws), 1)
	slices.Sort(tails)
	for i, t := range tails {
		for l, level := range Levels {
			x.Below[l].Add(float64(t) <= level)
		}
		lo, hi := float64(i)/float64(len(tails)), float64(i+1)/float64(len(tails))
		x.Largest = max(x.Largest, math.Abs(float64(t)-lo), math.Abs(float64(t)-hi))
	}
	return x
}

// CalibrationMarkdown writes the tables of one set. A figure outside its bounds is
// marked.
func CalibrationMarkdown(all []Calibration) string {
	var b strings.Builder
	b.WriteString("Tail probabilities: the share that is at most so much, in per cent with 95 % bounds; * = the level lies outside them.\n\n| family | values | bits a value |")
	for _, l := range Levels {
		fmt.Fprintf(&b, " ≤ %g |", l)
	}
	b.WriteString(" largest distance |\n|---|---|---|" + strings.Repeat("---|", len(Levels)) + "---|\n")
	for i := range all {
		x := &all[i]
		fmt.Fprintf(&b, "| %s | %d | %.3f |", x.Family.ID, x.Draws, x.Bits)
		for l, s := range x.Below {
			fmt.Fprintf(&b, " %s |", beside(Levels[l], s))
		}
		fmt.Fprintf(&b, " %.3f |\n", x.Largest)
	}
	b.WriteString("\nProbabilities: of all values that were said to come with such a probability, the share that came.\n\n| family | probability | values said of | said | came |\n|---|---|---|---|---|\n")
	for i := range all {
		x := &all[i]
		for k := range bands {
			if x.Came[k].N == 0 || x.Said[k]*float64(x.Came[k].N) < 5 && x.Came[k].K < 5 {
				continue // too few to say anything
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %.3g %% | %s |\n", x.Family.ID, bandName(k), x.Came[k].N, 100*x.Said[k], beside(x.Said[k], x.Came[k]))
		}
	}
	return b.String()
}

func bandName(b int) string {
	if b == bands-1 {
		return fmt.Sprintf("below 1/%d", 1<<b)
	}
	if b == 0 {
		return "above 1/2"
	}
	return fmt.Sprintf("1/%d to 1/%d", 1<<(b+1), 1<<b)
}

// beside is a share in per cent with its bounds, marked when what was said lies
// outside them.
func beside(said float64, s Share) string {
	low, high := s.Bounds()
	mark := ""
	if said < low || said > high {
		mark = " *"
	}
	return fmt.Sprintf("%.3g [%.3g, %.3g]%s", 100*s.Rate(), 100*low, 100*high, mark)
}
