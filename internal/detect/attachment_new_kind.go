package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/trait"
)

// Somebody who has sent PDF files for years and now sends an archive does
// something new. It means little by itself and much beside a file that can act.
var attachmentNewKind = Detector{
	ID: "attachment.new-kind", Group: kith.Unlike, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees:    "the mail brings a kind of file that this author never sent",
	Beware: []string{
		"(authors who send something else every day)",
		"the first file of any kind; pictures in signatures",
	},
	Cites: []string{"file", "address", "days"},
	Look: func(c *facts.Case) []kith.Finding {
		r, ok := unusual(c.Known, baseline.Attachment, c.Values.Of(baseline.Attachment))
		if !ok {
			return nil
		}
		for i, a := range c.Mail.Attachments {
			if kindOf(c.Mail, i) == r.Value {
				return surprise(kith.PartAttachment, i, r, file("file", a.Name), address("address", c.AuthorAddr))
			}
		}
		return nil
	},
}

// kindOf is the kind of one file as the habit knows it, "" when it has none.
func kindOf(m *mail.Message, i int) string {
	for _, k := range trait.AttachmentKinds(&mail.Message{Header: m.Header, Root: m.Root, Attachments: m.Attachments[i : i+1]}) {
		return k
	}
	return ""
}
