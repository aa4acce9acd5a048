package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// Whoever writes in somebody's name knows the name, seldom the program. But people
// change programs, and then all their mail looks like this for a day: the surprise
// falls by itself as soon as the new program is proven to be theirs, and an author
// who changes often surprises nobody.
var newMailer = Detector{
	ID: "sender.new-mailer", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the mail was written with a program that this author has not used before",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"a new computer or telephone: by itself it means nothing, and by itself it does nothing",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.Mailer, kith.PartSender, writer),
}
