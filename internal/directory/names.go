package directory

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Bounds of a display name that is looked up: what is longer is cut, not
// refused, so that padding hides nothing that stands at the front.
const (
	maxName      = 256 // bytes
	maxNameWords = 12
)

// ByName returns the listed entries that go by a name, those that spell it in
// the same order first. Case, diacritics, width, punctuation, order of the
// words ("Last, First"), middle initials, honorifics, and what stands in
// brackets do not matter; Chinese, Japanese and Korean names match with and
// without the space. When nobody goes by the name as written, letters that only
// look Latin are read as Latin. At most 32 entries are returned.
//
// Two persons may share a name: the answer is a list, and a namesake is no
// proof of anything.
func (d *Directory) ByName(name string) []Entry {
	if d == nil || len(d.byName) == 0 {
		return nil
	}
	words := nameWords(name)
	found := d.byWords(words)
	if found == nil {
		if plain := latinise(words); plain != nil {
			found = d.byWords(plain)
		}
	}
	if len(found) < 2 {
		return found
	}
	asWritten := strings.Join(words, " ")
	rank := func(e Entry) int {
		for _, n := range append([]string{e.Name}, e.Names...) {
			if strings.Join(nameWords(n), " ") == asWritten {
				return 0
			}
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b Entry) int { return rank(a) - rank(b) })
	return found
}

func (d *Directory) byWords(words []string) []Entry {
	const most = 32
	var found []Entry
	var seen []int32
	for _, key := range nameKeys(words) {
		for _, i := range d.byName[key] {
			if len(found) < most && !slices.Contains(seen, i) {
				seen = append(seen, i)
				found = append(found, d.entries[i])
			}
		}
	}
	return found
}

// FoldName returns the words of a name in the form in which names are compared,
// parted by single spaces. Order is kept. "" when nothing is left that could be
// a name.
func FoldName(name string) string { return strings.Join(nameWords(name), " ") }

// nameKeys returns the index keys of a name. The words of a name in an alphabet
// are sorted, so that their order does not matter. East Asian names are joined,
// in the order written and, for two words, the other way round. German, Danish
// and Norwegian letters give a second key in their two-letter spelling.
func nameKeys(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	if allCJK(words) {
		keys := []string{strings.Join(words, "")}
		if len(words) == 2 {
			keys = append(keys, words[1]+words[0])
		}
		return keys
	}
	keys := []string{sortedKey(words, plainLetters)}
	if wide := sortedKey(words, wideLetters); wide != keys[0] {
		keys = append(keys, wide)
	}
	return keys
}

// plainLetters and wideLetters are the two ways in which people spell letters
// that their keyboard lacks. Marks are already gone except on the four letters
// that have a wide way.
var (
	plainLetters = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "å", "a", "ø", "o", "æ", "ae", "œ", "oe",
		"ß", "ss", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ı", "i")
	wideLetters = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe", "æ", "ae", "œ", "oe",
		"ß", "ss", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ı", "i")
)

func sortedKey(words []string, spell *strings.Replacer) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = spell.Replace(w)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// nameWords folds a name and parts it into words without honorifics.
func nameWords(name string) []string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	words := strings.Fields(foldNameText(outsideBrackets(name)))
	if len(words) > maxNameWords {
		words = words[:maxNameWords]
	}
	words = dropHonorifics(words)
	return dropMiddleInitials(words)
}

// outsideBrackets removes what stands in brackets, and what follows a bar or a
// dash between spaces: "Ann Lee (Sales)", "Ann Lee | Corp", "Ann Lee - CFO".
func outsideBrackets(s string) string {
	for _, cut := range []string{"|", "｜", " - ", " – ", " — ", " / "} {
		if i := strings.Index(s, cut); i > 0 {
			s = s[:i]
		}
	}
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("([{<（［【「〈《", r):
			depth++
			b.WriteByte(' ')
		case strings.ContainsRune(")]}>）］】」〉》", r):
			depth = max(0, depth-1)
		case depth == 0:
			b.WriteRune(r)
		}
	}
	if strings.TrimSpace(b.String()) == "" {
		return s // nothing but brackets: then they are the name
	}
	return b.String()
}

// foldNameText lowers, takes off marks and punctuation. Marks stay on the four
// letters that have a two-letter spelling, on kana and on every script that is
// not written with the marks of the block U+0300.
func foldNameText(s string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case 0x300 <= r && r <= 0x36f:
			wide := r == 0x308 && strings.ContainsRune("aou", last) || r == 0x30a && last == 'a'
			if !wide {
				continue
			}
		case unicode.Is(unicode.Cf, r) || r == 0x115f || r == 0x3164 || r == '\'' || r == '’' || r == 'ʼ' || r == '`':
			continue // invisible, or the apostrophe of O'Brien
		case !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != 'ー':
			r = ' '
		}
		if v, ok := variantHan[r]; ok {
			r = v
		}
		b.WriteRune(r)
		last = r
	}
	return norm.NFC.String(b.String())
}

// variantHan maps forms of one character that Japanese family names are written
// with, and that mail programs and people change freely.
var variantHan = map[rune]rune{
	'髙': '高', '﨑': '崎', '嵜': '崎', '邊': '辺', '邉': '辺', '齋': '斎', '齊': '斎', '斉': '斎', '澤': '沢',
	'濱': '浜', '濵': '浜', '嶋': '島', '嶌': '島', '廣': '広', '德': '徳', '國': '国', '櫻': '桜', '眞': '真', '惠': '恵',
}

// honorifics are words that are said before or after a name and are no part of
// it, folded.
var honorifics = wordSet(`mr mrs ms miss mx sir dame dr prof professor doctor herr herrn frau fr hr dipl ing mag phd md mba jr sr ii iii
	monsieur madame mme mlle senor senora sr sra sig signor signora ir drs esq rev hon mister
	様 さん 殿 氏 先生 님 씨 先生 女士 小姐`)

// cjkHonorifics end a word without a space, the longest first.
var cjkHonorifics = []string{"先生", "部長", "社長", "課長", "부장님", "사장님", "과장님", "대리님", "さん", "女士", "小姐", "様", "殿", "氏", "님", "씨"}

func wordSet(words string) map[string]struct{} {
	set := make(map[string]struct{})
	for _, w := range strings.Fields(words) {
		set[norm.NFC.String(norm.NFKD.String(w))] = struct{}{}
	}
	return set
}

func dropHonorifics(words []string) []string {
	kept := make([]string, 0, len(words))
	for _, w := range words {
		if _, is := honorifics[w]; is {
			continue
		}
		if isCJK(w) {
			w = dropCJKHonorific(w)
		}
		kept = append(kept, w)
	}
	if len(kept) == 0 {
		return words // somebody may be called Sir
	}
	return kept
}

// dropCJKHonorific takes one honorific off the end of a word that keeps at
// least two characters.
func dropCJKHonorific(w string) string {
	for _, h := range cjkHonorifics {
		if rest, ok := strings.CutSuffix(w, h); ok && len([]rune(rest)) >= 2 {
			return rest
		}
	}
	return w
}

// dropMiddleInitials removes single letters that stand between two words.
func dropMiddleInitials(words []string) []string {
	if len(words) < 3 {
		return words
	}
	kept := words[:1:1]
	for _, w := range words[1 : len(words)-1] {
		if len(w) > 1 {
			kept = append(kept, w)
		}
	}
	return append(kept, words[len(words)-1])
}

func allCJK(words []string) bool {
	for _, w := range words {
		if !isCJK(w) {
			return false
		}
	}
	return true
}

// isCJK reports whether a word is written in Han, kana or Hangul throughout.
func isCJK(w string) bool {
	for _, r := range w {
		if r != 'ー' && r != '々' && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return false
		}
	}
	return w != ""
}

// latinise reads letters that look Latin as Latin; nil when there are none.
func latinise(words []string) []string {
	out := make([]string, len(words))
	changed := false
	for i, w := range words {
		if isASCII(w) {
			out[i] = w
			continue
		}
		out[i] = mapConfusables(w)
		changed = changed || out[i] != w
	}
	if !changed {
		return nil
	}
	return out
}
