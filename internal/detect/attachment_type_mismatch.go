package detect

import (
	"strings"

	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

// documentTypes are declared media types that promise something to look at.
var documentTypes = []string{"image/", "text/plain", "text/csv", "application/pdf", "audio/", "video/",
	"application/msword", "application/vnd.ms-", "application/vnd.openxmlformats", "application/vnd.oasis", "application/haansoft"}

func promisesDocument(c *facts.Case, it *item, n fileName) bool {
	if documents[n.ext] {
		return true
	}
	if it.inside || active[n.ext] {
		return false
	}
	declared := c.Mail.Attachments[it.index].Declared
	for _, t := range documentTypes {
		if strings.HasPrefix(declared, t) {
			return true
		}
	}
	return false
}

var typeMismatch = Detector{
	ID: "attachment.type-mismatch", Group: kith.Decisive, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees:    "a program or a shortcut that is called, or declared, a document, a picture or a text, also inside archives",
	Beware: []string{
		"(data that is merely of another harmless kind: a web page called .xls, a PNG called .jpg)",
		"installers that rename their parts, inside large archives",
	},
	Cites: []string{"file", "claimed", "real"},
	Look: func(c *facts.Case) []kith.Finding {
		return eachFile(c, func(it *item) (f kith.Finding, ok bool) {
			real := ""
			switch {
			case it.has(mail.MarkExecutable):
				real = "program"
			case it.has(mail.MarkShortcut):
				real = "shortcut"
			default:
				return f, false
			}
			n := readName(it.name)
			if !promisesDocument(c, it, n) || it.inside && it.of > few && !fromOutside(c) {
				return f, false
			}
			claimed := n.ext
			if !documents[claimed] {
				claimed, _, _ = strings.Cut(c.Mail.Attachments[it.index].Declared, "/")
			}
			return it.finding(word("claimed", claimed), word("real", real)), true
		})
	},
}
