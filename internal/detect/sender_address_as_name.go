package detect

import (
	"strings"
	"unicode/utf8"

	"kith/internal/facts"
	"kith/internal/kith"
)

// addressIn returns the first address of one of our own domains that stands in
// a display name.
func addressIn(c *facts.Case, display string) string {
	for rest := display; ; {
		at := strings.IndexByte(rest, '@')
		if at < 0 {
			return ""
		}
		start := strings.LastIndexFunc(rest[:at], notInAddress)
		if start >= 0 {
			_, width := utf8.DecodeRuneInString(rest[start:])
			start += width
		}
		start = max(start, 0)
		end := at + 1 + strings.IndexFunc(rest[at+1:]+" ", notInAddress)
		if addr := strings.Trim(rest[start:end], "."); at > start && ours(c, domainOf(addr)) {
			return addr
		}
		rest = rest[at+1:]
	}
}

// notInAddress is what ends an address in running text.
func notInAddress(r rune) bool {
	return r <= ' ' || r == '\u00a0' || r == '\u3000' || strings.ContainsRune(`<>()[]"',;:|/\“”‘’（）「」`, r)
}

var addressAsName = Detector{
	ID: "sender.address-as-name", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "an address of ours in the place of the author's name, before another address: programs that show the name only show that",
	Beware: []string{
		"services that send for a colleague and say so (\"ann@ours via Signing\"); it weighs little by itself",
	},
	Cites: []string{"shown", "address"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) || c.AuthorAddr == "" || ours(c, domainOf(c.AuthorAddr)) || !strings.Contains(c.AuthorName, "@") {
			return nil
		}
		shown := addressIn(c, c.AuthorName)
		if shown == "" {
			return nil
		}
		return []kith.Finding{on(kith.PartSender, 0, address("shown", shown), address("address", c.AuthorAddr))}
	},
}
