package trait

import (
	"unicode"
	"unicode/utf8"
)

// border says what stands between a word and the one before it.
type border uint8

const (
	space border = iota
	comma        // a comma, a colon, a bracket, a dash: within a sentence
	stop         // the end of a sentence
)

// word is one folded word of a text: lower case, without marks, full-width letters
// narrowed.
type word struct {
	at, end uint32 // bytes in the text
	id      uint16 // in the vocabulary, 0 = a word that no list holds
	before  border
	digits  bool // holds a digit
}

// script is a group of letters that tells languages apart.
type script uint8

const (
	latin script = iota
	cyrillic
	han
	kana
	hangul
	otherScript
	scripts
)

// scanned is a text in words. Chinese, Japanese and Korean letters form no words:
// they stand one after another in wide, without white space, and a 0 for the end of
// every sentence.
type scanned struct {
	s       string
	words   []word
	wide    []rune
	letters [scripts]int
}

// scan parts a text into folded words, in one pass.
func scan(s string) *scanned {
	t := &scanned{s: s, words: make([]word, 0, len(s)/5+8)}
	w := word{before: stop}
	hash := uint64(hashStart)
	for i := 0; i < len(s); {
		c := s[i]
		if c < 0x80 {
			from, digits := i, 0
			for i < len(s) && s[i] < 0x80 && asciiFold[s[i]] != 0 {
				f := asciiFold[s[i]]
				if f <= '9' {
					digits++
				}
				hash = (hash ^ uint64(f)) * hashPrime
				i++
			}
			if i == from {
				t.close(&w, &hash, asciiBorder(s, i))
				i++
				continue
			}
			if w.end == 0 {
				w.at = uint32(from)
			}
			w.end = uint32(i)
			w.digits = w.digits || digits > 0
			t.letters[latin] += i - from - digits
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if sc, ok := wideScript(r); ok {
			t.close(&w, &hash, space)
			t.letters[sc]++
			t.wide = append(t.wide, narrowKana(r))
		} else if r >= 0x300 && r <= 0x36f || unicode.Is(unicode.Cf, r) {
			// A mark on the letter before it, or nothing that is seen.
		} else if f, sc := foldRune(r); f != "" {
			if w.end == 0 {
				w.at = uint32(i)
			}
			w.end = uint32(i + n)
			for j := range len(f) {
				hash = (hash ^ uint64(f[j])) * hashPrime
			}
			if unicode.IsDigit(r) {
				w.digits = true
			} else {
				t.letters[sc]++
			}
		} else {
			t.close(&w, &hash, wideBorder(r))
		}
		i += n
	}
	t.close(&w, &hash, space)
	return t
}

// close ends a word at a border, if one is open, and notes the border.
func (t *scanned) close(w *word, hash *uint64, b border) {
	if w.end != 0 {
		w.id = vocabulary.id(*hash)
		t.words = append(t.words, *w)
		*w = word{}
		*hash = hashStart
	}
	w.before = max(w.before, b)
	if b == stop && len(t.wide) > 0 && t.wide[len(t.wide)-1] != 0 {
		t.wide = append(t.wide, 0)
	}
}

// asciiBorder tells a full stop at the end of a word from one inside a name.
func asciiBorder(s string, i int) border {
	switch s[i] {
	case '.', '!', '?':
		if i+1 == len(s) || s[i+1] == ' ' || s[i+1] >= 0x80 {
			return stop
		}
		return comma
	case ' ', '\'', '-', '/', '&', '"':
		return space
	}
	return comma
}

func wideBorder(r rune) border {
	switch r {
	case '。', '．', '！', '？', '…', '｡':
		return stop
	case '、', '，', '：', '；', '–', '—', '(', '（', '）':
		return comma
	}
	return space
}

// text returns the folded letters of a word.
func (t *scanned) text(w word) string { return fold(t.s[w.at:w.end]) }
