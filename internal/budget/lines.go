package budget

import (
	"encoding/json"
	"hash/maphash"
	"math"
	"sync"
	"time"
)

// Options of Lines.
type Options struct {
	PerThousand float64 // of a thousand mails, how many may warn; above 0
	Base        float64 // the line that the weights alone lay; the line is never below it
	Ceiling     float64 // never above it: from here on a mail is harmful, whatever the site is like
}

// Bounds.
const (
	maxStep    = 0.5 // bits a day
	halfLife   = 30  // days
	own        = 2000
	maxPeople  = 20_000
	maxSeen    = 50_000 // campaigns of a day that are told apart
	formNumber = 1
)

// Lines holds the line of the organisation and of each employee.
type Lines struct {
	o    Options
	mu   sync.Mutex
	s    state
	seed maphash.Seed
	seen map[uint64]bool
}

type state struct {
	Form   int                `json:"form"`
	Day    int64              `json:"day"`
	Line   float64            `json:"line"`
	Org    scores             `json:"org"`
	People map[string]*person `json:"people"`
}

type person struct {
	Scores scores  `json:"scores"`
	Line   float64 `json:"line"`
}

// New returns lines that know nothing: the line is Base.
func New(o Options) *Lines {
	return &Lines{o: o, seed: maphash.MakeSeed(), seen: make(map[uint64]bool), s: state{Form: formNumber, Line: o.Base, People: make(map[string]*person)}}
}

// Warns reports whether a score reaches the line of a person ("" = somebody
// without one of his own).
func (l *Lines) Warns(who string, score float64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return score >= l.line(who)
}

// Line returns the line of a person.
func (l *Lines) Line(who string) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line(who)
}

func (l *Lines) line(who string) float64 {
	if p := l.s.People[who]; p != nil {
		return p.Line
	}
	return l.s.Line
}

// Observe counts the score of a mail for a person. campaign names what the mail
// has in common with its copies; who "" is counted for the organisation alone. A
// time that goes back counts in the present day.
func (l *Lines) Observe(at time.Time, who, campaign string, score float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if day := at.Unix() / 86400; day > l.s.Day {
		l.turn(day)
	}
	if math.IsNaN(score) {
		return
	}
	if l.fresh(campaign) {
		l.s.Org.add(score)
	}
	if who == "" || !l.fresh(campaign+"\x00"+who) {
		return
	}
	p := l.s.People[who]
	if p == nil {
		if len(l.s.People) >= maxPeople {
			return
		}
		p = &person{Line: l.s.Line}
		l.s.People[who] = p
	}
	p.Scores.add(score)
}

// fresh reports whether a campaign was not seen today. Beyond what can be told
// apart in a day, each mail is one.
func (l *Lines) fresh(campaign string) bool {
	key := maphash.String(l.seed, campaign)
	if l.seen[key] {
		return false
	}
	if len(l.seen) < maxSeen {
		l.seen[key] = true
	}
	return true
}

// turn ends a day: the lines move toward where the scores put them, then all
// counts fade.
func (l *Lines) turn(day int64) {
	days := float64(day - l.s.Day)
	if l.s.Day == 0 {
		days = 1
	}
	l.s.Day = day
	clear(l.seen)
	share := l.o.PerThousand / 1000
	target := l.o.Base
	if x, ok := l.s.Org.above(share); ok {
		target = x
	}
	l.s.Line = l.step(l.s.Line, target)
	fade := math.Exp2(-days / halfLife)
	l.s.Org.fade(fade)
	for who, p := range l.s.People {
		to := l.s.Line
		if x, ok := p.Scores.above(share); ok {
			w := p.Scores.N / (p.Scores.N + own)
			to += w * (x - l.s.Line)
		}
		p.Line = l.step(p.Line, to)
		if p.Scores.fade(fade); p.Scores.N < 1 {
			delete(l.s.People, who)
		}
	}
}

// step moves a line toward its target by what a day allows.
func (l *Lines) step(from, to float64) float64 {
	to = max(l.o.Base, min(to, l.o.Ceiling))
	return max(from-maxStep, min(to, from+maxStep))
}

// Save writes the state.
func (l *Lines) Save() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, err := json.Marshal(&l.s)
	if err != nil {
		return nil // plain numbers always marshal
	}
	return b
}

// Load reads a saved state; what cannot be read is left as it is, and the line is
// Base again.
func (l *Lines) Load(b []byte) {
	var s state
	if json.Unmarshal(b, &s) != nil || s.Form != formNumber || !sane(&s) {
		return
	}
	if s.People == nil {
		s.People = make(map[string]*person)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.s = s
	l.s.Line = max(l.o.Base, min(s.Line, l.o.Ceiling))
	for _, p := range l.s.People {
		p.Line = max(l.o.Base, min(p.Line, l.o.Ceiling))
	}
}

func sane(s *state) bool {
	ok := func(h *scores) bool { return h.Bins == nil || len(h.Bins) == bins }
	if !ok(&s.Org) || len(s.People) > maxPeople {
		return false
	}
	for _, p := range s.People {
		if p == nil || !ok(&p.Scores) {
			return false
		}
	}
	return true
}
