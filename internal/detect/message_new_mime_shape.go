package detect

import (
	"kith/internal/baseline"
	"kith/internal/kith"
)

// A mail program nests text, HTML and files in its own way, whatever is written
// in it. Shapes are kept without the number of files, so that one more is no news.
var newMIMEShape = Detector{
	ID: "message.new-mime-shape", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the parts of the mail are nested unlike anything this author has sent",
	Beware: []string{
		"(authors who change often, or of whom little is known)",
		"the first file, the first picture, the first answer from a telephone",
	},
	Cites: []string{"address", "days"},
	Look:  authored(baseline.MIMEShape, kith.PartMessage, writer),
}
