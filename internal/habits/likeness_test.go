package habits

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/internal/directory"
)

// Two domains one letter apart share a form, whatever the letter and its place, but
// for the seam between the two kinds of forms.
func TestOneLetterApartShareAForm(t *testing.T) {
	letter := rapid.StringMatching(`[abefghjkpqstuxyz]`) // letters that skeletons leave alone
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.StringMatching(`[abefghjkpqstuxyz]{5,40}`).Draw(t, "label")
		at := rapid.IntRange(0, len(label)-1).Draw(t, "at")
		other := label
		switch rapid.IntRange(0, 3).Draw(t, "edit") {
		case 0:
			other = label[:at] + letter.Draw(t, "letter") + label[at:]
		case 1:
			other = label[:at] + label[at+1:]
		case 2:
			other = label[:at] + letter.Draw(t, "letter") + label[at+1:]
		case 3:
			if at+1 < len(label) && at != endLetters-1 { // of twelve letters, that swap spares neither end
				other = label[:at] + label[at+1:at+2] + label[at:at+1] + label[at+2:]
			}
		}
		if len(other) < minLikeLabel || (len(label) > mostDeletions) != (len(other) > mostDeletions) {
			return
		}
		a, b := likeForms(label+".example"), likeForms(other+".example")
		if len(a) > 12 || len(b) > 12 {
			t.Fatalf("%d and %d forms", len(a), len(b))
		}
		if !slices.ContainsFunc(a, func(f string) bool { return slices.Contains(b, f) }) {
			t.Fatalf("%s and %s share no form:\n%q\n%q", label, other, a, b)
		}
	})
}

func TestForms(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"vendor.example", "vend0r.example", true},
		{"vendor.example", "venclor.example", true},
		{"vendor.example", "vendro.example", true},
		{"paypal.com", "xn--pypal-4ve.com", true}, // a Cyrillic a
		{"schneider-maschinen.de", "schneider-rnaschinen.de", true},
		{"müller.example", "muller.example", true},
		{"abc.de", "abd.de", false},            // short names are all one letter apart
		{"vendor.example", "vendor.de", false}, // a namesake elsewhere
		{"vendor.example", "lender.example", false},
	}
	for _, tt := range tests {
		a, b := likeForms(directory.Registrable(tt.a)), likeForms(directory.Registrable(tt.b))
		if got := slices.ContainsFunc(a, func(f string) bool { return slices.Contains(b, f) }); got != tt.want {
			t.Errorf("%s and %s share a form: %t\n%q\n%q", tt.a, tt.b, got, a, b)
		}
	}
	if got := len(likeForms(strings.Repeat("abefg", 12) + ".example")); got > 5 {
		t.Errorf("a long name has %d forms", got)
	}
	for _, s := range []string{"", "localhost", "."} {
		if got := likeForms(s); got != nil {
			t.Errorf("%q has the forms %q", s, got)
		}
	}
}
