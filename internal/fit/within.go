package fit

import (
	"cmp"
	"math"

	"kith/internal/judge"
)

// fitTable is the whole fit: start, search, then within its promise.
func fitTable(n *names, was *judge.Weights, samples []*Sample, draw, worth, budget float64) *table {
	p := prepare(n, was, samples, draw, worth)
	t := p.start()
	p.search(t)
	return p.within(t, budget)
}

// dear is the share of attacks by which each twentieth that the scale moves away
// from what was fitted must win: the score is then less of a probability.
const dear = 0.001

// within scales what the two groups that need each other add, in steps of a
// twentieth, to where most attacks are warned of while no more than a share of
// budget of a place's genuine samples is, a fifth of that is acted on, and nobody
// surely has more wrong warnings than promised. The result is rounded.
func (p *problem) within(t *table, budget float64) *table {
	var best *table
	most := math.Inf(-1)
	for s := 8; s <= 40; s++ {
		c := p.scaled(t, float64(s)/20).rounded()
		caught, ok := p.warned(c, budget)
		if caught -= dear * math.Abs(float64(s-20)); ok && caught > most {
			best, most = c, caught
		}
	}
	if best == nil { // even the weakest warns too often: it is what is decisive that does
		best = p.scaled(t, 0.4).rounded()
	}
	return best
}

// scaled multiplies what kinds of the two groups under a cap add, with the caps of
// their families. Kinds that occur as decisive ones are left, and kinds that never
// occur.
func (p *problem) scaled(t *table, by float64) *table {
	c := t.clone()
	families := map[int]bool{}
	for k := range c.kinds {
		if p.seen[k] && !p.decisive(k) {
			c.kinds[k].bits *= by
			c.kinds[k].scale *= by
			families[c.kinds[k].family] = true
		}
	}
	for f := range families {
		c.families[f] *= by
	}
	return c
}

func (p *problem) decisive(kind int) bool {
	for _, i := range p.ofKind[kind] {
		for _, t := range p.rows[i].terms {
			if int(t.kind) == kind {
				return int(t.cell)/len(p.n.families) == decisive
			}
		}
	}
	return false
}

// warned returns the share of attacks, by weight, at or above the lowest band, and
// whether the budget and the promise hold.
func (p *problem) warned(t *table, budget float64) (attacks float64, ok bool) {
	type who struct {
		place  int
		person string
	}
	all, wrong, acted := map[int]float64{}, map[int]float64{}, map[int]float64{}
	each, sum := map[who]*Share{}, 0.0
	for i := range p.rows {
		r := &p.rows[i]
		score := t.exact(r)
		yes := score >= t.suspicious
		if r.attack {
			sum += r.weight
			if yes {
				attacks += r.weight
			}
			continue
		}
		all[r.place]++
		w := who{r.place, cmp.Or(r.sample.Rcpt, r.sample.Author)}
		if each[w] == nil {
			each[w] = new(Share)
		}
		each[w].Add(yes)
		if yes {
			wrong[r.place]++
		}
		if score >= t.harmful {
			acted[r.place]++
		}
	}
	if sum > 0 {
		attacks /= sum
	}
	for place, n := range all {
		if wrong[place] > budget*n || acted[place] > budget/5*n {
			return attacks, false
		}
	}
	for _, s := range each {
		if s.K > 1 { // one in a few mails proves nothing
			if low, _ := s.Bounds(); low > promise {
				return attacks, false
			}
		}
	}
	return attacks, true
}
