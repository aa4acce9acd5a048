package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// Where the answer goes is what a thief of conversations must change: he can write
// in anybody's name, but he cannot read the other's mail. An author whose answers
// always went to himself and now go elsewhere is the oldest sign there is.
var newReplyTo = Detector{
	ID: "sender.new-reply-to", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "an answer would go somewhere else than answers to this author ever went",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"a shop or a ticket system that begins to use an address for each case",
		"somebody who asks that a colleague be answered",
	},
	Cites: []string{"address", "reply", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		if len(c.Mail.ReplyTo) == 0 || c.Values.One(baseline.ReplyTo) == "self" {
			return nil
		}
		r, ok := unusual(c.Known, baseline.ReplyTo, c.Values.Of(baseline.ReplyTo))
		if !ok {
			return nil
		}
		return surprise(kith.PartReplyTo, 0, r, address("address", c.AuthorAddr), address("reply", c.Mail.ReplyTo[0].Addr))
	},
}
