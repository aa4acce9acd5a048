package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mailauth"
)

// Our own domain in the author's address of a mail that comes from outside is
// the oldest trick, and also what a mailing list, a forgotten web shop and a
// newsletter service do every day. Three detectors share the cases out, so
// that exactly one speaks:
//
//	forged    our own record says that such mail is not ours
//	by-list   as above, but a mailing list vouches for having passed it on
//	unproven  nobody vouches for it, and we never said that somebody must
//
// Direction comes from authentication and own senders (design section 2): the
// scanner in the cellar is not "outside" once it is known.

type ownClaim int

const (
	claimNone ownClaim = iota
	claimForged
	claimByList
	claimUnproven
)

func claimOfOwn(c *facts.Case) ownClaim {
	a := &c.Auth
	if !fromOutside(c) || a.Source == mailauth.SourceNothing || !ours(c, domainOf(c.AuthorAddr)) || a.Proven() {
		return claimNone
	}
	switch a.DMARC {
	case mailauth.TempError, mailauth.Unchecked, mailauth.Pass:
		return claimNone // DNS was away, or nobody looked: not knowing is no finding
	case mailauth.Fail:
		// RFC 7489 section 6.3: with p=none the owner asks for reports only, which
		// says that he does not know all his senders yet; SPF's own "fail" says it.
		if a.DMARCPolicy != "none" && a.DMARCPolicy != "" || a.SPF == mailauth.Fail && registrable(a.SPFDomain) == registrable(domainOf(c.AuthorAddr)) {
			if c.Mail.List.ID != "" && vouched(c) {
				return claimByList
			}
			return claimForged
		}
	}
	return claimUnproven
}

func lookOwn(want ownClaim) func(*facts.Case) []kith.Finding {
	return func(c *facts.Case) []kith.Finding {
		if claimOfOwn(c) != want {
			return nil
		}
		return []kith.Finding{on(kith.PartSender, 0, address("address", c.AuthorAddr), host("domain", domainOf(c.AuthorAddr)))}
	}
}

var ownDomainForged = Detector{
	ID: "sender.own-domain-forged", Group: kith.Decisive, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Credential},
	Sees:    "our own domain as the author of a mail from outside, against our own published DMARC record",
	Beware: []string{
		"(mailing lists that keep the author's address: see sender.own-domain-by-list)",
		"an outside service that sends in our name and was never set up to do so: list it as an own sender",
	},
	Cites: []string{"address", "domain"},
	Look:  lookOwn(claimForged),
}

var ownDomainByList = Detector{
	ID: "sender.own-domain-by-list", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "our own domain as the author of a mail that a mailing list passed on and changed, so that it no longer proves itself",
	Beware:  []string{"every mailing list to which a colleague writes; it weighs little by itself"},
	Cites:   []string{"address", "domain"},
	Look:    lookOwn(claimByList),
}

var ownDomainUnproven = Detector{
	ID: "sender.own-domain-unproven", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "our own domain as the author of a mail from outside that nobody vouches for, where our own record does not forbid it",
	Beware:  []string{"web shops, ticket systems and newsletters that send in our name", "sites without a DMARC record"},
	Cites:   []string{"address", "domain"},
	Look:    lookOwn(claimUnproven),
}
