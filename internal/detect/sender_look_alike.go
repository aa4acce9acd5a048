package detect

import (
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
)

// A domain that can be mistaken for ours is made so, as a rule, by somebody who
// pays for it and has a use for it. The exception is the firm that really has
// nearly our name, and it shows in how the names resemble each other. Letters
// exchanged for their doubles, one letter wrong, our whole domain as the front
// part of another: nobody is called that. Our name under another ending or with
// a word added may well be a sister, a dealer or a namesake, and is a remark of
// the group Unlike, which acts only together with what the mail asks.

// resembles is one finding when the domain of addr only resembles ours, made to
// deceive or merely near.
func resembles(c *facts.Case, part kith.ComponentKind, addr string, deceiving bool) []kith.Finding {
	domain := domainOf(addr)
	if domain == "" || !fromOutside(c) || ours(c, domain) {
		return nil
	}
	own, how := c.Dir.LookAlike(domain)
	if own == "" || deceiving == (how == directory.LikeSuffix || how == directory.LikeWord) {
		return nil
	}
	return []kith.Finding{on(part, 0, address("address", addr), host("domain", domain), host("ours", own), word("how", how))}
}

var lookAlikeDomain = Detector{
	ID: "sender.look-alike-domain", Group: kith.Decisive, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "an author's domain made to be mistaken for one of ours: letters exchanged for their doubles, one letter wrong, ours as the front of another",
	Beware: []string{
		"(our name under another ending or with a word added: see sender.near-domain)",
		"a firm whose name is one letter from ours",
		"a domain of ours that was never listed",
	},
	Cites: []string{"address", "domain", "ours", "how"},
	Look: func(c *facts.Case) []kith.Finding {
		return resembles(c, kith.PartSender, c.AuthorAddr, true)
	},
}

var nearDomain = Detector{
	ID: "sender.near-domain", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "an author's domain that has our name under another ending, or with a word added",
	Beware: []string{
		"sister companies, dealers, unions and alumni that were never listed",
		"a firm of the same name in another country",
	},
	Cites: []string{"address", "domain", "ours", "how"},
	Look: func(c *facts.Case) []kith.Finding {
		return resembles(c, kith.PartSender, c.AuthorAddr, false)
	},
}

var lookAlikeReply = Detector{
	ID: "sender.look-alike-reply", Group: kith.Decisive, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "an answer would go to a domain made to be mistaken for one of ours",
	Beware:  []string{"as sender.look-alike-domain"},
	Cites:   []string{"address", "domain", "ours", "how"},
	Look: func(c *facts.Case) []kith.Finding {
		for _, a := range c.Mail.ReplyTo {
			if domainOf(a.Addr) == domainOf(c.AuthorAddr) {
				continue // said once, of the author
			}
			if f := resembles(c, kith.PartReplyTo, a.Addr, true); f != nil {
				return f
			}
		}
		return nil
	},
}
