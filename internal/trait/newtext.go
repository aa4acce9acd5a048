package trait

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kith/internal/mail"
)

// maxText is how much of a message's own text is read, in bytes.
const maxText = 20 << 10

// Text is what the author of a message wrote himself, without what he quotes, in
// the form in which the traits of the text are read. It is read-only and safe for
// concurrent use.
type Text struct {
	m       *mail.Message
	body    *scanned
	subject *scanned // of a new conversation; an answer's subject is not the author's
}

// TextOf reads the text of a message on which Look has run.
func TextOf(m *mail.Message) *Text {
	t := &Text{m: m, body: scan(newText(m))}
	s, reply := ownSubject(m.Subject)
	if reply && len(m.InReplyTo)+len(m.References) > 0 {
		s = ""
	}
	t.subject = scan(cutText(s, 1000))
	return t
}

// newText returns the visible text of a message without quoted parts, white space
// collapsed, at most 20 kB of it. Of alternative texts it takes HTML, which is what
// people are shown. Messages inside the message are not the author's words. Who
// sends nothing but a quotation means it: then the quotation is the text.
func newText(m *mail.Message) string {
	if m == nil || m.Root == nil {
		return ""
	}
	shown := shownTexts(nil, m.Root)
	s := joinTexts(m, shown, func(t *mail.Text) string { return unquoted(m, t) })
	if s == "" {
		s = joinTexts(m, shown, func(t *mail.Text) string { return t.Visible })
	}
	return s
}

// joinTexts reads the shown texts of a message one after another; all of them when
// none is known to be shown.
func joinTexts(m *mail.Message, shown []*mail.Part, read func(t *mail.Text) string) (s string) {
	last := (*mail.Part)(nil)
	for i := range m.Texts {
		t := &m.Texts[i]
		if t.Part == last || len(s) >= maxText || len(shown) > 0 && !slices.Contains(shown, t.Part) {
			continue // a second reading of a part says the same again
		}
		last = t.Part
		switch more := read(t); {
		case s == "":
			s = cutText(more, maxText)
		case more != "":
			s = cutText(s+" "+more, maxText)
		}
	}
	return s
}

// shownTexts collects the leaves that a mail program shows as the text.
func shownTexts(out []*mail.Part, p *mail.Part) []*mail.Part {
	if len(p.Parts) == 0 {
		if strings.HasPrefix(p.Type, "text/") && p.Type != "text/calendar" && (p.Path == "0" || p.Disposition != "attachment" && p.Filename == "") {
			out = append(out, p)
		}
		return out
	}
	if p.Type != "multipart/alternative" {
		for _, c := range p.Parts {
			out = shownTexts(out, c)
		}
		return out
	}
	var best []*mail.Part
	for _, c := range p.Parts {
		in := shownTexts(nil, c)
		if len(in) > 0 && (best == nil || in[0].Type == "text/html") {
			best = in
		}
	}
	return append(out, best...)
}

// cutText shortens a text to n bytes without breaking a letter.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
