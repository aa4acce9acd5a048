package load

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"kith/e2e/stack"
)

// DroppedByPostfix are the fields that Postfix removes from any message by
// default (message_drop_headers); they are taken out of what was sent before it
// is compared.
var DroppedByPostfix = []string{"Bcc", "Content-Length", "Resent-Bcc", "Return-Path"}

// AddedOnTheWay are the fields that may stand above X-Test-Id in a mailbox.
var AddedOnTheWay = []string{"Return-Path", "Delivered-To", "Received", "X-Kith-Id"}

// Check says what is compared and where the copies are.
type Check struct {
	MailDir string         // MailDir/DOMAIN/USER/Maildir
	Letters []stack.Letter // what the sink took: copies for strangers, and bounces
	Added   []string       // fields allowed above X-Test-Id; nil means AddedOnTheWay
	// Bounces says which recipients get no copy but a bounce to the sender.
	Bounces func(rcpt string) bool
	// Expand says who gets the mail to an alias; nil means everybody himself.
	Expand func(rcpt string) []string
	// Twins says that a message may have had two addresses of one mailbox, and so
	// two copies with different X-Kith-Id in it.
	Twins bool
	// Against gives the right text below X-Test-Id for messages with a Name
	// (torture, files), as Result.Texts of the path without a filter had it.
	Against map[string][]byte
}

// Result is what a Check found. Counts are of (message, recipient).
type Result struct {
	Expected, Right, Missing, Differ int
	// Doubled is how many have more than one copy; Extra is how many copies
	// there are beyond the first, all together.
	Doubled, Extra int
	// DoubledBefore are those of Doubled whose sender had to send twice since
	// the reply was lost: they were doubled before the path under test, or in
	// front of it.
	DoubledBefore int
	// OtherID is how many of Doubled have copies with different X-Kith-Id, which
	// must be equal at each try; no duplicate rule can tell those.
	OtherID int
	// Bounced and NotBounced are of those for whom Check.Bounces is true.
	Bounced, NotBounced int
	// Unaccepted messages never got a 2xx; Strange files carry no known id.
	Unaccepted, Strange int
	// Examples has a line for each of the first faults.
	Examples []string
	// Doubles are the files of all copies of the doubled.
	Doubles []string
	// Texts is, for messages with a Name, what stood below X-Test-Id.
	Texts map[string][]byte
	// Header counts the fields above X-Test-Id, by name.
	Header map[string]int
}

// Err is nil when every copy is there and right. Doubles with one X-Kith-Id are
// no error here: whether they are allowed is for the test to say.
func (r *Result) Err() error {
	if r.Expected+r.Bounced+r.NotBounced == 0 {
		return fmt.Errorf("nothing was expected, since nothing was accepted (%d messages were not)", r.Unaccepted)
	}
	if r.Missing+r.Differ+r.NotBounced+r.Strange+r.OtherID > 0 {
		return fmt.Errorf("%s\n%s", r, strings.Join(r.Examples, "\n"))
	}
	return nil
}

func (r *Result) String() string {
	s := fmt.Sprintf("%d copies expected: %d right, %d missing, %d differ, %d doubled (%d extra copies)",
		r.Expected, r.Right, r.Missing, r.Differ, r.Doubled, r.Extra)
	if r.DoubledBefore > 0 {
		s += fmt.Sprintf(", of these %d sent twice", r.DoubledBefore)
	}
	if r.OtherID > 0 {
		s += fmt.Sprintf(", of these %d with another X-Kith-Id", r.OtherID)
	}
	if r.Bounced+r.NotBounced > 0 {
		s += fmt.Sprintf("; %d bounced, %d not bounced", r.Bounced, r.NotBounced)
	}
	if r.Unaccepted+r.Strange > 0 {
		s += fmt.Sprintf("; %d never accepted, %d strange files", r.Unaccepted, r.Strange)
	}
	return s
}

const maxExamples = 8

func (r *Result) example(format string, args ...any) {
	if len(r.Examples) < maxExamples {
		r.Examples = append(r.Examples, fmt.Sprintf(format, args...))
	}
}

// Run compares the manifests with the mailboxes and the sink.
func (c *Check) Run(manifests ...*Manifest) (*Result, error) {
	r := &Result{Texts: map[string][]byte{}, Header: map[string]int{}}
	found := map[pair][]copyOf{}
	if err := c.mailboxes(found, r); err != nil {
		return nil, err
	}
	bounced := map[pair]bool{}
	c.letters(found, bounced)
	known := map[string]bool{}
	for _, m := range manifests {
		for _, e := range m.Entries {
			known[e.ID] = true
			if !e.Accepted() {
				r.Unaccepted++
				r.example("never accepted: %s (%s): %d %s", e.ID, e.Kind, e.Code, e.Reply)
				continue
			}
			if err := c.entry(m, e, found, bounced, r); err != nil {
				return nil, err
			}
		}
	}
	for p := range found {
		if !known[p.id] {
			r.Strange++
			r.example("strange: id %q for %s", p.id, p.rcpt)
		}
	}
	return r, nil
}

// entry judges all copies of one message.
func (c *Check) entry(m *Manifest, e Entry, found map[pair][]copyOf, bounced map[pair]bool, r *Result) error {
	sent, err := m.Sent(e)
	if err != nil {
		return err
	}
	want := c.expected(e, sent)
	for _, rcpt := range c.expand(e.To) {
		key := pair{e.ID, rcpt}
		copies := found[key]
		if c.Bounces != nil && c.Bounces(rcpt) {
			c.bounce(e, rcpt, len(copies), bounced[key], r)
			continue
		}
		r.Expected++
		if len(copies) == 0 {
			r.Missing++
			r.example("missing: %s (%s %s) for %s, accepted with %q", e.ID, e.Kind, e.Name, rcpt, e.Reply)
			continue
		}
		if err := c.compare(e, rcpt, want, copies, r); err != nil {
			return err
		}
	}
	return nil
}

func (c *Check) bounce(e Entry, rcpt string, copies int, bounced bool, r *Result) {
	switch {
	case copies > 0:
		r.Differ++
		r.example("delivered although it must bounce: %s for %s", e.ID, rcpt)
	case bounced:
		r.Bounced++
	default:
		r.NotBounced++
		r.example("neither delivered nor bounced: %s for %s", e.ID, rcpt)
	}
}

// compare looks at every copy, also of doubled ones.
func (c *Check) compare(e Entry, rcpt string, want []byte, copies []copyOf, r *Result) error {
	right := true
	var ids []string
	for _, cp := range copies {
		b, err := cp.read()
		if err != nil {
			return err
		}
		b = normal(b)
		ids = append(ids, fieldOf(b, "X-Kith-Id"))
		above, below := split(b, e.ID)
		for _, name := range above {
			r.Header[name]++
			if !slices.ContainsFunc(c.added(), func(a string) bool { return strings.EqualFold(a, name) }) {
				right = false
				r.example("added field %s: %s (%s) for %s", name, e.ID, e.Kind, rcpt)
			}
		}
		if e.Name != "" && c.Against == nil {
			r.Texts[e.Name] = below
			continue
		}
		if !bytes.Equal(want, below) {
			right = false
			r.example("differs: %s (%s %s) for %s in %s: %s", e.ID, e.Kind, e.Name, rcpt, cp.path, firstDifference(want, below))
		}
	}
	if len(copies) > 1 {
		c.doubled(e, rcpt, copies, ids, r)
	}
	if right {
		r.Right++
	} else {
		r.Differ++
	}
	return nil
}

// doubled counts a (message, recipient) with several copies.
func (c *Check) doubled(e Entry, rcpt string, copies []copyOf, ids []string, r *Result) {
	r.Doubled++
	r.Extra += len(copies) - 1
	if e.Doubts > 0 {
		r.DoubledBefore++
	}
	if !c.Twins && slices.ContainsFunc(ids, func(id string) bool { return id != ids[0] }) {
		r.OtherID++
		r.example("doubled with different X-Kith-Id %q: %s for %s", ids, e.ID, rcpt)
	}
	for _, cp := range copies {
		r.Doubles = append(r.Doubles, cp.path)
	}
}

func (c *Check) added() []string {
	if c.Added == nil {
		return AddedOnTheWay
	}
	return c.Added
}

// expected is the text below X-Test-Id that a right copy has.
func (c *Check) expected(e Entry, sent []byte) []byte {
	if e.Name != "" && c.Against != nil {
		return c.Against[e.Name]
	}
	_, below := split(normal(sent), e.ID)
	return dropFields(below)
}

// expand replaces aliases and tags by the mailboxes' addresses, each once.
func (c *Check) expand(to []string) []string {
	var all []string
	for _, rcpt := range to {
		targets := []string{rcpt}
		if c.Expand != nil {
			targets = c.Expand(rcpt)
		}
		for _, t := range targets {
			if local, domain, ok := strings.Cut(t, "@"); ok {
				local, _, _ = strings.Cut(local, "+")
				t = local + "@" + domain
			}
			if !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	return all
}
