package fit

import "math"

// genuineFor is how many genuine mails stand beside one attack in the prior that
// the likelihood is taken under.
const genuineFor = 1000

// problem is what a fit works on: rows, what is believed, and for each figure the
// rows that depend on it.
type problem struct {
	n       *names
	rows    []row
	belief  *table
	shift   float64   // log2 of the worth of an attack: what the prior is higher by in the likelihood
	draw    float64   // how strongly beliefs draw, in bits of likelihood for each bit of distance, squared
	typical []float64 // of each kind: its usual measure, up to where the belief saturates; 0 = it has none

	ofKind   [][]int32 // rows with a finding of the kind
	ofFamily [][]int32
	ofGroup  [3][]int32
	seen     []bool    // kinds that occur at all
	most     []float64 // what a kind may weigh at most: no more than it can be worth alone
}

// usualMeasure stands in for the usual strength of a kind that no sample has.
const usualMeasure = 8.0

func newProblem(n *names, belief *table, rows []row, draw, shift float64) *problem {
	p := &problem{n: n, rows: rows, belief: belief.clone(), draw: draw, shift: shift, typical: make([]float64, len(n.kinds)),
		ofKind: make([][]int32, len(n.kinds)), ofFamily: make([][]int32, len(n.families)), seen: make([]bool, len(n.kinds)), most: make([]float64, len(n.kinds))}
	count := make([]float64, len(n.kinds))
	nf := int32(len(n.families))
	note := func(list *[]int32, i int32) {
		if k := len(*list); k == 0 || (*list)[k-1] != i {
			*list = append(*list, i)
		}
	}
	for i := range rows {
		for _, t := range rows[i].terms {
			note(&p.ofKind[t.kind], int32(i))
			note(&p.ofFamily[t.cell%nf], int32(i))
			note(&p.ofGroup[t.cell/nf], int32(i))
			p.seen[t.kind] = true
			if t.strength > 0 {
				p.typical[t.kind] += t.strength
				count[t.kind]++
			}
		}
	}
	all := countMail(rows)
	for k := range count {
		x := &p.belief.kinds[k]
		if count[k] > 0 {
			p.typical[k] /= count[k]
			if x.scale == 0 {
				x.scale = max(grain, x.bits/usualMeasure) // it measures, and nobody has said yet what a bit of that is worth
			}
		} else if x.scale > 0 {
			p.typical[k] = usualMeasure
		}
		if x.scale > 0 {
			p.typical[k] = min(p.typical[k], x.bits/x.scale)
		}
		p.most[k] = p.ceiling(k, all)
	}
	return p
}

// weigh gives rows their weight in the likelihood. Within each place all attacks
// together weigh worth thousandths of the genuine mail, a campaign as much as a
// mail that stands alone.
func weigh(rows []row, worth float64) {
	type unit struct {
		place int
		name  string
	}
	inUnit, genuine, units := map[unit]int{}, map[int]int{}, map[int]int{}
	for i := range rows {
		r := &rows[i]
		if !r.attack {
			genuine[r.place]++
			continue
		}
		u := unit{r.place, r.sample.unit()}
		if inUnit[u] == 0 {
			units[r.place]++
		}
		inUnit[u]++
	}
	for i := range rows {
		r := &rows[i]
		if !r.attack {
			r.weight = 1
			continue
		}
		mass := worth * float64(max(genuine[r.place], 1)) / genuineFor
		r.weight = mass / float64(units[r.place]) / float64(inUnit[unit{r.place, r.sample.unit()}])
	}
}

// loss is the surprise in bits at a row's truth when the judge gives it a score,
// under the prior that the weights of rows make.
func (p *problem) loss(r *row, score float64) float64 {
	score += p.shift
	if r.attack {
		score = -score
	}
	if score > 60 {
		return r.weight * score
	}
	return r.weight * math.Log1p(math.Exp2(score)) / math.Ln2
}

// total is the loss of all rows.
func (p *problem) total(t *table) float64 {
	sum := 0.0
	for i := range p.rows {
		sum += p.loss(&p.rows[i], t.score(&p.rows[i]))
	}
	return sum
}

// start fits the sum without caps: a logistic regression, convex, by Newton steps
// on one weight after the other, each kept at or above zero. A kind counts once in
// a row, and with its own measure as far as the belief lets that count.
func (p *problem) start() *table {
	t := p.belief.clone()
	type entry struct {
		row int32
		x   float64
	}
	entries := make([][]entry, len(p.n.kinds))
	z := make([]float64, len(p.rows))
	for i := range p.rows {
		z[i] = t.prior + p.shift
	}
	for k := range entries {
		top := t.kinds[k].bits
		for _, i := range p.ofKind[k] {
			x := 0.0
			for _, term := range p.rows[i].terms {
				if int(term.kind) == k && top > 0 {
					x = max(x, t.kinds[k].adds(term.strength)/top)
				}
			}
			entries[k] = append(entries[k], entry{i, x})
			z[i] += top * x
		}
	}
	const sweeps, longest = 30, 2.0
	for range sweeps {
		moved := 0.0
		for k := range entries {
			b := t.kinds[k].bits
			g, h := 2*p.draw*(b-p.belief.kinds[k].bits), 2*p.draw
			for _, e := range entries[k] {
				r := &p.rows[e.row]
				q := 1 / (1 + math.Exp2(-z[e.row]))
				y := 0.0
				if r.attack {
					y = 1
				}
				g += r.weight * (q - y) * e.x
				h += r.weight * math.Ln2 * q * (1 - q) * e.x * e.x
			}
			next := max(0, min(b-max(-longest, min(g/max(h, 1e-9), longest)), p.most[k]))
			for _, e := range entries[k] {
				z[e.row] += (next - b) * e.x
			}
			moved = max(moved, math.Abs(next-b))
			t.kinds[k].bits = next
		}
		if moved < 1e-3 {
			break
		}
	}
	for k := range t.kinds { // the measure that saturates stays what it was
		if x := &t.kinds[k]; x.scale > 0 && p.belief.kinds[k].bits > 0 {
			x.scale = max(grain, min(x.scale*x.bits/p.belief.kinds[k].bits, mostScale))
		}
	}
	return t
}

// mostBits bounds a weight, mostScale the worth of a bit of surprise.
const (
	mostBits  = 16.0
	mostCap   = 24.0
	mostScale = 4.0
)

// figure is one number of a table that a search may move.
type figure struct {
	get     func(*table) *float64
	rows    []int32
	low     float64
	high    float64
	believe float64
	worth   float64 // bits of score for one unit of it
}

// figures lists what may move: of the kinds and families that occur.
func (p *problem) figures() []figure {
	var out []figure
	for k := range p.n.kinds {
		if !p.seen[k] {
			continue
		}
		b := p.belief.kinds[k]
		out = append(out, figure{func(t *table) *float64 { return &t.kinds[k].bits }, p.ofKind[k], 0, p.most[k], b.bits, 1})
		if b.scale > 0 {
			out = append(out, figure{func(t *table) *float64 { return &t.kinds[k].scale }, p.ofKind[k], grain, mostScale, b.scale, max(p.typical[k], 1)})
		}
	}
	for f := range p.n.families {
		if len(p.ofFamily[f]) > 0 {
			out = append(out, figure{func(t *table) *float64 { return &t.families[f] }, p.ofFamily[f], 0, mostCap, p.belief.families[f], 0.5})
		}
	}
	for g := range decisive {
		if len(p.ofGroup[g]) > 0 {
			high := p.belief.suspicious - p.belief.prior - grain
			out = append(out, figure{func(t *table) *float64 { return &t.caps[g] }, p.ofGroup[g], 0, high, p.belief.caps[g], 0.5})
		}
	}
	return out
}

// distance is what leaving the belief costs.
func (p *problem) distance(f *figure, x float64) float64 {
	d := (x - f.believe) * f.worth
	return p.draw * d * d
}

// search moves one figure after the other, in steps from two bits down to a
// sixteenth, as long as the penalised likelihood under the judge's own formula
// gains by it. The table is changed.
func (p *problem) search(t *table) {
	scores := make([]float64, len(p.rows))
	for i := range p.rows {
		scores[i] = t.score(&p.rows[i])
	}
	figures := p.figures()
	const rounds = 12
	for step := 2.0; step >= grain; step /= 2 {
		for range rounds {
			moved := false
			for i := range figures {
				f := &figures[i]
				moved = p.nudge(t, f, step, scores) || p.nudge(t, f, -step, scores) || moved
			}
			if !moved {
				break
			}
		}
	}
}

// nudge moves one figure by so many bits if that gains, and keeps scores up to
// date.
func (p *problem) nudge(t *table, f *figure, bits float64, scores []float64) bool {
	at := f.get(t)
	was := *at
	next := max(f.low, min(was+bits/f.worth, f.high))
	if next == was {
		return false
	}
	gain := p.distance(f, was) - p.distance(f, next)
	*at = next
	for _, i := range f.rows {
		r := &p.rows[i]
		if s := t.score(r); s != scores[i] {
			gain += p.loss(r, scores[i]) - p.loss(r, s)
		}
	}
	if gain <= 1e-9 {
		*at = was
		return false
	}
	for _, i := range f.rows {
		scores[i] = t.score(&p.rows[i])
	}
	return true
}
