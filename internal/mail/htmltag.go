package mail

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attrs are the attributes that matter of one tag.
type attrs struct {
	href, src, action, style, class, id, color, bgcolor, background, alt, typ string
	width, height, content, equiv                                             string
	hidden                                                                    bool
	more                                                                      []string // other URLs: formaction, data, poster, xlink:href
}

// maxAttrs bounds the attributes of one tag.
const maxAttrs = 200

// readAttrs reads the attributes of a tag as a browser does (WHATWG HTML section
// 13.2.5.32 and on). The first of two attributes of one name counts. The tokenizer of
// the library copies every name and value; most are of no interest here.
func readAttrs(tag []byte) (a attrs) {
	for n := 0; n < maxAttrs; n++ {
		var key, val []byte
		key, val, tag = nextAttr(tag)
		if len(key) == 0 {
			break
		}
		a.set(key, val)
	}
	return a
}

// nextAttr splits the next attribute off a tag; key is empty at the end.
func nextAttr(b []byte) (key, val, rest []byte) {
	for len(b) > 0 && (isSpace(b[0]) || b[0] == '/') {
		b = b[1:]
	}
	i := 0
	for i < len(b) && !isSpace(b[i]) && b[i] != '/' && b[i] != '>' && (b[i] != '=' || i == 0) {
		i++
	}
	key, b = b[:i], b[i:]
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	if len(b) == 0 || b[0] != '=' {
		return key, nil, b
	}
	for b = b[1:]; len(b) > 0 && isSpace(b[0]); {
		b = b[1:]
	}
	if len(b) == 0 {
		return key, nil, nil
	}
	if q := b[0]; q == '"' || q == '\'' {
		b = b[1:]
		if i := bytes.IndexByte(b, q); i >= 0 {
			return key, b[:i], b[i+1:]
		}
		return key, b, nil
	}
	i = 0
	for i < len(b) && !isSpace(b[i]) && b[i] != '>' {
		i++
	}
	return key, b[:i], b[i:]
}

// set keeps an attribute that matters.
func (a *attrs) set(key, val []byte) {
	var buf [16]byte
	if len(key) > len(buf) {
		return
	}
	for i, c := range key {
		buf[i] = lower(c)
	}
	first := func(s *string) {
		if *s == "" {
			*s = unescapeAttr(val)
		}
	}
	switch string(buf[:len(key)]) {
	case "href":
		first(&a.href)
	case "src":
		first(&a.src)
	case "action":
		first(&a.action)
	case "style":
		first(&a.style)
	case "class":
		first(&a.class)
	case "id":
		first(&a.id)
	case "color":
		first(&a.color)
	case "bgcolor":
		first(&a.bgcolor)
	case "background":
		first(&a.background)
	case "alt":
		first(&a.alt)
	case "type":
		first(&a.typ)
	case "width":
		first(&a.width)
	case "height":
		first(&a.height)
	case "content":
		first(&a.content)
	case "http-equiv":
		first(&a.equiv)
	case "hidden":
		a.hidden = true
	case "formaction", "data", "poster", "xlink:href":
		if len(a.more) < 8 {
			a.more = append(a.more, unescapeAttr(val))
		}
	}
}

// unescapeAttr decodes character references as in an attribute: a name without a
// semicolon that goes on with a letter, a digit or "=" is no reference, so that
// "?a=1&copy=2" stays a query.
func unescapeAttr(val []byte) string {
	s := string(val)
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		n := 1
		for n < len(s) && n < 40 && (s[n] == '#' && n == 1 || wordByte(s[n]) && s[n] != '.' && s[n] != '-' && s[n] != '_') {
			n++
		}
		switch {
		case n < len(s) && s[n] == ';':
			n++
		case len(s) > 1 && s[1] == '#':
		case n < len(s) && s[n] == '=':
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		if r := html.UnescapeString(s[:n]); s[n-1] == ';' || s[min(1, n-1)] == '#' || !strings.ContainsAny(r, ";&") && len(r) <= 4 {
			b.WriteString(r)
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
}

// tagOf splits the raw bytes of a tag ("<a href=x>", "</a>") into its name and
// what follows it. The name of a tag that HTML does not know comes back in lower case.
func tagOf(raw []byte) (tag atom.Atom, name string, rest []byte) {
	raw = bytes.TrimLeft(raw, "</")
	i := 0
	for i < len(raw) && !isSpace(raw[i]) && raw[i] != '/' && raw[i] != '>' {
		i++
	}
	var buf [24]byte
	if i <= len(buf) {
		for k := range i {
			buf[k] = lower(raw[k])
		}
		if tag = atom.Lookup(buf[:i]); tag != 0 {
			return tag, tag.String(), raw[i:]
		}
	}
	return 0, asciiLower(string(raw[:min(i, 40)])), raw[i:]
}

// start opens an element.
func (r *htmlReader) start(raw []byte, selfClosing bool) {
	tag, tagName, rest := tagOf(raw)
	var a attrs
	if len(rest) > 1 {
		a = readAttrs(rest)
	}
	r.closeImplied(tag)
	if blockTag(tag) {
		r.visible.brk()
		r.hidden.brk()
	}
	st := r.style(tag, tagName, &a)
	link := r.follow(tag, tagName, &a, &st)
	if isVoid(tag) || selfClosing && tag == 0 {
		return
	}
	if len(r.stack) >= maxDepthHTML {
		r.over++
		return
	}
	r.stack = append(r.stack, element{tag: tag, name: tagName, st: st, link: link})
}

// style computes how an element's text looks.
func (r *htmlReader) style(tag atom.Atom, name string, a *attrs) style {
	parent := &r.top().st
	st := parent.inherit()
	switch {
	case tag == atom.Script || tag == atom.Noscript || tag == atom.Template || tag == atom.Noembed || tag == atom.Noframes:
		st.gone = st.gone || tag != atom.Noscript
	case a.hidden:
		st.gone = true
	case tag == atom.A && !st.picture:
		// Links have a colour of their own unless told otherwise.
		if st.color == st.ground {
			st.color = rgb{0, 0, 238}
		}
	}
	if a.bgcolor != "" {
		st.background(asciiLower(trim(a.bgcolor)))
		if c, ok := hexColour(trim(a.bgcolor)); ok {
			st.ground, st.picture = c, false
		}
	}
	if a.background != "" {
		st.picture = true
	}
	if tag == atom.Font {
		if c, _, ok := colour(asciiLower(a.color)); ok {
			st.color, st.noColor = c, false
		} else if c, ok := hexColour(a.color); ok {
			st.color, st.noColor = c, false
		}
	}
	r.css.match(&st, parent, name, a.class, a.id)
	if a.style != "" {
		st.apply(a.style, parent)
	}
	return st
}

// follow keeps the links of a tag and returns the index of the one whose text
// follows, or -1.
func (r *htmlReader) follow(tag atom.Atom, name string, a *attrs, st *style) int {
	for _, u := range a.more {
		r.add(r.src, u, false)
	}
	switch tag {
	case atom.A:
		if a.href != "" {
			return r.add(r.src, a.href, false)
		}
	case atom.Area:
		if a.href != "" {
			r.add(r.src, a.href, st.seen())
		}
	case atom.Base:
		if u, err := url.Parse(cleanURL(a.href)); err == nil && u.Scheme != "" && r.base == nil {
			r.base = u
		}
	case atom.Form:
		r.form = true
		if a.action != "" {
			r.add(LinkForm, a.action, !st.gone)
		}
	case atom.Img, atom.Image:
		r.image(a, st)
	case atom.Iframe, atom.Frame, atom.Embed, atom.Script, atom.Video, atom.Audio, atom.Source:
		if a.src != "" {
			r.add(r.src, a.src, false)
		}
	case atom.Meta:
		if strings.EqualFold(trim(a.equiv), "refresh") {
			if i := strings.Index(asciiLower(a.content), "url="); i >= 0 {
				r.add(r.src, strings.Trim(a.content[i+4:], `'" `), false)
			}
		}
	case atom.Input:
		if strings.EqualFold(a.typ, "image") && a.src != "" {
			r.add(LinkImage, a.src, st.seen())
		}
	case atom.Br:
		r.visible.brk()
		r.hidden.brk()
	default:
		if a.href != "" && tag != atom.Link && (strings.HasPrefix(name, "v:") || tag == 0) {
			return r.add(r.src, a.href, false)
		}
	}
	if a.background != "" {
		r.add(LinkImage, a.background, false)
	}
	return -1
}

// image keeps a picture's address and makes its alternative text the text of the
// link around it.
func (r *htmlReader) image(a *attrs, st *style) {
	seen := !st.gone && !st.hidden && st.opacity >= 0.1 && !tinyBox(a.width) && !tinyBox(a.height)
	if a.src != "" && !strings.HasPrefix(a.src, "cid:") && !strings.HasPrefix(a.src, "data:image/") {
		r.add(LinkImage, a.src, seen)
	}
	for i := len(r.stack) - 1; i > 0; i-- {
		if l := r.stack[i].link; l >= 0 {
			if t := &r.links[l]; seen {
				t.Visible = true
				if a.alt != "" && len(t.Text) < 1000 {
					t.Text = cutText(t.Text+" "+a.alt, 1000)
				}
			}
			return
		}
	}
}

func tinyBox(v string) bool { v = strings.TrimSuffix(trim(v), "px"); return v == "0" || v == "1" }

// end closes the innermost open element of that name and all inside it. A tag
// that was not opened closes nothing.
func (r *htmlReader) end(raw []byte) {
	tag, name, _ := tagOf(raw)
	if blockTag(tag) {
		r.visible.brk()
		r.hidden.brk()
	}
	if r.over > 0 {
		r.over--
		return
	}
	for i := len(r.stack) - 1; i > 0; i-- {
		e := &r.stack[i]
		if e.tag == tag && (tag != 0 || e.name == name) {
			r.finish(i)
			return
		}
		// A cell or table is a wall: a stray end tag inside closes nothing outside.
		if (e.tag == atom.Td || e.tag == atom.Th || e.tag == atom.Table) && !tableTag(tag) && tag != atom.Body && tag != atom.Html && tag != atom.Div {
			return
		}
	}
}

// finish closes the elements from i on.
func (r *htmlReader) finish(i int) {
	for j := i; j < len(r.stack); j++ {
		if l := r.stack[j].link; l >= 0 {
			r.links[l].Text = collapse(r.links[l].Text)
		}
	}
	r.stack = r.stack[:i]
}

// closeImplied closes what a start tag closes by itself: a paragraph before a
// block, a cell before a cell. Without it a hidden paragraph that is never
// closed would seem to hide what follows.
func (r *htmlReader) closeImplied(tag atom.Atom) {
	var stop, wanted func(atom.Atom) bool
	switch tag {
	case atom.Td, atom.Th:
		wanted = func(t atom.Atom) bool { return t == atom.Td || t == atom.Th }
		stop = func(t atom.Atom) bool { return t == atom.Tr || t == atom.Table }
	case atom.Tr:
		wanted = func(t atom.Atom) bool { return t == atom.Tr }
		stop = func(t atom.Atom) bool { return t == atom.Table }
	case atom.Li:
		wanted = func(t atom.Atom) bool { return t == atom.Li }
		stop = func(t atom.Atom) bool { return t == atom.Ul || t == atom.Ol || t == atom.Td || t == atom.Table }
	case atom.Option:
		wanted = func(t atom.Atom) bool { return t == atom.Option }
		stop = func(t atom.Atom) bool { return t == atom.Select }
	case atom.A:
		wanted = func(t atom.Atom) bool { return t == atom.A }
		stop = func(t atom.Atom) bool { return t == atom.Td || t == atom.Table }
	default:
		if !blockTag(tag) || tag == atom.Br {
			return
		}
		wanted = func(t atom.Atom) bool { return t == atom.P }
		stop = func(t atom.Atom) bool { return t == atom.Td || t == atom.Table || t == atom.Div || t == atom.Li }
	}
	for i, n := len(r.stack)-1, 0; i > 0 && n < 16; i, n = i-1, n+1 {
		t := r.stack[i].tag
		if wanted(t) {
			r.finish(i)
			return
		}
		if stop(t) {
			return
		}
	}
}

func tableTag(t atom.Atom) bool {
	switch t {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th:
		return true
	}
	return false
}

func blockTag(t atom.Atom) bool {
	switch t {
	case atom.P, atom.Div, atom.Table, atom.Tr, atom.Td, atom.Th, atom.Ul, atom.Ol, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Blockquote, atom.Pre, atom.Hr, atom.Form, atom.Center, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dl, atom.Dt, atom.Dd,
		atom.Address, atom.Fieldset, atom.Body, atom.Br, atom.Option, atom.Tbody, atom.Main, atom.Nav, atom.Aside, atom.Figure:
		return true
	}
	return false
}

func isVoid(t atom.Atom) bool {
	switch t {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Image, atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// wide adds the character at the begin of s, which is not ASCII, and returns
// the rest. Characters that have no width and no meaning to the eye are dropped,
// so that a word that was cut with them reads as the person reads it.
func (t *textBuilder) wide(s []byte) []byte {
	r, n := utf8.DecodeRune(s)
	switch {
	case invisible(r):
	case unicode.IsSpace(r):
		t.space = true
	default:
		t.gap()
		t.b.Write(s[:n])
	}
	return s[n:]
}

// invisible reports characters without width. The marks of writing direction
// are kept: they change what the eye reads.
func invisible(r rune) bool {
	switch r {
	case 0x00ad, 0x034f, 0x180e, 0x200b, 0x200c, 0x200d, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xfeff, 0x7f:
		return true
	}
	return r >= 0x80 && r < 0xa0
}
