package detect

import (
	"kith/internal/facts"
	"kith/internal/kith"
)

// Stage says what a detector needs to have been read.
type Stage int

const (
	// Header detectors need no more than mail.Parse read: header and structure.
	Header Stage = iota
	// Content detectors need mail.Look: texts, links, attachments' insides.
	Content
)

func (s Stage) String() string {
	if s == Content {
		return "content"
	}
	return "header"
}

// MaxFindings is how many findings of one detector count for one message (and
// for one recipient). A mail with a thousand bad links is as bad as one with
// this many, and its record stays small.
const MaxFindings = 5

// Detector is one question asked of a message. Exactly one of Look and LookFor
// is set. Both must be pure: no network, no clock, no state. They set
// Component and Evidence only; Kind and Group are filled in from the
// declaration, Strength by the judge. (A detector that measures its own
// surprise in bits sets Strength, and the judge keeps it.)
type Detector struct {
	ID      string       // "area.what": the kind of its findings; never renamed, never used again
	Group   kith.Group   // which of the three kinds of reason
	Stage   Stage        // what must have been read
	Classes []kith.Class // what the mail is, if this finding is right; never empty
	Sees    string       // what it notices, one line of plain English for docs/detectors.md
	Beware  []string     // known false positives; those in brackets are handled, the others are not
	Cites   []string     // keys of the evidence, all of which every finding carries
	May     []string     // keys that a finding may carry besides

	Look    func(c *facts.Case) []kith.Finding                     // once per message
	LookFor func(c *facts.Case, r *facts.RcptFacts) []kith.Finding // once per recipient
}

// Findings is what the detectors of one stage said of a message: Message holds
// for all recipients, Rcpts[i] for c.Rcpts[i] only.
type Findings struct {
	Message []kith.Finding
	Rcpts   [][]kith.Finding
}

// For returns all findings that concern recipient i, in a slice of its own.
func (f Findings) For(i int) []kith.Finding {
	all := append([]kith.Finding(nil), f.Message...)
	if i < len(f.Rcpts) {
		all = append(all, f.Rcpts[i]...)
	}
	return all
}

// Run asks the detectors of one stage. It never fails and never panics: a
// detector that breaks becomes a message.could-not-look finding with the
// detector's id. Content must only be run on a message whose Look has
// returned. Safe for concurrent use.
func Run(c *facts.Case, stage Stage) Findings { return run(All, c, stage) }

func run(detectors []*Detector, c *facts.Case, stage Stage) Findings {
	out := Findings{Rcpts: make([][]kith.Finding, len(c.Rcpts))}
	for _, d := range detectors {
		if d.Stage != stage {
			continue
		}
		if d.Look != nil {
			found, broke := d.guard(func() []kith.Finding { return d.Look(c) })
			out.Message = append(out.Message, found...)
			if broke {
				continue
			}
		}
		if d.LookFor == nil {
			continue
		}
		for i := range c.Rcpts {
			found, broke := d.guard(func() []kith.Finding { return d.LookFor(c, &c.Rcpts[i]) })
			if broke { // it would break on the next one too; say it once, for all
				out.Message = append(out.Message, found...)
				break
			}
			out.Rcpts[i] = append(out.Rcpts[i], found...)
		}
	}
	return out
}

// guard calls look and labels what it found. After a panic it returns the
// finding that says so.
func (d *Detector) guard(look func() []kith.Finding) (found []kith.Finding, broke bool) {
	defer func() {
		if recover() != nil {
			found, broke = []kith.Finding{CouldNotLook(d.ID)}, true
		}
	}()
	found = look()
	if len(found) > MaxFindings {
		found = found[:MaxFindings]
	}
	for i := range found {
		found[i].Kind, found[i].Group = d.ID, d.Group
	}
	return found, false
}

// Classes returns, for each kind of finding, the classes of mail that it
// speaks for: what the judge needs to know of the detectors.
func Classes() map[string][]kith.Class {
	m := make(map[string][]kith.Class, len(All))
	for _, d := range All {
		m[d.ID] = d.Classes
	}
	return m
}
