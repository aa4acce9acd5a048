package trait

import "strings"

// ibanLength holds the length of an IBAN by country, as the registry of SWIFT
// lists it.
var ibanLength = ibanLengths("AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 " +
	"GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 " +
	"NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30")

func ibanLengths(list string) map[string]int {
	m := map[string]int{}
	for w := range strings.FieldsSeq(list) {
		m[w[:2]] = int(w[2]-'0')*10 + int(w[3]-'0')
	}
	return m
}

// iban reads an IBAN that begins at a place and returns where it ends, 0 for none.
// Spaces, hyphens and dots may part its groups.
func (f *accountFinder) iban(at int) int {
	s := f.s
	if at+8 > len(s) || !asciiLetter(s[at]) || !asciiLetter(s[at+1]) || !asciiDigit(s[at+2]) && s[at+2] != ' ' {
		return 0
	}
	n := ibanLength[asciiUpper(s[at:at+2])]
	if n == 0 {
		return 0
	}
	var b [34]byte
	k, i := 0, at
	for ; i < len(s) && k < n; i++ {
		switch c := s[i]; {
		case asciiAlnum(c):
			if c >= 'a' {
				c -= 'a' - 'A'
			}
			b[k] = c
			k++
		case c == ' ' || c == '-' || c == '.':
		case strings.HasPrefix(s[i:], "\u00a0"):
			i++
		default:
			return 0
		}
	}
	if k < n || i < len(s) && asciiAlnum(s[i]) || !mod97(b[:n]) {
		return 0
	}
	f.add("iban:" + string(b[:n]))
	return i
}

// mod97 checks an IBAN in its compact form (ISO 7064, MOD 97-10).
func mod97(b []byte) bool {
	if !asciiDigit(b[2]) || !asciiDigit(b[3]) {
		return false
	}
	rest := 0
	for i := range b {
		c := b[(i+4)%len(b)]
		if asciiDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}

func asciiDigit(c byte) bool  { return c >= '0' && c <= '9' }
func asciiLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func asciiAlnum(c byte) bool { return asciiDigit(c) || asciiLetter(c) }

func asciiUpper(s string) string { return strings.ToUpper(s) }

func allDigits(s string) bool {
	for i := range len(s) {
		if !asciiDigit(s[i]) {
			return false
		}
	}
	return true
}

// digitRun returns the digits at a place, and how many bytes they are.
func digitRun(s string, at int) (string, int) {
	n := digitRunLen(s, at)
	return s[at : at+n], n
}

func digitRunLen(s string, at int) int {
	end := at
	for end < len(s) && asciiDigit(s[end]) {
		end++
	}
	return end - at
}

// joined returns the digits from a place on, over single hyphens and spaces, at most
// 20 of them, and where they end.
func joined(s string, at int) (digits string, end int) {
	var b [20]byte
	n := 0
	i := at
	for i < len(s) && n < len(b) {
		switch {
		case asciiDigit(s[i]):
			b[n] = s[i]
			n++
		case (s[i] == '-' || s[i] == ' ') && i+1 < len(s) && asciiDigit(s[i+1]):
		default:
			return string(b[:n]), i
		}
		i++
	}
	return string(b[:n]), i
}

// narrowed writes full-width letters, digits and hyphens, as Japanese and Korean
// mail has them, in ASCII.
func narrowed(s string) string {
	if !strings.Contains(s, "\xef\xbc") && !strings.Contains(s, "\xef\xbd") {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= 0xff01 && r <= 0xff5e {
			return r - 0xfee0
		}
		return r
	}, s)
}

// asciiLower lowers ASCII letters only, so that places stay.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
