package mail

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxURL bounds one kept URL: what is longer is cut. A data: URL may be as long
// as a file, and its begin says what it is.
const maxURL = 4096

// newLink makes a Link of a URL as written.
func newLink(src LinkSource, p *Part, raw string, visible bool) Link {
	u := cleanURL(raw)
	l := Link{Source: src, Part: p, URL: u, Visible: visible}
	l.Scheme, l.Host = schemeHost(u)
	if l.Scheme == "" && l.Host == "" && len(u) > 4 && asciiLower(u[:4]) == "www." {
		_, l.Host = schemeHost("http://" + u)
		l.Scheme = "http" // what programs make of it
	}
	return l
}

// cleanURL does what a browser does before it reads a URL: white space at the
// ends and line breaks and tabs inside are dropped (WHATWG URL section 4.4).
func cleanURL(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || unicode.IsSpace(r) })
	if strings.ContainsAny(s, "\t\r\n") {
		s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	}
	return cutText(s, maxURL)
}

// cutText cuts a string at a character border, at most n bytes.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// schemeHost reads scheme and host as a browser does, not as a strict parser:
// backslashes are slashes, any number of them may stand after the scheme, what
// stands before "@" is no host, percent signs in a host are decoded.
func schemeHost(u string) (scheme, host string) {
	i := strings.IndexByte(u, ':')
	if i > 0 && isScheme(u[:i]) {
		scheme, u = asciiLower(u[:i]), u[i+1:]
	}
	switch scheme {
	case "http", "https", "ftp", "ws", "wss":
		u = strings.TrimLeft(u, `/\`)
	case "":
		if !strings.HasPrefix(u, "//") && !strings.HasPrefix(u, `\\`) {
			return "", ""
		}
		u = u[2:]
	case "mailto":
		return scheme, mailtoHost(u)
	default:
		if !strings.HasPrefix(u, "//") {
			return scheme, ""
		}
		u = u[2:]
	}
	if i := strings.IndexAny(u, `/\?#`); i >= 0 {
		u = u[:i]
	}
	if i := strings.LastIndexByte(u, '@'); i >= 0 {
		u = u[i+1:]
	}
	return scheme, cleanHost(u)
}

func mailtoHost(u string) string {
	if i := strings.IndexByte(u, '?'); i >= 0 {
		u = u[:i]
	}
	if i := strings.LastIndexByte(u, '@'); i >= 0 {
		return cleanHost(u[i+1:])
	}
	return ""
}

func isScheme(s string) bool {
	if len(s) > 32 || lower(s[0]) < 'a' || lower(s[0]) > 'z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := lower(s[i])
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// lookup maps a host to A-labels as a browser does: full-width and other
// compatibility characters become what they stand for.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))

// cleanHost drops the port and makes the host lower case A-labels.
func cleanHost(h string) string {
	if strings.HasPrefix(h, "[") {
		if i := strings.IndexByte(h, ']'); i > 0 {
			return asciiLower(h[:i+1])
		}
	}
	if i := strings.LastIndexByte(h, ':'); i >= 0 {
		h = h[:i]
	}
	if strings.IndexByte(h, '%') >= 0 {
		if d, err := url.PathUnescape(h); err == nil {
			h = d
		}
	}
	h = strings.TrimRight(h, ".")
	if len(h) > 255 {
		return ""
	}
	if asciiString(h) {
		return asciiLower(h)
	}
	if a, err := lookup.ToASCII(h); err == nil {
		return strings.TrimRight(a, ".")
	}
	return strings.ToLower(strings.ToValidUTF8(h, ""))
}

// textLinks finds the URLs that a mail program would make links of in running
// text: those with a known scheme and bare "www.". fn returns false to stop.
func textLinks(s string, fn func(url string, at int) bool) {
	for from := 0; from < len(s); {
		at, n := nextURL(s[from:])
		if at < 0 {
			return
		}
		at += from
		end := urlEnd(s, at+n)
		if end > at+n {
			if !fn(s[at:end], at) {
				return
			}
		}
		from = max(end, at+n)
	}
}

// nextURL returns where the next URL begins and how long its fixed begin is.
func nextURL(s string) (at, n int) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ':':
			if n := schemeBefore(s, i); n > 0 && strings.HasPrefix(s[i:], "://") {
				return i - n, n + 3
			}
		case 'w', 'W':
			if len(s) > i+4 && s[i+3] == '.' && lower(s[i+1]) == 'w' && lower(s[i+2]) == 'w' && (i == 0 || !wordByte(s[i-1])) {
				return i, 4
			}
		}
	}
	return -1, 0
}

// schemeBefore returns the length of a linkable scheme that ends before i.
func schemeBefore(s string, i int) int {
	for _, sch := range [...]string{"https", "http", "ftp", "file", "smb"} {
		if n := len(sch); i >= n && asciiLower(s[i-n:i]) == sch && (i == n || !wordByte(s[i-n-1])) {
			return n
		}
	}
	return 0
}

func wordByte(c byte) bool {
	c = lower(c)
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
}

// urlEnd returns where the URL that has begun ends. Punctuation that closes a
// sentence does not belong to it, nor does a bracket without its opening one.
func urlEnd(s string, from int) int {
	end := from
	for end < len(s) && end < from+maxURL {
		r, n := utf8.DecodeRuneInString(s[end:])
		if r <= ' ' || r == '<' || r == '>' || r == '"' || r == '`' || r == 0x7f || unicode.IsSpace(r) ||
			r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xff60 || r == utf8.RuneError || r == 0x201d || r == 0x2019 {
			break
		}
		end += n
	}
	for end > from {
		c := s[end-1]
		if strings.IndexByte(".,;:!?'*_", c) >= 0 {
			end--
			continue
		}
		if c == ')' || c == ']' || c == '}' {
			open := map[byte]string{')': "(", ']': "[", '}': "{"}[c]
			if strings.Count(s[from:end], open) < strings.Count(s[from:end], string(c)) {
				end--
				continue
			}
		}
		break
	}
	return end
}
