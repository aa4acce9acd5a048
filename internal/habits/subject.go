package habits

import (
	"strings"

	"kith/internal/baseline"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
)

// rows names the rows that bear on one message: shared for the message, own for
// each of its recipients.
type rows struct {
	shared  []baseline.Row
	rcpts   [][]baseline.Row
	threads [][]baseline.Row // what a recipient may be answered to, by one of us
}

// places are the rows of one author, for reading and for teaching.
type places struct {
	author, domain, probation, name, user, circle baseline.Row
	ok                                            bool // there is an author
}

func (k *Keeper) places(c *facts.Case) (p places) {
	if c.AuthorAddr == "" {
		return p
	}
	who := authorKey(c.AuthorAddr)
	p.ok = true
	p.author = k.authorRow(who)
	p.domain = k.keys.Domain(home(who))
	p.probation = k.keys.Row(baseline.Probation, who)
	if n := c.Values.One(baseline.DisplayName); n != "" {
		p.name = k.keys.Row(baseline.Name, n)
	}
	if c.SignedIn() {
		p.user = k.keys.Owned(baseline.User, c.Author.Address)
		p.circle = k.keys.Owned(baseline.Circle, c.Author.Address)
	}
	return p
}

// authorKey is the form of an address under which an author's rows stand. Case is
// folded: two boxes that differ by it alone do not exist in practice, and a
// forger must not become a stranger by a capital letter.
func authorKey(addr string) string { return strings.ToLower(addr) }

// home is the registrable domain of an address.
func home(addr string) string { return directory.Registrable(domainOf(addr)) }

func (k *Keeper) authorRow(who string) baseline.Row { return k.keys.Author(who, home(who)) }

func domainOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }

// owner is the employee to whom a recipient's rows belong, "" for nobody of ours.
// A shared box has habits too; only a person has a page.
func owner(r *facts.RcptFacts) string {
	if r.Entry.Kind == kith.KindExternal || r.Entry.Kind == kith.KindCatchAll {
		return ""
	}
	return r.Entry.Address
}

func (k *Keeper) rowsOf(c *facts.Case) rows {
	p := k.places(c)
	var out rows
	if p.ok {
		out.shared = append(out.shared, p.author, p.domain, p.probation, k.keys.OrgRow(0), k.keys.OrgRow(1))
		for _, r := range []baseline.Row{p.name, p.user, p.circle} {
			if r.Level != 0 {
				out.shared = append(out.shared, r)
			}
		}
	}
	out.rcpts = make([][]baseline.Row, len(c.Rcpts))
	out.threads = make([][]baseline.Row, len(c.Rcpts))
	answers := k.answers(c)
	for i := range c.Rcpts {
		if len(c.Rcpts) <= maxAnswered && c.Rcpts[i].Entry.Kind == kith.KindExternal {
			for _, id := range answers {
				out.threads[i] = append(out.threads[i], k.threadRow(id, c.Rcpts[i].Entry.Address))
			}
		}
		if who := owner(&c.Rcpts[i]); who != "" && p.ok {
			out.rcpts[i] = []baseline.Row{k.keys.Owned(baseline.Pair, who, authorKey(c.AuthorAddr)), k.keys.Person(who)}
		}
	}
	return out
}

// maxAnswered is the number of recipients up to which an answer vouches for the
// line of the mail that it answers.
const maxAnswered = 5

// answers lists the messages that a mail of ours answers.
func (k *Keeper) answers(c *facts.Case) []string {
	if !c.SignedIn() || len(c.Mail.InReplyTo) == 0 {
		return nil
	}
	return c.Mail.InReplyTo[:1]
}
