package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxAddress bounds an address in bytes. RFC 5321 §4.5.3.1 allows 64 for the
// local part and 255 for the domain; twice that is still tolerated, because
// real senders overdo it, and everything beyond is no address.
const maxAddress = 640

// Normalize returns the one spelling under which an address is known. The
// domain is lower case in A-label form (RFC 5890). For our own domains alias
// domains are mapped, the local part is folded, unquoted where the quotes say
// nothing (RFC 5321 §4.1.2), and an extension behind a delimiter is cut, unless
// the address is listed with it. A foreign local part keeps its case, because
// RFC 5321 §2.4 leaves its meaning to the host; compare foreign addresses with
// SameAddress. Normalize is idempotent. What is longer than 640 bytes, or
// empty, gives "". The bare "postmaster" of RFC 5321 §4.5.1 stays bare.
func (d *Directory) Normalize(addr string) string {
	local, domain, ok := splitAddress(addr)
	if !ok {
		return ""
	}
	if domain == "" {
		return foldLocal(local)
	}
	if d == nil || !d.owns(domain) {
		return local + "@" + domain
	}
	if to, ok := d.aliasOf[domain]; ok {
		domain = to
	}
	local = foldLocal(local)
	if d.delimiter == "" || local[0] == '"' || strings.IndexAny(local, d.delimiter) <= 0 {
		return local + "@" + domain
	}
	return d.cutExtension(local, domain)
}

// cutExtension returns the address without its extension. A listed address wins
// over the rule, the longest first: with "-" as a delimiter anne-marie@ must
// stay herself. Postfix does not part a local part that begins with the
// delimiter, so neither do we. What is not listed is cut at the first
// delimiter, which makes the result the same however often it is cut.
func (d *Directory) cutExtension(local, domain string) string {
	for end := len(local); end > 0; {
		if _, listed := d.byAddr[local[:end]+"@"+domain]; listed {
			return local[:end] + "@" + domain
		}
		end = strings.LastIndexAny(local[:end], d.delimiter)
	}
	return strings.TrimSpace(local[:strings.IndexAny(local, d.delimiter)]) + "@" + domain
}

// SameAddress reports whether two addresses reach the same box as far as can be
// known from outside: equal after Normalize, without regard to case.
func (d *Directory) SameAddress(a, b string) bool {
	a, b = d.Normalize(a), d.Normalize(b)
	return a != "" && foldKey(a) == foldKey(b)
}

// splitAddress parts an address at its last "@" (a quoted local part may hold
// others) and folds the domain.
func splitAddress(addr string) (local, domain string, ok bool) {
	addr = strings.TrimSpace(addr)
	if n := len(addr); n > 1 && addr[0] == '<' && addr[n-1] == '>' {
		addr = addr[1 : n-1]
	}
	if addr == "" || len(addr) > maxAddress || !utf8.ValidString(addr) || strings.ContainsAny(addr, "\r\n\x00<>") {
		return "", "", false
	}
	i := strings.LastIndexByte(addr, '@')
	if i < 0 {
		return strings.TrimSpace(addr), "", true
	}
	local, domain = strings.TrimSpace(addr[:i]), foldDomain(addr[i+1:])
	return local, domain, local != "" && domain != ""
}

// foldDomain returns a domain in lower case A-label form without final dots. A
// name that IDNA refuses (RFC 5891 §5) is kept with its ASCII letters lowered:
// it must still compare equal to itself.
func foldDomain(domain string) string {
	domain = strings.TrimRightFunc(strings.TrimSpace(domain), isDotOrSpace)
	if isASCII(domain) {
		return strings.ToLower(domain)
	}
	a, err := idna.Lookup.ToASCII(domain)
	if err != nil || !isASCII(a) || strings.ContainsAny(a, "@ ") {
		return lowerASCII(domain)
	}
	return strings.TrimRight(strings.ToLower(a), ".")
}

func isDotOrSpace(r rune) bool { return r == '.' || unicode.IsSpace(r) }

// foldLocal folds a local part: unquoted where possible, lower case, NFC.
func foldLocal(local string) string {
	local = unquote(local)
	if isASCII(local) {
		return strings.ToLower(local)
	}
	return foldText(local)
}

// unquote takes the quotes off a local part that needs none.
func unquote(local string) string {
	n := len(local)
	if n < 3 || local[0] != '"' || local[n-1] != '"' {
		return local
	}
	var b strings.Builder
	for i := 1; i < n-1; i++ {
		c := local[i]
		if c == '\\' && i+1 < n-1 {
			i++
			c = local[i]
		}
		b.WriteByte(c)
	}
	if s := b.String(); isDotString(s) {
		return s
	}
	return local
}

// isDotString reports whether s is a Dot-string of RFC 5321 §4.1.2, with UTF-8
// as in RFC 6531 §3.3.
func isDotString(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == 0x7f || strings.IndexByte(`()<>[]:;@\,"`, c) >= 0 {
			return false
		}
	}
	return !strings.ContainsFunc(s, unicode.IsSpace)
}

// foldKey is what addresses are compared by: without regard to case.
func foldKey(addr string) string {
	if isASCII(addr) {
		return strings.ToLower(addr)
	}
	return foldText(addr)
}

// foldText lowers and composes until nothing changes: lowering can leave a form
// that composes anew (Ǆ, İ), and a key must be its own key.
func foldText(s string) string {
	for range 4 {
		t := norm.NFC.String(strings.ToLower(s))
		if t == s {
			break
		}
		s = t
	}
	return s
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
