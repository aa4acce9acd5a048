package trait

import (
	"strings"
	"unicode/utf8"

	"kith/internal/mail"
)

// maxTokens is the number of words kept of a subject or of the names of files.
const maxTokens = 12

// addTokens adds the words of a text that could be a habit: no numbers, no stop
// words, no single letters. Wide letters stand in pairs.
func addTokens(out []string, s string) []string {
	if len(s) > 2000 {
		s = strings.ToValidUTF8(s[:2000], "")
	}
	t := scan(s)
	add := func(w string) {
		if len(out) >= maxTokens {
			return
		}
		for _, o := range out {
			if o == w {
				return
			}
		}
		out = append(out, w)
	}
	for _, w := range t.words {
		if w.digits || vocabulary.common(w.id) {
			continue
		}
		if f := t.text(w); utf8.RuneCountInString(f) > 1 {
			add(cutText(f, maxValue))
		}
	}
	for i := 0; i+1 < len(t.wide); i++ {
		if t.wide[i] != 0 && t.wide[i+1] != 0 {
			add(string(t.wide[i : i+2]))
		}
	}
	return out
}

// AttachmentTokens lists words in the names of attached files, folded, at most 12:
// without their endings, without numbers and dates.
func AttachmentTokens(m *mail.Message) (out []string) {
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if a.Inline {
			continue
		}
		name := a.Name
		if j := strings.LastIndexByte(name, '.'); j > 0 {
			name = name[:j]
		}
		if out = addTokens(out, name); len(out) >= maxTokens {
			break
		}
	}
	return out
}
