package baseline

import "math"

// link is one context of a chain on one day: its habit and the two figures by
// which it hands on to the next.
type link struct {
	h    *habit
	s    *summary
	n    float64 // weight of all its counts
	over float64 // 1/(n+θ), times the shrinking of the weights
	back float64 // (θ + d·G)/(n+θ): what is left to the wider context
}

// Chain is one family asked of one message: its contexts from narrow to wide, on
// one day. It is cheap to make and not safe for concurrent use.
type Chain struct {
	f     *Family
	x     Param
	day   Day
	links []link
	roots []Value // the values of a closed family
}

// chain looks at the rows of a family's chain; rows may be nil.
func (k *Keyer) chain(f *Family, x Param, day Day, rows []*Profile) Chain {
	c := Chain{f: f, x: x, day: day, links: make([]link, len(rows)), roots: k.closed[f.Num]}
	for i, p := range rows {
		h := p.find(f.Num)
		s, scale := h.at(x, f.daily(f.Chain[i]), day)
		total := s.n*scale + x.Theta
		c.links[i] = link{h: h, s: s, n: s.n * scale, over: scale / total, back: (x.Theta + x.Discount*s.g*scale) / total}
	}
	return c
}

// own is the part of a value's probability that stands in one context.
func (c *Chain) own(i int, v Value) (p float64, seen bool) {
	l := &c.links[i]
	j, ok := l.h.find(v)
	if !ok || l.s.w[j] == 0 {
		return 0, false
	}
	return (l.s.w[j] - c.x.Discount*l.s.in[j]) * l.over, true
}

// prob is P(v | context i) over the values that stand anywhere in the chain; the
// root adds 1/K for a closed family, nothing for an open one.
func (c *Chain) prob(i int, v Value) float64 {
	if i == len(c.links) {
		if n := len(c.roots); n > 0 {
			return 1 / float64(n)
		}
		return 0
	}
	p, _ := c.own(i, v)
	return p + c.links[i].back*c.prob(i+1, v)
}

// unseen is the mass that an open family keeps for all values never seen.
func (c *Chain) unseen() float64 {
	p := 1.0
	for i := range c.links {
		p *= c.links[i].back
	}
	return p
}

// seen reports whether a value stands in any context of the chain from i on.
func (c *Chain) seen(v Value, from, to int) bool {
	for i := from; i < to; i++ {
		if _, ok := c.own(i, v); ok {
			return true
		}
	}
	return false
}

// P returns the probability of a value; for a value of an open family that was
// never seen, the mass of all such values together.
func (c *Chain) P(v Value) float64 {
	if len(c.roots) == 0 && !c.seen(v, 0, len(c.links)) {
		return c.unseen()
	}
	return c.prob(0, v)
}

// slack lets values of equal probability count as equal although their sums were
// made in another order.
const slack = 1 + 1e-9

// Tail returns the total probability of all values at most as probable as v.
func (c *Chain) Tail(v Value) float64 {
	limit := c.P(v) * slack
	if len(c.roots) > 0 {
		return c.closedTail(limit)
	}
	total := 0.0
	if u := c.unseen(); u <= limit {
		total += u
	}
	scale := 1.0
	for i := range c.links {
		if i == len(c.links)-1 {
			total += c.wideTail(i, scale, limit)
			break
		}
		if h := c.links[i].h; h != nil {
			for j := range h.vals {
				u := h.vals[j].v
				if c.links[i].s.w[j] == 0 || c.seen(u, 0, i) {
					continue
				}
				if p := scale * c.prob(i, u); p <= limit {
					total += p
				}
			}
		}
		scale *= c.links[i].back
	}
	return min(total, 1)
}

// wideTail is the share of the widest context: its values by their sorted masses,
// but for those that stand in a narrower one and were counted there.
func (c *Chain) wideTail(i int, scale, limit float64) float64 {
	l := &c.links[i]
	if l.h == nil || l.s.n == 0 {
		return 0
	}
	unit := scale * l.over
	total := l.s.below(limit/unit) * unit
	for k := range i {
		h := c.links[k].h
		if h == nil {
			continue
		}
		for j := range h.vals {
			u := h.vals[j].v
			if c.links[k].s.w[j] == 0 || c.seen(u, 0, k) {
				continue
			}
			if own, ok := c.own(i, u); ok && scale*own <= limit {
				total -= scale * own
			}
		}
	}
	return max(total, 0)
}

func (c *Chain) closedTail(limit float64) float64 {
	total := 0.0
	for _, u := range c.roots {
		if p := c.prob(0, u); p <= limit {
			total += p
		}
	}
	return min(total, 1)
}

// maxSurprise bounds a surprise in bits: beyond it lies no knowledge.
const maxSurprise = 40

// Bits turns a probability into a surprise: −log2 p, between 0 and 40, never NaN.
func Bits(p float64) float64 {
	if !(p > 0) {
		return maxSurprise
	}
	return math.Max(0, math.Min(-math.Log2(p), maxSurprise))
}
