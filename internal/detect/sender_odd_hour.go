package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// The hour is the weakest of all signs, and is kept for what it adds to others. It
// takes more mail than other habits to know somebody's hours.
var oddHour = Detector{
	ID: "sender.odd-hour", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the mail came at a time of the week at which this author hardly ever writes",
	Beware: []string{
		"(authors of whom little is known)",
		"a deadline, a holiday, another shift: it weighs very little",
	},
	Cites: []string{"address", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		r := c.Known.Read(baseline.Hour, c.Values.One(baseline.Hour))
		if r.Known < 4*enough || r.Bits < notable {
			return nil
		}
		return surprise(kith.PartSender, 0, r, writer(c, r)...)
	},
}
