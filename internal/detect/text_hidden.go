package detect

import (
	"unicode"

	"kith/internal/facts"
	"kith/internal/kith"
)

// letters counts the letters of s, and stops when there are more than enough.
func letters(s string, enough int) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			if n++; n > enough {
				break
			}
		}
	}
	return n
}

// minHidden is the number of hidden letters below which nothing is said:
// nearly every newsletter hides its one line for the list view, of 150 letters
// at most.
const minHidden = 400

var hiddenText = Detector{
	ID: "text.hidden", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Credential, kith.Spam},
	Sees:    "a text from outside that hides more words than it shows",
	Beware: []string{
		"(the hidden line for the list view, and layouts for small screens, in mail sent to many)",
		"forms whose parts unfold",
	},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) || bulk(c) {
			return nil
		}
		for i := range c.Mail.Texts {
			t := &c.Mail.Texts[i]
			if len(t.Hidden) < minHidden {
				continue
			}
			hidden := letters(t.Hidden, 1<<20)
			if hidden >= minHidden && hidden > letters(t.Visible, hidden) {
				return []kith.Finding{on(kith.PartText, 0)}
			}
		}
		return nil
	},
}
