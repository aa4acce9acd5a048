package baseline

import "time"

// View is what the learned normal knows that may bear on one message: the rows of
// its contexts, as they were when the view was made, on the day of the message.
// All answers are pure functions of it. A nil View knows nothing. Not safe for
// concurrent use; its forks count as it.
type View struct {
	k      *Keyer
	params *Params
	day    Day
	at     [16]*Profile // the row that a level means for this message
	has    [16]bool
	org    [orgGroups]*Profile
	prints map[text]Value // fingerprints made for this message; shared by its forks
	alike  []string
}

// orgGroups is the number of rows in which Org keeps its families.
const orgGroups = 2

// NewView returns an empty view for a day.
func NewView(k *Keyer, params *Params, day Day) *View {
	return &View{k: k, params: params, day: day, prints: make(map[text]Value, 64)}
}

// DayOf returns the day of a moment, in the moment's own zone.
func DayOf(t time.Time) Day {
	_, off := t.Zone()
	s := t.Unix() + int64(off)
	d := s / 86400
	if s < 0 && s%86400 != 0 {
		d--
	}
	return Day(d)
}

// Time returns the start of the day in UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Set gives the row of a level. The profile may be nil: the context is part of the
// message, and nothing is known of it.
func (v *View) Set(r Row, p *Profile) {
	if r.Level == Org {
		for g := range v.org {
			if v.k.OrgRow(uint8(g)) == r {
				v.org[g] = p
			}
		}
		return
	}
	v.at[r.Level], v.has[r.Level] = p, true
}

// Fork returns a view of its own that begins as this one: for one recipient of
// the message.
func (v *View) Fork() *View {
	own := *v
	return &own
}

// Row returns the profile of a level, or nil.
func (v *View) Row(l Level) *Profile {
	if v == nil {
		return nil
	}
	return v.at[l]
}

// SetAlike gives the known domains that may look like the author's; see Alike.
func (v *View) SetAlike(domains []string) { v.alike = domains }

// Alike returns the known domains that may look like the author's, when his own is
// new here. They are candidates, found by rough forms: whoever asks compares them
// himself. The slice must not be changed.
func (v *View) Alike() []string {
	if v == nil {
		return nil
	}
	return v.alike
}

// text is a value of a family as it stands in a message.
type text struct {
	family uint8
	value  string
}

// Print returns the fingerprint of a value. Detectors and lessons ask for the same
// ones: each is made once for a message.
func (v *View) Print(f *Family, value string) Value {
	key := text{f.Num, value}
	fp, ok := v.prints[key]
	if !ok {
		fp = v.k.Value(f, value)
		v.prints[key] = fp
	}
	return fp
}

// Day returns the day for which the view was made.
func (v *View) Day() Day { return v.day }

// Reading is the answer to: how surprising is this value here, and how much is
// known here?
type Reading struct {
	Family *Family
	Value  string
	Bits   float64 // surprise of the tail, 0…40; says nothing while Known is 0
	Known  float64 // weight of what was taught in the narrowest context; 0 = unknown, never novel
	Days   int     // on how many days this value was taught there
	Total  int     // on how many days anything was taught there, at least
	First  Day     // of this value; 0 when Days is 0
	Last   Day
	Around int // in how many children of the next wider context the value is present
	Kinds  int // how many different values were taught in the narrowest context
}

// New reports whether a context that is known has never shown the value.
func (r Reading) New() bool { return r.Known > 0 && r.Days == 0 }

// Read asks for one value of a family. A view without the family's narrowest row
// gives a Reading with Known 0.
func (v *View) Read(f *Family, value string) Reading {
	if v == nil {
		return Reading{Family: f, Value: value}
	}
	return v.read(f, value, v.Print(f, value))
}

func (v *View) read(f *Family, value string, fp Value) Reading {
	r := Reading{Family: f, Value: value}
	c := v.Chain(f)
	if c == nil {
		return r
	}
	r.Bits = Bits(c.Tail(fp))
	l := &c.links[0]
	r.Known = l.n
	if l.h != nil {
		r.Kinds = len(l.h.vals)
		r.Total = l.h.total(f.daily(f.Chain[0]))
		if j, ok := l.h.find(fp); ok {
			t := &l.h.vals[j]
			r.Days = t.total(f.daily(f.Chain[0]))
			r.First, _ = t.first()
			r.Last = t.last()
		}
	}
	if len(c.links) > 1 && c.links[1].h != nil {
		if j, ok := c.links[1].h.find(fp); ok {
			r.Around = c.links[1].h.vals[j].total(false)
		}
	}
	return r
}

// Chain returns the contexts of a family as this message has them, or nil when
// its narrowest one is not part of the message.
func (v *View) Chain(f *Family) *Chain {
	if v == nil || !v.has[f.Chain[0]] {
		return nil
	}
	var rows [3]*Profile
	for i, l := range f.Chain {
		if l == Org {
			rows[i] = v.org[f.Group]
		} else {
			rows[i] = v.at[l]
		}
	}
	c := v.k.chain(f, v.params.Of(f), v.day, rows[:len(f.Chain)])
	return &c
}

// Count returns on how many days a value of a family was taught in a level's row
// (in how many children it is present, where the level is not the family's
// narrowest), with the first and last such day.
func (v *View) Count(l Level, f *Family, value string) (n int, first, last Day) {
	if v == nil {
		return 0, 0, 0
	}
	return v.count(l, f, v.Print(f, value))
}

// CountAs is Count for a family whose values are fingerprints of another's.
func (v *View) CountAs(l Level, f, of *Family, value string) (n int, first, last Day) {
	if v == nil {
		return 0, 0, 0
	}
	return v.count(l, f, v.Print(of, value))
}

func (v *View) count(l Level, f *Family, fp Value) (n int, first, last Day) {
	h := v.Row(l).find(f.Num)
	j, ok := h.find(fp)
	if !ok {
		return 0, 0, 0
	}
	t := &h.vals[j]
	n = t.total(f.daily(l))
	first, _ = t.first()
	return n, first, t.last()
}

// Usual returns the fingerprint of the value with most weight in the narrowest
// context of a family and its share of the weight there; ok is false when nothing
// is known.
func (v *View) Usual(f *Family) (fp Value, share float64, ok bool) {
	c := v.Chain(f)
	if c == nil || c.links[0].h == nil || c.links[0].s.n == 0 {
		return 0, 0, false
	}
	s := c.links[0].s
	best := 0
	for j := range s.w {
		if s.w[j] > s.w[best] {
			best = j
		}
	}
	return c.links[0].h.vals[best].v, s.w[best] / s.n, true
}

// total counts the days of the value that was taught on most of them: a lower bound
// of the days on which anything was taught.
func (h *habit) total(leaf bool) int {
	n := 0
	for i := range h.vals {
		n = max(n, h.vals[i].total(leaf))
	}
	return n
}

func (t *tally) total(leaf bool) int {
	n := int(t.old)
	for _, d := range t.days {
		n += int(effective(d.n, leaf))
	}
	return n
}

func (t *tally) last() Day {
	for i := len(t.days) - 1; i >= 0; i-- {
		if t.days[i].n > 0 {
			return t.days[i].day
		}
	}
	return t.oldFirst
}
