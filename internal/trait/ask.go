package trait

// The asks that are told apart. Each is a value of the trait and stands in stored
// habits: none is renamed.
const (
	askPayment    = "payment"       // that an invoice or a transfer be paid, now
	askBankChange = "bank-change"   // that money go to another account than before
	askGiftCard   = "gift-card"     // vouchers, or the numbers on them
	askCredential = "credential"    // a password, or that an account be confirmed
	askSignIn     = "link-sign-in"  // to sign in by a link or a button in the mail
	askDeviceCode = "device-code"   // to enter a code on a page
	askPaste      = "paste-command" // to paste something into a command line
	askUrgency    = "urgency"       // haste
	askSecrecy    = "secrecy"       // silence, or to keep away from the telephone
	askCall       = "call-me"       // to call a number that the mail gives
	askOpenFile   = "open-file"     // to open a file, against a warning or in haste
	askQR         = "qr"            // to scan a code with the telephone
)

// askKinds gives the asks their order and their bit.
var askKinds = []string{askPayment, askBankChange, askGiftCard, askCredential, askSignIn, askDeviceCode, askPaste, askUrgency, askSecrecy, askCall, askOpenFile, askQR}

// maxGap is how many words may stand where a phrase has "..", and maxWideGap how
// many letters in a script without words.
const (
	maxGap     = 3
	maxWideGap = 12
)

// Asks lists what a mail asks for, by the phrases of its own text and subject:
// a few of the fixed words "payment", "bank-change", "gift-card", "credential",
// "link-sign-in", "device-code", "paste-command", "urgency", "secrecy", "call-me",
// "open-file", "qr". A phrase is several words in their order; single words say
// nothing, since ordinary mail is full of them.
func (t *Text) Asks() (out []string) {
	found := askBits(t.subject) | askBits(t.body)
	for i, k := range askKinds {
		if found&(1<<i) != 0 {
			out = append(out, k)
		}
	}
	return out
}

// askBits returns the asks in a text, one bit each, in the order of askKinds.
func askBits(t *scanned) (found uint16) {
	for i := range t.words {
		id := t.words[i].id
		if id == 0 || int(id) >= len(phrases.byFirst) { // a word of another list
			continue
		}
		for _, n := range phrases.byFirst[id] {
			if p := &phrases.narrow[n]; found&p.ask == 0 && matches(t.words[i+1:], p.steps[1:]) {
				found |= p.ask
			}
		}
	}
	for i, r := range t.wide {
		if !phrases.wideFirst.has(r) {
			continue
		}
		for _, n := range phrases.byRune[r] {
			if p := &phrases.wide[n]; found&p.ask == 0 && p.matches(t.wide[i:]) {
				found |= p.ask
			}
		}
	}
	return found
}

// matches reports whether words go on with the steps, within the sentence.
func matches(words []word, steps []step) bool {
	if len(steps) == 0 {
		return true
	}
	s := &steps[0]
	for i := 0; i <= int(s.gap) && i < len(words); i++ {
		w := &words[i]
		if w.before == stop {
			return false
		}
		if s.is(w) && matches(words[i+1:], steps[1:]) {
			return true
		}
	}
	return false
}

func (s *step) is(w *word) bool {
	if s.number && w.digits {
		return true
	}
	if w.id == 0 {
		return false
	}
	for _, id := range s.ids {
		if id == w.id {
			return true
		}
	}
	return false
}

// matches reports whether wide letters begin with the phrase, within the sentence.
func (p *widePhrase) matches(text []rune) bool {
	for n, alternatives := range p.steps {
		gap := maxWideGap
		if n == 0 {
			gap = 0
		}
		next := -1
		for i := 0; i <= gap && i < len(text) && text[i] != 0 && next < 0; i++ {
			for _, a := range alternatives {
				if hasRunes(text[i:], a) {
					next = i + len(a)
					break
				}
			}
		}
		if next < 0 {
			return false
		}
		text = text[next:]
	}
	return true
}

func hasRunes(text, prefix []rune) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i, r := range prefix {
		if text[i] != r {
			return false
		}
	}
	return true
}
