package milter

import (
	"strings"

	"kith/internal/disarm"
)

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

// see notes one field in the order of the header. Which fields go is decided by
// disarm.Clean, the same rule as at the other seats.
func (l *stripList) see(name, value, authServID string) {
	if !hasPrefixFold(name, "X-Kith-") && !strings.EqualFold(name, "Authentication-Results") {
		return
	}
	if l.seen == nil {
		l.seen = make(map[string]int)
	}
	key := strings.ToLower(name)
	l.seen[key]++
	field := []byte(name + ":" + value + "\n\n")
	if len(disarm.Clean(field, authServID)) == len(field) {
		return
	}
	if len(l.marks) >= maxStrip {
		l.over = true
		return
	}
	l.marks = append(l.marks, mark{name, l.seen[key]})
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// field is one header field to add, its value as it stands behind the colon.
type field struct{ name, value string }

// fieldsOf takes a block of header fields apart. Folded lines stay in the
// value; lines that are no field are left out, as they would end the header.
func fieldsOf(block []byte) (list []field) {
	for line := range strings.Lines(string(block)) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			if n := len(list); n > 0 {
				list[n-1].value += "\n" + line
			}
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			list = append(list, field{name, value})
		}
	}
	return list
}
