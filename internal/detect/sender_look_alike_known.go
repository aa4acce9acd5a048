package detect

import (
	"strings"

	"golang.org/x/net/idna"

	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
)

// Invoices are stolen from a domain that differs from a supplier's by one letter.
// Everything about such a mail is in order: it is signed, it comes from where it
// says, nobody has complained. Only who knows whom we write with can tell that it
// is not them. It is asked while an author's domain is new here and nobody of ours
// has written to it. A namesake exists now and then, so it never acts alone.
var lookAlikeKnown = Detector{
	ID: "sender.look-alike-known", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Payment, kith.Impersonation},
	Sees:    "the author's domain is new here, and all but one letter that of somebody we write with",
	Beware: []string{
		"(numbered domains of one house: mail1 and mail2)",
		"(short names, which are all alike)",
		"a firm that has bought the spellings of its own name; a namesake",
	},
	Cites: []string{"address", "domain", "known", "how"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) || c.Author.Kind != kith.KindExternal {
			return nil
		}
		domain := registrable(domainOf(c.AuthorAddr))
		for _, k := range c.Known.Alike() {
			how := likeness(domain, k)
			if how == "" {
				continue
			}
			f := on(kith.PartSender, 0, address("address", c.AuthorAddr), host("domain", domain), host("known", k), word("how", how))
			f.Strength = likenessBits[how]
			return []kith.Finding{f}
		}
		return nil
	},
}

// likenessBits says how much rarer a likeness is between domains that have nothing to
// do with each other than between a thief's and the one he aims at: letters that look
// alike are chosen for it; a letter more or less happens.
var likenessBits = map[string]float64{directory.LikeConfusable: 6, directory.LikeEdit: 4}

// minLikeLabel is the shortest name for which one letter means something.
const minLikeLabel = 5

// likeness tells how two registrable domains under one suffix are alike, "" when they
// are not, or are the same.
func likeness(a, b string) string {
	one, suffix, _ := strings.Cut(a, ".")
	two, other, _ := strings.Cut(b, ".")
	if suffix != other || one == two || one == "" || two == "" {
		return ""
	}
	one, two = unicodeLabel(one), unicodeLabel(two)
	s, t := directory.Skeleton(one), directory.Skeleton(two)
	switch {
	case s == t:
		return directory.LikeConfusable
	case len(s) < minLikeLabel || len(t) < minLikeLabel || digitsApart(one, two):
	case oneEdit([]rune(one), []rune(two)), oneEdit([]rune(s), []rune(t)):
		return directory.LikeEdit
	}
	return ""
}

// unicodeLabel returns a label as it is meant to be read.
func unicodeLabel(label string) string {
	if strings.HasPrefix(label, "xn--") {
		if u, err := idna.Punycode.ToUnicode(label); err == nil {
			return u
		}
	}
	return label
}

// digitsApart reports whether two names are one but for their numbers.
func digitsApart(a, b string) bool {
	word := func(s string) string {
		return strings.Map(func(r rune) rune {
			if '0' <= r && r <= '9' {
				return -1
			}
			return r
		}, s)
	}
	return len(a) == len(b) && word(a) == word(b)
}

// oneEdit reports whether one letter was added, dropped or changed, or two
// neighbours were swapped.
func oneEdit(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i, j := 0, 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	for j < len(a)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	switch apart := len(b) - i - j; {
	case apart == 1:
		return true
	case apart == 2 && len(a) == len(b):
		return a[i] == b[i+1] && a[i+1] == b[i]
	}
	return false
}
