package fit

import (
	"cmp"
	"slices"

	"kith/internal/judge"
)

// fitTable is the whole fit: start, search, then within its promise.
func fitTable(n *names, was *judge.Weights, samples []*Sample, draw, worth, budget float64) *table {
	p := prepare(n, was, samples, draw, worth)
	t := p.start()
	p.search(t)
	return p.within(t, budget)
}

// within scales what the two groups that need each other add, in steps of a
// twentieth, to where most attacks are caught while no more than a share of budget
// of a place's genuine samples is warned of, a fifth of that is acted on, and nobody
// surely has more wrong warnings than promised. Caught is the mean of two shares:
// warned of, and above the line that one genuine sample in a thousand reaches. The
// second keeps the first from being bought by driving everything into the caps,
// where nothing is told apart any more. The result is rounded.
func (p *problem) within(t *table, budget float64) *table {
	var best *table
	most := -1.0
	for _, s := range byDistance(8, 20, 40) {
		c := p.scaled(t, float64(s)/20).rounded()
		if caught, ok := p.caught(c, budget); ok && caught > most*(1+1e-9) {
			best, most = c, caught
		}
	}
	if best == nil { // even the weakest warns too often: it is what is decisive that does
		best = p.scaled(t, 0.4).rounded()
	}
	return best
}

// byDistance lists low … high, those nearest to from first: of equal scales the one
// nearest to what was fitted is taken, whose score is a probability.
func byDistance(low, from, high int) []int {
	var out []int
	for i := low; i <= high; i++ {
		out = append(out, i)
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(max(a-from, from-a), max(b-from, from-b)) })
	return out
}

// scaled multiplies what kinds of the two groups under a cap add, with the caps of
// their families, as far as the groups' own caps leave it a meaning. Kinds that
// occur as decisive ones are left, and their families, and kinds that never occur.
func (p *problem) scaled(t *table, by float64) *table {
	c := t.clone()
	top := max(c.caps[0], c.caps[1])
	families := map[int]bool{}
	for k := range c.kinds {
		x := &c.kinds[k]
		if p.seen[k] && !p.decisive(k) {
			x.bits = min(x.bits*by, max(top, x.bits))
			x.scale *= by
		}
		if !p.seen[k] || p.decisive(k) {
			families[x.family] = true
		}
	}
	for f := range c.families {
		if !families[f] {
			c.families[f] = min(c.families[f]*by, max(top, c.families[f]))
		}
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

// caught returns how much of the attacks is caught, by weight, see within, and
// whether the budget and the promise hold.
func (p *problem) caught(t *table, budget float64) (share float64, ok bool) {
	type who struct {
		place  int
		person string
	}
	genuine, wrong, acted := map[int][]float64{}, map[int]float64{}, map[int]float64{}
	each, scores := map[who]*Share{}, make([]float64, len(p.rows))
	for i := range p.rows {
		r := &p.rows[i]
		scores[i] = t.exact(r)
		if r.attack {
			continue
		}
		genuine[r.place] = append(genuine[r.place], scores[i])
		w := who{r.place, cmp.Or(r.sample.Rcpt, r.sample.Author)}
		if each[w] == nil {
			each[w] = new(Share)
		}
		each[w].Add(scores[i] >= t.suspicious)
		if scores[i] >= t.suspicious {
			wrong[r.place]++
		}
		if scores[i] >= t.harmful {
			acted[r.place]++
		}
	}
	lines := map[int]float64{}
	for place, all := range genuine {
		if n := float64(len(all)); wrong[place] > budget*n || acted[place] > budget/5*n {
			return 0, false
		}
		lines[place] = lineAt(all, 1e-3)
	}
	for _, s := range each {
		if s.K > 1 { // one in a few mails proves nothing
			if low, _ := s.Bounds(); low > promise {
				return 0, false
			}
		}
	}
	sum := 0.0
	for i := range p.rows {
		r := &p.rows[i]
		if !r.attack {
			continue
		}
		sum += r.weight
		if scores[i] >= t.suspicious {
			share += r.weight / 2
		}
		if line, known := lines[r.place]; known && scores[i] > line {
			share += r.weight / 2
		}
	}
	return share / max(sum, 1e-9), true
}
