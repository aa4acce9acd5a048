package mail

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepthHTML bounds the open elements; deeper ones are read with the style of
// the deepest, and closing them is counted.
const maxDepthHTML = 256

// page is what one HTML text shows.
type page struct {
	visible, hidden textBuilder
	links           []Link
	blob            bool // long Base64 outside of pictures
	script          bool
	form            bool
	cut             bool // a limit was reached
}

// element is one open element.
type element struct {
	tag  atom.Atom
	name string
	st   style
	link int // index of the link it opened, -1 otherwise
}

// htmlReader walks the tokens of one HTML text. It holds no tree: what is seen
// depends only on the open elements and their styles.
type htmlReader struct {
	page
	part  *Part
	src   LinkSource
	limit int // links
	stack []element
	over  int // open elements beyond maxDepthHTML
	css   sheet
	base  *url.URL
	inner int // nesting of conditional comments
}

// readHTML reads the visible and the hidden text and the links of an HTML text.
func readHTML(src []byte, p *Part, source LinkSource, maxLinks int) *page {
	r := &htmlReader{part: p, src: source, limit: maxLinks}
	r.visible.b.Grow(len(src) / 4)
	r.stack = append(make([]element, 0, 32), element{st: rootStyle(), link: -1})
	r.sheets(src)
	r.run(src)
	r.blob = r.blob || hasBlob(src, true)
	return &r.page
}

// sheets reads all style elements first: a rule may stand behind its use.
func (r *htmlReader) sheets(src []byte) {
	for n := 0; n < 50; n++ {
		i := indexFold(src, "<style")
		if i < 0 {
			return
		}
		src = src[i:]
		j := bytes.IndexByte(src, '>')
		if j < 0 {
			return
		}
		end := indexFold(src, "</style")
		if end < 0 {
			end = len(src)
		}
		if j < end {
			r.css.add(string(src[j+1 : end]))
		}
		src = src[min(end+1, len(src)):]
	}
}

// indexFold finds a lower-case ASCII needle that begins with "<", without case.
func indexFold(b []byte, needle string) int {
	for from := 0; ; {
		i := bytes.IndexByte(b[from:], '<')
		if i < 0 || from+i+len(needle) > len(b) {
			return -1
		}
		from += i
		if equalFold(b[from:from+len(needle)], needle) {
			return from
		}
		from++
	}
}

func (r *htmlReader) run(src []byte) {
	z := html.NewTokenizer(bytes.NewReader(src))
	z.SetMaxBuf(0)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			r.text(z.Text())
		case html.StartTagToken:
			r.start(z.Raw(), false)
		case html.SelfClosingTagToken:
			r.start(z.Raw(), true)
		case html.EndTagToken:
			r.end(z.Raw())
		case html.CommentToken:
			r.comment(z.Text())
		}
	}
}

func (r *htmlReader) top() *element { return &r.stack[len(r.stack)-1] }

// text takes a run of text.
func (r *htmlReader) text(b []byte) {
	switch r.top().tag {
	case atom.Style, atom.Title:
		return
	case atom.Script:
		r.script = true
		r.scriptLinks(b)
		return
	}
	s := r.top()
	if !s.st.seen() {
		r.hidden.add(b)
		return
	}
	r.visible.add(b)
	inLink := false
	for i := len(r.stack) - 1; i > 0; i-- {
		if l := r.stack[i].link; l >= 0 {
			inLink = true
			if t := &r.links[l]; len(t.Text) < 1000 {
				t.Text = cutText(t.Text+string(b), 1000)
				t.Visible = true
			}
			break
		}
	}
	if !inLink && r.inner == 0 {
		r.bareLinks(b)
	}
}

// bareLinks finds URLs in running text, which mail programs make links of.
func (r *htmlReader) bareLinks(b []byte) {
	if bytes.IndexByte(b, '.') < 0 {
		return
	}
	textLinks(string(b), func(u string, _ int) bool {
		src := r.src
		if src == LinkHTML {
			src = LinkText
		}
		return r.addAs(src, u, true) >= 0
	})
}

// scriptLinks finds URLs inside a script: nobody sees them, a script may go there.
func (r *htmlReader) scriptLinks(b []byte) {
	if len(b) > 1<<20 {
		b = b[:1<<20]
	}
	textLinks(string(b), func(u string, _ int) bool {
		return r.addAs(r.src, u, false) >= 0
	})
}

// add keeps a link, resolved against the base, and returns its index or -1.
func (r *htmlReader) add(src LinkSource, raw string, visible bool) int {
	u := trim(raw)
	if u == "" || u[0] == '#' {
		return -1
	}
	if r.base != nil && !strings.Contains(cutText(u, 40), ":") {
		if ref, err := r.base.Parse(cleanURL(u)); err == nil {
			u = ref.String()
		}
	}
	return r.addAs(src, u, visible)
}

func (r *htmlReader) addAs(src LinkSource, u string, visible bool) int {
	if len(r.links) >= r.limit {
		r.cut = true
		return -1
	}
	r.links = append(r.links, newLink(src, r.part, u, visible))
	return len(r.links) - 1
}

// comment reads what stands in a conditional comment: Outlook shows it, other
// programs do not. Its links are kept, its text is not.
func (r *htmlReader) comment(b []byte) {
	t := bytes.TrimLeft(b, " \t\r\n")
	if r.inner > 0 || !bytes.HasPrefix(t, []byte("[if")) {
		return
	}
	i := bytes.Index(t, []byte("]>"))
	if i < 0 || !mayLead(t[i+2:]) {
		return
	}
	in := &htmlReader{part: r.part, src: r.src, limit: r.limit - len(r.links), base: r.base, inner: 1}
	in.stack = []element{{st: rootStyle(), link: -1}}
	in.run(t[i+2:])
	for _, l := range in.links {
		if l.Source != LinkImage {
			l.Visible = false
			r.links = append(r.links, l)
		}
	}
	r.form, r.script = r.form || in.form, r.script || in.script
}

// mayLead reports whether a piece of HTML can hold what comment keeps of it: a
// link, a form or a script. Most conditional comments hold tables only.
func mayLead(b []byte) bool {
	for i, c := range b {
		word, other := "", ""
		switch lower(c) {
		case 'h':
			word = "href"
		case 's':
			word, other = "src", "script"
		case 'a':
			word = "action"
		case 'd':
			word = "data"
		case 'f':
			word = "form"
		case 'p':
			word = "poster"
		case 'u':
			word = "url"
		default:
			continue
		}
		if hasPrefixFold(b[i:], word) || other != "" && hasPrefixFold(b[i:], other) {
			return true
		}
	}
	return false
}

func hasPrefixFold(b []byte, s string) bool { return len(b) >= len(s) && equalFold(b[:len(s)], s) }

// textBuilder collects text with white space collapsed and invisible characters
// dropped, up to a bound that its owner sets by how much it adds.
type textBuilder struct {
	b     strings.Builder
	space bool
}

// brk notes a border between words.
func (t *textBuilder) brk() { t.space = true }

func (t *textBuilder) String() string { return t.b.String() }

// add appends text.
func (t *textBuilder) add(s []byte) {
	for len(s) > 0 {
		i := 0
		for i < len(s) && s[i] < 0x80 && (s[i] > ' ' || s[i] == ' ' && i > 0 && i+1 < len(s) && s[i+1] > ' ') {
			i++
		}
		if i > 0 {
			t.gap()
			t.b.Write(s[:i])
			s = s[i:]
			continue
		}
		if s[0] <= ' ' {
			t.space = true
			s = s[1:]
			continue
		}
		s = t.wide(s)
	}
}

func (t *textBuilder) gap() {
	if t.space && t.b.Len() > 0 {
		t.b.WriteByte(' ')
	}
	t.space = false
}
