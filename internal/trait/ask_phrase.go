package trait

import (
	"fmt"
	"slices"
	"strings"
)

// Phrases are written as people would say them. In scripts with words, each word
// is a step; "a|b" is a choice, ".." allows up to three other words, "#" is a
// number. In Chinese, Japanese and Korean each step is a run of letters, and ".."
// parts the steps. A phrase never goes beyond its sentence.

// step is one word of a phrase.
type step struct {
	ids    []uint16
	gap    uint8 // words that may stand before it
	number bool
}

type phrase struct {
	ask   uint16 // its bit
	steps []step
}

type widePhrase struct {
	ask   uint16
	steps [][][]rune // for each step its choices
}

// phraseTable finds phrases by how they begin.
type phraseTable struct {
	narrow    []phrase
	byFirst   [][]uint16 // by word id
	wide      []widePhrase
	byRune    map[rune][]uint16
	wideFirst runeSet
}

// runeSet says of a rune below U+10000 whether it may be a member.
type runeSet [1024]uint64

func (s *runeSet) has(r rune) bool { return s[r>>6&1023]>>(r&63)&1 != 0 }

// phraseBook holds the phrases of one language, by ask.
type phraseBook map[string][]string

var phraseBooks = []phraseBook{english, german, french, spanish, italian, dutch, portuguese, japanese, korean}

// lexicon gives each word that some list names a number. It is an open table of a
// fixed size: most words of a text are looked up once, so the look has to be short.
type lexicon struct {
	slots [lexiconSlots]slot
	langs []uint16 // by id: the languages of which it is a function word, one bit each
}

// lexiconSlots is a power of two, far above the number of words.
const lexiconSlots = 1 << 13

type slot struct {
	key uint32 // of the hash
	id  uint16 // 0 = free
}

// id returns the number of a word, 0 for one that no list holds.
func (l *lexicon) id(hash uint64) uint16 {
	for i := hash; ; i++ {
		s := &l.slots[i%lexiconSlots]
		if s.id == 0 || s.key == uint32(hash>>32) {
			return s.id
		}
	}
}

// common reports whether a word is a function word of some language.
func (l *lexicon) common(id uint16) bool { return l.langs[id] != 0 }

// add returns the number of a word, a new one if it has none.
func (l *lexicon) add(folded string) uint16 {
	h := hashOf(folded)
	if id := l.id(h); id != 0 {
		return id
	}
	id := uint16(len(l.langs))
	if int(id) > lexiconSlots/2 {
		panic("the lexicon is full: double lexiconSlots")
	}
	l.langs = append(l.langs, 0)
	i := h
	for l.slots[i%lexiconSlots].id != 0 {
		i++
	}
	l.slots[i%lexiconSlots] = slot{key: uint32(h >> 32), id: id}
	return id
}

var vocabulary, phrases = buildPhrases()

func buildPhrases() (*lexicon, *phraseTable) {
	l := &lexicon{langs: []uint16{0}}
	for i, words := range functionWords {
		for w := range strings.FieldsSeq(words) {
			l.langs[l.add(fold(w))] |= 1 << i
		}
	}
	t := &phraseTable{byRune: map[rune][]uint16{}}
	for _, book := range phraseBooks {
		for i, kind := range askKinds {
			for _, p := range book[kind] {
				t.add(l, 1<<i, p)
			}
		}
	}
	t.byFirst = make([][]uint16, len(l.langs))
	for n, p := range t.narrow {
		for _, id := range p.steps[0].ids {
			t.byFirst[id] = append(t.byFirst[id], uint16(n))
		}
	}
	return l, t
}

func (t *phraseTable) add(l *lexicon, ask uint16, text string) {
	first := []rune(text)[0]
	if _, ok := wideScript(first); ok {
		t.addWide(ask, text)
		return
	}
	p := phrase{ask: ask}
	gap := uint8(0)
	for w := range strings.FieldsSeq(text) {
		if w == ".." {
			gap = maxGap
			continue
		}
		s := step{gap: gap}
		gap = 0
		for _, choice := range strings.Split(w, "|") {
			if choice == "#" {
				s.number = true
				continue
			}
			f := fold(choice)
			if f == "" || strings.Contains(f, " ") {
				panic(fmt.Sprintf("the phrase %q has a step that is not one word: write it as several", text))
			}
			s.ids = append(s.ids, l.add(f))
		}
		p.steps = append(p.steps, s)
	}
	t.narrow = append(t.narrow, p)
}

func (t *phraseTable) addWide(ask uint16, text string) {
	p := widePhrase{ask: ask}
	n := uint16(len(t.wide))
	for i, s := range strings.Split(strings.ReplaceAll(text, " ", ""), "..") {
		var choices [][]rune
		for _, c := range strings.Split(s, "|") {
			r := []rune(c)
			choices = append(choices, r)
			if i == 0 && !slices.Contains(t.byRune[r[0]], n) {
				t.byRune[r[0]] = append(t.byRune[r[0]], n)
				t.wideFirst[r[0]>>6&1023] |= 1 << (r[0] & 63)
			}
		}
		p.steps = append(p.steps, choices)
	}
	t.wide = append(t.wide, p)
}
