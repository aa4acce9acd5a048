package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// text decodes a text part's bytes to UTF-8 and says from which charset.
func (m *Message) text(p *Part, body []byte) (s []byte, charset string) {
	name := p.Charset
	if name == "" {
		if p.Type == typeHTML {
			name = metaCharset(body)
		}
		if name == "" && bomOf(body) != "" {
			name = bomOf(body)
		}
	}
	return decodeBytes(name, body), name
}

func bomOf(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")) && len(b)%2 == 0:
		return "utf-16"
	case bytes.HasPrefix(b, []byte("\xfe\xff")) && len(b)%2 == 0:
		return "utf-16"
	}
	return ""
}

// metaCharset finds the charset that an HTML text names itself, "" when it names
// none or is ASCII anyhow.
func metaCharset(b []byte) string {
	if isASCII(b) && bytes.IndexByte(b, 0x1b) < 0 {
		return ""
	}
	head := asciiLower(string(b[:min(len(b), 2048)]))
	for {
		i := strings.Index(head, "charset=")
		if i < 0 {
			return ""
		}
		head = head[i+8:]
		v := strings.TrimLeft(head, `"' `)
		if j := strings.IndexAny(v, "\"' />;\r\n"); j > 0 && j < 40 {
			return v[:j]
		}
	}
}

// budget cuts a text to what may still be read.
func (l *looker) budget(body []byte) []byte {
	if len(body) > l.text {
		l.m.truncate("text")
		body = body[:max(l.text, 0)]
	}
	l.text -= len(body)
	return body
}

// charset decodes a text and notes where its bytes contradict its label.
func (l *looker) charset(p *Part, body []byte) (s []byte, name string) {
	s, name = p.of.text(p, body)
	if isASCII(body) && bytes.IndexByte(s, 0x1b) < 0 {
		return s, name
	}
	note := func(id string, ambiguous bool) {
		l.m.note(Oddity{ID: id, Offset: p.Body, Detail: p.Charset, Ambiguous: ambiguous})
	}
	switch c := cleanCharset(name); {
	case c == "" || c == "us-ascii":
		note("raw-8bit-body", false)
	case (c == "utf-8" || c == "utf8") && !utf8.Valid(body):
		note("charset-contradicted", true)
	case encodingOf(c) == nil && !strings.HasPrefix(c, "utf"):
		note("unknown-charset", true)
	case rareCharset(c):
		note("rare-charset", false)
	case bytes.Contains(s, []byte("\ufffd")) && !bytes.Contains(body, []byte("\xef\xbf\xbd")):
		note("charset-contradicted", true)
	}
	return s, name
}

// plainText reads a text part that is shown as it is.
func (l *looker) plainText(p *Part, body []byte) {
	body = l.budget(body)
	l.enclosedFiles(p, body)
	s, name := l.charset(p, body)
	var t textBuilder
	t.b.Grow(len(s))
	t.add(s)
	visible := t.String()
	l.m.Texts = append(l.m.Texts, Text{Part: p, Charset: name, Visible: visible})
	if strings.IndexByte(visible, '.') >= 0 {
		textLinks(visible, func(u string, _ int) bool { return l.link(newLink(LinkText, p, u, true)) })
	}
}

// enclosedFiles finds files that are written into the text itself.
func (l *looker) enclosedFiles(p *Part, body []byte) {
	for from, n := 0, 0; n < 50; n++ {
		f, ok := findUU(body, from, l.lim.AttachBytes)
		if !ok {
			break
		}
		l.m.note(Oddity{ID: "uuencode", Offset: p.Body, Detail: f.name})
		l.attach(p, f.name, f.data, "uuencode")
		from = f.end
	}
	if f, ok := findYEnc(body, l.lim.AttachBytes); ok {
		l.m.note(Oddity{ID: "yenc", Offset: p.Body, Detail: f.name})
		l.attach(p, f.name, f.data, "yenc")
	}
}

// htmlText reads an HTML part.
func (l *looker) htmlText(p *Part, body []byte) {
	body = l.budget(body)
	s, name := l.charset(p, body)
	pg := readHTML(s, p, LinkHTML, l.lim.Links-len(l.m.Links))
	l.m.Texts = append(l.m.Texts, Text{Part: p, HTML: true, Charset: name, Visible: pg.visible.String(), Hidden: pg.hidden.String()})
	l.m.Links = append(l.m.Links, pg.links...)
	if pg.cut {
		l.m.truncate("links")
	}
	if pg.blob {
		l.m.note(Oddity{ID: "encoded-blob", Offset: p.Body, Detail: p.Path})
	}
}

// calendar reads a calendar part: mail programs show it as a card.
func (l *looker) calendar(p *Part, body []byte) {
	body = l.budget(body)
	s, name := l.charset(p, body)
	c := readICS(s)
	var t textBuilder
	t.add([]byte(c.text))
	l.m.Texts = append(l.m.Texts, Text{Part: p, Charset: name, Visible: t.String()})
	for _, u := range c.links {
		l.link(newLink(LinkICS, p, u, true))
	}
}
