package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// Nearly every harmful mail is a first contact, and nearly every first contact is
// harmless. So it is asked for each recipient how unusual somebody new is for him:
// a press office hears from strangers every hour, a workshop foreman once a month.
// What nobody knows about a new recipient is not called unusual.
var firstContact = Detector{
	ID: "sender.first-contact", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Credential},
	Sees:    "the author has never written to this person, nor this person to him",
	Beware: []string{
		"(people who hear from strangers every day)",
		"every new customer, applicant and colleague's friend: it weighs little",
	},
	Cites: []string{"address"},
	May:   []string{"others"},
	LookFor: func(c *facts.Case, r *facts.RcptFacts) []kith.Finding {
		if r.Known == nil || c.AuthorAddr == "" || !fromOutside(c) || !r.New() {
			return nil
		}
		x := r.Known.Read(baseline.Newness, baseline.NewAuthor)
		if x.Known < enough || x.Bits < someNews {
			return nil // little is known of what he gets, or every fourth who writes is new
		}
		f := on(kith.PartSender, 0, address("address", c.AuthorAddr))
		if n, _, _ := c.Known.Count(baseline.Author, baseline.Standing, baseline.In); n > 0 {
			f.Evidence = append(f.Evidence, kith.Evidence{Key: "others", Type: kith.EvCount, N: int64(n)})
		}
		f.Strength = x.Bits
		return []kith.Finding{f}
	},
}

// someNews is the surprise in bits below which somebody new is no news: where one
// in four of those who write on a day is new, nobody need be told.
const someNews = 2.0
