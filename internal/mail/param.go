package mail

import (
	"sort"
	"strconv"
	"strings"
)

// maxParams bounds the parameters of one field; more are not looked at.
const maxParams = 100

// params is a structured value with parameters (RFC 2045 section 5.1, RFC 2183,
// RFC 2231), read tolerantly.
type params struct {
	main  string            // before the first parameter, lower case, comments and space removed
	by    map[string]string // decoded; names in lower case
	odd   []string          // what was wrong: stable ids
	rest  bool              // something followed the main value that is no parameter
	twice map[string]string // second values of parameters given twice
}

// rawParam is one parameter before RFC 2231 pieces are joined.
type rawParam struct {
	name    string // lower case, without the RFC 2231 marks
	value   string
	section int  // -1 when not cut into sections
	coded   bool // percent-encoded
	quoted  bool
}

// readParams reads a Content-Type or Content-Disposition value. hint is the
// charset to try for bytes that are not ASCII and not labelled.
func readParams(value, hint string) params {
	var out params
	s := &scanner{s: value}
	out.main = s.mainValue()
	var raw []rawParam
	for len(raw) < maxParams {
		rp, ok := s.param(&out)
		if !ok {
			break
		}
		raw = append(raw, rp)
	}
	if len(raw) > 0 {
		out.join(raw, hint)
	}
	return out
}

func (o *params) fault(id string) { o.odd = append(o.odd, id) }

// join puts RFC 2231 pieces together. An extended value ("name*") wins over a
// plain one of the same name: it is what the sender really meant.
func (o *params) join(raw []rawParam, hint string) {
	o.by = make(map[string]string, len(raw))
	var pieces map[string][]rawParam
	for _, r := range raw {
		if r.section >= 0 || r.coded {
			if pieces == nil {
				pieces = make(map[string][]rawParam)
			}
			pieces[r.name] = append(pieces[r.name], r)
			continue
		}
		v := r.value
		if r.name == "filename" || r.name == "name" {
			v = decodeWordsNoting(v, hint, o.fault)
		} else {
			v = guessText(v, hint)
		}
		if old, again := o.by[r.name]; !again {
			o.by[r.name] = v
		} else if old != v {
			if o.twice == nil {
				o.twice = make(map[string]string)
			}
			o.twice[r.name] = v
			o.fault("duplicate-param-" + r.name)
		}
	}
	for name, list := range pieces {
		v := o.joinSections(list, hint)
		if name == "boundary" || name == "charset" {
			o.fault("extended-" + name) // RFC 2231 allows it, many readers do not
		}
		if old, again := o.by[name]; again && old != v && collapse(old) != collapse(v) {
			o.fault("two-forms-of-" + name)
		}
		o.by[name] = v
	}
}

// joinSections joins the sections of one RFC 2231 parameter in the order of
// their numbers. The charset stands in the first; bytes are joined before they
// are decoded, since a character may be cut between two sections.
func (o *params) joinSections(list []rawParam, hint string) string {
	sort.SliceStable(list, func(i, j int) bool { return list[i].section < list[j].section })
	var b []byte
	charset := ""
	words := true
	for i, r := range list {
		v := r.value
		if i > 0 && r.section == list[i-1].section {
			continue // the same section again: the first one counts
		}
		if r.coded {
			words = false
			if i == 0 || charset == "" {
				if cs, rest, ok := cutCharset(v); ok {
					charset, v = cs, rest
				}
			}
			b = appendPercent(b, v)
		} else {
			b = append(b, v...)
		}
	}
	if charset == "" {
		if words {
			return decodeWordsNoting(string(b), hint, o.fault)
		}
		return guessText(string(b), hint)
	}
	s, known := decodeCharset(charset, b)
	if !known {
		o.fault("unknown-charset")
	} else if strings.Contains(s, "\ufffd") {
		o.fault("charset-contradicted")
	}
	return s
}

// cutCharset splits charset'language'text.
func cutCharset(v string) (charset, rest string, ok bool) {
	i := strings.IndexByte(v, '\'')
	if i < 0 || i > 60 {
		return "", v, false
	}
	j := strings.IndexByte(v[i+1:], '\'')
	if j < 0 || j > 60 {
		return "", v, false
	}
	return v[:i], v[i+1+j+1:], true
}

func appendPercent(b []byte, v string) []byte {
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) {
			hi, lo := unhex(v[i+1]), unhex(v[i+2])
			if hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, v[i])
	}
	return b
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// scanner walks a structured value.
type scanner struct {
	s string
	i int
}

func (s *scanner) space() {
	for s.i < len(s.s) {
		switch {
		case isSpace(s.s[s.i]):
			s.i++
		case s.s[s.i] == '(':
			end := commentEnd(s.s, s.i)
			if end < 0 {
				return
			}
			s.i = end
		default:
			return
		}
	}
}

// maxComment bounds one comment; a longer one is text.
const maxComment = 8 << 10

// commentEnd returns the index after the comment that begins at i, or -1.
// Nesting is counted, not recursed into.
func commentEnd(s string, i int) int {
	s = s[:min(len(s), i+maxComment)]
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// mainValue reads up to the first semicolon; where the semicolon was forgotten
// ("text/html charset=utf-8") up to the white space.
func (s *scanner) mainValue() string {
	s.space()
	start := s.i
	for s.i < len(s.s) && s.s[s.i] != ';' && !isSpace(s.s[s.i]) && s.s[s.i] != '(' && s.s[s.i] != ',' {
		s.i++
	}
	main := s.s[start:s.i]
	if j := s.i; j < len(s.s) && isSpace(s.s[j]) {
		// "text / plain" is allowed by RFC 822 lexing.
		s.space()
		if s.i < len(s.s) && (s.s[s.i] == '/' || strings.HasSuffix(main, "/")) {
			start := s.i
			for s.i < len(s.s) && s.s[s.i] != ';' {
				s.i++
			}
			main += strings.Join(strings.Fields(s.s[start:s.i]), "")
		}
	}
	main = strings.Trim(main, `"'`)
	return asciiLower(main)
}

// param reads the next parameter; ok is false at the end.
func (s *scanner) param(o *params) (rp rawParam, ok bool) {
	for {
		s.space()
		for s.i < len(s.s) && (s.s[s.i] == ';' || s.s[s.i] == ',') {
			s.i++
			s.space()
		}
		if s.i >= len(s.s) {
			return rp, false
		}
		start := s.i
		for s.i < len(s.s) && s.s[s.i] != '=' && s.s[s.i] != ';' {
			s.i++
		}
		if s.i >= len(s.s) || s.s[s.i] == ';' {
			o.rest = true
			continue
		}
		name := trim(s.s[start:s.i])
		if j := strings.LastIndexAny(name, " \t,"); j >= 0 {
			o.rest = true
			name = name[j+1:] // junk before the name
		}
		s.i++
		rp = paramName(asciiLower(name))
		rp.value, rp.quoted = s.value(o, rp)
		if !rp.quoted && rp.name == "boundary" && strings.ContainsAny(rp.value, "=()<>@,;:\\\"/[]? \t") {
			o.fault("unquoted-boundary")
		}
		return rp, true
	}
}

// paramName splits the RFC 2231 marks off a name: "name*1*".
func paramName(name string) rawParam {
	rp := rawParam{name: name, section: -1}
	if strings.HasSuffix(rp.name, "*") {
		rp.name, rp.coded = rp.name[:len(rp.name)-1], true
	}
	if i := strings.IndexByte(rp.name, '*'); i > 0 {
		if n, err := strconv.Atoi(rp.name[i+1:]); err == nil && n >= 0 && n < 10000 {
			rp.name, rp.section = rp.name[:i], n
		}
	}
	return rp
}

func (s *scanner) value(o *params, rp rawParam) (v string, quoted bool) {
	s.space()
	if s.i < len(s.s) && s.s[s.i] == '"' {
		return s.quoted(o), true
	}
	start := s.i
	for s.i < len(s.s) && s.s[s.i] != ';' {
		c := s.s[s.i]
		if isSpace(c) && startsParam(s.s[s.i:]) {
			o.fault("missing-semicolon")
			break
		}
		if c == '(' && rp.name != "filename" && rp.name != "name" && s.i > start && isSpace(s.s[s.i-1]) {
			if end := commentEnd(s.s, s.i); end > 0 {
				v = trim(s.s[start:s.i])
				s.i = end
				return v, false
			}
		}
		s.i++
	}
	return trim(s.s[start:s.i]), false
}

// startsParam reports whether s, after white space, looks like name=value: then
// a semicolon was forgotten.
func startsParam(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	i := 0
	for i < len(s) && i < 40 && (lower(s[i]) >= 'a' && lower(s[i]) <= 'z' || s[i] == '-' || s[i] == '*' || s[i] >= '0' && s[i] <= '9') {
		i++
	}
	if i == 0 || i >= len(s) || s[i] != '=' {
		return false
	}
	switch paramName(asciiLower(s[:i])).name {
	case "charset", "boundary", "name", "filename", "format", "delsp", "type", "size", "method", "protocol", "micalg", "report-type", "start", "creation-date", "modification-date", "reply-type":
		return true
	}
	return false
}

// quoted reads a quoted string. A backslash escapes a quote or a backslash; any
// other backslash is kept, since Windows paths are common and escaped letters
// are not. A missing end quote ends the value at the next semicolon that begins
// a parameter, or at the end.
func (s *scanner) quoted(o *params) string {
	s.i++
	start := s.i
	plain := true
	for j := start; j < len(s.s); j++ {
		switch s.s[j] {
		case '\\':
			if j+1 < len(s.s) {
				j++
			}
			plain = false
		case '"':
			v := s.s[start:j]
			s.i = j + 1
			if !plain {
				v = unescape(v)
			}
			s.afterQuote(o)
			return v
		}
	}
	o.fault("unclosed-quote")
	end := len(s.s)
	for j := start; j < len(s.s); j++ {
		if s.s[j] == ';' && startsParam(s.s[j+1:]) {
			end = j
			break
		}
	}
	s.i = end
	return trim(s.s[start:end])
}

// afterQuote passes over junk between an end quote and the next semicolon.
func (s *scanner) afterQuote(o *params) {
	s.space()
	if s.i >= len(s.s) || s.s[s.i] == ';' || startsParam(s.s[s.i:]) {
		return
	}
	o.fault("text-after-quote")
	for s.i < len(s.s) && s.s[s.i] != ';' {
		s.i++
	}
}

func unescape(v string) string {
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) && (v[i+1] == '"' || v[i+1] == '\\') {
			i++
		}
		b.WriteByte(v[i])
	}
	return b.String()
}
