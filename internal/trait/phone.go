package trait

import (
	"slices"
	"strings"
)

// PhoneNumbers lists the telephone numbers that the new text names, digits only, in
// their order, at most 8: numbers with a country code ("+", or 00) anywhere, others
// only behind a word like call, phone or its like.
func (t *Text) PhoneNumbers() (out []string) {
	body := t.narrow()
	s := body.s
	add := func(v string) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	next := 0
	for k := range body.words {
		w := &body.words[k]
		i := int(w.at)
		if !w.digits || i < next || !asciiDigit(s[i]) || len(out) >= maxNumbers {
			continue
		}
		if i > 0 && (s[i-1] == '@' || s[i-1] == '=' || s[i-1] == '%' || s[i-1] == '_') {
			continue
		}
		d, end := phoneDigits(s, i)
		plus := i > 0 && s[i-1] == '+' || i > 1 && s[i-1] == '(' && s[i-2] == '+'
		if !plus && strings.HasPrefix(d, "00") && len(d) >= 11 {
			plus, d = true, d[2:]
		}
		switch {
		case end < len(s) && (asciiLetter(s[end]) || s[end] == '@' || s[end] == '_'):
		case plus && len(d) >= 8 && len(d) <= 15 && d[0] != '0':
			add("+" + d)
		case !plus && len(d) >= 7 && len(d) <= 12 && grouped(s[i:end], d) && callBefore(s, i):
			add(d)
		}
		next = end
	}
	return out
}

// phoneDigits reads digits over the marks by which people group them; a zero in
// brackets behind a country code is left out. At most 20 digits.
func phoneDigits(s string, at int) (d string, end int) {
	var b [20]byte
	n, i := 0, at
	end = at
	for i < len(s) && n < len(b) {
		switch c := s[i]; {
		case asciiDigit(c):
			b[n] = c
			n++
			i++
			end = i
			continue
		case strings.HasPrefix(s[i:], "(0)"):
			i += 3
		case c == '.' && (i+1 == len(s) || !asciiDigit(s[i+1])):
			return string(b[:n]), end
		case c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')':
			i++
		case strings.HasPrefix(s[i:], "\u00a0"), strings.HasPrefix(s[i:], "\u00ad"):
			i += 2
		case strings.HasPrefix(s[i:], "‐"), strings.HasPrefix(s[i:], "‑"), strings.HasPrefix(s[i:], "–"):
			i += 3
		default:
			return string(b[:n]), end
		}
		if i-end > 5 { // a bracket, a zero and spaces, no more
			break
		}
	}
	for end < len(s) && asciiDigit(s[end]) {
		end++ // longer than any number
	}
	return string(b[:n]), end
}

// grouped tells a number that could be dialled from a date or a time written with
// dots: 31.12.2025, 10-11-2025.
func grouped(s, d string) bool {
	if len(d) != 8 {
		return true
	}
	return !(len(s) == 10 && (s[2] == '.' || s[2] == '/' || s[2] == '-' || s[4] == '-' || s[4] == '/' || s[4] == '.'))
}

// callWords stand before a number that can be called. In scripts without case and
// words they may stand anywhere before it.
var callWords = []string{"tel", "phone", "call", "mobile", "mobil", "cell", "dial", "ring", "fon", "hotline", "helpline", "helpdesk", "support", "whatsapp", "handy", "ruf", "rufen", "anrufen", "nummer",
	"appel", "appelez", "portable", "llame", "telefono", "telefon", "telephone", "movil", "celular", "chiama", "chiami", "cellulare", "bel", "bellen", "ligue", "telemovel", "toll", "free", "reach", "direct", "office", "desk", "ext", "fax"}

var wideCallWords = []string{"電話", "携帯", "ダイヤル", "連絡先", "전화", "휴대", "핸드폰", "연락처", "고객센터", "电话", "手机"}

// callBefore reports whether a word of calling stands in the 40 bytes before.
func callBefore(s string, at int) bool {
	w := s[max(0, at-40):at]
	for _, k := range wideCallWords {
		if strings.Contains(w, k) {
			return true
		}
	}
	for f := range strings.FieldsFuncSeq(fold(strings.ToValidUTF8(w, " ")), func(r rune) bool { return r == ' ' }) {
		if slices.Contains(callWords, f) {
			return true
		}
	}
	return false
}
