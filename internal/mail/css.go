package mail

import (
	"strconv"
	"strings"
)

// style is what of CSS decides whether a person sees a text. Only what mail
// programs understand is read: declarations in style attributes and rules with
// simple selectors in style elements; media queries are left out.
type style struct {
	gone     bool    // display:none, zero box, off-screen: holds for everything inside
	hidden   bool    // visibility:hidden, may be undone inside
	opacity  float64 // product down to here
	size     float64 // font size in px
	color    rgb
	ground   rgb
	picture  bool // the ground is a picture, its colour unknown
	noColor  bool // the colour is transparent
	overflow bool // overflow:hidden
	flat     bool // height, max-height or width is zero
	absolute bool
	away     bool // left or top far off
}

type rgb struct{ r, g, b uint8 }

// rootStyle is how mail programs begin: black on white, 16 px.
func rootStyle() style { return style{opacity: 1, size: 16, ground: rgb{255, 255, 255}} }

// inherit returns the style that a child starts with.
func (s style) inherit() style {
	s.overflow, s.flat, s.absolute, s.away = false, false, false, false
	return s
}

// seen reports whether text of this style is seen by a person.
func (s *style) seen() bool {
	return !s.gone && !s.hidden && s.opacity >= 0.1 && s.size > 2 && !s.noColor && (s.picture || s.color.far(s.ground))
}

// far reports whether two colours can be told apart by eye.
func (c rgb) far(d rgb) bool {
	diff := func(a, b uint8) int {
		if a > b {
			return int(a - b)
		}
		return int(b - a)
	}
	return max(diff(c.r, d.r), diff(c.g, d.g), diff(c.b, d.b)) > 12
}

// apply reads declarations into the style. parent gives what em and percent
// refer to.
func (s *style) apply(css string, parent *style) {
	plain := false // parentheses do not match: a semicolon ends a declaration anywhere
	for len(css) > 0 {
		var decl string
		var i int
		if i, plain = declEnd(css, plain); i >= 0 {
			decl, css = css[:i], css[i+1:]
		} else {
			decl, css = css, ""
		}
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		value = asciiLower(trim(value))
		value = trim(strings.TrimSuffix(value, "!important"))
		s.declare(asciiLower(trim(name)), value, parent)
	}
	if s.flat && s.overflow || s.absolute && s.away {
		s.gone = true
	}
}

// declEnd finds the semicolon that ends a declaration, not one inside url(…).
func declEnd(css string, plain bool) (int, bool) {
	depth := 0
	if plain {
		return strings.IndexByte(css, ';'), true
	}
	for i := 0; i < len(css); i++ {
		switch css[i] {
		case '(':
			depth++
		case ')':
			depth = max(depth-1, 0)
		case ';':
			if depth == 0 {
				return i, false
			}
		}
	}
	if depth > 0 {
		return strings.IndexByte(css, ';'), true
	}
	return -1, false
}

func (s *style) declare(name, value string, parent *style) {
	switch name {
	case "display":
		if value == "none" {
			s.gone = true
		}
	case "visibility":
		s.hidden = value == "hidden" || value == "collapse"
	case "opacity":
		if f, ok := number(strings.TrimSuffix(value, "%")); ok {
			if strings.HasSuffix(value, "%") {
				f /= 100
			}
			s.opacity = parent.opacity * min(max(f, 0), 1)
		}
	case "filter":
		if strings.Contains(strings.ReplaceAll(value, " ", ""), "opacity(0") || strings.Contains(value, "opacity=0") {
			s.opacity = 0
		}
	case "font-size":
		if px, ok := length(value, parent.size); ok {
			s.size = px
		}
	case "font":
		for _, w := range strings.Fields(value) {
			w, _, _ = strings.Cut(w, "/")
			if px, ok := length(w, parent.size); ok && !isWeight(w) {
				s.size = px
				break
			}
		}
	case "color":
		if c, clear, ok := colour(value); ok {
			s.color, s.noColor = c, clear
		}
	case "background", "background-color":
		s.background(value)
	case "background-image":
		if value != "none" {
			s.picture = true
		}
	case "text-indent", "left", "top", "margin-left", "margin-top", "right":
		if px, ok := length(value, parent.size); ok && px <= -500 {
			s.away = true
			s.absolute = s.absolute || name == "text-indent" || strings.HasPrefix(name, "margin")
		}
	case "position":
		s.absolute = s.absolute || value == "absolute" || value == "fixed"
	default:
		s.box(name, value, parent)
	}
}

// box reads what makes a box too small to show anything.
func (s *style) box(name, value string, parent *style) {
	switch name {
	case "overflow", "overflow-x", "overflow-y":
		s.overflow = s.overflow || value == "hidden" || value == "clip"
	case "height", "max-height", "width", "max-width":
		if px, ok := length(value, parent.size); ok && px <= 1 {
			s.flat = true
		}
	case "clip":
		v := strings.NewReplacer(" ", "", "px", "", ",", "").Replace(value)
		if v == "rect(0000)" || v == "rect(1111)" {
			s.gone = true
		}
	case "clip-path":
		if strings.Contains(value, "inset(100%") || strings.Contains(value, "inset(50%") {
			s.gone = true
		}
	case "transform":
		if v := strings.ReplaceAll(value, " ", ""); strings.Contains(v, "scale(0)") || strings.Contains(v, "scale(0,") {
			s.gone = true
		}
	}
}

func (s *style) background(value string) {
	if strings.Contains(value, "url(") || strings.Contains(value, "gradient(") {
		s.picture = true
		return
	}
	for _, w := range splitValues(value) {
		if c, clear, ok := colour(w); ok {
			if !clear {
				s.ground, s.picture = c, false
			}
			return
		}
	}
}

// splitValues splits at white space outside of parentheses.
func splitValues(v string) []string {
	if strings.IndexByte(v, '(') < 0 {
		return strings.Fields(v)
	}
	var out []string
	depth, start := 0, 0
	for i := 0; i <= len(v); i++ {
		switch {
		case i == len(v) || v[i] == ' ' && depth == 0:
			if i > start {
				out = append(out, v[start:i])
			}
			start = i + 1
		case v[i] == '(':
			depth++
		case v[i] == ')':
			depth = max(depth-1, 0)
		}
	}
	return out
}

func isWeight(w string) bool { return len(w) == 3 && w[1:] == "00" }

func number(s string) (float64, bool) {
	f, err := strconv.ParseFloat(trim(s), 64)
	return f, err == nil && f == f && f > -1e9 && f < 1e9
}

// length reads a CSS length in px; base is what em and percent refer to.
func length(v string, base float64) (float64, bool) {
	v = trim(v)
	switch v {
	case "xx-small", "x-small", "small", "smaller":
		return 10, true
	case "medium":
		return 16, true
	case "large", "larger", "x-large", "xx-large":
		return 20, true
	}
	for _, u := range [...]struct {
		unit string
		px   float64
	}{{"px", 1}, {"pt", 4.0 / 3}, {"rem", 16}, {"em", base}, {"%", base / 100}, {"pc", 16}, {"in", 96}, {"cm", 38}, {"mm", 3.8}, {"ex", base / 2}, {"vw", 8}, {"", 1}} {
		if num, ok := strings.CutSuffix(v, u.unit); ok {
			if f, ok := number(num); ok {
				return f * u.px, true
			}
		}
	}
	return 0, false
}

// colour reads a CSS colour; clear means that it is (nearly) transparent.
func colour(v string) (c rgb, clear, ok bool) {
	v = trim(v)
	switch {
	case v == "transparent":
		return rgb{}, true, true
	case strings.HasPrefix(v, "#"):
		c, ok = hexColour(v[1:])
		return c, false, ok
	case strings.HasPrefix(v, "rgb"):
		i, j := strings.IndexByte(v, '('), strings.IndexByte(v, ')')
		if i < 0 || j < i {
			return c, false, false
		}
		f := strings.FieldsFunc(v[i+1:j], func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
		if len(f) < 3 {
			return c, false, false
		}
		var n [3]uint8
		for k := range n {
			x, ok := number(strings.TrimSuffix(f[k], "%"))
			if !ok {
				return c, false, false
			}
			if strings.HasSuffix(f[k], "%") {
				x *= 2.55
			}
			n[k] = uint8(min(max(x, 0), 255))
		}
		if len(f) > 3 {
			if a, ok := number(strings.TrimSuffix(f[3], "%")); ok && a < 0.1 {
				clear = true
			}
		}
		return rgb{n[0], n[1], n[2]}, clear, true
	}
	c, ok = namedColour(v)
	return c, false, ok
}

func hexColour(h string) (rgb, bool) {
	switch len(h) {
	case 3, 4:
		h = string([]byte{h[0], h[0], h[1], h[1], h[2], h[2]})
	case 6:
	case 8:
		h = h[:6]
	default:
		return rgb{}, false
	}
	n, err := strconv.ParseUint(h, 16, 32)
	if err != nil {
		return rgb{}, false
	}
	return rgb{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

// namedColour knows the sixteen colours of HTML 4 and a few near white, which
// are what hiding needs; a name that it does not know hides nothing.
func namedColour(v string) (rgb, bool) {
	switch v {
	case "white":
		return rgb{255, 255, 255}, true
	case "snow", "ghostwhite", "whitesmoke", "ivory", "floralwhite", "azure", "mintcream":
		return rgb{250, 250, 250}, true
	case "black":
		return rgb{}, true
	case "red":
		return rgb{255, 0, 0}, true
	case "green":
		return rgb{0, 128, 0}, true
	case "blue":
		return rgb{0, 0, 255}, true
	case "yellow":
		return rgb{255, 255, 0}, true
	case "gray", "grey":
		return rgb{128, 128, 128}, true
	case "silver", "lightgray", "lightgrey":
		return rgb{192, 192, 192}, true
	case "maroon":
		return rgb{128, 0, 0}, true
	case "navy":
		return rgb{0, 0, 128}, true
	case "orange":
		return rgb{255, 165, 0}, true
	case "purple":
		return rgb{128, 0, 128}, true
	case "teal":
		return rgb{0, 128, 128}, true
	case "lime":
		return rgb{0, 255, 0}, true
	case "aqua", "cyan":
		return rgb{0, 255, 255}, true
	case "fuchsia", "magenta":
		return rgb{255, 0, 255}, true
	case "olive":
		return rgb{128, 128, 0}, true
	}
	return rgb{}, false
}

// selector is a simple selector: a tag, a class or an id, or a tag with one of
// the two.
type selector struct {
	tag  string
	mark byte // '.', '#' or 0
	name string
}

// sheet holds the rules of a message's style elements.
type sheet struct {
	rules map[selector][]string // → declarations
	n     int
	work  int // bytes of declarations applied so far
}

// maxWork bounds what matching may cost: many rules times many elements.
const maxWork = 2 << 20

// maxRules bounds a sheet.
const maxRules = 2000

// add reads a style element. Rules inside @media and the like are left out, as
// are selectors that need to know an element's surroundings.
func (sh *sheet) add(css string) {
	css = dropCSSComments(css)
	for len(css) > 0 && sh.n < maxRules {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			return
		}
		selectors := trim(css[:open])
		end := blockEnd(css, open)
		body := css[open+1 : max(end, open+1)]
		css = css[min(end+1, len(css)):]
		if i := strings.LastIndexByte(selectors, ';'); i >= 0 { // @import …;
			selectors = trim(selectors[i+1:])
		}
		if strings.HasPrefix(selectors, "@") {
			continue
		}
		for _, sel := range strings.Split(selectors, ",") {
			sel = trim(strings.TrimPrefix(trim(sel), "<!--"))
			if sel == "" || len(sel) > 200 || strings.ContainsAny(sel, " >+~:[*") {
				continue
			}
			if sh.rules == nil {
				sh.rules = make(map[selector][]string)
			}
			if sh.n++; sh.n >= maxRules {
				return
			}
			key := readSelector(sel)
			sh.rules[key] = append(sh.rules[key], body)
		}
	}
}

// blockEnd returns the index of the brace that closes the one at open.
func blockEnd(css string, open int) int {
	depth := 0
	for i := open; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css)
}

func dropCSSComments(css string) string {
	if !strings.Contains(css, "/*") {
		return css
	}
	var b strings.Builder
	for {
		i := strings.Index(css, "/*")
		if i < 0 {
			b.WriteString(css)
			return b.String()
		}
		b.WriteString(css[:i])
		j := strings.Index(css[i+2:], "*/")
		if j < 0 {
			return b.String()
		}
		css = css[i+2+j+2:]
	}
}

func readSelector(s string) selector {
	if i := strings.IndexAny(s, ".#"); i >= 0 {
		return selector{asciiLower(s[:i]), s[i], s[i+1:]}
	}
	return selector{tag: asciiLower(s)}
}

// match applies the rules for an element to a style.
func (sh *sheet) match(s *style, parent *style, tag, class, id string) {
	if sh.rules == nil {
		return
	}
	sh.use(s, parent, selector{tag: tag})
	for n := 0; n < 20; n++ {
		class = trim(class)
		if class == "" {
			break
		}
		c := class
		if i := strings.IndexAny(class, " \t\r\n"); i > 0 {
			c, class = class[:i], class[i:]
		} else {
			class = ""
		}
		sh.use(s, parent, selector{"", '.', c})
		sh.use(s, parent, selector{tag, '.', c})
	}
	if id != "" {
		sh.use(s, parent, selector{"", '#', id})
		sh.use(s, parent, selector{tag, '#', id})
	}
}

func (sh *sheet) use(s, parent *style, key selector) {
	for _, css := range sh.rules[key] {
		if sh.work += len(css) + 16; sh.work > maxWork {
			return
		}
		s.apply(css, parent)
	}
}
