package trait

import (
	"bytes"
	"strings"

	"kith/internal/mail"
)

// HeaderStyle says how the author's program writes what it writes: marks, each for
// one way that is not the most usual one.
//
// RFC 5322 leaves much open that a program decides once: whether a name stands in
// quotes, whether a zone is named behind the offset, whether a long Message-ID
// begins on a line of its own, how the charset of a text is quoted. Each is a small
// thing; together they tell programs apart that give themselves the same name.
//
// Marks are taken only where most mails of an author show the same. Whether a day
// below ten has a zero, or with what a folded line goes on, is seen in some of his
// mails only, and would make two habits of one. It changes with the program; the
// form of the name changes when the author writes his name anew.
func HeaderStyle(m *mail.Message) string {
	b := make([]byte, 0, maxValue)
	b = append(b, "name:"...)
	if f, ok := m.Header.First("From"); ok {
		b = nameStyle(b, f.RawValue())
	}
	b = append(b, " id:"...)
	if f, ok := m.Header.First("Message-ID"); ok {
		b = leadStyle(b, f.RawValue())
	}
	b = append(b, " date:"...)
	if f, ok := m.Header.First("Date"); ok {
		b = dateStyle(b, f.Value())
	}
	b = append(b, " type:"...)
	if p := firstText(authored(m)); p != nil && quotedCharset(p) {
		b = append(b, 'q')
	}
	b = append(b, " cc:"...)
	if f, ok := m.Header.First("Cc"); ok && f.Name() != "Cc" {
		b = append(b, 'c')
	}
	return bounded(string(b))
}

// dateStyle marks how a date is written: "w" without weekday, "c" with a comment,
// "n" with a zone by name, "m" without seconds.
func dateStyle(b []byte, v string) []byte {
	v, comment, _ := strings.Cut(v[:min(len(v), maxToken)], "(")
	if i := strings.IndexByte(v, ','); i >= 0 {
		v = v[i+1:]
	} else {
		b = append(b, 'w')
	}
	if comment != "" {
		b = append(b, 'c')
	}
	f := strings.Fields(v)
	if n := len(f); n > 0 && f[n-1][0] != '+' && f[n-1][0] != '-' {
		b = append(b, 'n')
	}
	if len(f) > 3 && strings.Count(f[3], ":") < 2 {
		b = append(b, 'm')
	}
	return b
}

// quotedCharset reports whether a part's charset stands in quotes.
func quotedCharset(p *mail.Part) bool {
	f, ok := p.Header.First("Content-Type")
	if !ok {
		return false
	}
	const word = "charset="
	v := f.RawValue()
	v = v[:min(len(v), 1000)]
	for i := 0; i+len(word) < len(v); i++ {
		if v[i]|0x20 == 'c' && bytes.EqualFold(v[i:i+len(word)], []byte(word)) {
			return v[i+len(word)] == '"'
		}
	}
	return false
}

// nameStyle marks how the author stands in From: "q" his name in quotes, "b" no
// name, "p" the name behind the address, "eq" and "eb" encoded words with their
// charset.
func nameStyle(b, v []byte) []byte {
	b = leadStyle(b, v)
	v = bytes.TrimSpace(v)
	lt := bytes.IndexByte(v, '<')
	switch {
	case lt < 0 && bytes.IndexByte(v, '(') >= 0:
		return append(b, 'p')
	case lt < 0:
		return append(b, 'b')
	case lt == 0:
		return append(b, 'a')
	}
	if v[0] == '"' {
		b = append(b, 'q')
	}
	if i := bytes.Index(v, []byte("=?")); i >= 0 {
		w := v[i+2 : min(len(v), i+40)]
		if j := bytes.IndexByte(w, '?'); j > 0 && j+1 < len(w) {
			b = append(b, 'e', w[j+1])
			b = append(b, w[:min(j, 12)]...)
		}
	}
	return b
}

// leadStyle marks what stands between the colon and the value: nothing for one
// space, "0" for none, "t" for a tab, "2" for more, "f" for a line break.
func leadStyle(b, v []byte) []byte {
	switch {
	case len(v) == 0 || v[0] != ' ' && v[0] != '\t' && v[0] != '\r' && v[0] != '\n':
		return append(b, '0')
	case v[0] == '\t':
		return append(b, 't')
	case v[0] == '\r' || v[0] == '\n' || len(v) > 1 && (v[1] == '\r' || v[1] == '\n'):
		return append(b, 'f')
	case len(v) > 1 && (v[1] == ' ' || v[1] == '\t'):
		return append(b, '2')
	}
	return b
}
