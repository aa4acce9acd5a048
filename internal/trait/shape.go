package trait

import (
	"strconv"
	"strings"
)

// A shape is what is left of a made-up token (a Message-ID, a boundary) when its
// random parts are taken out: the separators, and for each run between them what
// characters it is made of and about how long it is. A program makes all its
// tokens by one rule, so the shape stays while no two tokens are equal.
//
// The art is in what chance does to a short run: eight hex digits are all decimal
// once in forty, and a base64 text holds a "+" or not. Runs are therefore told
// apart only as far as chance cannot change them, and lengths stand in classes.

// maxValue is the length of the longest value, in bytes.
const maxValue = 80

// maxToken bounds what is looked at of a token.
const maxToken = 200

// bounded cuts a value to what a trait may be, and takes out bytes that are no text.
func bounded(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxValue)], "") }

// chars says which kinds of characters a run has.
type chars struct {
	digit, hexLower, hexUpper, lower, upper bool // lower and upper: letters beyond f
	sign                                    bool // + / = _ -
}

func (c *chars) add(b byte) {
	switch {
	case b >= '0' && b <= '9':
		c.digit = true
	case b >= 'a' && b <= 'f':
		c.hexLower = true
	case b >= 'A' && b <= 'F':
		c.hexUpper = true
	case b >= 'a' && b <= 'z':
		c.lower = true
	case b >= 'A' && b <= 'Z':
		c.upper = true
	default:
		c.sign = true
	}
}

func charsOf(s string) (c chars) {
	for i := range len(s) {
		c.add(s[i])
	}
	return c
}

func (c chars) letters() bool { return c.hexLower || c.hexUpper || c.lower || c.upper }
func (c chars) hex() bool     { return !c.lower && !c.upper && !c.sign && !(c.hexLower && c.hexUpper) }
func (c chars) mixed() bool   { return (c.lower || c.hexLower) && (c.upper || c.hexUpper) }

func alnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// radix64 reports whether b may stand in base64 of either alphabet.
func radix64(b byte) bool {
	return alnum(b) || b == '+' || b == '/' || b == '=' || b == '_' || b == '-'
}

// span returns the length of the run at the begin of s whose bytes are all in.
func span(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

// shape writes the shape of a token. user is the left side of the author's
// address: a run that is equal to it is written as "user".
func shape(s, user string) string {
	s = s[:min(len(s), maxToken)]
	hex := hasHex(s)
	b := make([]byte, 0, maxValue)
	for len(s) > 0 && len(b) < maxValue {
		if n := uuid(s); n > 0 {
			b, s = append(b, "uuid"...), s[n:]
			continue
		}
		if user != "" && len(s) >= len(user) && strings.EqualFold(s[:len(user)], user) && (len(s) == len(user) || !alnum(s[len(user)])) {
			b, s = append(b, "user"...), s[len(user):]
			continue
		}
		if n := span(s, radix64); n >= 12 && alnum(s[0]) {
			if c := charsOf(s[:n]); c.mixed() && random(s[:n]) {
				b, s = append(b, 'b'), s[n:]
				b = strconv.AppendInt(b, int64(class(n)), 10)
				continue
			}
		}
		if n := span(s, alnum); n > 0 {
			b, s = run(b, s[:n], hex), s[n:]
			continue
		}
		n := span(s, func(c byte) bool { return c == s[0] })
		b = separator(b, s[0], n)
		s = s[n:]
	}
	return bounded(string(b))
}

// random reports whether a text of base64 characters in both cases is one made-up
// value: the signs of base64 stand in it, or it is whole.
func random(s string) bool {
	pieces, long := 0, 0
	for i := 0; i < len(s); {
		n := span(s[i:], alnum)
		if n > 0 {
			pieces++
			if c := charsOf(s[i : i+n]); n >= 8 && c.mixed() {
				long++
			}
		}
		i += max(n, 1)
	}
	return long > 0 || strings.ContainsAny(s, "+/") || pieces > 4
}

// hasHex reports whether a run of the token is hexadecimal and not decimal. Then
// its short runs are hexadecimal too, even those that show no letter.
func hasHex(s string) bool {
	for i := 0; i < len(s); {
		n := span(s[i:], alnum)
		if n >= 3 {
			if c := charsOf(s[i : i+n]); c.hex() && c.letters() && c.digit {
				return true
			}
		}
		i += max(n, 1)
	}
	return false
}

// run writes one run of letters and digits.
func run(b []byte, s string, hex bool) []byte {
	n, c := len(s), charsOf(s)
	switch {
	case !c.letters():
		return digits(b, s, hex)
	case n < 8:
		return append(b, 'x')
	case c.hex() && c.hexUpper:
		b = append(b, 'H')
	case c.hex():
		b = append(b, 'h')
	case c.mixed():
		b = append(b, 'x')
	case c.upper || c.hexUpper:
		b = append(b, 'A')
	default:
		b = append(b, 'a')
	}
	return strconv.AppendInt(b, int64(class(n)), 10)
}

// digits writes a run of digits: t for a time to the second, d for a small or a
// 32-bit number, and longer ones by their size.
func digits(b []byte, s string, hex bool) []byte {
	n := len(s)
	switch {
	case n == 14 && (s[:2] == "20" || s[:2] == "19"):
		return append(b, 't')
	case n < 8 && hex:
		return append(b, 'x')
	case n < 12 && hex:
		return append(b, "h8"...)
	case n < 12:
		return append(b, 'd')
	}
	b = append(b, 'd')
	return strconv.AppendInt(b, int64(class(n)), 10)
}

// class puts lengths into few classes, with the lengths of common tokens well
// inside theirs.
func class(n int) int {
	switch {
	case n < 12:
		return 8
	case n < 15:
		return 13
	case n < 20:
		return 16
	case n < 28:
		return 24
	case n < 40:
		return 32
	case n < 56:
		return 48
	}
	return 64
}

// separator writes a run of one character that is no letter or digit.
func separator(b []byte, c byte, n int) []byte {
	if c < ' ' || c >= 0x7f {
		c = '?'
	}
	b = append(b, c)
	if n > 2 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	if n == 2 {
		b = append(b, c)
	}
	return b
}

// uuid returns the length of the UUID at the begin of s (RFC 9562 section 4), or 0.
func uuid(s string) int {
	const form = 36
	if len(s) < form || len(s) > form && alnum(s[form]) {
		return 0
	}
	for i := range form {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return 0
			}
		default:
			if c := s[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return 0
			}
		}
	}
	return form
}
