//go:build ignore

package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
)

// Say here why the thing is worth noticing, who does it for good reasons, and
// how the two are told apart. Then scope, evidence, negations, in this order.

var areaWhat = Detector{
	ID:      "area.what",
	Group:   kith.Unlike, // Unlike: who and how; Asks: what it wants; Decisive: enough by itself
	Stage:   Header,      // Content when texts, links or attachments are read
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "one line of plain English for docs/detectors.md",
	Beware: []string{
		"(a false positive that the detector handles stands in brackets)",
		"a false positive that it does not handle stands without",
	},
	Cites: []string{"address"}, // keys of the evidence that every finding carries; May holds those that only some do
	Look: func(c *facts.Case) []kith.Finding {
		// Scope: where the question makes sense.
		if !fromOutside(c) {
			return nil
		}
		// Evidence: what is seen.
		seen := c.AuthorAddr != ""
		// Negations: the good reasons.
		if !seen || bulk(c) {
			return nil
		}
		return []kith.Finding{on(kith.PartSender, 0, address("address", c.AuthorAddr))}
	},
}
