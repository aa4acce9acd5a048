package plain

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/internal/kith"
)

// entry is how one kind of finding is said. Reason may hold {key} for a piece of
// evidence, and among them one count; One is said in its place where that count is
// one, and the language has a form of its own for one. Less asks for less evidence
// and is said where Reason's is not all there. Bare asks for none. Cue is what to
// look for next time.
type entry struct {
	Reason, One, Less, Bare, Cue string
}

// language is one catalogue.
type language struct {
	tag        string
	quiet      string // headline of a calm verdict without reasons
	noticed    string // headline of a calm verdict with reasons
	suspicious map[kith.Class]string
	harmful    map[kith.Class]string
	unwanted   string // headline of spam
	findings   map[string]entry
	unknown    entry  // for a finding that the catalogue does not know
	more       plural // how many more findings of one kind there are

	honour func(name string) string
	number func(n int64) string
	date   func(t time.Time) string
}

// plural is a sentence in the forms that the language has for numbers. "{n}" is
// the number. One is "" in languages without a form of its own for one.
type plural struct{ One, Other string }

func (l *language) count(p plural, n int64) string {
	form := p.Other
	if n == 1 && p.One != "" {
		form = p.One
	}
	return strings.ReplaceAll(form, "{n}", l.number(n))
}

var languages = []*language{
	english.with(englishHabits), german.with(germanHabits), japanese.with(japaneseHabits), korean.with(koreanHabits),
}

// with adds sentences that stand in a file of their own.
func (l *language) with(more map[string]entry) *language {
	maps.Copy(l.findings, more)
	return l
}

// Languages lists the languages that can be asked for, the default first.
func Languages() []string {
	tags := make([]string, len(languages))
	for i, l := range languages {
		tags[i] = l.tag
	}
	return tags
}

// Speaks reports whether lang ("de", "de-AT", "DE_at") is one of the languages.
func Speaks(lang string) bool { return languageOf(lang) != nil }

func languageOf(lang string) *language {
	lang = strings.ToLower(lang)
	if i := strings.IndexAny(lang, "-_."); i >= 0 {
		lang = lang[:i]
	}
	i := slices.IndexFunc(languages, func(l *language) bool { return l.tag == lang })
	if i < 0 {
		return nil
	}
	return languages[i]
}

// Kinds lists the kinds of findings that have sentences of their own, sorted.
func Kinds() []string {
	var kinds []string
	for k := range english.findings {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

// Cites lists the evidence keys that the sentence for a kind asks for in a
// language, in their order; nil for an unknown kind or language.
func Cites(lang, kind string) []string {
	l := languageOf(lang)
	if l == nil {
		return nil
	}
	return placeholders(l.findings[kind].Reason)
}

func placeholders(s string) (keys []string) {
	for {
		_, rest, ok := strings.Cut(s, "{")
		if !ok {
			return keys
		}
		key, after, ok := strings.Cut(rest, "}")
		if !ok {
			return keys
		}
		keys, s = append(keys, key), after
	}
}

// grouped writes n with sep between thousands.
func grouped(n int64, sep string) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return sign + s
}

// Template returns the sentence for a kind before evidence is filled in, "" for
// an unknown kind or language: for the pages that describe the detectors.
func Template(lang, kind string) string {
	l := languageOf(lang)
	if l == nil {
		return ""
	}
	return l.findings[kind].Reason
}
