package detect

import (
	"slices"

	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mailauth"
)

// Most firms sign their mail and say which servers may send it. A mail in the name
// of one that always did, without any of it, was sent by somebody else or by a
// server that nobody told about it. What DMARC asks for is judged apart; this asks
// what this author's mail usually has, also where no policy stands.
var newProof = Detector{
	ID: "sender.new-proof", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "nothing vouches for this author, for whom something always did",
	Beware: []string{
		"(mailing lists, which break signatures)",
		"(a name server that did not answer)",
		"forwarding by another mailbox",
		"a firm whose settings broke",
	},
	Cites: []string{"address", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		if proven(c) || bulk(c) || c.Values.One(baseline.Proof) != "nothing" || unanswered(c) {
			return nil
		}
		r, ok := unusual(c.Known, baseline.Proof, c.Values.Of(baseline.Proof))
		if !ok {
			return nil
		}
		return surprise(kith.PartSender, 0, r, address("address", c.AuthorAddr))
	},
}

// unanswered reports whether nothing vouches only because nobody could be asked.
func unanswered(c *facts.Case) bool {
	return c.Auth.SPF == mailauth.TempError || c.Auth.DMARC == mailauth.TempError || slices.Contains(c.Gaps, "dns")
}
