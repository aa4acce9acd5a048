package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// A stolen mailbox writes to people to whom its owner does not write. One new
// recipient is a normal day; a mail whose recipients are all new, from somebody who
// seldom writes to anybody new, is not. Asked of what one of us sends.
var newRecipients = Detector{
	ID: "sending.new-recipients", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Lateral},
	Sees:    "somebody of ours writes only to people to whom he never wrote",
	Beware:  []string{"a new project, a new job, an invitation to all", "(people who write to strangers every day)"},
	Cites:   []string{"address", "recipients", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		if !signedIn(c) || len(c.Rcpts) == 0 {
			return nil
		}
		var least baseline.Reading
		for i := range c.Rcpts {
			r := c.Known.Read(baseline.Recipient, lower(c.Rcpts[i].Entry.Address))
			if r.Known < enough || r.Days > 0 {
				return nil
			}
			if i == 0 || r.Bits < least.Bits {
				least = r
			}
		}
		if least.Bits < 1 {
			return nil
		}
		return surprise(kith.PartMessage, 0, least, address("address", c.AuthorAddr), kith.Evidence{Key: "recipients", Type: kith.EvCount, N: int64(len(c.Rcpts))})
	},
}
