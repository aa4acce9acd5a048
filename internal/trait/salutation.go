package trait

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands for a name in the form of a greeting or a closing.
const (
	firstName = "{first}"
	lastName  = "{last}"
	wholeName = "{name}" // first and last, or a name that is not the reader's
)

// noForm says that a text greets nobody, or ends without a closing.
const noForm = "none"

// form is one way to greet or to close, in folded words.
type form struct {
	words []uint16 // in the vocabulary
	text  string
	weak  bool // a closing that also begins sentences
}

// forms finds forms by their first word; longer ones stand first.
type forms map[uint16][]form

func readForms(l *lexicon, lists ...string) forms {
	f := forms{}
	for _, list := range lists {
		for text := range strings.SplitSeq(list, ",") {
			text = strings.TrimSpace(text)
			one := form{}
			text, one.weak = strings.CutSuffix(text, "*")
			one.text = fold(text)
			for w := range strings.FieldsSeq(one.text) {
				one.words = append(one.words, l.add(w))
			}
			f[one.words[0]] = append(f[one.words[0]], one)
		}
	}
	for k := range f {
		slices.SortStableFunc(f[k], func(a, b form) int { return len(b.words) - len(a.words) })
	}
	return f
}

// at returns the longest form with which words begin, or nil.
func (f forms) at(words []word) *form {
	id := words[0].id
	if id == 0 {
		return nil
	}
	list := f[id]
	for i := range list {
		one := &list[i]
		if len(words) < len(one.words) {
			continue
		}
		same := true
		for j, h := range one.words {
			same = same && words[j].id == h && (j == 0 || words[j].before != stop)
		}
		if same {
			return one
		}
	}
	return nil
}

var greetings = readForms(vocabulary,
	"dear, hi, hello, hey, hiya, good morning, good afternoon, good evening, good day, morning, greetings, hi there, hello there, hey there, to whom it may concern, dearest, g day",
	"sehr geehrte, sehr geehrter, sehr geehrtes, liebe, lieber, liebes, hallo, guten tag, guten morgen, guten abend, moin, servus, grüß gott, grüezi, geehrte, geehrter, werte, werter",
	"bonjour, bonsoir, cher, chère, chers, chères, salut, coucou, hola, estimado, estimada, estimados, estimadas, buenos días, buenas tardes, buenas, querido, querida, queridos",
	"ciao, buongiorno, buonasera, gentile, gentili, gentilissimo, gentilissima, egregio, egregia, egregi, caro, cara, cari, care, salve, spettabile, spett le, buon giorno",
	"olá, oi, prezado, prezada, prezados, prezadas, caros, caras, bom dia, boa tarde, boa noite, estimado senhor, beste, geachte, hoi, dag, goedemorgen, goedemiddag, goedenavond, goedendag",
	"dzień dobry, szanowny, szanowna, szanowni, cześć, witam, drogi, droga, здравствуйте, здравствуй, добрый день, доброе утро, добрый вечер, уважаемый, уважаемая, уважаемые, привет")

// addressees may follow a greeting and stay as they are: titles and groups.
var addressees = readForms(vocabulary,
	"mr, mrs, ms, miss, dr, prof, professor, sir, madam, sirs, sir or madam, sir madam, all, everyone, everybody, team, colleague, colleagues, customer, valued customer, user, client, friend, friends, folks, guys, there, member, again, both, subscriber, partner, account holder",
	"herr, frau, herrn, damen und herren, zusammen, alle, kollegen, kolleginnen, kolleginnen und kollegen, kunde, kundin, kunden, nutzer, freunde, herr dr, frau dr, an alle",
	"madame, monsieur, madame monsieur, messieurs, mesdames, tous, à tous, client, cliente, m, mme, señor, señora, sr, sra, señores, cliente, todos, a todos, equipo",
	"signor, signora, sig, sig ra, dott, dottor, dottoressa, ing, tutti, a tutti, senhor, senhora, senhores, cliente, heer, mevrouw, heer mevrouw, dhr, mevr, allemaal, klant, collega, pan, pani, panie, państwo, господин, госпожа, коллеги, всем")

// Salutation gives the form in which a mail greets one person, who goes by some
// names: folded, with his first name as {first}, his last as {last}, both or another
// name as {name}: "hi {first}", "sehr geehrter herr {last}", "{last}様
// お世話になっております". It is "none" where the text begins without a greeting, and
// "" where there is no text.
func (t *Text) Salutation(names []string) string {
	b := t.body
	if len(b.words)+len(b.wide) == 0 {
		return ""
	}
	n := readNames(names)
	if s := wideSalutation(b.s, n); s != "" {
		return cutText(s, maxValue)
	}
	const far = 60 // words; a warning of the mail server may stand first
	for i := 0; i < len(b.words) && i < far; i++ {
		if b.words[i].before != stop && i > 0 {
			continue
		}
		words := b.words[i:]
		if f := greetings.at(words); f != nil {
			if s, whole := b.addressed(words[len(f.words):], n); whole || i == 0 {
				return cutText(strings.TrimSpace(f.text+" "+s), maxValue)
			}
		}
		if i == 0 {
			if s, whole := b.addressed(words, n); whole && strings.HasPrefix(s, "{") && s != wholeName {
				return s
			}
		}
	}
	return noForm
}

// addressed reads who is greeted, up to four words, and says whether it ends where
// a greeting would.
func (t *scanned) addressed(words []word, n *nameForms) (s string, whole bool) {
	var out []string
	add := func(w string) {
		if k := len(out) - 1; k >= 0 && strings.HasPrefix(out[k], "{") && strings.HasPrefix(w, "{") {
			out[k] = wholeName
			return
		}
		out = append(out, w)
	}
	i := 0
	for i < len(words) && i < 6 && len(out) < 4 {
		w := words[i]
		if i > 0 && w.before != space && !t.abbreviated(words[i-1], w) {
			break
		}
		if f := addressees.at(words[i:]); f != nil {
			add(f.text)
			i += len(f.words)
			continue
		}
		if k := n.kind(t.text(w)); k != "" {
			add(k)
		} else if t.unknownName(words[i:]) {
			add(wholeName)
		} else {
			break
		}
		i++
	}
	return strings.Join(out, " "), len(out) > 0 && (i >= len(words) || words[i].before != space || t.capital(words[i]))
}

// abbreviated reports whether only the full stop of an abbreviation parts two words.
func (t *scanned) abbreviated(a, b word) bool {
	return b.at-a.end <= 2 && t.s[a.end] == '.' && a.end-a.at <= 4 && addressees.at([]word{a}) != nil
}

// unknownName reports whether a word looks like a name that ends a greeting: it has
// a capital, is no function word, and a border or another capital follows.
func (t *scanned) unknownName(words []word) bool {
	w := words[0]
	if w.digits || vocabulary.common(w.id) || !t.capital(w) {
		return false
	}
	return len(words) == 1 || words[1].before != space || t.capital(words[1])
}

// capital reports whether a word begins with a capital.
func (t *scanned) capital(w word) bool {
	r, _ := utf8.DecodeRuneInString(t.s[w.at:])
	return unicode.IsUpper(r)
}

// nameForms holds the parts of a person's names, folded, and his names in wide
// letters.
type nameForms struct {
	first, last []string
	wide        [][2]string // last, first; first is "" where the border is not known
}

// readNames parts names into first and last: "First Last", "Last, First"; in wide
// letters the last name stands first.
func readNames(names []string) *nameForms {
	n := &nameForms{}
	for _, name := range names {
		name = cutText(name, 200)
		if r, _ := utf8.DecodeRuneInString(name); r >= 0x1100 {
			if _, ok := wideScript(r); ok {
				f := strings.Fields(name)
				w := [2]string{strings.Join(f, "")}
				if len(f) == 2 {
					w = [2]string{f[0], f[1]}
				} else if k := []rune(w[0]); len(k) == 3 && k[0] >= 0xac00 {
					w = [2]string{string(k[:1]), string(k[1:])}
				}
				n.wide = append(n.wide, w)
				continue
			}
		}
		last, first, swapped := strings.Cut(name, ",")
		if !swapped {
			f := strings.Fields(name)
			if len(f) == 0 {
				continue
			}
			first, last = f[0], strings.Join(f[min(1, len(f)-1):], " ")
			if len(f) == 1 {
				last = ""
			}
		}
		n.first = append(n.first, strings.Fields(fold(first))...)
		n.last = append(n.last, strings.Fields(fold(last))...)
	}
	return n
}

func (n *nameForms) kind(folded string) string {
	switch {
	case slices.Contains(n.first, folded):
		return firstName
	case slices.Contains(n.last, folded):
		return lastName
	}
	return ""
}
