package detect

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"kith/internal/facts"
	"kith/internal/kith"
)

// domainOf returns the domain of an address in lower case, "" when it has none.
func domainOf(addr string) string {
	at := strings.LastIndexByte(addr, '@')
	if at < 0 || at == len(addr)-1 {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(addr[at+1:]), ".")
}

// registrable returns the organizational domain of a host by the public suffix
// list (RFC 7489 section 3.2), or the host itself when it is one by itself (an
// address literal, a public suffix).
func registrable(host string) string {
	d, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return d
}

// fromOutside reports whether nothing on our side vouches for the message.
func fromOutside(c *facts.Case) bool {
	return c.Direction == kith.Inbound || c.Direction == kith.UnknownDirection
}

// ours reports whether a domain is one of the organisation's.
func ours(c *facts.Case, domain string) bool {
	return domain != "" && c.Dir != nil && c.Dir.IsOurs(domain)
}

// bulk reports whether the message says that it is sent to many (RFC 2369,
// RFC 2919). Everybody can say so: it excuses little things only.
func bulk(c *facts.Case) bool {
	l := &c.Mail.List
	return l.ID != "" || l.Unsubscribe != "" || l.Post != ""
}

// vouched reports whether some domain, of whomever, answers for the message:
// who it is is known, though not that it is the author.
func vouched(c *facts.Case) bool {
	if c.Auth.SPF == "pass" || c.Auth.ARC == "pass" {
		return true
	}
	for _, s := range c.Auth.DKIM {
		if s.Status == "pass" {
			return true
		}
	}
	return false
}

// signedIn reports whether the author himself signed in to send this; false where
// nothing is known of the way it came.
func signedIn(c *facts.Case) bool { return c.Envelope != nil && c.SignedIn() }

// proven reports whether something vouches for the author himself.
func proven(c *facts.Case) bool { return c.Envelope != nil && c.Proven() }

// lower is the form of an address under which habits know it.
func lower(addr string) string { return strings.ToLower(addr) }
