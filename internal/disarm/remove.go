package disarm

import (
	"bytes"
	"iter"
	"strings"
)

// own are the fields that only kith writes. "*" at the end stands for anything.
var own = []string{"X-Kith-*"}

// Clean removes from the top header what pretends to be ours: X-Kith-* fields,
// and Authentication-Results fields under our authserv-id (RFC 8601 section 5).
// The rest is unchanged to the byte; where nothing is removed, raw itself is
// returned. It must run on all mail of enforce mode, from whomever.
func Clean(raw []byte, authservID string) []byte { return remove(raw, pretender(authservID)) }

// Runs is Clean without a copy: the pieces of raw that stay, in their order. A
// message may be as large as a disk allows, and its sender decides whether there
// is anything to remove.
func Runs(raw []byte, authservID string) iter.Seq[[]byte] { return runs(raw, pretender(authservID)) }

func pretender(authservID string) func(name string, value []byte) bool {
	return func(name string, value []byte) bool {
		return named(name, own) || authservID != "" && strings.EqualFold(name, "Authentication-Results") && strings.EqualFold(authserv(value), authservID)
	}
}

// RemoveFields removes the named fields from the top header, with their folded
// lines, whatever their case. A name that ends in "*" stands for all names that
// begin so. The rest is unchanged to the byte; where nothing is removed, raw
// itself is returned.
func RemoveFields(raw []byte, names ...string) []byte {
	return remove(raw, func(name string, _ []byte) bool { return named(name, names) })
}

func named(name string, names []string) bool {
	for _, n := range names {
		if prefix, any := strings.CutSuffix(n, "*"); any {
			if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
				return true
			}
		} else if strings.EqualFold(name, n) {
			return true
		}
	}
	return false
}

// remove returns raw without the fields for which drop says yes.
func remove(raw []byte, drop func(name string, value []byte) bool) []byte {
	var out []byte // nil until the first removal
	for run := range runs(raw, drop) {
		if len(run) == len(raw) {
			return raw
		}
		if out == nil {
			out = make([]byte, 0, len(raw))
		}
		out = append(out, run...)
	}
	if out == nil {
		return raw[:0]
	}
	return out
}

// runs walks the lines of the top header and gives what lies between the fields
// for which drop says yes. The header ends at the first empty line, and only
// there: lines that are no field are stepped over, since readers differ on
// whether the header goes on behind them, and a false field there must go too.
func runs(raw []byte, drop func(name string, value []byte) bool) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		kept := 0 // raw[:kept] is given or dropped
		for pos := 0; pos < len(raw); {
			line := lineEnd(raw, pos)
			if blank(raw[pos:line]) {
				break
			}
			end := line
			for end < len(raw) && (raw[end] == ' ' || raw[end] == '\t') {
				end = lineEnd(raw, end)
			}
			if name, colon := fieldName(raw[pos:line]); name != "" && drop(name, raw[pos+colon+1:end]) {
				if kept < pos && !yield(raw[kept:pos]) {
					return
				}
				kept = end
			}
			pos = end
		}
		if kept < len(raw) {
			yield(raw[kept:])
		}
	}
}

// lineEnd returns the position behind the line that starts at pos, its line
// break included.
func lineEnd(raw []byte, pos int) int {
	if i := bytes.IndexByte(raw[pos:], '\n'); i >= 0 {
		return pos + i + 1
	}
	return len(raw)
}

// lineBreak is the length of the line break at the end of a line: CRLF or LF.
func lineBreak(line []byte) int {
	switch {
	case bytes.HasSuffix(line, []byte("\r\n")):
		return 2
	case bytes.HasSuffix(line, []byte("\n")):
		return 1
	}
	return 0
}

// blank reports whether a line is the empty line that ends a header.
func blank(line []byte) bool { return len(line) == lineBreak(line) }

// fieldName returns the name before the colon, and the colon's place. White
// space between them is the obsolete form (RFC 5322 section 4.5), which readers
// accept. "" when the line is no field.
func fieldName(line []byte) (name string, colon int) {
	colon = bytes.IndexByte(line, ':')
	if colon <= 0 {
		return "", 0
	}
	b := bytes.TrimRight(line[:colon], " \t")
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return "", 0
		}
	}
	return string(b), colon
}

// authserv returns the authserv-id of an Authentication-Results value: a token
// or a quoted string behind white space and comments (RFC 8601 section 2.2).
func authserv(value []byte) string {
	s := skipCFWS(value)
	if len(s) > 0 && s[0] == '"' {
		var id []byte
		for i := 1; i < len(s) && s[i] != '"'; i++ {
			if s[i] == '\\' && i+1 < len(s) {
				i++
			}
			id = append(id, s[i])
		}
		return string(id)
	}
	end := bytes.IndexAny(s, " \t\r\n;(")
	if end < 0 {
		end = len(s)
	}
	return strings.TrimSuffix(string(s[:end]), ".")
}

// skipCFWS steps over white space and nested comments (RFC 5322 section 3.2.2).
func skipCFWS(s []byte) []byte {
	for depth := 0; len(s) > 0; s = s[1:] {
		switch c := s[0]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0 && len(s) > 1:
			s = s[1:]
		case depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return s
		}
	}
	return nil
}
