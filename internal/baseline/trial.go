package baseline

// Trial is one family's chain as it would be under another half-life: what a fit
// asks many times beside the figures in force. It reads the view's rows and leaves
// their summaries as they are. Not safe for concurrent use.
type Trial struct {
	k     *Keyer
	f     *Family
	x     Param
	day   Day
	links []trialLink
}

type trialLink struct {
	h       *habit
	leaf    bool
	n, g    float64
	expired int // values that weigh nothing any more
}

// Trial returns a family's chain under a half-life in days, or nil when its
// narrowest context is not part of the message or was never taught anything:
// what is unknown cannot be surprising.
func (v *View) Trial(f *Family, halfLife float64) *Trial {
	c := v.Chain(f)
	if c == nil || c.links[0].h == nil {
		return nil
	}
	t := &Trial{k: v.k, f: f, x: Param{HalfLife: halfLife}, day: v.day, links: make([]trialLink, len(c.links))}
	taught := false
	for i := range c.links {
		l := trialLink{h: c.links[i].h, leaf: f.daily(f.Chain[i])}
		if l.h != nil {
			for j := range l.h.vals {
				w, first, ever := t.weigh(&l.h.vals[j], l.leaf)
				l.n += w
				l.g += first
				if ever {
					taught = taught || i == 0
					if w == 0 {
						l.expired++
					}
				}
			}
		}
		t.links[i] = l
	}
	if !taught {
		return nil
	}
	return t
}

// weigh returns the weight of a value's counts and of its first one, and whether
// it was taught at all up to the day of the view.
func (t *Trial) weigh(v *tally, leaf bool) (w, first float64, ever bool) {
	for _, d := range v.days {
		w += float64(effective(d.n, leaf)) * t.x.weight(d.day, t.day)
	}
	day, ok := v.first()
	if !ok || day > t.day {
		return w, 0, false
	}
	return w, min(t.x.weight(day, t.day), w), true
}

// Odds is what the contexts of a trial say of one value, before θ and d.
type Odds struct {
	parts []oddsPart
	roots int // values of a closed family; 0 = open
	seen  bool
	share float64 // of an unseen value: its part of the mass of all of them
}

type oddsPart struct{ n, g, w, first float64 }

// Odds looks a value up. Under a short half-life more values are forgotten; were
// all of them one event, forgetting would look like knowledge. So of the mass that
// is left for unseen values half goes to those that were never there, the other
// half in equal parts to those that were forgotten: the events that are told
// apart are then the same under every half-life.
func (t *Trial) Odds(value string) Odds {
	fp := t.k.Value(t.f, value)
	o := Odds{parts: make([]oddsPart, len(t.links)), roots: len(t.k.closed[t.f.Num]), share: 1}
	ever, expired := false, 0
	for i := range t.links {
		l := &t.links[i]
		p := oddsPart{n: l.n, g: l.g}
		if j, ok := l.h.find(fp); ok {
			var was bool
			p.w, p.first, was = t.weigh(&l.h.vals[j], l.leaf)
			ever = ever || was
		}
		o.seen = o.seen || p.w > 0
		expired = max(expired, l.expired)
		o.parts[i] = p
	}
	switch {
	case o.seen || expired == 0:
	case ever:
		o.share = 0.5 / float64(expired)
	default:
		o.share = 0.5
	}
	return o
}

// P is the probability of the value with the given strength of the wider context
// and discount: that of Chain.P, but for what Odds says of unseen values.
func (o *Odds) P(theta, discount float64) float64 {
	p := 0.0
	switch {
	case o.roots > 0:
		p = 1 / float64(o.roots)
	case !o.seen:
		p = o.share
	}
	for i := len(o.parts) - 1; i >= 0; i-- {
		x := &o.parts[i]
		own := 0.0
		if x.w > 0 {
			own = x.w - discount*x.first
		}
		p = (own + (theta+discount*x.g)*p) / (x.n + theta)
	}
	return p
}

// Each calls f for each value that has a probability of its own in the chain, and
// for an open family once more, with unseen set, for all values that were never
// seen together. The probabilities sum to one.
func (c *Chain) Each(f func(v Value, p float64, unseen bool)) {
	if len(c.roots) > 0 {
		for _, v := range c.roots {
			f(v, c.prob(0, v), false)
		}
		return
	}
	scale := 1.0
	for i := range c.links {
		l := &c.links[i]
		if l.h != nil {
			for j := range l.h.vals {
				if v := l.h.vals[j].v; l.s.w[j] > 0 && !c.seen(v, 0, i) {
					f(v, scale*c.prob(i, v), false)
				}
			}
		}
		scale *= l.back
	}
	f(0, c.unseen(), true)
}

// Fingerprint returns the value under which a text of the chain's family is
// counted, and whether it stands in the chain; a value of an open family that
// does not has no probability of its own.
func (v *View) Fingerprint(c *Chain, text string) (fp Value, known bool) {
	fp = v.k.Value(c.f, text)
	return fp, len(c.roots) > 0 || c.seen(fp, 0, len(c.links))
}

// Known returns the weight of what was taught in the narrowest context; 0 =
// unknown, never novel.
func (c *Chain) Known() float64 { return c.links[0].n }
