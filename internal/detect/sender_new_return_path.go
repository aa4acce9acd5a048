package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// The return path names who is really sending. A vendor's own mail comes back to
// the vendor; a mail in his name that comes back to somebody else is worth a look.
var newReturnPath = Detector{
	ID: "sender.new-return-path", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "bounces of this mail would go somewhere else than those of the author's earlier mail",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"newsletters and shops that change the house that sends for them",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.ReturnPath, kith.PartSender, writer),
}
