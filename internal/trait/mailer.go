package trait

import (
	"strings"

	"kith/internal/mail"
)

// Mailer names the family of the program that wrote a mail: "apple mail",
// "outlook", "thunderbird", "git-send-email"; "" when nothing tells.
//
// Most programs say their name in User-Agent or X-Mailer. What follows the name
// (version, build, platform, toolkit) changes with every update and is left out, and
// so is the kind of telephone. Those that say nothing are told by marks that they
// leave elsewhere: the form of their Message-IDs and boundaries, fields of their own.
//
// People change the program every few years, and many write with two: one at the
// desk, one on the telephone. Both become known. A program that stops naming itself
// (Mutt 2 does by default) is still told by its marks where it has any.
func Mailer(m *mail.Message) string {
	for _, n := range [...]string{"User-Agent", "X-Mailer"} {
		if f, ok := m.Header.First(n); ok {
			if s := family(strings.ToLower(f.Value())); s != "" {
				return bounded(s)
			}
		}
	}
	return unnamed(m)
}

// programs are the families that are told by a word in the name a program gives
// itself; the first that fits counts.
var programs = [...][2]string{
	{"thunderbird", "thunderbird"}, {"icedove", "thunderbird"}, {"seamonkey", "seamonkey"}, {"betterbird", "thunderbird"},
	{"iphone mail", "ios mail"}, {"ipad mail", "ios mail"}, {"ipod mail", "ios mail"}, {"apple mail", "apple mail"},
	{"outlook express", "outlook express"}, {"macoutlook", "outlook mac"}, {"outlook for ios", "outlook mobile"},
	{"outlook for android", "outlook mobile"}, {"outlook", "outlook"}, {"windows live mail", "windows live mail"},
	{"git-send-email", "git-send-email"}, {"stgit", "stgit"}, {"evolution", "evolution"}, {"neomutt", "mutt"}, {"mutt", "mutt"},
	{"mu4e", "mu4e"}, {"notmuch", "notmuch"}, {"gnus", "gnus"}, {"k-9 mail", "k-9"}, {"kmail", "kmail"}, {"claws", "claws mail"}, {"sylpheed", "sylpheed"},
	{"roundcube", "roundcube"}, {"squirrelmail", "squirrelmail"}, {"horde", "horde"}, {"rainloop", "rainloop"}, {"snappymail", "snappymail"},
	{"cyrus-jmap", "fastmail"}, {"messagingengine", "fastmail"}, {"ymail", "yahoo"}, {"yahoomail", "yahoo"}, {"zimbra", "zimbra"},
	{"open-xchange", "open-xchange"}, {"inotes", "notes"}, {"lotus", "notes"}, {"ibm notes", "notes"}, {"hcl notes", "notes"}, {"hcl verse", "notes"},
	{"ibm verse", "notes"}, {"ibm traveler", "notes"}, {"alpine", "alpine"}, {"pine", "alpine"}, {"the bat", "the bat"}, {"em_client", "em client"}, {"em client", "em client"},
	{"mailmate", "mailmate"}, {"sogomail", "sogo"}, {"nylas", "nylas"}, {"mailspring", "mailspring"}, {"phpmailer", "phpmailer"}, {"swiftmailer", "swiftmailer"},
	{"nodemailer", "nodemailer"}, {"coremail", "coremail"}, {"foxmail", "foxmail"}, {"qqmail", "qqmail"}, {"becky", "becky"}, {"s-nail", "mailx"}, {"mailx", "mailx"},
}

// maxName bounds what is looked at of the name a program gives itself.
const maxName = 300

// family names the family by what a program calls itself, in lower case.
func family(s string) string {
	s = s[:min(len(s), maxName)]
	for _, p := range programs {
		if strings.Contains(s, p[0]) {
			return p[1]
		}
	}
	return words(s)
}

// words returns the first words of a name up to what looks like a version: at most
// three, of letters.
func words(s string) string {
	b := make([]byte, 0, maxValue)
	n := 0
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == '/' || r == '\t' || r == '_' }) {
		i := strings.IndexFunc(w, func(r rune) bool { return r >= '0' && r <= '9' || strings.ContainsRune("([{<;,:$\"'", r) })
		cut := i >= 0
		if cut {
			w = w[:i]
		}
		if w = strings.Trim(w, ".-v"); len(w) > 1 || len(w) == 1 && !cut {
			if n > 0 {
				b = append(b, ' ')
			}
			b = append(b, w...)
			n++
		}
		if cut || n == 3 {
			break
		}
	}
	return string(b)
}

// unnamed tells a program that gives itself no name by its marks.
func unnamed(m *mail.Message) string {
	h := m.Header
	left, right := m.MessageID, ""
	if i := strings.LastIndexByte(left, '@'); i >= 0 {
		left, right = left[:i], strings.ToLower(left[i+1:])
	}
	boundary := m.Root.Params["boundary"]
	switch {
	case right == "mail.gmail.com", strings.HasPrefix(boundary, "000000000000"):
		return "gmail"
	case strings.HasSuffix(right, ".prod.outlook.com"), h.Has("X-MS-Has-Attach"), h.Has("Thread-Index") && h.Has("Thread-Topic"):
		return "exchange"
	case strings.HasPrefix(left, "alpine."), strings.HasPrefix(left, "Pine."):
		return "alpine"
	case strings.HasSuffix(left, ".fsf"), strings.Contains(left, ".fsf_-_"), strings.HasPrefix(boundary, "=-=-="):
		return "gnus"
	case strings.HasPrefix(left, "trinity-"):
		return "gmx"
	case strings.HasSuffix(right, "mail.yahoo.com"):
		return "yahoo"
	case strings.HasPrefix(boundary, "b1_") && strings.HasSuffix(right, "protonmail.com"), right == "proton.me", right == "pm.me", right == "protonmail.com":
		return "proton"
	case strings.HasPrefix(boundary, "Apple-Mail"):
		return "apple mail"
	case strings.HasPrefix(boundary, "nextPart"):
		return "kmail"
	case strings.Contains(left, ".JavaMail."):
		return "javamail"
	case patchID(left):
		return "git-send-email"
	case m.Root.Disposition == "inline" && m.Root.Type == "text/plain", m.Root.Type == "multipart/signed" && muttID(left):
		return "mutt" // it says "inline" of every text
	}
	return ""
}
