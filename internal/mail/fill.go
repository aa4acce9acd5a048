package mail

import (
	"bytes"
	"strings"
)

// Bits of the fields that a message has once at most (RFC 5322 section 3.6,
// RFC 2045): a second one is shown by some programs instead of the first.
const (
	onceFrom = 1 << iota
	onceSender
	onceReplyTo
	onceTo
	onceCc
	onceSubject
	onceDate
	onceMessageID
	onceInReplyTo
	onceReferences
	onceMIMEVersion
	onceContentType
	onceCoding
	onceDisposition
)

// fill reads the fields of the top header that everybody asks for. One walk
// over the header; the topmost of duplicates counts, except for To and Cc,
// which add up.
func (p *parser) fill() {
	m := p.m
	var seen uint
	p.hint = p.rawHint()
	for i := range m.Header.fields {
		f := &m.Header.fields[i]
		if f.name == 0 {
			if f.colon < 0 && !isASCII(f.raw) {
				p.odd("raw-8bit-header", f.Offset, "", false)
			}
			continue
		}
		if !isASCII(f.raw) {
			p.odd("raw-8bit-header", f.Offset, f.Name(), false)
		}
		p.take(f, &seen)
	}
	if seen&onceContentType != 0 && seen&onceMIMEVersion == 0 {
		p.odd("missing-mime-version", 0, "", false)
	}
	p.authors()
	if bytes.IndexByte(m.Raw, 0) >= 0 {
		p.odd("nul-byte", bytes.IndexByte(m.Raw, 0), "", true)
	}
	p.lineEnds()
}

// take reads one field. Names are compared in lower case without allocation.
func (p *parser) take(f *Field, seen *uint) {
	var buf [32]byte
	if f.name > len(buf) {
		return
	}
	for i := 0; i < f.name; i++ {
		buf[i] = lower(f.raw[i])
	}
	m := p.m
	switch string(buf[:f.name]) {
	case "from":
		if p.once(f, seen, onceFrom) {
			m.From = p.addresses(f)
		}
	case "sender":
		if p.once(f, seen, onceSender) {
			m.Sender = p.addresses(f)
		}
	case "reply-to":
		if p.once(f, seen, onceReplyTo) {
			m.ReplyTo = p.addresses(f)
		}
	case "to":
		p.once(f, seen, onceTo)
		m.To = append(m.To, p.addresses(f)...)
	case "cc":
		p.once(f, seen, onceCc)
		m.Cc = append(m.Cc, p.addresses(f)...)
	case "subject":
		if p.once(f, seen, onceSubject) {
			m.Subject = collapse(decodeWordsNoting(f.Value(), p.hint, func(id string) {
				p.odd(id, f.Offset, "Subject", id != "rare-charset")
			}))
		}
	case "date":
		if p.once(f, seen, onceDate) {
			m.Date, m.DateZone = readDate(f.Value())
		}
	case "message-id":
		if p.once(f, seen, onceMessageID) {
			m.MessageID = oneID(f.Value())
		}
	case "in-reply-to":
		p.once(f, seen, onceInReplyTo)
		m.InReplyTo = append(m.InReplyTo, readIDs(f.Value())...)
	case "references":
		p.once(f, seen, onceReferences)
		m.References = append(m.References, readIDs(f.Value())...)
	case "mime-version":
		p.once(f, seen, onceMIMEVersion)
	case "content-type":
		p.once(f, seen, onceContentType)
	case "content-transfer-encoding":
		p.once(f, seen, onceCoding)
	case "content-disposition":
		p.once(f, seen, onceDisposition)
	default:
		p.takeList(f, string(buf[:f.name]))
	}
}

// takeList reads the fields of mailing lists and automatic mail.
func (p *parser) takeList(f *Field, name string) {
	l := &p.m.List
	first := func(s *string) {
		if *s == "" {
			*s = f.Value()
		}
	}
	switch name {
	case "list-id":
		first(&l.ID)
	case "list-unsubscribe":
		first(&l.Unsubscribe)
	case "list-unsubscribe-post":
		first(&l.UnsubscribePost)
	case "list-post":
		first(&l.Post)
	case "precedence":
		if l.Precedence == "" {
			l.Precedence = asciiLower(f.Value())
		}
	case "auto-submitted":
		if v := asciiLower(f.Value()); p.m.AutoSubmitted == "" {
			if i := strings.IndexAny(v, " \t;("); i >= 0 {
				v = v[:i]
			}
			p.m.AutoSubmitted = v
		}
	}
}

// once notes a second field of a kind that may stand once, and reports whether
// this is the first.
func (p *parser) once(f *Field, seen *uint, bit uint) bool {
	first := *seen&bit == 0
	if !first {
		p.odd("duplicate-"+asciiLower(f.Name()), f.Offset, "", bit != onceReferences && bit != onceInReplyTo)
	}
	*seen |= bit
	return first
}

func (p *parser) addresses(f *Field) []Address {
	list, odd := readAddresses(f.Value(), p.hint, p.lim.Addresses)
	for _, id := range odd {
		if id == "addresses-cut" {
			p.cut("addresses")
			continue
		}
		p.odd(id, f.Offset, f.Name(), !harmlessFault(id))
	}
	return list
}

// harmlessFault reports faults of an address list that nearly all readers read
// alike.
func harmlessFault(id string) bool {
	switch id {
	case "address-without-domain", "encoded-word-in-quotes", "rare-charset", "name-in-comment":
		return true
	}
	return false
}

// authors notes what is odd about who wrote the message.
func (p *parser) authors() {
	m := p.m
	before := len(m.From)
	m.From, m.Sender, m.ReplyTo = joinCommas(m.From), joinCommas(m.Sender), joinCommas(m.ReplyTo)
	if len(m.From) < before {
		p.odd("unquoted-comma", 0, "From", false)
	}
	if len(m.From) > 1 {
		p.odd("several-authors", 0, "", true)
	}
}

// joinCommas mends "Last, First <address>" without quotes, which by the grammar
// is two mailboxes, the first without an address. In fields that name one person
// mail programs show one.
func joinCommas(list []Address) []Address {
	if len(list) < 2 {
		return list
	}
	out := list[:0:0]
	held := "" // words that wait for an address
	for _, a := range list {
		words := a.Name
		if words == "" {
			words = a.Addr
		}
		switch {
		case strings.IndexByte(a.Addr, '@') < 0 && a.Group == "":
			held += words + ", "
			continue
		case held != "" && a.Name != "":
			a.Name = held + a.Name
		case held != "":
			out = append(out, Address{Name: strings.TrimSuffix(held, ", ")})
		}
		held = ""
		out = append(out, a)
	}
	if held != "" {
		return list
	}
	return out
}

// rawHint is the charset to try for header bytes that carry none: the first one
// that a part of the message names.
func (p *parser) rawHint() string {
	if p.hint == "utf-8" || p.hint == "us-ascii" {
		return ""
	}
	return p.hint
}

// lineEnds notes lone CRs in the header, where some programs end a line, and
// lines that end in LF among others that end in CRLF.
func (p *parser) lineEnds() {
	cr, lf := bytes.Count(p.raw, []byte{'\r'}), bytes.Count(p.raw, []byte{'\n'})
	if cr == 0 || cr == lf && bytes.IndexByte(p.m.Header.raw, '\r') >= 0 {
		return
	}
	if lf > cr {
		p.odd("mixed-line-ends", p.firstBareLF(), "", true)
	}
	h := p.m.Header.raw
	for i := 0; i < len(h); {
		j := bytes.IndexByte(h[i:], '\r')
		if j < 0 {
			return
		}
		i += j + 1
		if i < len(h) && h[i] != '\n' {
			p.odd("bare-cr", i-1, "", true)
			return
		}
	}
}

// firstBareLF returns the offset of the first LF without a CR before it.
func (p *parser) firstBareLF() int {
	for i := 0; i < len(p.raw); i++ {
		j := bytes.IndexByte(p.raw[i:], '\n')
		if j < 0 {
			break
		}
		if i += j; i == 0 || p.raw[i-1] != '\r' {
			return i
		}
	}
	return 0
}

// oneID returns a Message-ID without its angle brackets.
func oneID(v string) string {
	if ids := readIDs(v); len(ids) > 0 {
		return ids[0]
	}
	return trim(v)
}

// readIDs reads a list of message ids; at most 1000.
func readIDs(v string) []string {
	var ids []string
	for len(ids) < 1000 {
		i := strings.IndexByte(v, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(v[i:], '>')
		if j < 0 {
			break
		}
		if id := strings.Join(strings.Fields(v[i+1:i+j]), ""); id != "" {
			ids = append(ids, id)
		}
		v = v[i+j+1:]
	}
	return ids
}
