package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// The line by which a mail came was written down by our own border, so it is the one
// thing that a forger cannot copy from an earlier mail. It is asked by how often this
// author's line changes: one who travels surprises nobody.
var newLine = Detector{
	ID: "sender.new-line", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "the mail was handed over by a server that never brought mail of this author",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"a firm that changes its provider",
		"somebody who writes from a mailing list or a ticket system for the first time",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.Hop, kith.PartSender, writer),
}
