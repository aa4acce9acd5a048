package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// Programs write their fields in a fixed order. It survives new versions, and nobody
// who forges by hand thinks of it.
var newHeaderOrder = Detector{
	ID: "message.new-header-order", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the fields of the header stand in an order in which this author's program never wrote them",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"a new mail program; a first mail with an unusual field",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.HeaderOrder, kith.PartMessage, writer),
}
