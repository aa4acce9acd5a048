package trait

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"kith/internal/mail"
)

// MessageIDShape gives the form of the Message-ID: the shape of its left side, and
// how its right side stands to the author's domain.
//
// The Message-ID (RFC 5322 section 3.6.4) is made by the program that writes the
// mail, or by the first server when the program makes none. Each has a rule of its
// own for the left side: a time and a process number, a UUID, twenty bytes in
// base64. The right side is a host or a domain, and whose it is says where the mail
// was made: the author's domain, a host in it, his provider.
//
// It changes with the program, not with its version, and with the server where the
// program leaves it to that. The name of the host changes with every laptop, so of
// a host in the author's own domain only that is kept.
func MessageIDShape(m *mail.Message) string {
	id := m.MessageID
	if id == "" {
		return ""
	}
	user, from := author(m)
	left, right := id, ""
	at := strings.LastIndexByte(id, '@')
	if at >= 0 {
		left, right = id[:at], id[at+1:]
	}
	return bounded(leftShape(left, right, user) + "@" + relation(right, from))
}

// leftShape writes the left side: by name for makers whose left sides vary too much
// for a shape, or changed their rule with a version, else by its shape.
func leftShape(left, right, user string) string {
	switch {
	case uuid(left) > 0:
		return shape(left, user)
	case strings.HasPrefix(left, "CA") && len(left) > 40 && strings.EqualFold(right, "mail.gmail.com"):
		return "gmail"
	case patchID(left):
		return "git-send-email"
	case muttID(left):
		return "mutt"
	case outlookID(left):
		return "outlook"
	case strings.HasPrefix(left, "OF") && strings.Contains(left, "-ON"):
		return "notes"
	case seriesID(left):
		return "b4"
	case hexGroups(left):
		return "uuid"
	}
	for _, m := range idMarks {
		if strings.Contains(left, m[0]) {
			return m[1]
		}
	}
	return shape(left, user)
}

// idMarks are words by which a maker is known whatever stands around them.
var idMarks = [...][2]string{
	{"Pine.", "pine"}, {"alpine.", "pine"}, {"trinity-", "gmx"}, {".fsf", "gnus"}, {"git-send-email-", "git-send-email"}, {".JavaMail.", "javamail"},
}

// patchID knows git-send-email: a time to the second, a process, a count and the
// author's left side ("20190403174915.12345-1-ann").
func patchID(left string) bool {
	if len(left) < 19 || left[14] != '.' || span(left, digitByte) != 14 {
		return false
	}
	rest := left[15:]
	n := span(rest, digitByte)
	return n > 0 && n < len(rest) && rest[n] == '-' && strings.IndexByte(rest[n+1:], '-') > 0
}

// muttID knows Mutt: up to 1.13 a time to the second and one run behind a dot, from
// 1.14 on twelve bytes in base64.
func muttID(left string) bool {
	if len(left) == 16 && span(left, radix64) == 16 {
		return charsOf(left).mixed()
	}
	return len(left) > 15 && left[14] == '.' && span(left, digitByte) == 14 && span(left[15:], alnum) == len(left)-15
}

// seriesID knows b4: a day, words of the subject, and twelve hex digits.
func seriesID(left string) bool {
	const tail = 12
	if len(left) < 8+tail+2 || span(left, digitByte) != 8 || left[8] != '-' || left[len(left)-tail-1] != '-' {
		return false
	}
	return charsOf(left[len(left)-tail:]).hex()
}

// hexGroups knows a UUID whose groups were written without their leading zeros.
func hexGroups(left string) bool {
	return strings.Count(left, "-") == 4 && len(left) >= 24 && len(left) < 36 && strings.Trim(left, "0123456789abcdef-") == ""
}

func digitByte(b byte) bool { return b >= '0' && b <= '9' }

// outlookID knows the three groups of Outlook: time, and two numbers, each behind a
// dollar sign.
func outlookID(s string) bool {
	n := 0
	for g := range strings.SplitSeq(strings.TrimSuffix(s, "$"), "$") {
		if c := charsOf(g); !c.hex() || len(g) < 6 || len(g) > 16 {
			return false
		}
		n++
	}
	return n == 3
}

// relation says how the right side of a Message-ID stands to the author's domain:
// the same, a host in it ("sub"), of the same registrable domain, a literal
// address, a name without a dot ("bare"), or another's registrable domain.
func relation(right, from string) string {
	right = strings.TrimSuffix(strings.ToLower(right), ".")
	switch {
	case right == "":
		return "none"
	case right == from:
		return "same"
	case strings.HasPrefix(right, "["):
		return "literal"
	case !strings.Contains(right, "."):
		return "bare"
	case from != "" && strings.HasSuffix(right, "."+from):
		return "sub"
	}
	if _, err := netip.ParseAddr(right); err == nil {
		return "literal"
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(right)
	if err != nil {
		return "other:" + right
	}
	if home, err := publicsuffix.EffectiveTLDPlusOne(from); err == nil && home == site {
		return "registrable"
	}
	return "other:" + site
}

// author splits the first From address into its left side and its domain, in lower
// case.
func author(m *mail.Message) (user, domain string) {
	if len(m.From) == 0 {
		return "", ""
	}
	a := strings.ToLower(m.From[0].Addr)
	i := strings.LastIndexByte(a, '@')
	if i < 0 {
		return a, ""
	}
	return a[:i], strings.TrimSuffix(a[i+1:], ".")
}
