package mail

import (
	"bytes"
	"strings"
)

// Field is one header field, or one line of a header that is no field (its
// Name is then ""). It refers to the bytes of the message and copies nothing.
type Field struct {
	Offset int    // of the first byte in Message.Raw
	raw    []byte // the whole field with its line end
	name   int    // length of the name, 0 for a line without a colon
	colon  int    // index of the colon in raw, -1 for a line without
}

// Name returns the name as written, without white space before the colon
// (obsolete syntax, RFC 5322 section 4.5). It is "" for a line that is no field.
func (f Field) Name() string { return string(f.raw[:f.name]) }

// Is reports whether the field has the given name; case does not count.
func (f Field) Is(name string) bool { return equalFold(f.raw[:f.name], name) && name != "" }

// Bytes returns the whole field as it stands in the message, line end included.
// The caller must not change it.
func (f Field) Bytes() []byte { return f.raw }

// RawValue returns what follows the colon, white space, folding and line end
// included. The caller must not change it.
func (f Field) RawValue() []byte { return f.raw[f.colon+1:] }

// Value returns the value unfolded (line breaks taken out, RFC 5322 section
// 2.2.3) and trimmed, not decoded.
func (f Field) Value() string { return unfold(f.RawValue()) }

// Text returns the value with encoded words decoded (RFC 2047) and runs of
// white space collapsed.
func (f Field) Text() string { return collapse(decodeWords(f.Value(), "")) }

// unfold takes line breaks out of a value and trims it. White space that
// follows a line break stays, as RFC 5322 asks.
func unfold(b []byte) string {
	b = trimSpace(b)
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b))
	for len(b) > 0 {
		i := bytes.IndexAny(b, "\r\n")
		if i < 0 {
			s.Write(b)
			break
		}
		s.Write(b[:i])
		b = b[i+1:]
		if len(b) > 0 && !isWSP(b[0]) && b[0] != '\n' && b[0] != '\r' {
			s.WriteByte(' ') // a lone CR must not glue two words together
		}
	}
	return s.String()
}

func isWSP(c byte) bool { return c == ' ' || c == '\t' }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// trimSpace cuts ASCII white space only: a byte of a multibyte charset must
// never be taken for a space, as unicode.IsSpace would do.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func trim(s string) string {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// equalFold compares ASCII without case and without allocation.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 32
	}
	return c
}

// asciiLower lowers ASCII letters only: full Unicode folding would turn the
// Kelvin sign into a k and so make two names equal that no server holds equal.
func asciiLower(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lower(b[i])
			}
			return string(b)
		}
	}
	return s
}

// collapse makes every run of white space one space and trims the ends.
func collapse(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 || isSpace(c) && (c != ' ' || i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}
