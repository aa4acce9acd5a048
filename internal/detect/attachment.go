package detect

import (
	"slices"

	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

// item is one file that a reader can get at: an attachment, or a file inside
// an archive.
type item struct {
	index   int // of the attachment that it is, or is in
	name    string
	sniffed string
	marks   []mail.Mark
	inside  bool // in an archive
	of      int  // number of files that lie beside it (in all archives of the attachment)
}

func (it *item) has(m mail.Mark) bool { return slices.Contains(it.marks, m) }

// finding is a finding on the attachment, citing the file by its name as the
// person sees it.
func (it *item) finding(more ...kith.Evidence) kith.Finding {
	return on(kith.PartAttachment, it.index, append([]kith.Evidence{file("file", it.name)}, more...)...)
}

// eachFile asks want of every file of the message, however deep in archives,
// and makes a finding of those for which it says yes: one for each attachment
// at most, and no more than count.
func eachFile(c *facts.Case, want func(it *item) (kith.Finding, bool)) (found []kith.Finding) {
	for i := range c.Mail.Attachments {
		a := &c.Mail.Attachments[i]
		it := item{index: i, name: a.Name, sniffed: a.Sniffed, marks: a.Marks}
		f, ok := want(&it)
		for j := 0; !ok && j < len(a.Entries); j++ {
			e := &a.Entries[j]
			it = item{index: i, name: e.Name, sniffed: e.Sniffed, marks: e.Marks, inside: true, of: len(a.Entries)}
			f, ok = want(&it)
		}
		if ok {
			if found = append(found, f); len(found) == MaxFindings {
				break
			}
		}
	}
	return found
}

// few is the number of files up to which an archive is a wrapping around one
// thing. Lures are wrapped singly or with a decoy; what has more files than
// this is somebody's folder, where scripts are ordinary.
const few = 3
