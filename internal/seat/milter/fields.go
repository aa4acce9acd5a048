package milter

import "strings"

// maxStrip bounds the fields removed from one message. Each removal makes the
// MTA walk the whole header, so that a header full of them would cost it
// quadratic time; honest mail has none or a few.
const maxStrip = 200

// stripList counts the header fields that enforce must remove, as milter
// changes name a field by its place among those of its own name.
type stripList struct {
	seen  map[string]int // fields of a name so far, by lower-case name
	marks []mark
	over  bool // more than maxStrip
}

// mark is one field to remove; index counts from 1 among equal names.
type mark struct {
	name  string
	index int
}

// see notes one field in the order of the header: every X-Kith-* field, and
// each Authentication-Results field that claims to be ours.
func (l *stripList) see(name, value, authServID string) {
	isResult := strings.EqualFold(name, "Authentication-Results")
	isOurs := len(name) > 7 && strings.EqualFold(name[:7], "X-Kith-")
	if !isOurs && (!isResult || authServID == "") {
		return
	}
	if l.seen == nil {
		l.seen = make(map[string]int)
	}
	key := strings.ToLower(name)
	if len(l.marks) >= maxStrip {
		l.over = true
		return
	}
	l.seen[key]++
	if isOurs || claims(value, authServID) {
		l.marks = append(l.marks, mark{name, l.seen[key]})
	}
}

// claims reports whether an Authentication-Results value bears the authserv-id
// own: after comments and white space comes a token or a quoted string (RFC
// 8601 section 2.2). Where the value cannot be read it claims nothing, and
// nobody who reads by the grammar will believe that it does.
func claims(value, own string) bool {
	v, ok := skipCFWS(value)
	if !ok || v == "" {
		return false
	}
	id := ""
	if v[0] == '"' {
		id, ok = quotedString(v)
		if !ok {
			return false
		}
	} else {
		id = v
		if i := strings.IndexAny(v, " \t\r\n;(/"); i >= 0 {
			id = v[:i]
		}
	}
	return strings.EqualFold(strings.TrimSuffix(id, "."), strings.TrimSuffix(own, "."))
}

// skipCFWS skips white space and nested comments (RFC 5322 section 3.2.2).
func skipCFWS(s string) (rest string, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			i++
		case depth == 0 && !strings.ContainsRune(" \t\r\n", rune(c)):
			return s[i:], true
		}
	}
	return "", depth == 0
}

// quotedString reads the quoted string that s begins with (RFC 5322 section
// 3.2.4).
func quotedString(s string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), true
		case '\\':
			if i++; i == len(s) {
				return "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", false
}
