package trait

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"kith/internal/mail"
)

// maxLinkHosts is the number of link hosts that are listed.
const maxLinkHosts = 12

// LinkHosts lists where the visible web links of a mail lead: the registrable
// domains, in the order in which they stand, each once.
//
// People link to few places: their own site, their tracker, two or three big ones.
// Pages behind a domain change with every mail, hosts in it seldom mean anything.
// Where strangers live under one domain (github.io, the documents of Google) the
// host is kept whole, since each host is somebody else's. What is there to leave a
// list comes last: it is put in by a server.
//
// New places come with new subjects; a first link means little in an author who
// links to something new in every mail, and that can be counted.
func LinkHosts(m *mail.Message) []string {
	var out, last []string
	for i := range m.Links {
		l := &m.Links[i]
		if l.Scheme != "http" && l.Scheme != "https" || !named(l.Host) {
			continue
		}
		into := &out
		switch {
		case l.Source == mail.LinkCard || leaves(l):
			into = &last
		case l.Source == mail.LinkImage || !l.Visible:
			continue
		}
		if h := site(l.Host); len(*into) < maxLinkHosts && !slices.Contains(*into, h) {
			*into = append(*into, h)
		}
	}
	for _, h := range last {
		if len(out) < maxLinkHosts && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// named reports whether a link has a host that can be looked up: a name with a dot,
// or an address. Examples in a text ("http://$HOST/") lead nowhere.
func named(host string) bool {
	dots := 0
	for i := range len(host) {
		switch c := host[i]; {
		case c == '.', c == ':':
			dots++
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_', c == '[', c == ']':
		default:
			return false
		}
	}
	return dots > 0
}

// leaves reports whether a link is there to leave a list.
func leaves(l *mail.Link) bool {
	return has(l.URL, "unsubscribe") || has(l.Text, "unsubscribe") || has(l.URL, "/options/") && has(l.URL, "mailman")
}

// has reports whether s contains a word of lower-case letters, in any case, within
// the first bytes.
func has(s, word string) bool {
	s = s[:min(len(s), 300)]
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 == word[0] && strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

// tenants are domains under which each host belongs to somebody else, or serves
// what anybody may put there, and that the public suffix list does not know as such.
var tenants = [...]string{
	"google.com", "sharepoint.com", "office.com", "live.com", "atlassian.net", "zendesk.com", "salesforce.com", "force.com", "hubspot.com",
	"wordpress.com", "substack.com", "mailchimp.com", "list-manage.com", "typeform.com", "jotform.com", "dropboxusercontent.com", "googleusercontent.com",
}

// site returns the registrable domain of a host; the host itself where hosts of one
// domain are not of one owner, and where it is no name.
func site(host string) string {
	host = strings.TrimPrefix(host, "www.")
	d, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || slices.Contains(tenants[:], d) {
		d = host
	}
	return bounded(d)
}
