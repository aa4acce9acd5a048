package mail

import "strings"

// readAddresses reads an address list (RFC 5322 section 3.4, obsolete syntax of
// 4.4 included) as mail programs do: comments, groups, quoted strings, encoded
// words anywhere in a name, source routes, missing commas and angle brackets.
// At most limit addresses are returned. odd names what was found wrong.
func readAddresses(value, hint string, limit int) (list []Address, odd []string) {
	r := addressReader{s: value, hint: hint, limit: limit}
	r.run()
	return r.list, r.odd
}

// addressReader reads one list. One pass, no recursion.
type addressReader struct {
	s     string
	i     int
	hint  string
	limit int
	list  []Address
	odd   []string

	group   string
	inGroup bool
	tok     []token // of the mailbox being read
	angle   string  // what stood in angle brackets
	hasAddr bool    // angle brackets were seen
	comment string  // the last comment
	open    int     // comments that never ended
}

// token is a word of a mailbox before its angle brackets.
type token struct {
	text   string
	quoted bool
	glued  bool // no white space before it
}

func (r *addressReader) fault(id string) {
	for _, o := range r.odd {
		if o == id {
			return
		}
	}
	r.odd = append(r.odd, id)
}

func (r *addressReader) run() {
	space := true
	for r.i < len(r.s) {
		if len(r.list) >= r.limit {
			r.fault("addresses-cut")
			return
		}
		c := r.s[r.i]
		switch {
		case isSpace(c):
			r.i++
			space = true
			continue
		case c == '(' && r.open < 16:
			r.readComment()
			space = true
			continue
		case c == '<':
			if r.hasAddr {
				r.split()
			}
			r.readAngle()
		case c == ',' || c == ';':
			r.i++
			r.flush()
			if c == ';' {
				r.inGroup, r.group = false, ""
			}
		case c == ':' && !r.hasAddr && !r.inGroup && r.groupName():
			r.i++
		default:
			if r.hasAddr || len(r.tok) >= maxTokens {
				r.split()
			}
			r.word(space)
		}
		space = false
	}
	r.flush()
}

// split ends a mailbox where another begins without a comma.
func (r *addressReader) split() {
	r.fault("address-without-comma")
	r.flush()
}

// readComment reads a comment; an unclosed one reads as text up to the next comma.
func (r *addressReader) readComment() {
	end := commentEnd(r.s, r.i)
	if end < 0 {
		r.fault("unclosed-comment")
		r.open++
		r.i++
		return
	}
	if c := trim(unescapeAll(r.s[r.i+1 : end-1])); c != "" {
		r.comment = c
	}
	r.i = end
}

// maxAngle bounds what stands in angle brackets, and maxTokens the words of one
// mailbox; RFC 5321 allows an address of 254 bytes.
const (
	maxAngle  = 4 << 10
	maxTokens = 500
)

// readAngle reads <addr>. A missing ">" ends at the next comma.
func (r *addressReader) readAngle() {
	start := r.i + 1
	quoted := false
	for j := start; j < len(r.s) && j < start+maxAngle; j++ {
		switch c := r.s[j]; {
		case c == '\\' && quoted:
			j++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			r.angle, r.hasAddr, r.i = r.s[start:j], true, j+1
			return
		}
	}
	r.fault("unclosed-angle")
	end := len(r.s)
	if j := strings.IndexAny(r.s[start:], ">,;"); j >= 0 {
		end = start + j
	}
	r.angle, r.hasAddr, r.i = r.s[start:end], true, end
	if end < len(r.s) && r.s[end] == '>' {
		r.i++
	}
}

// groupName takes the words read so far as the name of a group. Words with an
// "@" are none.
func (r *addressReader) groupName() bool {
	if len(r.tok) == 0 {
		return false
	}
	for _, t := range r.tok {
		if !t.quoted && strings.IndexByte(t.text, '@') >= 0 {
			return false
		}
	}
	r.group, r.inGroup = r.name(r.tok), true
	if r.group == "" {
		r.group = " "
	}
	r.tok, r.comment = r.tok[:0], ""
	return true
}

// word reads a quoted string or a run of other characters.
func (r *addressReader) word(space bool) {
	t := token{glued: !space}
	if r.s[r.i] == '"' {
		t.text, t.quoted = r.quoted(), true
		r.tok = append(r.tok, t)
		return
	}
	start := r.i
	if strings.HasPrefix(r.s[r.i:], "=?") {
		if _, n := readWord(r.s[r.i:]); n > 0 {
			r.i += n // commas and brackets inside are text
			r.tok = append(r.tok, token{text: r.s[start:r.i], glued: t.glued})
			return
		}
	}
	for r.i < len(r.s) {
		c := r.s[r.i]
		if isSpace(c) || c == '(' || c == '<' || c == ',' || c == ';' || c == '"' {
			break
		}
		if c == ':' && !r.inGroup && r.i > start {
			break
		}
		r.i++
		if c == '\\' && r.i < len(r.s) {
			r.i++
		}
		if strings.HasPrefix(r.s[r.i:], "=?") {
			break
		}
	}
	if r.i == start {
		r.i++
	}
	t.text = r.s[start:r.i]
	r.tok = append(r.tok, t)
}

// quoted reads a quoted string. Where the end quote is missing the quote reads
// as ordinary text.
func (r *addressReader) quoted() string {
	for j := r.i + 1; j < len(r.s); j++ {
		switch r.s[j] {
		case '\\':
			j++
		case '"':
			v := r.s[r.i+1 : j]
			r.i = j + 1
			return unescapeAll(v)
		}
	}
	r.fault("unclosed-quote")
	start := r.i + 1
	end := len(r.s)
	if j := strings.IndexAny(r.s[start:], "<,"); j >= 0 {
		end = start + j
	}
	r.i = end
	return trim(r.s[start:end])
}

// flush ends the mailbox being read.
func (r *addressReader) flush() {
	defer func() {
		r.tok, r.angle, r.hasAddr, r.comment = r.tok[:0], "", false, ""
	}()
	a := Address{}
	if r.inGroup {
		a.Group = trim(r.group)
	}
	switch {
	case r.hasAddr:
		a.Addr = cleanAddr(r.angle)
		if obsoleteAddr(r.angle) {
			r.fault("obsolete-address")
		}
		a.Name = r.name(r.tok)
		if a.Addr == "" {
			r.fault("empty-address")
		}
	case len(r.tok) == 0:
		return
	default:
		a.Addr, a.Name = r.bare()
	}
	if a.Name == "" && r.comment != "" {
		a.Name = collapse(decodeWordsNoting(r.comment, r.hint, r.fault))
		r.fault("name-in-comment")
	}
	if a.Addr == "" && a.Name == "" && !r.hasAddr {
		return
	}
	if a.Addr != "" && strings.IndexByte(a.Addr, '@') < 0 {
		r.fault("address-without-domain")
	}
	r.list = append(r.list, a)
}

// bare reads a mailbox without angle brackets: the words with the "@" are the
// address, what stands before them is a name that lost its brackets.
func (r *addressReader) bare() (addr, name string) {
	var words []token // glued tokens and those around dots and ats joined
	for _, t := range r.tok {
		text := t.text
		if t.quoted {
			text = `"` + t.text + `"`
		}
		if n := len(words); n > 0 && (t.glued || joins(words[n-1].text, text)) {
			words[n-1].text += text
			words[n-1].quoted = false
			continue
		}
		words = append(words, token{text: text, quoted: t.quoted})
	}
	at := -1
	for i, w := range words {
		if !w.quoted && strings.IndexByte(w.text, '@') >= 0 {
			at = i
		}
	}
	if at < 0 {
		if len(words) == 1 && !words[0].quoted && !strings.HasPrefix(words[0].text, "=?") {
			return decodeAddr(words[0].text, r.hint), ""
		}
		r.fault("address-without-domain")
		return "", r.name(r.tok)
	}
	if len(words) > 1 {
		r.fault("address-without-brackets")
	}
	addr = decodeAddr(words[at].text, r.hint)
	rest := append(append([]token{}, words[:at]...), words[at+1:]...)
	for i := range rest {
		if rest[i].quoted {
			rest[i].text = strings.Trim(rest[i].text, `"`)
		}
	}
	return addr, r.name(rest)
}

// joins reports whether two words of an address belong together although white
// space stands between them (obsolete syntax, RFC 5322 section 4.4).
func joins(a, b string) bool {
	return strings.HasSuffix(a, ".") && strings.IndexByte(a, '@') >= 0 || strings.HasSuffix(a, "@") ||
		strings.HasPrefix(b, "@") || strings.HasPrefix(b, ".") && strings.IndexByte(a, '@') >= 0
}

// name joins the words of a display name and decodes it.
func (r *addressReader) name(tok []token) string {
	if len(tok) == 0 {
		return ""
	}
	if len(tok) == 1 && !strings.Contains(tok[0].text, "=?") {
		return collapse(guessText(tok[0].text, r.hint))
	}
	var b strings.Builder
	for i, t := range tok {
		if t.quoted && strings.Contains(t.text, "=?") {
			r.fault("encoded-word-in-quotes") // not to be decoded by RFC 2047 section 5, decoded by most
		}
		if i > 0 && !t.glued {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return collapse(decodeWordsNoting(b.String(), r.hint, r.fault))
}

// cleanAddr takes comments, white space and a source route out of an addr-spec.
func cleanAddr(s string) string {
	if strings.IndexByte(s, '(') >= 0 {
		s = dropComments(s)
	}
	s = trim(s)
	if strings.HasPrefix(s, "@") { // obsolete route: @a,@b:user@c
		if i := strings.IndexByte(s, ':'); i > 0 {
			s = trim(s[i+1:])
		}
	}
	if strings.HasPrefix(asciiLower(s), "mailto:") {
		s = s[len("mailto:"):]
	}
	if strings.ContainsAny(s, " \t\r\n") && strings.IndexByte(s, '"') < 0 {
		s = strings.Join(strings.Fields(s), "")
	}
	return guessText(s, "")
}

// obsoleteAddr reports a comment inside an address or a source route: readers
// disagree about both.
func obsoleteAddr(s string) bool {
	s = trim(s)
	return strings.HasPrefix(s, "@") || strings.IndexByte(s, '(') >= 0
}

func decodeAddr(s, hint string) string {
	return guessText(strings.Trim(s, "<>"), hint)
}

func dropComments(s string) string {
	var b strings.Builder
	quoted, failed := false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '(' && !quoted && failed < 16:
			if end := commentEnd(s, i); end > 0 {
				i = end - 1
				continue
			}
			failed++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unescapeAll takes backslashes off quoted pairs (RFC 5322 section 3.2.1).
func unescapeAll(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
