package mail

import (
	"context"
	"strings"
)

// looker holds the state of one Look.
type looker struct {
	ctx   context.Context
	m     *Message // the outermost message, where the findings go
	lim   Limits
	text  int // bytes of text still allowed
	open  *opener
	depth int // messages around the one being read that were unpacked in Look
}

// Look reads the contents: transfer encodings and charsets, texts with what is
// seen and what is hidden, links, attachments and what is inside them. What a
// message inside the message holds is added to the lists of the outer one; its
// parts can be told by Part.Of. Look ends early at the deadline of ctx and says
// so in Truncated. It does nothing the second time. It must not run twice at
// once on one message.
func (m *Message) Look(ctx context.Context) {
	if m.looked {
		return
	}
	m.looked = true
	l := &looker{ctx: ctx, m: m, lim: m.lim, text: m.lim.TextBytes}
	l.open = &opener{ctx: ctx, lim: m.lim, entries: m.lim.ArchiveEntries, bytes: m.lim.ArchiveBytes, cut: m.truncate}
	l.message(m)
	for _, alt := range m.otherReadings() {
		l.union(alt)
	}
	m.sortOddities()
}

// message reads one message, the outermost or one inside it.
func (l *looker) message(m *Message) {
	m.looked = true
	l.part(m.Root)
	for _, f := range [...]string{m.List.Unsubscribe, m.List.Post} {
		l.cardLinks(m.Root, f)
	}
}

// cardLinks reads the addresses of a List-* field (RFC 2369).
func (l *looker) cardLinks(p *Part, v string) {
	for n := 0; n < 20; n++ {
		i := strings.IndexByte(v, '<')
		if i < 0 {
			return
		}
		j := strings.IndexByte(v[i:], '>')
		if j < 0 {
			return
		}
		if u := strings.Join(strings.Fields(v[i+1:i+j]), ""); u != "" {
			l.link(newLink(LinkCard, p, u, false))
		}
		v = v[i+j+1:]
	}
}

func (l *looker) link(k Link) bool {
	if len(l.m.Links) >= l.lim.Links {
		l.m.truncate("links")
		return false
	}
	l.m.Links = append(l.m.Links, k)
	return true
}

// part walks the tree. The tree is no deeper than Limits.Depth.
func (l *looker) part(p *Part) {
	if l.ctx.Err() != nil {
		l.m.truncate("deadline")
		return
	}
	if len(p.Parts) > 0 {
		for _, c := range p.Parts {
			l.part(c)
		}
		return
	}
	l.leaf(p)
}

// leaf reads one leaf. A fault of ours, or of a library, costs this leaf only.
func (l *looker) leaf(p *Part) {
	defer func() {
		if recover() != nil {
			l.m.note(Oddity{ID: "could-not-look", Offset: p.Start, Detail: p.Path, Ambiguous: true})
		}
	}()
	if p.Message != nil {
		l.attachMessage(p, p.RawBody())
		l.message(p.Message)
		return
	}
	body, c := decodeTransfer(p.RawBody(), p.Encoding, l.lim.AttachBytes)
	l.coding(p, c)
	l.content(p, body)
	if c.more != nil { // what some readers decode and others drop
		l.attach(p, p.Filename, c.more, "mime")
	}
	for _, enc := range p.otherCodings() {
		if other, c := decodeTransfer(p.RawBody(), enc, l.lim.AttachBytes); !c.bad && len(other) > 0 {
			l.content(p, other)
		}
	}
}

// coding notes what was wrong with a transfer encoding.
func (l *looker) coding(p *Part, c coding) {
	note := func(id string, ambiguous bool) {
		l.m.note(Oddity{ID: id, Offset: p.Body, Detail: p.Path, Ambiguous: ambiguous})
	}
	if c.bad && p.Encoding == "base64" {
		note("malformed-base64", true)
	} else if c.bad && p.Encoding != "quoted-printable" {
		// A stray "=" in quoted-printable is common and read alike by all.
		note("malformed-"+p.Encoding, true)
	}
	if c.unpadded {
		note("unpadded-base64", true)
	}
	if c.cut {
		l.m.truncate("attachment")
	}
}

// content decides what a leaf is: a text to read, a file to open, or both.
func (l *looker) content(p *Part, body []byte) {
	named := p.Filename != "" || p.Disposition == "attachment"
	switch {
	case p.Type == typeHTML:
		l.htmlText(p, body)
		if named {
			l.attach(p, p.Filename, body, "mime")
		}
	case p.Type == typeCalendar:
		l.calendar(p, body)
		l.attach(p, p.Filename, body, "mime")
	case p.Type == typeMessage || p.Type == "message/global":
		l.unpackMessage(p, body)
	case (strings.HasPrefix(p.Type, "text/") || p.Type == "message/delivery-status") && !named:
		l.plainText(p, body)
	case isMultipart(p): // one that could not be read as one
		l.plainText(p, body)
	case p.Type == typeTNEF || strings.EqualFold(p.Filename, "winmail.dat"):
		l.tnef(p, body)
	default:
		if p.Type == typeText && len(body) < 1<<20 {
			l.plainText(p, body)
		}
		l.attach(p, p.Filename, body, "mime")
	}
}

// unpackMessage reads a message that is transfer-encoded, which RFC 2046 forbids
// and some programs send.
func (l *looker) unpackMessage(p *Part, body []byte) {
	l.attachMessage(p, body)
	if l.depth >= 3 || !isCoded(p.Encoding) {
		l.m.truncate("depth")
		return
	}
	lim := l.lim
	lim.Depth = min(lim.Depth, 10)
	l.depth++
	defer func() { l.depth-- }()
	p.Message = Parse(body, lim)
	l.message(p.Message)
}
