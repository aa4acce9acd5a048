package mailauth

import "bytes"

// Limits of the header. What lies beyond is not looked at, and a message that
// goes beyond has no valid signature: nobody can tell which fields it covers.
const (
	maxHeader = 1 << 20 // bytes
	maxFields = 2000
)

// field is one header field: raw is all of it with its line end, name has no
// trailing space, value begins after the colon and has no final line end.
type field struct {
	raw, name, value []byte
}

// head is a message cut at its first empty line. Line ends may be CRLF or bare
// LF: the canonical forms are made of lines, so both read alike.
type head struct {
	fields []field
	body   []byte
	froms  int  // number of From fields
	cut    bool // a limit was hit
}

// split cuts a message into fields and body without copying. Lines before the
// first field that are none ("From " of an mbox, a stray continuation) belong
// to no field; later ones are kept as fields without a name, which nothing
// asks for.
func split(raw []byte) head {
	h := head{fields: make([]field, 0, 48)}
	start := 0 // of the field being read
	for pos := 0; ; {
		end := len(raw)
		if i := bytes.IndexByte(raw[pos:], '\n'); i >= 0 {
			end = pos + i + 1
		}
		empty := len(trimEOL(raw[pos:end])) == 0
		if pos > start && (empty || (raw[pos] != ' ' && raw[pos] != '\t')) {
			h.add(raw[start:pos])
			start = pos
		}
		if empty {
			h.body = raw[end:]
			return h
		}
		if end > maxHeader || len(h.fields) > maxFields {
			h.cut = true
			return h
		}
		pos = end
	}
}

func (h *head) add(raw []byte) {
	f := field{raw: raw}
	if i := bytes.IndexByte(raw, ':'); i > 0 {
		f.name = bytes.TrimRight(raw[:i], " \t")
		f.value = trimEOL(raw[i+1:])
		if isName(f.name, "from") {
			h.froms++
		}
	}
	h.fields = append(h.fields, f)
}

// count returns how many fields have the given name (lower case).
func (h *head) count(name string) int {
	n := 0
	for i := range h.fields {
		if isName(h.fields[i].name, name) {
			n++
		}
	}
	return n
}

// trimEOL removes one line end.
func trimEOL(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
		if n > 1 && b[n-2] == '\r' {
			b = b[:n-2]
		}
	}
	return b
}

// isName compares a field name with one in lower case, ASCII letters only.
func isName(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
