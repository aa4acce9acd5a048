package habits

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/store"
)

// Lessons is what one judged message teaches: Message once, when any recipient
// has got it; Rcpts[i] when recipient i has. Either may be nil.
type Lessons struct {
	Message *store.Lesson
	Rcpts   []*store.Lesson
	more    []store.Lesson // due with the first copy, see One
}

// One makes all lessons due with the one copy that stands for the whole mail.
func (l *Lessons) One() *Lessons {
	if l == nil {
		return nil
	}
	one := &Lessons{Message: l.Message, Rcpts: make([]*store.Lesson, 1), more: l.more}
	for _, r := range l.Rcpts {
		if r != nil {
			one.more = append(one.more, *r)
		}
	}
	return one
}

// Take returns the lessons that are due when recipient i has its copy, and strikes
// them off: its own, and with the first copy the message's.
func (l *Lessons) Take(i int) (out []store.Lesson) {
	if l == nil || i >= len(l.Rcpts) {
		return nil
	}
	for _, p := range []**store.Lesson{&l.Rcpts[i], &l.Message} {
		if *p != nil {
			out = append(out, **p)
			*p = nil
		}
	}
	out, l.more = append(out, l.more...), nil
	return out
}

// trust says how far a message's author is believed.
type trust int

const (
	ignore   trust = iota // teaches nothing
	probable              // teaches probation
	proven                // teaches habits
)

// Teach decides what a judged message may teach. verdicts are those of its
// recipients, in order. now is the clock of this machine: what claims to have
// arrived later teaches nothing. It touches no store.
func (k *Keeper) Teach(c *facts.Case, verdicts []kith.Judgement, now time.Time) *Lessons {
	p := k.places(c)
	if !p.ok || c.Envelope.Arrived.After(now.Add(time.Hour)) || len(c.Rcpts) == 0 {
		return nil
	}
	how := k.trust(c, verdicts)
	if how == ignore {
		return nil
	}
	out := &Lessons{Rcpts: make([]*store.Lesson, len(c.Rcpts))}
	day := baseline.DayOf(c.Envelope.Arrived.In(k.zone))
	out.Message = k.seal(c, "", how, k.messageLesson(c, p, day, how))
	for i := range c.Rcpts {
		out.Rcpts[i] = k.seal(c, c.Rcpts[i].Given, how, k.rcptLesson(c, p, i, day, how))
	}
	return out
}

// trust follows the plan that would have been, the front filter's mark, and what
// vouches for the author.
func (k *Keeper) trust(c *facts.Case, verdicts []kith.Judgement) trust {
	calm := true
	for i := range verdicts {
		if verdicts[i].Plan.Heaviest() >= kith.ActJunk {
			return ignore
		}
		calm = calm && verdicts[i].Verdict.Band == kith.Calm
	}
	if markedSpam(c) || len(c.Gaps) > 0 && !c.Proven() {
		return ignore
	}
	switch {
	case !calm:
		return probable
	case c.Proven() || Established(c):
		return proven
	}
	return probable
}

// markedSpam reports whether a filter in front said that this is spam. Whoever
// writes the mark himself only keeps his own mail from teaching.
func markedSpam(c *facts.Case) bool {
	h := c.Mail.Header
	return strings.HasPrefix(strings.ToLower(h.Get("X-Spam-Flag")), "yes") || strings.HasPrefix(strings.ToLower(h.Get("X-Spam-Status")), "yes") ||
		strings.HasPrefix(strings.ToLower(h.Get("X-Spam")), "yes")
}

// Days that make a line: with an answer to a mail that came by it, or without one
// where nothing can ever be proven.
const (
	lineDays      = 2
	lineDaysAlone = 3
)

// Established reports whether the line by which a message came is established for
// its author. Mail that failed a check came by no line of the author's.
func Established(c *facts.Case) bool {
	hop := c.Values.One(baseline.Hop)
	if hop == "" || c.Known == nil || c.Author.Kind != kith.KindExternal || failed(c) {
		return false
	}
	days, _, _ := c.Known.Count(baseline.Probation, baseline.Hop, hop)
	if c.Auth.Source == "" {
		return days >= lineDaysAlone
	}
	answers, _, _ := c.Known.CountAs(baseline.Probation, baseline.Answered, baseline.Hop, hop)
	return days >= lineDays && answers > 0
}

// failed reports whether the owner of the author's domain says that this is not
// his.
func failed(c *facts.Case) bool { return c.Auth.DMARC == "fail" || c.Auth.SPF == "fail" }

// messageLesson is what the message teaches about its author.
func (k *Keeper) messageLesson(c *facts.Case, p places, day baseline.Day, how trust) *baseline.Lesson {
	l := &baseline.Lesson{Day: day}
	row := p.author
	if how != proven {
		row = p.probation
	}
	sent := c.SignedIn()
	author := l.Row(row, baseline.Key{})
	for _, f := range baseline.Families() {
		switch first := f.Chain[0]; {
		case first == baseline.Author, first == baseline.Pair && f != baseline.Standing && how != proven:
			k.teachAll(c, author, f, c.Values.Of(f))
			k.say(l, c, f, how)
		case first == baseline.User && sent && how == proven:
			k.teachAll(c, l.Row(p.user, baseline.Key{}), f, c.Values.Of(f))
		case first == baseline.Circle && sent && how == proven:
			k.teachAll(c, l.Row(p.circle, baseline.Key{}), f, c.Values.Of(f))
		}
	}
	if how == proven && p.name.Level != 0 && (sent || k.answered(c)) {
		l.Row(p.name, baseline.Key{}).Teach(baseline.NameAddress, k.keys.Value(baseline.NameAddress, authorKey(c.AuthorAddr)))
	}
	if how == proven && c.Author.Kind == kith.KindExternal && k.answered(c) && !k.domainKnown(c) {
		k.teachDomain(l, p, authorKey(c.AuthorAddr))
	}
	if how != proven && c.Mail.MessageID != "" && !facts.Automatic(c.Envelope, c.Mail) { // nobody answers the others
		k.teachAll(c, l.Row(k.threadRow(c.Mail.MessageID, c.AuthorAddr), baseline.Key{}), baseline.Hop, c.Values.Of(baseline.Hop))
	}
	return l
}

// answered reports whether anybody of ours has written to the author.
func (k *Keeper) answered(c *facts.Case) bool {
	n, _, _ := c.Known.Count(baseline.Author, baseline.Standing, baseline.Out)
	return n > 0
}

// say adds the readable form of values that are new to a proven author, so that a
// person can be shown what is known of him.
func (k *Keeper) say(l *baseline.Lesson, c *facts.Case, f *baseline.Family, how trust) {
	if !f.Loud || how != proven {
		return
	}
	for _, v := range c.Values.Of(f) {
		if n, _, _ := c.Known.Count(f.Chain[0], f, v); n == 0 && v != baseline.None {
			l.Say(f, k.print(c, f, v), v)
		}
	}
}

// print is the fingerprint of a value, out of what was asked before where it was.
func (k *Keeper) print(c *facts.Case, f *baseline.Family, v string) baseline.Value {
	if c.Known == nil {
		return k.keys.Value(f, v)
	}
	return c.Known.Print(f, v)
}

func (k *Keeper) teachAll(c *facts.Case, t *baseline.Taught, f *baseline.Family, values []string) {
	for _, v := range values {
		t.Teach(f, k.print(c, f, v))
	}
}

// threadRow is where a message's line is remembered until somebody answers it.
func (k *Keeper) threadRow(messageID, author string) baseline.Row {
	return k.keys.Row(baseline.Thread, messageID, authorKey(author))
}

// rcptLesson is what a copy teaches about one recipient: his standing with the
// author, and, when one of us sent it, the author's standing with him.
func (k *Keeper) rcptLesson(c *facts.Case, p places, i int, day baseline.Day, how trust) *baseline.Lesson {
	l := &baseline.Lesson{Day: day}
	r := &c.Rcpts[i]
	if who := owner(r); who != "" && how == proven {
		pair := l.Row(k.keys.Owned(baseline.Pair, who, authorKey(c.AuthorAddr)), p.author.Key)
		pair.Teach(baseline.Standing, k.print(c, baseline.Standing, baseline.In))
		if c.SignedIn() {
			pair.Teach(baseline.Standing, k.print(c, baseline.Standing, baseline.Own))
		}
		if r.New() {
			l.Words = append(l.Words, baseline.Word{ID: p.author.Key[:], Text: c.AuthorAddr})
		}
		k.teachAll(c, pair, baseline.Salutation, r.Values.Of(baseline.Salutation))
		k.teachAll(c, l.Row(k.keys.Person(who), baseline.Key{}), baseline.SubjectWord, c.Values.Of(baseline.SubjectWord))
	}
	if c.SignedIn() && how == proven && !facts.Automatic(c.Envelope, c.Mail) {
		k.writesTo(l, c, r)
	}
	return l
}

// writesTo teaches that one of us has written to somebody: the peer's standing, by
// which he is two-way, the employee's own habits, and whether a line is vouched for.
func (k *Keeper) writesTo(l *baseline.Lesson, c *facts.Case, r *facts.RcptFacts) {
	peer, me := authorKey(r.Entry.Address), c.Author.Address
	if peer == "" || peer == authorKey(me) {
		return
	}
	author := k.authorRow(peer)
	l.Row(k.keys.Owned(baseline.Pair, me, peer), author.Key).Teach(baseline.Standing, k.print(c, baseline.Standing, baseline.Out))
	l.Words = append(l.Words, baseline.Word{ID: author.Key[:], Text: peer})
	l.Row(k.keys.Owned(baseline.User, me), baseline.Key{}).Teach(baseline.Recipient, k.keys.Value(baseline.Recipient, peer))
	if hop := r.Line; hop != 0 {
		l.Row(k.keys.Row(baseline.Probation, peer), baseline.Key{}).Teach(baseline.Answered, hop)
	}
}

// seal makes the stored lesson. Its key is the same whenever and by whatever way
// the same copy comes again: from a retry, from an import of the mailbox, from a
// second seat. A copy that proves its author is another lesson than one that does
// not: an inbox that was read before the author's Sent folder must not keep that
// from teaching. nil when there is nothing to teach.
func (k *Keeper) seal(c *facts.Case, rcpt string, how trust, l *baseline.Lesson) *store.Lesson {
	if l.Empty() {
		return nil
	}
	h := sha256.New()
	m := c.Mail
	for _, s := range []string{m.MessageID, m.Header.Get("Date"), m.Header.Get("From"), m.Subject, k.keys.Org(), c.Dir.Normalize(rcpt)} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	h.Write([]byte{byte(how)})
	if m.MessageID == "" {
		h.Write(m.Raw[m.Root.Body:])
	}
	var ownerKey []byte
	if rcpt != "" {
		o := k.keys.Owner(c.Dir.Lookup(rcpt).Address)
		ownerKey = o[:]
	}
	return &store.Lesson{Key: h.Sum(nil)[:20], Owner: ownerKey, At: c.Envelope.Arrived, Data: l.Append(nil)}
}
