package trait

import (
	"slices"
	"strings"
)

// maxNumbers is the number of accounts, and of telephone numbers, kept of a text.
const maxNumbers = 8

// Accounts lists the accounts that the new text names, in canonical form and in
// their order, at most 8: IBAN (ISO 13616), bitcoin and Ethereum addresses, whose
// check digits hold; and where words beside them say so: BIC (ISO 9362), sort code
// and account of the United Kingdom, routing number and account of the United
// States, accounts in Japan and Korea.
func (t *Text) Accounts() []string {
	f := accountFinder{scanned: t.narrow()}
	f.walk()
	f.bics()
	return f.found
}

// narrow returns the text with its full-width letters and digits in ASCII.
func (t *Text) narrow() *scanned {
	if s := narrowed(t.body.s); s != t.body.s {
		return scan(s)
	}
	return t.body
}

// accountFinder walks a text once, from number to number.
type accountFinder struct {
	*scanned
	found []string
}

func (f *accountFinder) add(v string) {
	if len(f.found) < maxNumbers && !slices.Contains(f.found, v) {
		f.found = append(f.found, v)
	}
}

// walk looks at each word that holds a digit.
func (f *accountFinder) walk() {
	next := 0
	for i := range f.words {
		w := &f.words[i]
		at, end := int(w.at), int(w.end)
		if !w.digits || at < next || len(f.found) >= maxNumbers {
			continue
		}
		if !asciiAlnum(f.s[at]) {
			continue
		}
		next = max(f.token(at, end), end)
	}
}

// token looks at one run of letters and digits and returns where to go on.
func (f *accountFinder) token(at, end int) int {
	s := f.s
	if stop := f.iban(at); stop > 0 {
		return stop
	}
	switch n := end - at; {
	case n == 42 && (s[at:at+2] == "0x" || s[at:at+2] == "0X"):
		if a, ok := ethereum(s[at:end]); ok {
			f.add("eth:" + a)
		}
	case n >= 26 && n <= 90:
		if a, ok := bitcoin(s[at:end]); ok {
			f.add("btc:" + a)
		}
	case asciiDigit(s[at]):
		return f.number(at)
	}
	return end
}

// number looks at digits that hyphens and spaces may part, and asks the words
// beside them what they are.
func (f *accountFinder) number(at int) int {
	digits, end := joined(f.s, at)
	switch {
	case len(digits) < 6:
		return end
	case f.near(at, 60, "口座", "普通", "当座"):
		if d, _ := digitRun(f.s, at); len(d) == 7 {
			f.add("jp:" + d)
		}
		return at + digitRunLen(f.s, at)
	case f.near(at, 60, "계좌", "은행", "뱅크", "농협"):
		if len(digits) >= 10 && len(digits) <= 14 && !strings.HasPrefix(digits, "010") {
			f.add("kr:" + digits)
		}
		return end
	}
	first, _ := digitRun(f.s, at)
	if len(first) == 9 && routing(first) && f.near(at, 40, "routing", "aba", "rtn", "ach") {
		f.add("us:" + first + "/" + f.accountBeside(at, at+9, 4, 17))
		return at + 9
	}
	if code, stop, ok := sortCode(f.s, at); ok && f.near(at, 30, "sort", "s/c") {
		f.add("uk:" + code + "/" + f.accountBeside(at, stop, 7, 8))
		return stop
	}
	return end
}

// near reports whether one of some words stands in the n bytes before a place.
func (f *accountFinder) near(at, n int, words ...string) bool {
	w := asciiLower(f.s[max(0, at-n):at])
	for _, k := range words {
		if strings.Contains(w, k) {
			return true
		}
	}
	return false
}

// accountBeside finds the account number that belongs to a code: the nearest number
// of a length behind the word account, first after the code, then before it. "" when
// there is none.
func (f *accountFinder) accountBeside(at, end, low, high int) string {
	for _, w := range [...][2]int{{end, min(len(f.s), end+120)}, {max(0, at-120), at}} {
		part := asciiLower(f.s[w[0]:w[1]])
		for _, k := range [...]string{"account", "acct", "a/c", "acc"} {
			i := strings.Index(part, k)
			if i < 0 {
				continue
			}
			for j := w[0] + i; j < w[1]; j++ {
				if !asciiDigit(f.s[j]) {
					continue
				}
				d, stop := joined(f.s[:w[1]], j)
				if one, _ := digitRun(f.s, j); len(one) >= low && len(one) <= high {
					return one
				}
				if len(d) >= low && len(d) <= high {
					return d
				}
				j = stop
			}
		}
	}
	return ""
}

// sortCode reads 12-34-56, 12 34 56 or 123456.
func sortCode(s string, at int) (code string, end int, ok bool) {
	if d, n := digitRun(s, at); len(d) == 6 {
		return d, at + n, true
	}
	if len(s) < at+8 {
		return "", 0, false
	}
	sep := s[at+2]
	if (sep != '-' && sep != ' ') || s[at+5] != sep || len(s) > at+8 && asciiDigit(s[at+8]) {
		return "", 0, false
	}
	code = s[at:at+2] + s[at+3:at+5] + s[at+6:at+8]
	return code, at + 8, allDigits(code)
}

// routing checks the sum of a routing number of the American Bankers Association.
func routing(d string) bool {
	sum := 0
	for i, w := range [9]int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		sum += int(d[i]-'0') * w
	}
	return sum > 0 && sum%10 == 0 && (d[0] <= '3' || d[0] >= '6' && d[0] <= '8')
}

// bics adds the bank codes that stand behind the word BIC or SWIFT.
func (f *accountFinder) bics() {
	for i := range f.words {
		if id := f.words[i].id; id == 0 || id != wordBIC && id != wordSWIFT {
			continue
		}
		from := int(f.words[i].end)
		if b, ok := bicBehind(f.s[from:min(len(f.s), from+40)]); ok {
			f.add("bic:" + b)
		}
	}
}

var wordBIC, wordSWIFT = vocabulary.add("bic"), vocabulary.add("swift")

// bicBehind reads a bank code: four letters of the bank, two of the country, two of
// the place, and three of the branch or none. Three times X is the head office.
func bicBehind(s string) (string, bool) {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return r >= 0x80 || !asciiAlnum(byte(r)) }) {
		switch strings.ToLower(w) {
		case "code", "bic", "swift", "number", "no", "nr", "is", "ist", "lautet", "コード":
			continue
		}
		if len(w) != 8 && len(w) != 11 || w != strings.ToUpper(w) {
			return "", false
		}
		for i := range 6 {
			if asciiDigit(w[i]) {
				return "", false
			}
		}
		if _, known := ibanLength[w[4:6]]; !known && !strings.Contains(" US CA AU NZ JP KR CN HK SG IN TH MY ID PH VN TW ZA NG KE MX AR CL CO PE RU ", " "+w[4:6]+" ") {
			return "", false
		}
		return strings.TrimSuffix(w, strings.Repeat("X", 3)), true
	}
	return "", false
}
