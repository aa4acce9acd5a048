package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

var macro = Detector{
	ID: "attachment.macro", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees:    "an office document from outside with a program inside, or that fetches its template from elsewhere",
	Beware: []string{
		"(mail among our own people)",
		"forms of offices and banks; order forms with buttons",
	},
	Cites: []string{"file"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) {
			return nil
		}
		return eachFile(c, func(it *item) (kith.Finding, bool) {
			if !it.has(mail.MarkMacro) && !it.has(mail.MarkExternalLink) {
				return kith.Finding{}, false
			}
			return it.finding(), true
		})
	},
}
