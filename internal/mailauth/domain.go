package mailauth

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// idn maps what people write to A-labels. It is lenient about ASCII (labels
// with "_" exist in d= and MAIL FROM), strict about the rest.
var idn = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false))

// normalDomain returns a domain in lower-case A-labels without its last dot,
// or "" when it cannot be one (RFC 5890; RFC 8616 for d= and s=).
func normalDomain(s string) string {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 1024 {
		return ""
	}
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			a, err := idn.ToASCII(s)
			if err != nil {
				return ""
			}
			s = a
			break
		}
	}
	if len(s) > 253 || !plainLabels(s) {
		return ""
	}
	return strings.ToLower(s)
}

// plainLabels reports whether every label has 1 to 63 letters, digits, "-" or
// "_".
func plainLabels(s string) bool {
	length := 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '.' {
			if length == 0 || length > 63 {
				return false
			}
			length = 0
			continue
		}
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
		length++
	}
	return true
}

// domainOf returns the normal domain of an address, or of a bare domain.
func domainOf(addr string) string {
	return normalDomain(addr[strings.LastIndexByte(addr, '@')+1:])
}

// within reports whether a domain is the given one or below it.
func within(domain, parent string) bool {
	return domain == parent ||
		len(domain) > len(parent) && strings.HasSuffix(domain, parent) && domain[len(domain)-len(parent)-1] == '.'
}

// listedOrg is the organizational domain as the public suffix list sees it:
// the way of RFC 7489 section 3.2, used where the DNS names none.
func listedOrg(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// registry reports whether a domain is one below which registries sell names:
// a suffix of the list's ICANN part, or a top-level domain that it lacks. The
// private part (hosting companies) is left out: they may publish records and
// mean them.
func registry(domain string) bool {
	suffix, icann := publicsuffix.PublicSuffix(domain)
	return suffix == domain && (icann || !strings.Contains(domain, "."))
}
