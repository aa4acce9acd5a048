package directory

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// How a domain looks like one of ours, in the order of likeness.
const (
	LikeConfusable = "confusable" // the same but for letters that look alike
	LikePunycode   = "punycode"   // so, and written with letters outside ASCII
	LikeSuffix     = "suffix"     // our name under another public suffix
	LikeSubdomain  = "subdomain"  // our whole domain stands in front of another
	LikeJoined     = "joined"     // our domain with its dot made a hyphen or dropped
	LikeWord       = "word"       // our name with a word added
	LikeEdit       = "edit"       // one letter added, dropped, changed or swapped
)

// Shortest labels for which a likeness means something: nearly every name of
// three letters is one letter from another, and exists under every suffix.
const (
	minEditLabel   = 5
	minSuffixLabel = 4
	minWordLabel   = 4
)

// shape is an own domain prepared for comparison. The label is the part that was
// registered: "corp" of mail.corp.test.
type shape struct {
	domain   string // as owned
	reg      string // registrable domain
	label    string
	suffix   string
	skeleton string // of label
}

func newShape(domain string) (shape, bool) {
	reg, label, suffix := registrable(domain)
	if label == "" {
		return shape{}, false
	}
	return shape{domain: domain, reg: reg, label: label, suffix: suffix, skeleton: Skeleton(label)}, true
}

// registrable parts a folded domain by the public suffix list.
func registrable(domain string) (reg, label, suffix string) {
	suffix, _ = publicsuffix.PublicSuffix(domain)
	if len(domain) <= len(suffix)+1 {
		return "", "", suffix
	}
	label = domain[:len(domain)-len(suffix)-1]
	label = label[strings.LastIndexByte(label, '.')+1:]
	return label + "." + suffix, label, suffix
}

// Registrable returns the part of a domain that was registered: one label more
// than its public suffix (compiled-in list of publicsuffix.org), or "" when
// there is none.
func Registrable(domain string) string {
	reg, _, _ := registrable(foldDomain(domain))
	return reg
}

// LookAlike tells which own domain a foreign domain looks like, and how (one of
// the Like constants). It returns "", "" for an own domain, for anything below
// a registrable domain of ours, and for a domain like none. Labels are compared
// as registered, so mail.evil.test is judged by "evil"; the strongest likeness
// is told.
//
// A likeness is no proof of ill will: firms of the same name exist. Known: a
// name joined with a word is found only for the words that firms and thieves
// add most, or when a hyphen parts it.
func (d *Directory) LookAlike(domain string) (ours string, how string) {
	if d == nil || len(domain) > maxAddress {
		return "", ""
	}
	domain = foldDomain(domain)
	reg, label, suffix := registrable(domain)
	if label == "" || d.owns(domain) || slices.ContainsFunc(d.shapes, func(s shape) bool { return s.reg == reg }) {
		return "", ""
	}
	f := foreign{domain: domain, label: label, suffix: suffix, skeleton: Skeleton(label)}
	if strings.Contains(label, "xn--") {
		if u, err := idna.Punycode.ToUnicode(label); err == nil {
			f.puny, f.skeleton = true, Skeleton(u)
		}
	}
	best := len(likeOrder)
	for _, s := range d.shapes {
		if h := f.like(s); h != "" {
			if rank := slices.Index(likeOrder, h); rank < best {
				best, ours, how = rank, s.domain, h
			}
		}
	}
	return ours, how
}

var likeOrder = []string{LikePunycode, LikeConfusable, LikeSubdomain, LikeJoined, LikeSuffix, LikeWord, LikeEdit}

// foreign is a domain under comparison.
type foreign struct {
	domain, label, suffix, skeleton string
	puny                            bool
}

func (f foreign) like(s shape) string {
	if f.label == s.label { // the registrable domains differ, so the suffixes do
		if len(s.label) >= minSuffixLabel {
			return LikeSuffix
		}
		return ""
	}
	switch {
	case f.skeleton == s.skeleton && f.puny:
		return LikePunycode
	case f.skeleton == s.skeleton && len(s.label) > 1:
		return LikeConfusable
	case strings.Contains("."+f.domain+".", "."+s.domain+"."):
		return LikeSubdomain
	}
	front := f.domain[:len(f.domain)-len(f.suffix)-1]
	if joinedIn(front, s.domain) {
		return LikeJoined
	}
	if len(s.label) >= minWordLabel && (wordAdded(f.label, s.label) || wordAdded(f.skeleton, s.skeleton)) {
		return LikeWord
	}
	if len(s.label) >= minEditLabel && len(f.label) >= minEditLabel &&
		(oneEdit(f.label, s.label) || oneEdit(f.skeleton, s.skeleton)) {
		return LikeEdit
	}
	return ""
}

// joinedIn reports whether a label of front is our whole domain with its dots
// made hyphens or dropped, alone or with words added: corp-test, corptest,
// corp-test-login.
func joinedIn(front, ours string) bool {
	hyphens := strings.ReplaceAll(ours, ".", "-")
	for l := range strings.SplitSeq(front, ".") {
		if strings.Contains("-"+l+"-", "-"+hyphens+"-") || l == strings.ReplaceAll(ours, ".", "") {
			return true
		}
	}
	return false
}

// addedWords are what is put before or behind a firm's name without a hyphen.
// With a hyphen any word counts.
var addedWords = addedWordSet(`account accounts admin alert auth bank billing careers center client cloud corp customer
	desk direct docs email express finance global gmbh group help helpdesk holding home hr inc info international
	invoice it jobs llc login ltd mail my net office online pay payment payments portal secure security service
	services shop signin sso store support team tech update verify web webmail`)

// wordAdded reports whether label is ours with a word put to it.
func wordAdded(label, ours string) bool {
	if strings.Contains("-"+label+"-", "-"+ours+"-") {
		return true
	}
	if rest, ok := strings.CutPrefix(label, ours); ok && isAddedWord(rest) {
		return true
	}
	rest, ok := strings.CutSuffix(label, ours)
	return ok && isAddedWord(rest)
}

func isAddedWord(w string) bool {
	_, is := addedWords[w]
	return is
}

// addedWordSet holds each word as written and as its skeleton, since labels are
// compared both ways.
func addedWordSet(words string) map[string]struct{} {
	set := make(map[string]struct{})
	for _, w := range strings.Fields(words) {
		set[w], set[Skeleton(w)] = struct{}{}, struct{}{}
	}
	return set
}

// oneEdit reports whether a and b differ by exactly one letter added, dropped
// or changed, or by two neighbours swapped (Damerau–Levenshtein distance 1).
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
