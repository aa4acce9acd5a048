package detect

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

// A link that shows one address and leads to another is either a deceit or a
// counter of clicks, and the second is a thousand times more common. The two
// detectors here share the cases out: a detour that the sender's own proven
// domain or a mailing service makes, or that carries the shown address along,
// is remarked upon and weighs next to nothing; the rest is a mismatch.

// fileLike are top-level domains that are file endings to people: a bare word
// with one of these is not taken for an address.
var fileLike = set("zip mov md sh py pl rs ps ai so cc st pub app one")

// shownHost returns the host that a link's text claims to lead to, "" when the
// text is not an address.
func shownHost(text string) string {
	text = strings.TrimFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\u00a0<>()[]\"'“”„«»‹›.,;:!", r) })
	if len(text) < 4 || len(text) > 2000 || strings.ContainsAny(text, "@ \t\u00a0") || !strings.ContainsAny(text, ".。．") {
		return ""
	}
	s, bare := strings.ToLower(text), true
	if rest, ok := strings.CutPrefix(s, "https://"); ok {
		s, bare = rest, false
	} else if rest, ok := strings.CutPrefix(s, "http://"); ok {
		s, bare = rest, false
	} else if strings.HasPrefix(s, "www.") {
		bare = false
	}
	if i := strings.IndexAny(s, "/?#:"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimSuffix(s, ".")
	if strings.Contains(s, "…") || strings.Contains(s, "..") {
		return ""
	}
	h, err := idna.Lookup.ToASCII(s)
	if err != nil {
		return ""
	}
	dot := strings.LastIndexByte(h, '.')
	if dot <= 0 || bare && fileLike[h[dot+1:]] {
		return ""
	}
	if _, icann := publicsuffix.PublicSuffix(h); !icann && bare {
		return ""
	}
	if registrable(h) == h && strings.Count(h, ".") == 0 {
		return ""
	}
	return h
}

type linkVerdict int

const (
	linkFine linkVerdict = iota
	linkByWay
	linkElsewhere
)

// reachable reports whether a host can be led to: a broken one (an address written
// with its bracket, "www.example.org>") opens nothing, and deceives nobody.
func reachable(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("<>\"'`^|\\{}()%,;", r)
	})
}

func judgeLink(c *facts.Case, l *mail.Link) (shown string, v linkVerdict) {
	if l.Source != mail.LinkHTML || l.Text == "" || l.Scheme != "http" && l.Scheme != "https" || !reachable(l.Host) {
		return "", linkFine
	}
	shown = shownHost(l.Text)
	if shown == "" {
		return "", linkFine
	}
	target := registrable(l.Host)
	if registrable(shown) == target {
		return "", linkFine
	}
	// The author's own proven domain is no excuse by itself: a phisher's is proven
	// too. It is one where the shown address is the author's own as well, or the
	// mail is a proven bulk mail, whose counters work so.
	own := slices.ContainsFunc(c.Auth.Aligned, func(d string) bool { return registrable(d) == registrable(shown) })
	if own || c.Auth.Proven() && bulk(c) || carries(l.URL, shown) {
		return shown, linkByWay
	}
	return shown, linkElsewhere
}

// carries reports whether an address contains the shown host beyond its own
// host: as click counters and the link guards of other mail systems do, once
// or twice percent-encoded.
func carries(link, shown string) bool {
	_, rest, ok := strings.Cut(link, "://")
	if !ok {
		return false
	}
	slash := strings.IndexAny(rest, "/?#")
	if slash < 0 {
		return false
	}
	rest = rest[slash:]
	for range 3 {
		low := strings.ToLower(rest)
		if strings.Contains(low, "://"+shown) || strings.Contains(low, "/"+shown) || strings.Contains(low, "="+shown) {
			return true
		}
		next, err := url.QueryUnescape(rest)
		if err != nil || next == rest {
			return false
		}
		rest = next
	}
	return false
}

func lookLinks(want linkVerdict) func(*facts.Case) []kith.Finding {
	return func(c *facts.Case) (found []kith.Finding) {
		for i := range c.Mail.Links {
			l := &c.Mail.Links[i]
			shown, v := judgeLink(c, l)
			if v != want {
				continue
			}
			found = append(found, on(kith.PartLink, i, host("shown", shown), host("target", l.Host)))
			if len(found) == MaxFindings {
				break
			}
		}
		return found
	}
}

var linkMismatch = Detector{
	ID: "link.text-mismatch", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Credential, kith.Malware},
	Sees:    "a link whose text is one address and whose target is another organisation's",
	Beware: []string{
		"(counters of clicks and link guards: see link.detour)",
		"(words that only look like addresses: report.zip, Node.js)",
		"two domains of the same company",
	},
	Cites: []string{"shown", "target"},
	Look:  lookLinks(linkElsewhere),
}

var linkDetour = Detector{
	ID: "link.detour", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Credential},
	Sees:    "a link that shows one address and goes by way of another: a counter of clicks, or one that is pretended",
	Beware:  []string{"nearly every newsletter; it is there to be said, and weighs next to nothing"},
	Cites:   []string{"shown", "target"},
	Look:    lookLinks(linkByWay),
}
