package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
)

var replyElsewhere = Detector{
	ID: "sender.reply-elsewhere", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "an answer would go to another organisation than the one that wrote",
	Beware: []string{
		"(mailing lists and newsletters)",
		"(answers that come to ourselves: web forms, ticket systems)",
		"booking and shop systems that send for somebody; it weighs little by itself",
	},
	Cites: []string{"address", "reply"},
	Look: func(c *facts.Case) []kith.Finding {
		from := registrable(domainOf(c.AuthorAddr))
		if from == "" || !fromOutside(c) || bulk(c) {
			return nil
		}
		for _, a := range c.Mail.ReplyTo {
			d := domainOf(a.Addr)
			if d == "" || ours(c, d) || registrable(d) == from {
				continue
			}
			return []kith.Finding{on(kith.PartReplyTo, 0, address("address", c.AuthorAddr), address("reply", a.Addr))}
		}
		return nil
	},
}
