package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// The name before an address can be changed by whoever writes. A known address with
// another name is rare, and a shared address where it is not has taught so.
var newName = Detector{
	ID: "sender.new-name", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "a known address shows a name that it never showed before",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"marriage, a colleague at a shared address, services that put the subject into the name",
	},
	Cites: []string{"name", "address", "days"},
	Look:  authored(baseline.DisplayName, kith.PartSender, nameOf),
}

func nameOf(c *facts.Case, _ baseline.Reading) []kith.Evidence {
	return []kith.Evidence{name("name", c.AuthorName), address("address", c.AuthorAddr)}
}
