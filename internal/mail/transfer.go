package mail

import (
	"bytes"
	"encoding/base64"
)

// Decode returns the part's body with its transfer encoding taken off (RFC 2045
// section 6), at most Limits.AttachBytes of it. Faults are read over as most
// clients do. The result may share memory with Raw and must not be changed.
func (m *Message) Decode(p *Part) []byte {
	b, _ := decodeTransfer(p.RawBody(), p.Encoding, p.of.lim.AttachBytes)
	return b
}

// coding tells what was wrong with a transfer encoding.
type coding struct {
	bad      bool   // characters outside of the alphabet, a broken escape
	unpadded bool   // base64 without its padding
	cut      bool   // limit reached
	more     []byte // what a reader that goes on behind the padding gets
}

func decodeTransfer(b []byte, encoding string, limit int64) ([]byte, coding) {
	var c coding
	switch encoding {
	case "base64":
		if n := limit / 3 * 4; int64(len(b))/78*76 > n { // line ends apart
			b, c.cut = b[:n], true
		}
		out, c2 := decodeBase64(b)
		c2.cut = c.cut
		return out, c2
	case "quoted-printable":
		if int64(len(b)) > 3*limit {
			b, c.cut = b[:3*limit], true
		}
		out, bad := decodeQP(b)
		c.bad = bad
		if int64(len(out)) > limit {
			out, c.cut = out[:limit], true
		}
		return out, c
	case "x-uuencode", "uuencode", "x-uue":
		if out, ok := uuBody(b, limit); ok {
			return out, c
		}
		c.bad = true
	}
	if int64(len(b)) > limit {
		return b[:limit], coding{cut: true}
	}
	return b, c
}

// decodeBase64 decodes with the fast decoder of the standard library and falls
// back to the lenient one where that finds a fault.
func decodeBase64(b []byte) ([]byte, coding) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(out, b)
	if err == nil {
		return out[:n], coding{}
	}
	c := base64Faults(b)
	stop := paddingEnd(b)
	out = lenientBase64(b[:stop])
	if rest := lenientBase64(b[stop:]); len(rest) >= 16 {
		c.more = append(out[:len(out):len(out)], rest...)
	}
	return out, c
}

// paddingEnd returns where the padding ends a text, which is where most readers
// stop. Some go on, so what follows is kept for a second look.
func paddingEnd(b []byte) int {
	n := 0
	for i, x := range b {
		switch {
		case x == '=' && n%4 >= 2:
			for i < len(b) && b[i] == '=' {
				i++
			}
			return i
		case base64Value[x] < 64:
			n++
		}
	}
	return len(b)
}

// base64Faults tells a missing padding, which is harmless, from characters that
// do not belong.
func base64Faults(b []byte) coding {
	var c coding
	n, pad := 0, 0
	for _, x := range b {
		switch {
		case x == '=':
			pad++
		case isBase64(x):
			if pad > 0 {
				c.bad = true // data after the padding
			}
			n++
		case !isSpace(x):
			c.bad = true
		}
	}
	if n%4 == 1 {
		c.bad = true
	} else if (n+pad)%4 != 0 {
		c.unpadded = true
	}
	return c
}

func isBase64(c byte) bool { return base64Value[c] < 64 || c == '=' }

// base64Value maps a character to its six bits; 255 for all others.
var base64Value = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	return t
}()

// lenientBase64 decodes whatever can be decoded: characters outside of the
// alphabet are skipped, a padding ends a group and not the text, a single
// character at the end is dropped.
func lenientBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)/4*3+3)
	var acc uint32
	n := 0
	flush := func() {
		switch n {
		case 2:
			out = append(out, byte(acc>>4))
		case 3:
			out = append(out, byte(acc>>10), byte(acc>>2))
		}
		acc, n = 0, 0
	}
	for _, c := range b {
		v := base64Value[c]
		if v == 255 {
			if c == '=' {
				flush()
			}
			continue
		}
		acc = acc<<6 | uint32(v)
		if n++; n == 4 {
			out = append(out, byte(acc>>16), byte(acc>>8), byte(acc))
			acc, n = 0, 0
		}
	}
	flush()
	return out
}

// decodeQP decodes quoted-printable (RFC 2045 section 6.7). A faulty escape is
// kept as written and reported.
func decodeQP(b []byte) (out []byte, bad bool) {
	if bytes.IndexByte(b, '=') < 0 {
		return b, false
	}
	out = make([]byte, 0, len(b))
	for {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return append(out, b...), bad
		}
		out = append(out, b[:i]...)
		b = b[i:]
		if len(b) >= 3 {
			if hi, lo := unhex(b[1]), unhex(b[2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				b = b[3:]
				continue
			}
		}
		if n := softBreak(b); n > 0 {
			b = b[n:]
			continue
		}
		bad = true
		out = append(out, '=')
		b = b[1:]
	}
}

// softBreak returns the length of a soft line break at the begin of b, 0 when
// there is none. White space before the line end is padding (rule 3).
func softBreak(b []byte) int {
	i := 1
	for i < len(b) && isWSP(b[i]) {
		i++
	}
	switch {
	case i >= len(b):
		return i
	case b[i] == '\n':
		return i + 1
	case b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n':
		return i + 2
	case b[i] == '\r' && i+1 == len(b):
		return i + 1
	}
	return 0
}
