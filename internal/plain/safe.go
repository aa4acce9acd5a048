package plain

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"kith/internal/kith"
)

// maxShown is the number of characters of a piece of evidence that is shown.
const maxShown = 80

// Safe makes text from outside fit to be shown: characters that show nothing,
// move the cursor or turn the writing direction become "�", white space becomes
// one space, and what is longer than maxRunes loses its middle, since the end
// of a file name and of an address is what matters. maxRunes below 3 is 3.
func Safe(s string, maxRunes int) string {
	var out []rune
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = len(out) > 0
			continue
		case !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) || blank(r):
			r = unicode.ReplacementChar
		}
		if space {
			out, space = append(out, ' '), false
		}
		out = append(out, r)
	}
	maxRunes = max(maxRunes, 3)
	if len(out) <= maxRunes {
		return string(out)
	}
	head := (maxRunes - 1) / 2
	return string(out[:head]) + "…" + string(out[len(out)-(maxRunes-1-head):])
}

// blank reports whether a letter is one that shows nothing.
func blank(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\u034f', '\u17b4', '\u17b5':
		return true
	}
	return false
}

// show is a piece of evidence as it stands in a sentence.
func show(lang *language, e kith.Evidence) string {
	switch e.Type {
	case kith.EvCount:
		return lang.number(e.N)
	case kith.EvTime:
		return lang.date(e.Time)
	case kith.EvHost:
		return Safe(readable(e.Text), maxShown)
	case kith.EvAddress:
		local, domain, ok := strings.Cut(e.Text, "@")
		if !ok || strings.Contains(domain, "@") {
			return Safe(e.Text, maxShown)
		}
		return Safe(local+"@"+readable(domain), maxShown)
	case kith.EvName:
		return lang.honour(Safe(e.Text, maxShown))
	}
	return Safe(e.Text, maxShown)
}

// readable returns the letters of an A-label host where they are of a kind that
// nobody takes for another: Latin letters of western Europe, Hangul, kana and
// Han. Everything else stays in its "xn--" form, which is ugly and honest.
func readable(host string) string {
	if !strings.Contains(host, "xn--") {
		return host
	}
	u, err := idna.Display.ToUnicode(host)
	if err != nil || u == "" {
		return host
	}
	latin, asian := false, false
	for _, r := range u {
		switch {
		case r < 0x80 || unicode.Is(unicode.Hangul, r) || unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han):
			asian = asian || r >= 0x80
		case strings.ContainsRune("äöüßéèêëáàâãåæçñóòôõøúùûíìîïœ", r):
			latin = true
		default:
			return host
		}
	}
	if latin && asian {
		return host
	}
	return u
}
