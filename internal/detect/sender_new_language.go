package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// Somebody who has written German for years and now writes English may have a
// guest at the table, or may be somebody else.
var newLanguage = Detector{
	ID: "sender.new-language", Group: kith.Unlike, Stage: Content,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the mail is in a language in which this author never wrote",
	Beware: []string{
		"(people who are known to write in two languages)",
		"a guest who is written to in his own language",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.Language, kith.PartText, writer),
}
