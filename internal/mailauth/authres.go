package mailauth

import (
	"errors"
	"strings"
)

// AuthResults is one Authentication-Results field (RFC 8601 section 2.2), or
// the part of an ARC-Authentication-Results field after its instance.
type AuthResults struct {
	ID      string // authserv-id, lower case; "" when the field has none, as some senders write it
	Methods []MethodResult
}

// MethodResult is one method=result with what was said about it.
type MethodResult struct {
	Method  string // lower case
	Result  string // lower case
	Reason  string
	Comment string // the comments, joined by a space
	Props   []Property
}

// Property is one ptype.property=value, names in lower case.
type Property struct{ Type, Name, Value string }

// Limits of one field. What lies beyond makes the field unreadable.
const (
	maxAuthResults = 16 << 10 // bytes
	maxMethods     = 64
	maxProps       = 32 // of one method
	maxComments    = 8  // nesting depth
)

// ErrAuthResults is returned for a field that cannot be read.
var ErrAuthResults = errors.New("unreadable Authentication-Results")

// ParseAuthResults reads the value of an Authentication-Results field, folded
// or not. It is tolerant of what servers write (a missing authserv-id, "/"
// and "@" in unquoted values), and errs when a limit is passed, a quote or a
// comment has no end, or a method has no result.
func ParseAuthResults(value string) (AuthResults, error) {
	var r AuthResults
	if len(value) > maxAuthResults {
		return r, ErrAuthResults
	}
	p := scanner{s: value}
	p.skip()
	if id := p.word(";"); !strings.Contains(id, "=") {
		r.ID = strings.ToLower(id)
		for p.skip(); p.ok() && p.s[p.at] != ';'; p.skip() { // the version
			if p.word(";") == "" {
				return r, ErrAuthResults
			}
		}
	} else {
		p.at = 0
	}
	for !p.bad {
		p.comment = p.comment[:0]
		for p.skip(); p.take(';'); {
			p.skip()
		}
		if !p.ok() {
			break
		}
		if len(r.Methods) == maxMethods {
			return r, ErrAuthResults
		}
		m, found := p.method()
		if found {
			r.Methods = append(r.Methods, m)
		}
	}
	if p.bad {
		return r, ErrAuthResults
	}
	return r, nil
}

// Prop returns the value of a property, "" when it is not there.
func (m MethodResult) Prop(ptype, name string) string {
	for _, p := range m.Props {
		if p.Type == ptype && p.Name == name {
			return p.Value
		}
	}
	return ""
}

// scanner walks over a field's value.
type scanner struct {
	s       string
	at      int
	bad     bool
	comment []byte
}

func (p *scanner) ok() bool { return !p.bad && p.at < len(p.s) }

func (p *scanner) take(c byte) bool {
	if p.ok() && p.s[p.at] == c {
		p.at++
		return true
	}
	return false
}

// skip passes over white space and comments, keeping the comments' text.
func (p *scanner) skip() {
	for p.ok() {
		switch p.s[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		case '(':
			p.skipComment()
		default:
			return
		}
	}
}

func (p *scanner) skipComment() {
	depth := 0
	if len(p.comment) > 0 {
		p.comment = append(p.comment, ' ')
	}
	for ; p.at < len(p.s); p.at++ {
		c := p.s[p.at]
		switch {
		case c == '\\' && p.at+1 < len(p.s):
			p.at++
			c = p.s[p.at]
		case c == '(':
			if depth++; depth == 1 {
				continue
			}
			if depth > maxComments {
				p.bad = true
				return
			}
		case c == ')':
			if depth--; depth == 0 {
				p.at++
				return
			}
		}
		p.comment = append(p.comment, c)
	}
	p.bad = true // no end
}

// word reads a quoted string, or everything up to white space, a comment or
// one of the stop characters.
func (p *scanner) word(stop string) string {
	from := p.at
	if p.take('"') {
		text := p.quoted()
		if !p.ok() || p.s[p.at] <= ' ' || p.s[p.at] == '(' || strings.IndexByte(stop, p.s[p.at]) >= 0 {
			return text
		}
	}
	for p.ok() {
		c := p.s[p.at]
		if c <= ' ' || c == '(' || strings.IndexByte(stop, c) >= 0 {
			break
		}
		if c == '"' { // a quoted local part, with "@" to come
			p.at++
			p.quoted()
			continue
		}
		p.at++
	}
	return p.s[from:p.at]
}

func (p *scanner) quoted() string {
	var b strings.Builder
	for p.ok() {
		c := p.s[p.at]
		p.at++
		switch {
		case c == '"':
			return b.String()
		case c == '\\' && p.ok():
			c = p.s[p.at]
			p.at++
		}
		b.WriteByte(c)
	}
	p.bad = true
	return ""
}

// assignment reads name "=" value; name may hold white space around "/" and
// ".", which is left out.
func (p *scanner) assignment() (name, value string) {
	for p.skip(); p.ok() && p.s[p.at] != '=' && p.s[p.at] != ';'; p.skip() {
		w := p.word("=;")
		if w == "" {
			p.bad = true
			return "", ""
		}
		name += w
	}
	if !p.take('=') {
		return name, ""
	}
	p.skip()
	return strings.ToLower(name), p.word(";")
}

// method reads one method with all that belongs to it. found is false for
// "none" and for noise.
func (p *scanner) method() (m MethodResult, found bool) {
	name, result := p.assignment()
	m.Method, _, _ = strings.Cut(name, "/") // the method's version
	m.Result = strings.ToLower(result)
	for p.skip(); p.ok() && p.s[p.at] != ';'; p.skip() {
		name, value := p.assignment()
		ptype, prop, dotted := strings.Cut(name, ".")
		switch {
		case name == "reason":
			m.Reason = value
		case !dotted:
			// a word that belongs to nothing: left out
		case len(m.Props) == maxProps:
			p.bad = true
		default:
			m.Props = append(m.Props, Property{ptype, prop, value})
		}
	}
	m.Comment = string(p.comment)
	return m, m.Method != "" && m.Result != ""
}
