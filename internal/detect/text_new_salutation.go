package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// greetsNobody is what package trait says of a text without a greeting.
const greetsNobody = "none"

// People greet each other in one way for years: a first name here, a title there.
// Whoever writes in another's name knows the name and the address, seldom how he
// says hello. It is asked for each recipient, since everybody is greeted otherwise.
var newSalutation = Detector{
	ID: "text.new-salutation", Group: kith.Unlike, Stage: Content,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the author greets this person otherwise than he ever did",
	Beware: []string{
		"(authors who greet now so, now otherwise)",
		"(mail to many; a short answer that greets nobody)",
		"people who come to know each other better",
	},
	Cites: []string{"address", "days"},
	LookFor: func(c *facts.Case, r *facts.RcptFacts) []kith.Finding {
		if bulk(c) || r.Values.One(baseline.Salutation) == greetsNobody {
			return nil
		}
		x, ok := unusual(r.Known, baseline.Salutation, r.Values.Of(baseline.Salutation))
		if !ok {
			return nil
		}
		return surprise(kith.PartText, 0, x, writer(c, x)...)
	},
}
