package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// The name of somebody we know, before an address that he never used. Whether he is
// a colleague or a customer does not matter: what counts is that mail under this
// name has come from his address, was answered, and now comes from another one. A
// name that many people bear has many addresses, and then one more is expected.
var knownName = Detector{
	ID: "sender.known-name", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "the name of somebody we write with, before an address that he has not used",
	Beware: []string{
		"a private address, a new employer",
		"(namesakes, where many bear the name; addresses to which somebody of ours writes)",
	},
	Cites: []string{"name", "address", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) || c.Author.Kind != kith.KindExternal || c.AuthorAddr == "" {
			return nil
		}
		if n, _, _ := c.Known.Count(baseline.Author, baseline.Standing, baseline.Out); n > 0 {
			return nil // somebody of ours writes to this very address
		}
		r := c.Known.Read(baseline.NameAddress, lower(c.AuthorAddr))
		if r.Known < 1 || r.Days > 0 || r.Bits < 1 {
			return nil
		}
		return surprise(kith.PartSender, 0, r, name("name", c.AuthorName), address("address", c.AuthorAddr))
	},
}
