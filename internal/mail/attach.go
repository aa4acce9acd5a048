package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// attach adds a file to the attachments and looks into it.
func (l *looker) attach(p *Part, name string, body []byte, from string) {
	sum := sha256.Sum256(body)
	a := Attachment{Part: p, Name: name, Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:]), From: from}
	if from == "mime" {
		a.Declared = p.Type
		a.Inline = p.Disposition == "inline" || p.Disposition == "" && p.ContentID != ""
	} else {
		a.Part = nil
	}
	l.open.hint = p.nameHint()
	in := l.open.look(body, 0)
	a.Sniffed, a.Marks, a.Entries = in.kind, in.marks, in.entries
	l.m.Attachments = append(l.m.Attachments, a)
	for _, k := range in.links {
		if p.Type == typeHTML && k.Source != LinkPDF || p.Type == typeCalendar && k.Source == LinkICS {
			continue // read with the text of the part
		}
		k.Part = p
		if !l.link(k) {
			return
		}
	}
}

// attachMessage adds a forwarded message to the attachments. Its own contents
// are read as those of a message.
func (l *looker) attachMessage(p *Part, body []byte) {
	sum := sha256.Sum256(body)
	l.m.Attachments = append(l.m.Attachments, Attachment{
		Part: p, Name: p.Filename, Declared: p.Type, Sniffed: typeMessage, Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:]),
		Inline: p.Disposition == "inline", From: "mime",
	})
}

// nameHint is the charset to try for file names that carry none.
func (p *Part) nameHint() string {
	for _, cs := range [...]string{p.Charset, p.of.charsetOfText()} {
		if cs != "" && cs != "us-ascii" && cs != "utf-8" {
			return cs
		}
	}
	return ""
}

// charsetOfText is the charset of the first text part.
func (m *Message) charsetOfText() string {
	p := m.Root
	for p != nil && len(p.Parts) > 0 {
		p = p.Parts[0]
	}
	if p == nil || !strings.HasPrefix(p.Type, "text/") {
		return ""
	}
	return p.Charset
}

// tnef opens a winmail.dat.
func (l *looker) tnef(p *Part, body []byte) {
	c := readTNEF(body, p.nameHint())
	if !c.whole && len(c.files) == 0 && c.body == "" {
		l.attach(p, p.Filename, body, "mime")
		return
	}
	l.m.note(Oddity{ID: "tnef", Offset: p.Body, Detail: p.Path})
	l.attach(p, p.Filename, body, "mime")
	if c.body != "" {
		var t textBuilder
		t.add(l.budget([]byte(c.body)))
		l.m.Texts = append(l.m.Texts, Text{Part: p, Visible: t.String()})
		textLinks(c.body, func(u string, _ int) bool { return l.link(newLink(LinkText, p, u, true)) })
	}
	if len(c.html) > 0 {
		l.htmlText(&Part{Path: p.Path, Start: p.Start, Body: p.Body, End: p.End, Type: typeHTML, of: p.of}, c.html)
	}
	for _, f := range c.files {
		l.attach(p, f.name, f.data, "tnef")
	}
}
