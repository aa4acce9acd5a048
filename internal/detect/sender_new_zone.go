package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// A person's clock stands where the person is. Travellers have many zones, and then
// one more is expected. Summer time is taken off by package trait; the sentence
// shows the zone as the mail has it.
var newZone = Detector{
	ID: "sender.new-zone", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the clock of this mail stands in a time zone in which the author never wrote",
	Beware: []string{
		"(the change of summer time)",
		"(people who travel all the time)",
		"a first journey",
	},
	Cites: []string{"address", "zone", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		r, ok := unusual(c.Known, baseline.Zone, c.Values.Of(baseline.Zone))
		if !ok {
			return nil
		}
		return surprise(kith.PartSender, 0, r, address("address", c.AuthorAddr), word("zone", c.Mail.DateZone))
	},
}
