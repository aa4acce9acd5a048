package detect

import (
	"fmt"
	"strconv"

	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// A person's clock stands where the person is. Travellers have many zones, and then
// one more is expected. Twice a year everybody's clock moves by an hour: a zone one
// hour from a known one says nothing.
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
		if !ok || knownNextZone(c.Known, r.Value) {
			return nil
		}
		return surprise(kith.PartSender, 0, r, address("address", c.AuthorAddr), word("zone", r.Value))
	},
}

// knownNextZone reports whether a zone one hour east or west of this one is known.
func knownNextZone(v *baseline.View, zone string) bool {
	n, err := strconv.Atoi(zone)
	if err != nil || len(zone) != 5 {
		return false
	}
	minutes := n/100*60 + n%100
	for _, m := range []int{minutes - 60, minutes + 60} {
		sign := '+'
		if m < 0 {
			sign, m = '-', -m
		}
		if v.Read(baseline.Zone, fmt.Sprintf("%c%02d%02d", sign, m/60, m%60)).Days > 0 {
			return true
		}
	}
	return false
}
