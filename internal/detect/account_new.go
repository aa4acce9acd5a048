package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// The account number is the last line of every invoice fraud: all else may be true,
// sent from the true mailbox by the true path. A known author who names an account
// that he never named before asks for more than a habit: so this speaks in the group
// of what a mail wants, and an unlike sender is needed beside it before anything is
// done.
var newAccount = Detector{
	ID: "account.new", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Payment},
	Sees:    "the mail names a bank account that this author, who is known, never named before",
	Beware: []string{
		"(an author of whom little is known)",
		"a first invoice; a firm with several banks",
	},
	Cites: []string{"address", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		r, ok := unusual(c.Known, baseline.Account, c.Values.Of(baseline.Account))
		if !ok {
			return nil
		}
		return surprise(kith.PartText, 0, r, address("address", c.AuthorAddr))
	},
}
