package mail

import (
	"bytes"
	"strings"
)

// Header is the header of a message or of a part: its fields in order, with
// duplicates and with the lines that are no fields. Nothing is decoded before
// it is asked for. The zero value is an empty header. Safe for concurrent use.
type Header struct {
	raw    []byte
	fields []Field
}

// Bytes returns the header exactly as received, the empty line at its end
// included. The caller must not change it.
func (h Header) Bytes() []byte { return h.raw }

// Fields returns all fields in order, and lines that are no fields (Name "").
// The caller must not change it.
func (h Header) Fields() []Field { return h.fields }

// First returns the topmost field of that name; case does not count.
func (h Header) First(name string) (Field, bool) {
	for i := range h.fields {
		if h.fields[i].Is(name) {
			return h.fields[i], true
		}
	}
	return Field{}, false
}

// Get returns the unfolded, trimmed and undecoded value of the topmost field of
// that name, or "".
func (h Header) Get(name string) string {
	f, ok := h.First(name)
	if !ok {
		return ""
	}
	return f.Value()
}

// Text is Get with encoded words decoded and white space collapsed.
func (h Header) Text(name string) string {
	f, ok := h.First(name)
	if !ok {
		return ""
	}
	return f.Text()
}

// All returns every field of that name, topmost first; nil when there is none.
func (h Header) All(name string) []Field {
	var all []Field
	for i := range h.fields {
		if h.fields[i].Is(name) {
			all = append(all, h.fields[i])
		}
	}
	return all
}

// Count returns how many fields have that name.
func (h Header) Count(name string) int {
	n := 0
	for i := range h.fields {
		if h.fields[i].Is(name) {
			n++
		}
	}
	return n
}

// Has reports whether a field of that name is there.
func (h Header) Has(name string) bool {
	_, ok := h.First(name)
	return ok
}

// readHeader reads the header that begins at pos and returns it with the offset
// of the body. It ends at an empty line, at a delimiter line of an open
// multipart, or at end. What is no field is kept as a nameless one and noted.
//
// Readers part ways at a line without a colon: some end the header there, some
// skip the line, some give up. We skip it when fields follow, because what
// follows is then meant as a header by the sender and read as one by most.
func (p *parser) readHeader(pos, end int, top bool) (Header, int) {
	start := pos
	if top {
		pos = p.skipLead(pos, end)
	}
	if p.noHeader(pos, end, top) {
		return Header{raw: p.raw[start:pos]}, pos
	}
	fields := make([]Field, 0, p.room(top))
	if pos > start {
		fields = append(fields, Field{Offset: start, raw: p.raw[start:pos], colon: -1})
	}
	limit := start + p.lim.HeaderBytes
	real := 0 // fields proper so far
	for pos < end {
		line := lineAt(p.raw, pos, end)
		if isBlank(line) {
			return p.header(start, pos+len(line), fields), pos + len(line)
		}
		if line[0] == '-' && p.isDelimiter(line) {
			p.odd("header-not-closed", pos, "", true)
			return p.header(start, pos, fields), pos
		}
		switch {
		case len(fields) >= p.lim.Fields:
			p.cut("fields")
		case pos > limit:
			p.cut("header")
		case isWSP(line[0]) && real > 0:
			f := &fields[len(fields)-1]
			f.raw = p.raw[f.Offset : pos+len(line)]
			if f.colon >= 0 && len(trimSpace(line)) == 0 && !continues(p.raw[pos+len(line):end]) {
				p.odd("white-line-in-header", pos, "", true)
			}
		default:
			if lead := leadingSpace(line); lead > 0 {
				fields = append(fields, Field{Offset: pos, raw: line[:lead], colon: -1})
				pos, line = pos+lead, line[lead:]
			}
			f := p.field(pos, line)
			if f.colon >= 0 {
				real++
			}
			fields = append(fields, f)
		}
		pos += len(line)
	}
	return p.header(start, end, fields), end
}

// continues reports whether the next line is a folded one with text: then a line
// of white space before it is obsolete folding (RFC 5322 section 4.2) to all
// readers; otherwise some end the header at it.
func continues(rest []byte) bool {
	return len(rest) > 0 && isWSP(rest[0]) && len(trimSpace(lineAt(rest, 0, len(rest)))) > 0
}

// room guesses how many fields a header has, so that the slice grows seldom.
func (p *parser) room(top bool) int {
	if top {
		return 32
	}
	return 4
}

func (p *parser) header(start, body int, fields []Field) Header {
	return Header{raw: p.raw[start:body], fields: fields}
}

// skipLead passes over what may stand before the first field of a message: a
// byte order mark and an mbox "From " line.
func (p *parser) skipLead(pos, end int) int {
	if bytes.HasPrefix(p.raw[pos:end], []byte("\xef\xbb\xbf")) {
		p.odd("malformed-header-line", pos, "byte order mark", true)
		p.odd("raw-8bit-header", pos, "byte order mark", false)
		pos += 3
	}
	for pos < end {
		line := lineAt(p.raw, pos, end)
		if !bytes.HasPrefix(line, []byte("From ")) && !bytes.HasPrefix(line, []byte(">From ")) || headerColon(line) > 0 {
			break
		}
		p.odd("mbox-from-line", pos, "", false)
		pos += len(line)
	}
	return pos
}

// noHeader reports whether what begins at pos is a body without any header: its
// first line is no field and nothing up to the next empty line is one that we
// know. Fields that we do not know prove nothing there, since any sentence with
// a colon looks like one.
func (p *parser) noHeader(pos, end int, top bool) bool {
	first := true
	start := pos
	for n := 0; pos < end && n < 200; n++ {
		line := lineAt(p.raw, pos, end)
		if isBlank(line) || line[0] == '-' && p.isDelimiter(line) {
			break
		}
		if c := headerColon(line); c > 0 && (first || wellKnown(line[:c], top)) {
			return false
		} else if c := headerColon(bytes.TrimLeft(line, " \t")); first && c > 0 && isWSP(line[0]) {
			return false
		}
		if first && len(trimSpace(line)) == 0 {
			// A line of white space only: an empty header to most readers, the
			// first line of one to others.
			if pos += len(line); pos < end {
				if c := headerColon(lineAt(p.raw, pos, end)); c > 0 {
					return false
				}
			}
			continue
		}
		first = false
		pos += len(line)
	}
	if first {
		return false
	}
	p.odd("malformed-header-line", start, "no header", true)
	return true
}

// wellKnown tells fields that a header surely has from words before a colon.
func wellKnown(name []byte, top bool) bool {
	s := asciiLower(string(trimSpace(name)))
	if strings.HasPrefix(s, "content-") {
		return true
	}
	if !top {
		return false
	}
	switch s {
	case "from", "to", "subject", "date", "received", "message-id", "mime-version", "return-path", "delivered-to", "cc", "sender", "reply-to":
		return true
	}
	return strings.HasPrefix(s, "x-") || strings.HasPrefix(s, "list-")
}

// field reads one line as the begin of a field.
func (p *parser) field(pos int, line []byte) Field {
	c := headerColon(line)
	if c > 0 {
		if pos > 0 && isWSP(p.raw[pos-1]) {
			p.odd("header-starts-with-space", pos-1, "", true)
		}
		name := c
		for name > 0 && isWSP(line[name-1]) {
			name--
		}
		return Field{Offset: pos, raw: line, name: name, colon: c}
	}
	if isWSP(line[0]) && len(trimSpace(line)) == 0 {
		p.odd("header-starts-with-space", pos, "", true)
		return Field{Offset: pos, raw: line, colon: -1}
	}
	p.odd("malformed-header-line", pos, "", true)
	return Field{Offset: pos, raw: line, colon: -1}
}

// leadingSpace returns how much white space stands before a field at the begin
// of a header, 0 when the line is no field.
func leadingSpace(line []byte) int {
	n := 0
	for n < len(line) && isWSP(line[n]) {
		n++
	}
	if n == 0 || headerColon(line[n:]) < 0 {
		return 0
	}
	return n
}

// headerColon returns the index of the colon that ends a field name, or -1 when
// the line is no field: RFC 5322 section 2.2 allows printable ASCII but no space
// in a name; white space just before the colon is obsolete syntax.
func headerColon(line []byte) int {
	c := bytes.IndexByte(line, ':')
	if c <= 0 || c > 1000 {
		return -1
	}
	n := c
	for n > 0 && isWSP(line[n-1]) {
		n--
	}
	if n == 0 {
		return -1
	}
	for _, b := range line[:n] {
		if b <= ' ' || b >= 0x7f {
			return -1
		}
	}
	return c
}

// lineAt returns the line at pos with its line end. A CR counts as part of the
// line end only before LF: most readers treat a lone CR as an ordinary byte.
func lineAt(raw []byte, pos, end int) []byte {
	if i := bytes.IndexByte(raw[pos:end], '\n'); i >= 0 {
		return raw[pos : pos+i+1]
	}
	return raw[pos:end]
}

func isBlank(line []byte) bool {
	switch len(line) {
	case 0:
		return true
	case 1:
		return line[0] == '\n' || line[0] == '\r'
	case 2:
		return line[0] == '\r' && line[1] == '\n'
	}
	return len(line) == 3 && string(line) == "\r\r\n"
}
