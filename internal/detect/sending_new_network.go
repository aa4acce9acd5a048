package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// Where an employee signs in from is a habit of few values: the office, home, a
// telephone's provider. A stolen password is used from elsewhere. Travel looks the
// same, so it never acts alone.
var newNetwork = Detector{
	ID: "sending.new-network", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Lateral},
	Sees:    "somebody of ours signed in to send from a network that he never used",
	Beware:  []string{"travel; a new provider at home", "(people whose network changes all the time)"},
	Cites:   []string{"address", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		if !signedIn(c) {
			return nil
		}
		r, ok := unusual(c.Known, baseline.Network, c.Values.Of(baseline.Network))
		if !ok {
			return nil
		}
		return surprise(kith.PartMessage, 0, r, address("address", c.AuthorAddr))
	},
}
