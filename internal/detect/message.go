package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

var ambiguous = Detector{
	ID: "message.ambiguous", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Malware, kith.Credential},
	Sees:    "a message from outside built so that two programs show two different things",
	Beware:  []string{"old and home-made senders; it weighs little by itself"},
	Cites:   []string{"oddity"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) {
			return nil
		}
		for _, o := range c.Mail.Oddities {
			if o.Ambiguous {
				return []kith.Finding{on(kith.PartMessage, 0, word("oddity", o.ID))}
			}
		}
		return nil
	},
}

const couldNotLookID = "message.could-not-look"

// couldNotLook is also the finding of every part of kith that failed on a
// message: a look that did not happen is said, and never taken for a good one.
var couldNotLook = Detector{
	ID: couldNotLookID, Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees:    "parts of the message that could not be looked at: too large, too deep, broken, or nobody answered in time",
	Beware:  []string{"very large mail; a slow name server; it weighs next to nothing by itself"},
	Cites:   []string{"what"},
	Look: func(c *facts.Case) []kith.Finding {
		var found []kith.Finding
		for _, what := range c.Mail.Truncated {
			found = append(found, CouldNotLook(what))
		}
		for i := range c.Mail.Attachments {
			for _, m := range c.Mail.Attachments[i].Marks {
				if m == mail.MarkBomb || m == mail.MarkTruncated {
					found = append(found, on(kith.PartAttachment, i, word("what", string(m))))
				}
			}
		}
		for _, gap := range c.Gaps {
			found = append(found, CouldNotLook(gap))
		}
		return found
	},
}

// CouldNotLook is the finding that something about the whole message could not
// be looked at; what is a machine word ("deadline", "dns", a detector's id).
// The pipeline adds it for what fails outside the detectors.
func CouldNotLook(what string) kith.Finding {
	f := on(kith.PartMessage, 0, word("what", what))
	f.Kind, f.Group = couldNotLookID, kith.Asks
	return f
}
