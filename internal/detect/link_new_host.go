package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// Where an author's links lead is a habit like any other: an accountant links to
// his portal, a newsletter to its tracker. A link of a known author to a place that
// neither he nor his house ever linked to is worth a look, the more the steadier
// he was.
var linkNewHost = Detector{
	ID: "link.new-host", Group: kith.Unlike, Stage: Content,
	Classes: []kith.Class{kith.Credential, kith.Malware},
	Sees:    "a link leads to a place to which this author never linked",
	Beware: []string{
		"(authors who link to something new every day)",
		"(links to ourselves)",
		"the first link of somebody who never sent one",
	},
	Cites: []string{"host", "address", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		var foreign []string
		for _, h := range c.Values.Of(baseline.LinkHost) {
			if !ours(c, h) {
				foreign = append(foreign, h)
			}
		}
		r, ok := unusual(c.Known, baseline.LinkHost, foreign)
		if !ok {
			return nil
		}
		for i, l := range c.Mail.Links {
			if l.Host == r.Value || registrable(l.Host) == r.Value {
				return surprise(kith.PartLink, i, r, host("host", l.Host), address("address", c.AuthorAddr))
			}
		}
		return nil
	},
}
