package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// guessText reads a header text that carries no charset of its own: ASCII and
// UTF-8 as they are (RFC 6532), other bytes by hint or by the look of them.
func guessText(s, hint string) string {
	if asciiString(s) {
		if strings.IndexByte(s, 0x1b) >= 0 { // raw ISO-2022-JP
			out, _ := decodeCharset("iso-2022-jp", []byte(s))
			return out
		}
		return s
	}
	if utf8.ValidString(s) {
		return s
	}
	return guess([]byte(s), hint)
}

// candidates are the charsets that a guess chooses from, in the order of trust
// where two read equally well.
var candidates = []struct {
	name string
	enc  encoding.Encoding
}{
	{"euc-kr", korean.EUCKR},
	{"shift_jis", japanese.ShiftJIS},
	{"euc-jp", japanese.EUCJP},
	{"gb18030", simplifiedchinese.GBK},
	{"big5", traditionalchinese.Big5},
	{"windows-1252", charmap.Windows1252},
	{"windows-1251", charmap.Windows1251},
	{"koi8-r", charmap.KOI8R},
}

// guess decodes bytes of unknown charset. A hint that decodes without a fault
// wins. Otherwise the reading wins that looks most like the text of one
// language: this is for a person's eye and a detector's tokens, not for proof.
func guess(b []byte, hint string) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if hint = cleanCharset(hint); hint != "" && hint != "utf-8" && hint != "us-ascii" {
		if enc := encodingOf(hint); enc != nil {
			if out, err := enc.NewDecoder().Bytes(b); err == nil && !strings.ContainsRune(string(out), utf8.RuneError) {
				return string(out)
			}
		}
	}
	if mostlyUTF8(b) {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	sample := b[:min(len(b), 4096)]
	best, bestScore := charmap.Windows1252.NewDecoder(), -1e9
	for _, c := range candidates {
		out, err := c.enc.NewDecoder().Bytes(sample)
		if err != nil {
			continue
		}
		s := looks(string(out), c.name)
		if c.name == "euc-kr" && !likeKorean(sample) {
			s = -1
		}
		if s > bestScore {
			best, bestScore = c.enc.NewDecoder(), s
		}
	}
	out, err := best.Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(out)
}

// likeKorean reports whether nearly all double bytes are syllables of KS X 1001
// (lead B0 to C8). The wide range of code page 949 decodes almost anything, and
// Chinese text fills the rows behind the syllables too.
func likeKorean(b []byte) bool {
	syllables, others := 0, 0
	for i := 0; i+1 < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		switch {
		case b[i] >= 0xb0 && b[i] <= 0xc8 && b[i+1] >= 0xa1:
			syllables++
		case b[i] >= 0xa1 && b[i] <= 0xaf && b[i+1] >= 0xa1: // punctuation
		default:
			others++
		}
		i++
	}
	return syllables > 6*others
}

// mostlyUTF8 reports whether nearly all bytes above ASCII form good UTF-8.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good += n
		}
		i += n
	}
	return good > 4*bad
}

// looks scores a decoded text: points for characters that the charset is used
// for, malus for what no text has. Western and Cyrillic letters must stand in
// words of their kind.
func looks(s, charset string) float64 {
	var score, n float64
	prev := rune(' ')
	for _, r := range s {
		if r < 0x80 {
			prev = r
			continue
		}
		n++
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Co, r):
			score -= 10
		case r < 0xa0:
			score -= 5
		default:
			score += points(r, prev, charset)
		}
		prev = r
	}
	if n == 0 {
		return 0
	}
	return score / n
}

func points(r, prev rune, charset string) float64 {
	switch charset {
	case "euc-kr":
		if r >= 0xac00 && r <= 0xd7a3 {
			return 3
		}
		return cjk(r, 0.2)
	case "shift_jis", "euc-jp":
		if r >= 0x3040 && r <= 0x30ff {
			return 3
		}
		if r >= 0xff61 && r <= 0xff9f { // half-width katakana: what a wrong reading looks like
			return -1
		}
		return cjk(r, 1)
	case "gb18030":
		return cjk(r, 1.6)
	case "big5":
		return cjk(r, 1.5)
	case "windows-1251", "koi8-r":
		if !unicode.Is(unicode.Cyrillic, r) {
			return -1
		}
		if unicode.IsUpper(r) && unicode.IsLower(prev) {
			return -1
		}
		return 1.5
	}
	if unicode.IsLetter(r) {
		if unicode.IsUpper(r) && unicode.IsLower(prev) {
			return -1
		}
		if prev < 0x80 {
			return 2
		}
		return 0
	}
	return 0.3
}

// cjk scores common ideographs and punctuation of East Asian text.
func cjk(r rune, ideograph float64) float64 {
	switch {
	case r >= 0x4e00 && r <= 0x9fa5:
		return ideograph
	case r >= 0x3000 && r <= 0x303f, r >= 0xff00 && r <= 0xff60:
		return 1
	}
	return -0.5
}
