package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// The Message-ID is made by the program or the server that first saw a mail, in a
// form of its own. A forger who copies the name above the mail seldom has the same
// maker (Gascon et al., RAID 2018, rest on forms like this one).
var newMessageID = Detector{
	ID: "message.new-message-id", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the identifier of the mail has a form that this author's mails never had",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"a new mail program or provider",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.MessageID, kith.PartMessage, writer),
}
