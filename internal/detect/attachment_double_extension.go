package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
)

var doubleExtension = Detector{
	ID: "attachment.double-extension", Group: kith.Decisive, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees: "a file whose name shows a document's ending before the real one, which is a program's, " +
		"also inside archives; or whose name is turned about so that the real ending is not last",
	Beware: []string{
		"(versions and packed files: report.v2.pdf, archive.tar.gz)",
		"(pages saved from the web under their old name, when they come from our own people)",
		"a colleague of the other side who saves scripts as budget.csv.bat",
	},
	Cites: []string{"file", "claimed", "real"},
	Look: func(c *facts.Case) []kith.Finding {
		return eachFile(c, func(it *item) (f kith.Finding, ok bool) {
			n := readName(it.name)
			if !active[n.ext] || n.before == "" && !n.turned {
				return f, false
			}
			if page(n.ext) && (!fromOutside(c) || it.inside && it.of > few) {
				return f, false
			}
			claimed := n.before
			if claimed == "" {
				claimed = "?"
			}
			return it.finding(word("claimed", claimed), word("real", n.ext)), true
		})
	},
}

// page reports whether an ending is one of a saved web page or drawing, which
// people do pass on under odd names.
func page(ext string) bool {
	switch ext {
	case "html", "htm", "shtml", "xhtml", "mht", "mhtml", "svg":
		return true
	}
	return false
}
