package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

var encodedScript = Detector{
	ID: "attachment.encoded-script", Group: kith.Decisive, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees:    "a Windows script in the encoded form that nobody can read, by its bytes, under any name, also inside archives",
	Beware: []string{
		"samples that security people send each other (they lock them up first)",
	},
	Cites: []string{"file"},
	Look: func(c *facts.Case) []kith.Finding {
		return eachFile(c, func(it *item) (kith.Finding, bool) {
			if !it.has(mail.MarkEncodedScript) {
				return kith.Finding{}, false
			}
			return it.finding(), true
		})
	},
}

var script = Detector{
	ID: "attachment.script", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees:    "a program, a shortcut or a script from outside, by its bytes or its ending, alone or in a small archive",
	Beware: []string{
		"(mail among our own people)",
		"(archives of many files: somebody's source code)",
		"(a script that is called .txt: it does not run by itself)",
		"developers and suppliers of software, whose daily bread this is; the learned normal knows them",
	},
	Cites: []string{"file", "real"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) {
			return nil
		}
		return eachFile(c, func(it *item) (f kith.Finding, ok bool) {
			if it.inside && it.of > few || it.has(mail.MarkEncodedScript) {
				return f, false
			}
			n := readName(it.name)
			real := ""
			switch {
			case it.has(mail.MarkShortcut) || n.ext == "lnk" || n.ext == "url":
				real = "shortcut"
			case it.has(mail.MarkExecutable):
				real = "program"
			case scripts[n.ext] || it.has(mail.MarkScript) && !documents[n.ext] && n.ext != "":
				real = "script"
			default:
				return f, false
			}
			return it.finding(word("real", real)), true
		})
	},
}

var encodedBlob = Detector{
	ID: "attachment.encoded-blob", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Malware, kith.Credential},
	Sees:    "a page or script from outside that carries a large coded block and can unpack it when opened",
	Beware:  []string{"saved pages with their pictures inside", "reports exported by programs as one page"},
	Cites:   []string{"file"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) {
			return nil
		}
		return eachFile(c, func(it *item) (kith.Finding, bool) {
			if !it.has(mail.MarkBlob) || it.inside && it.of > few {
				return kith.Finding{}, false
			}
			return it.finding(), true
		})
	},
}
