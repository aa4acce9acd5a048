package facts

import (
	"time"

	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
)

// Gather makes the Case of a message. The author is the first From address (RFC
// 5322 §3.6.2 allows several, and every mail program shows the first; see
// Case.Authors). dir may be nil: then nobody is ours. now becomes Case.Now. The
// Case refers to its arguments, which must not change any more.
func Gather(v View, dir *directory.Directory, m *mail.Message, env *kith.Envelope, auth mailauth.Result, now time.Time) *Case {
	c := &Case{
		Envelope: env, Mail: m, Auth: auth, Direction: v.Direction, Why: v.Why, Hop: v.Way.Border,
		Author: directory.Entry{Kind: kith.KindExternal}, Dir: dir, Now: now,
	}
	if len(m.From) > 0 {
		c.AuthorAddr, c.AuthorName = dir.Normalize(m.From[0].Addr), m.From[0].Name
		c.Author = dir.Lookup(m.From[0].Addr)
	}
	c.Rcpts = make([]RcptFacts, len(env.Rcpts))
	for i, r := range env.Rcpts {
		c.Rcpts[i] = RcptFacts{Given: r, Entry: dir.Lookup(r)}
	}
	return c
}

// Authors returns how many From addresses the message has. More than one is
// lawful and rare: readers are known to show one and check another.
func (c *Case) Authors() int { return len(c.Mail.From) }
