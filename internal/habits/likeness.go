package habits

import (
	"context"
	"strings"

	"golang.org/x/net/idna"

	"kith/internal/baseline"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
)

// A thief of invoices buys a domain that differs from a supplier's by one letter.
// To find the supplier again, each domain that somebody of ours writes with stands
// under several rough forms, and a new domain is looked for under its own: two
// domains one letter apart share a form. Which of those found really look alike is
// the detector's question.

// Bounds of the forms.
const (
	minLikeLabel  = 5  // nearly every name of four letters is one letter from another
	mostDeletions = 11 // up to so many letters a form leaves out each of them in turn
	endLetters    = 6  // beyond, one letter spares the first or the last so many
	maxAlike      = 8  // known domains that are told of one new one
)

// looks is what of a registrable domain is compared: the skeleton of the label that
// was registered, and what stands behind it.
func looks(domain string) (label, suffix string) {
	label, suffix, _ = strings.Cut(domain, ".")
	if strings.HasPrefix(label, "xn--") {
		if u, err := idna.Punycode.ToUnicode(label); err == nil {
			label = u
		}
	}
	return directory.Skeleton(label), suffix
}

// likeForms lists the forms of a registrable domain, at most twelve: its skeleton;
// for a label of five letters and more, the skeleton without each letter in turn;
// for one of twelve and more, its two ends, with half its length, so that the rows
// stay few and small. A letter added to a label of eleven, taken from one of
// twelve, or the two in its middle swapped, is not found.
func likeForms(domain string) []string {
	label, suffix := looks(domain)
	if label == "" || suffix == "" {
		return nil
	}
	forms := []string{label + "." + suffix}
	letters := []rune(label)
	switch n := len(letters); {
	case n < minLikeLabel:
	case n <= mostDeletions:
		for i := range letters {
			if i > 0 && letters[i] == letters[i-1] {
				continue // without either of two equal neighbours it is the same
			}
			forms = append(forms, string(letters[:i])+string(letters[i+1:])+"."+suffix)
		}
	default:
		// Two lengths that differ by one share one of their two halves, rounded
		// down and up.
		for _, half := range []int{n / 2, (n + 1) / 2} {
			size := strings.Repeat("*", half)
			forms = append(forms, string(letters[:endLetters])+size+"."+suffix, size+string(letters[n-endLetters:])+"."+suffix)
			if n%2 == 0 {
				break
			}
		}
	}
	return forms
}

func (k *Keeper) likeRows(domain string) []baseline.Row {
	forms := likeForms(domain)
	rows := make([]baseline.Row, len(forms))
	for i, f := range forms {
		rows[i] = k.keys.Row(baseline.Likeness, f)
	}
	return rows
}

// teachDomain makes an author's domain known by its looks, once: the domain's own
// row remembers that it was done.
func (k *Keeper) teachDomain(l *baseline.Lesson, p places, author string) {
	domain := home(author)
	if domain == "" {
		return
	}
	v := k.keys.Value(baseline.KnownDomain, domain)
	l.Row(p.domain, baseline.Key{}).Teach(baseline.KnownDomain, v)
	for _, r := range k.likeRows(domain) {
		l.Row(r, baseline.Key{}).Teach(baseline.KnownDomain, v)
	}
	l.Say(baseline.KnownDomain, v, domain)
}

// domainKnown reports whether the author's domain was made known.
func (k *Keeper) domainKnown(c *facts.Case) bool {
	n, _, _ := c.Known.Count(baseline.Domain, baseline.KnownDomain, home(authorKey(c.AuthorAddr)))
	return n > 0
}

// newDomainDays is how long a domain with which nobody of ours writes stays new: who
// sends a harmless mail first and waits a week is still asked whom he looks like.
const newDomainDays = 30

// newDomain reports whether the author's domain is one to be compared.
func newDomain(c *facts.Case) bool {
	if c.Author.Kind != kith.KindExternal || facts.Shared(domainOf(c.AuthorAddr)) {
		return false
	}
	if n, _, _ := c.Known.Count(baseline.Domain, baseline.Standing, baseline.Out); n > 0 {
		return false
	}
	n, first, _ := c.Known.Count(baseline.Domain, baseline.Standing, baseline.In)
	return n == 0 || c.Known.Day()-first <= newDomainDays
}

// alike puts the known domains that may look like the author's into his view.
func (k *Keeper) alike(ctx context.Context, c *facts.Case) error {
	if !newDomain(c) {
		return nil
	}
	domain := home(authorKey(c.AuthorAddr))
	rows := k.likeRows(domain)
	got, err := k.get(ctx, rows)
	if err != nil {
		return err
	}
	self := k.keys.Value(baseline.KnownDomain, domain)
	seen := map[baseline.Value]bool{self: true}
	var words []string
	for _, r := range rows {
		for _, v := range got[r].Values(baseline.KnownDomain) {
			if seen[v] || len(words) == maxAlike {
				continue
			}
			seen[v] = true
			word, err := k.rows.Word(ctx, baseline.FamilyValue{Family: baseline.KnownDomain.Num, Value: v}.ID())
			if err != nil {
				return err
			}
			if word != "" {
				words = append(words, word)
			}
		}
	}
	c.Known.SetAlike(words)
	return nil
}
