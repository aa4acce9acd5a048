package mail

import (
	"bytes"
	"strconv"
	"strings"
)

// boundary is the delimiter of one open multipart.
type boundary struct {
	text string
	near bool // a line begins like its delimiter and goes on
}

// stop says where the reading of an entity ended: at a delimiter line of an
// open multipart (level ≥ 0) or at the end of the bytes (level -1).
type stop struct {
	at, after int // first byte of the delimiter line, first byte after it
	level     int
	closing   bool
}

// Of returns the message whose Raw the part's offsets refer to: the message
// itself, or the one inside a message/rfc822 part.
func (p *Part) Of() *Message { return p.of }

// RawBody returns the part's undecoded body. The caller must not change it.
func (p *Part) RawBody() []byte { return p.of.Raw[p.Body:p.End] }

func isMultipart(p *Part) bool { return strings.HasPrefix(p.Type, "multipart/") }

// entity reads the header at pos and the body behind it, up to the delimiter
// that ends it.
func (p *parser) entity(pos int, path, byDefault string) (*Part, stop) {
	part := &Part{Path: path, Start: pos, of: p.m}
	p.budget.parts--
	part.Header, part.Body = p.readHeader(pos, len(p.raw), pos == 0 && path == "")
	p.describe(part, byDefault)
	p.reopen(part)
	if isMultipart(part) {
		if st, ok := p.multipart(part); ok {
			return part, st
		}
	}
	st := p.next(part.Body)
	part.End = p.bodyEnd(part.Body, st)
	p.enclosed(part)
	return part, st
}

// reopen takes a header's end back to the line at which its own first delimiter
// stands: the empty line that ended the header was then one of a part.
func (p *parser) reopen(part *Part) {
	b := part.Params["boundary"]
	if b == "" || !isMultipart(part) {
		return
	}
	for i := range part.Header.fields {
		f := &part.Header.fields[i]
		if f.colon >= 0 || len(f.raw) < 3 || f.raw[0] != '-' || string(bytes.TrimRight(f.raw, " \t\r\n")) != "--"+b {
			continue
		}
		p.odd("header-not-closed", f.Offset, "", true)
		for _, g := range part.Header.fields[i:] {
			if g.Is("Content-Type") { // what those see who read on
				p.odd("duplicate-content-type", g.Offset, g.Value(), true)
				part.second = ""
			}
		}
		part.Header = p.header(part.Start, f.Offset, part.Header.fields[:i])
		part.Body = f.Offset
		return
	}
}

// multipart reads the children. ok is false when the part cannot be read as one
// and is to be taken as a leaf.
func (p *parser) multipart(part *Part) (st stop, ok bool) {
	text := p.boundaryOf(part)
	if text == "" {
		return stop{}, false
	}
	if p.budget.depth <= 0 {
		p.cut("depth")
		return stop{}, false
	}
	p.budget.depth--
	level := len(p.open)
	p.compareBoundaries(part, text)
	p.open = append(p.open, boundary{text: text})
	defer func() {
		p.open = p.open[:level]
		p.budget.depth++
	}()
	fallback := "text/plain"
	if part.Type == "multipart/digest" {
		fallback = "message/rfc822" // RFC 2046 section 5.1.5
	}
	st = p.next(part.Body)
	for st.level == level && !st.closing {
		if p.budget.parts <= 0 {
			p.cut("parts")
			st = stop{at: len(p.raw), after: len(p.raw), level: -1}
			break
		}
		var child *Part
		child, st = p.entity(st.after, childPath(part.Path, len(part.Parts)+1), fallback)
		part.Parts = append(part.Parts, child)
	}
	if p.open[level].near {
		p.odd("boundary-with-tail", part.Start, text, true)
		part.loose = true
	}
	switch {
	case st.level == level: // the closing delimiter: an epilogue may follow
		p.open = p.open[:level]
		st = p.next(st.after)
	case p.budget.parts > 0:
		p.odd("missing-close-boundary", part.Start, text, false)
	}
	part.End = p.bodyEnd(part.Body, st)
	if n := len(part.Parts); n > 0 {
		// The empty line that ends the last child's header may be the very line
		// break that belongs to the delimiter.
		part.End = max(part.End, part.Parts[n-1].End)
	}
	return st, true
}

func childPath(parent string, n int) string {
	if parent == "" {
		return strconv.Itoa(n)
	}
	return parent + "." + strconv.Itoa(n)
}

// bodyEnd returns where a body ends that is followed by st: the line break
// before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1).
func (p *parser) bodyEnd(body int, st stop) int {
	end := st.at
	if st.level < 0 {
		return max(end, body)
	}
	if end > body && p.raw[end-1] == '\n' {
		end--
		if end > body && p.raw[end-1] == '\r' {
			end--
		}
	}
	return end
}

// next finds the first delimiter line of an open multipart at or after pos,
// which is the begin of a line.
func (p *parser) next(pos int) stop {
	if len(p.open) > 0 {
		for pos < len(p.raw) {
			if p.raw[pos] != '-' {
				i := bytes.Index(p.raw[pos:], []byte("\n--"))
				if i < 0 {
					break
				}
				pos += i + 1
			}
			line := lineAt(p.raw, pos, len(p.raw))
			if level, closing := p.delimiter(line); level >= 0 {
				return stop{at: pos, after: pos + len(line), level: level, closing: closing}
			}
			pos += len(line)
		}
	}
	return stop{at: len(p.raw), after: len(p.raw), level: -1}
}

// delimiter tells which open multipart a line belongs to, innermost first, or
// -1. White space may follow the boundary, nothing else.
func (p *parser) delimiter(line []byte) (level int, closing bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1, false
	}
	line = bytes.TrimRight(line[2:], " \t\r\n")
	near := -1
	for i := len(p.open) - 1; i >= 0; i-- {
		t := p.open[i].text
		if len(line) < len(t) || string(line[:len(t)]) != t {
			continue
		}
		switch rest := line[len(t):]; {
		case len(rest) == 0:
			return i, false
		case len(rest) == 2 && rest[0] == '-' && rest[1] == '-':
			return i, true
		case p.loose:
			return i, rest[0] == '-' && len(rest) > 1 && rest[1] == '-'
		}
		near = i
	}
	if near >= 0 {
		p.open[near].near = true
	}
	return -1, false
}

func (p *parser) isDelimiter(line []byte) bool {
	level, _ := p.delimiter(line)
	return level >= 0
}

// compareBoundaries notes a boundary that begins like one of an outer multipart:
// readers that compare only the begin of a line take one for the other.
func (p *parser) compareBoundaries(part *Part, text string) {
	for _, b := range p.open {
		if b.text == text {
			p.odd("boundary-twice", part.Start, text, true)
		} else if strings.HasPrefix(b.text, text) || strings.HasPrefix(text, b.text) {
			p.odd("boundary-is-prefix", part.Start, text, false)
		}
	}
}

// boundaryOf returns the boundary of a multipart, "" when it has none.
func (p *parser) boundaryOf(part *Part) string {
	b := strings.TrimRight(part.Params["boundary"], " \t\r\n")
	if b == "" {
		p.odd("multipart-without-boundary", part.Start, "", true)
	}
	return b
}

// enclosed reads the message inside a message/rfc822 leaf.
func (p *parser) enclosed(part *Part) {
	if part.Type != "message/rfc822" && part.Type != "message/global" || isCoded(part.Encoding) {
		return
	}
	if p.budget.depth <= 0 || p.budget.messages <= 0 {
		p.cut("depth")
		return
	}
	if p.budget.parts <= 0 {
		p.cut("parts")
		return
	}
	p.budget.depth--
	p.budget.messages--
	part.Message = parse(p.raw[part.Body:part.End], p.lim, p.budget)
	p.budget.depth++
	p.budget.messages++
	p.adopt(part.Message, part.Body)
}

// adopt takes over what is odd about the structure of a message inside this one:
// whoever asks about the whole must learn of it.
func (p *parser) adopt(in *Message, offset int) {
	for _, o := range in.Oddities {
		if o.Ambiguous || o.ID == "missing-close-boundary" {
			o.Offset += offset
			p.m.note(o)
		}
	}
	for _, t := range in.Truncated {
		p.cut(t)
	}
}

func isCoded(encoding string) bool {
	switch encoding {
	case "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue":
		return true
	}
	return false
}
