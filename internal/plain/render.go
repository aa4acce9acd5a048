package plain

import (
	"slices"
	"strings"

	"kith/internal/kith"
)

// Text is a judgement in words.
type Text struct {
	Headline string   // one sentence, what to make of the mail
	Reasons  []string // why, the weightiest first, at most MaxReasons
	Cue      string   // what to look for next time, "" when there is nothing to say
}

// MaxReasons is how many reasons a person is told: who is told more remembers
// none.
const MaxReasons = 3

// Render says a judgement in a language. An unknown language is English. It is
// safe for concurrent use, and the text is safe for a terminal (see Safe).
func Render(lang string, j kith.Judgement) Text {
	l := languageOf(lang)
	if l == nil {
		l = &english
	}
	var t Text
	kinds := make(map[string]int64) // how many findings of each kind there are
	for _, r := range j.Verdict.Reasons {
		kinds[r.Finding.Kind]++
	}
	for _, r := range j.Verdict.Reasons {
		n, fresh := kinds[r.Finding.Kind]
		if !fresh || r.Bits <= 0 || len(t.Reasons) == MaxReasons {
			continue
		}
		delete(kinds, r.Finding.Kind)
		s := l.reason(&r.Finding)
		if slices.Contains(t.Reasons, s) {
			continue // two kinds that people need not tell apart are said as one
		}
		if n > 1 {
			s += l.join() + l.count(l.more, n-1)
		}
		t.Reasons = append(t.Reasons, s)
		if t.Cue == "" {
			t.Cue = l.entry(r.Finding.Kind).Cue
		}
	}
	t.Headline = l.headline(j.Verdict, len(t.Reasons) > 0)
	return t
}

// Reason says one finding.
func Reason(lang string, f kith.Finding) string {
	l := languageOf(lang)
	if l == nil {
		l = &english
	}
	return l.reason(&f)
}

func (l *language) entry(kind string) entry {
	if e, ok := l.findings[kind]; ok {
		return e
	}
	return l.unknown
}

// reason says the fullest sentence for which the evidence is there.
func (l *language) reason(f *kith.Finding) string {
	e := l.entry(f.Kind)
	full := e.Reason
	if e.One != "" && isOne(f, e.Reason) {
		full = e.One
	}
	for _, form := range []string{full, e.Less} {
		if s, ok := l.fill(form, f); ok {
			return s
		}
	}
	return e.Bare
}

// isOne reports whether the count that a sentence asks for is one.
func isOne(f *kith.Finding, sentence string) bool {
	for _, key := range placeholders(sentence) {
		if e, ok := f.Find(key); ok && e.Type == kith.EvCount {
			return e.N == 1
		}
	}
	return false
}

// fill fills a sentence in, in one pass: a brace in the evidence is a brace. ok is
// false when there is no sentence, or a piece of evidence is missing.
func (l *language) fill(sentence string, f *kith.Finding) (s string, ok bool) {
	var b strings.Builder
	for rest := sentence; ; {
		before, after, open := strings.Cut(rest, "{")
		b.WriteString(before)
		if !open {
			return b.String(), sentence != ""
		}
		key, after, _ := strings.Cut(after, "}")
		ev, found := f.Find(key)
		if !found {
			return "", false
		}
		b.WriteString(show(l, ev))
		rest = after
	}
}

func (l *language) headline(v kith.Verdict, reasons bool) string {
	if v.Class == kith.Spam && v.Band != kith.Calm {
		return l.unwanted
	}
	switch v.Band {
	case kith.Harm:
		return pick(l.harmful, v.Class)
	case kith.Suspicious:
		return pick(l.suspicious, v.Class)
	}
	if reasons {
		return l.noticed
	}
	return l.quiet
}

// pick returns the headline of a class, or that for any class, kept under "".
func pick(m map[kith.Class]string, c kith.Class) string {
	if s, ok := m[c]; ok {
		return s
	}
	return m[""]
}

// join is what stands between two sentences.
func (l *language) join() string {
	if l.tag == "ja" {
		return ""
	}
	return " "
}
