package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// How a program folds its lines, pads its days and quotes its names is a second
// signature beside the order of the fields.
var newHeaderStyle = Detector{
	ID: "message.new-style", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "names, dates and folds are written in a manner that this author's mails never had",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"a new mail program",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.HeaderStyle, kith.PartMessage, writer),
}
