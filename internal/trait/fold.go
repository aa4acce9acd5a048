package trait

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

// asciiFold holds the folded form of letters and digits, 0 for borders.
var asciiFold = func() (t [128]byte) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			t[c] = byte(c)
		case c >= 'A' && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		}
	}
	return t
}()

// latinFold holds the plain spelling of the letters from U+00C0 to U+017F.
var latinFold = func() (t [0x180 - 0xc0]string) {
	const letters = "àa áa âa ãa äa åa æae çc èe ée êe ëe ìi íi îi ïi ðd ñn òo óo ôo õo öo øo ùu úu ûu üu ýy þth ÿy ßss " +
		"āa ăa ąa ćc ĉc ċc čc ďd đd ēe ĕe ėe ęe ěe ĝg ğg ġg ģg ĥh ħh ĩi īi ĭi įi ıi ĵj ķk ĺl ļl ľl ŀl łl ńn ņn ňn ŋn ōo ŏo őo œoe ŕr ŗr řr śs ŝs şs šs ţt ťt ŧt ũu ūu ŭu ůu űu ųu ŵw ŷy źz żz žz ſs"
	for _, f := range strings.Fields(letters) {
		r, n := utf8.DecodeRuneInString(f)
		t[r-0xc0] = f[n:]
		if up := unicode.ToUpper(r); up >= 0xc0 && up < 0x180 {
			t[up-0xc0] = f[n:]
		}
	}
	t[0x130-0xc0] = "i"
	return t
}()

// foldRune returns the folded form of a letter or digit beyond ASCII, "" for what
// is none, and the script that it counts for.
func foldRune(r rune) (string, script) {
	switch {
	case r < 0xc0:
		if r == 'ª' || r == 'º' {
			return "o", latin
		}
		return "", otherScript
	case r < 0x180:
		return latinFold[r-0xc0], latin
	case r >= 0x0400 && r < 0x0530:
		r = unicode.ToLower(r)
		if r == 'ё' {
			r = 'е'
		}
		return string(r), cyrillic
	case r >= 0xff10 && r <= 0xff5a:
		if c := asciiFold[r-0xfee0]; c != 0 {
			return string(rune(c)), latin
		}
		return "", otherScript
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return string(unicode.ToLower(r)), otherScript
	}
	return "", otherScript
}

// wideScript tells the letters that are written without white space, or whose
// words carry their endings with them.
func wideScript(r rune) (script, bool) {
	switch {
	case r < 0x1100:
		return 0, false
	case r >= 0x3041 && r <= 0x30ff && r != '・', r >= 0xff66 && r <= 0xff9f:
		return kana, true
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3400 && r <= 0x4dbf, r >= 0xf900 && r <= 0xfaff, r == '々', r >= 0x20000 && r <= 0x323af:
		return han, true
	case r >= 0xac00 && r <= 0xd7a3, r >= 0x1100 && r <= 0x11ff, r >= 0x3131 && r <= 0x318e:
		return hangul, true
	}
	return 0, false
}

// halfKana holds the full forms of U+FF66 to U+FF9D.
var halfKana = []rune("ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン")

func narrowKana(r rune) rune {
	if r >= 0xff66 && r <= 0xff9d {
		return halfKana[r-0xff66]
	}
	return r
}

// fold folds one word, or a phrase: its words parted by single spaces.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		f := ""
		if r < 0x80 {
			if c := asciiFold[r]; c != 0 {
				f = string(rune(c))
			}
		} else if r >= 0x300 && r <= 0x36f || unicode.Is(unicode.Cf, r) {
			continue
		} else {
			f, _ = foldRune(r)
		}
		if f == "" {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteString(f)
	}
	return b.String()
}

func hashOf(folded string) uint64 {
	h := uint64(hashStart)
	for i := range len(folded) {
		h = (h ^ uint64(folded[i])) * hashPrime
	}
	return h
}
