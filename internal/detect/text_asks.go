package detect

import (
	"slices"

	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// What a mail wants, told by its words, says little: ordinary mail asks for money
// and haste all day. So these speak in the group of asks, which never acts alone,
// and they are silent where this author's mail often asks for just that: an
// accountant who writes of payments is doing his work.

// asks returns the detector function for some of the asks that package trait
// tells apart.
func asks(kinds ...string) func(c *facts.Case) []kith.Finding {
	return func(c *facts.Case) []kith.Finding {
		for _, k := range kinds {
			if !slices.Contains(c.Values.Of(baseline.Ask), k) {
				continue
			}
			if r := c.Known.Read(baseline.Ask, k); r.Known >= enough && r.Bits < notable {
				continue
			}
			return []kith.Finding{on(kith.PartText, 0, word("ask", k))}
		}
		return nil
	}
}

var asksMoney = Detector{
	ID: "text.asks-money", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Payment},
	Sees:    "the mail asks for payment, other bank details or vouchers",
	Beware:  []string{"(authors whose mail often asks for it)", "orders and invoices: people pay each other every day"},
	Cites:   []string{"ask"},
	Look:    asks("payment", "bank-change", "gift-card"),
}

var asksPassword = Detector{
	ID: "text.asks-password", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Credential},
	Sees:    "the mail asks for a password, a code, a sign-in or a command to be typed",
	Beware:  []string{"(authors whose mail often asks for it)", "every service that mails about accounts"},
	Cites:   []string{"ask"},
	Look:    asks("credential", "link-sign-in", "device-code", "paste-command"),
}

var asksPressure = Detector{
	ID: "text.presses", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Payment, kith.Impersonation},
	Sees:    "the mail asks for haste or silence",
	Beware:  []string{"(authors whose mail often asks for it)", "busy people"},
	Cites:   []string{"ask"},
	Look:    asks("urgency", "secrecy"),
}

var asksCall = Detector{
	ID: "text.asks-call", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Callback},
	Sees:    "the mail asks for a telephone call to a number that it gives",
	Beware:  []string{"(authors whose mail often asks for it)", "everybody who gives his number"},
	Cites:   []string{"ask"},
	Look:    asks("call-me"),
}
