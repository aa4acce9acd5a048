// Package trait says what of a message can be a habit: short canonical values, pure
// functions of the message.
package trait

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"kith/internal/mail"
)

func letters(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) {
			b.WriteRune(r)
		} else if r == ' ' || r == '-' || r == '/' {
			if r == '/' {
				break
			}
			b.WriteByte(' ')
		} else if unicode.IsDigit(r) {
			break
		}
	}
	f := strings.Fields(b.String())
	if len(f) > 3 {
		f = f[:3]
	}
	return strings.Join(f, " ")
}

// Mailer names the program that wrote a mail, without its version.
func Mailer(m *mail.Message) string {
	for _, n := range []string{"User-Agent", "X-Mailer"} {
		if v := m.Header.Get(n); v != "" {
			return letters(v)
		}
	}
	if m.Header.Has("X-Gm-Message-State") {
		return "gmail-web"
	}
	if m.Header.Has("Thread-Index") {
		return "exchange"
	}
	return ""
}

func shape(p *mail.Part) string {
	if p.Disposition == "attachment" || p.Filename != "" {
		return "att"
	}
	if len(p.Parts) == 0 {
		return strings.TrimPrefix(p.Type, "text/") + ":" + p.Encoding
	}
	var in []string
	for _, c := range p.Parts {
		s := shape(c)
		if len(in) > 0 && in[len(in)-1] == s {
			continue
		}
		in = append(in, s)
	}
	return strings.TrimPrefix(p.Type, "multipart/") + "(" + strings.Join(in, ",") + ")"
}

// MIMEShape writes the tree of parts in short form.
func MIMEShape(m *mail.Message) string { return clip(shape(m.Root)) }

func clip(s string) string {
	if len(s) > 80 {
		return s[:80]
	}
	return s
}

func runs(s string) string {
	var b strings.Builder
	last, n := byte(0), 0
	flush := func() {
		if last != 0 {
			b.WriteByte(last)
			switch {
			case last == 'n' || last == 'a' || last == 'x':
				fmt.Fprintf(&b, "%d", min(n/4, 9))
			}
		}
		n = 0
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		var k byte
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			k = 'x'
		default:
			k = c
		}
		if k != last || k != 'x' {
			flush()
			last = k
		}
		n++
	}
	flush()
	return clip(b.String())
}

// BoundaryShape gives the form of the outer boundary.
func BoundaryShape(m *mail.Message) string { return runs(m.Root.Params["boundary"]) }

// MessageIDShape gives the form of the Message-ID and how its right side stands to the author.
func MessageIDShape(m *mail.Message) string {
	l, r, ok := strings.Cut(m.MessageID, "@")
	if !ok {
		return runs(m.MessageID)
	}
	rel := ""
	from := ""
	if len(m.From) > 0 {
		from = strings.ToLower(m.From[0].Addr[strings.LastIndexByte(m.From[0].Addr, '@')+1:])
	}
	r = strings.ToLower(r)
	reg, _ := publicsuffix.EffectiveTLDPlusOne(r)
	freg, _ := publicsuffix.EffectiveTLDPlusOne(from)
	switch {
	case r == from:
		rel = "same"
	case reg != "" && reg == freg:
		rel = "sub"
	case reg != "":
		rel = reg
	default:
		rel = runs(r)
	}
	return clip(runs(l) + "@" + rel)
}

var writers = []string{"From", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "User-Agent", "X-Mailer", "Reply-To", "In-Reply-To", "References", "Organization", "Content-Language", "Sender", "Importance", "X-Priority", "Content-Disposition"}

// HeaderOrder hashes the order of the fields that the author's program writes.
func HeaderOrder(m *mail.Message) string {
	h := fnv.New64a()
	for _, f := range m.Header.Fields() {
		if slices.ContainsFunc(writers, f.Is) && !f.Is("In-Reply-To") && !f.Is("References") && !f.Is("Cc") {
			h.Write([]byte(f.Name()))
			h.Write([]byte{0})
		}
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// HeaderStyle says how that program writes dates and names.
func HeaderStyle(m *mail.Message) string {
	d := m.Header.Get("Date")
	s := ""
	if strings.Contains(d, "(") {
		s += "c"
	}
	if len(d) > 5 && d[5] == '0' {
		s += "0"
	}
	f, _ := m.Header.First("From")
	if strings.Contains(f.Value(), `"`) {
		s += "q"
	}
	return "s" + s
}

// Charset names character set and encoding of the first text.
func Charset(m *mail.Message) string {
	p := m.Root
	for len(p.Parts) > 0 {
		p = p.Parts[0]
	}
	return p.Charset + "/" + p.Encoding
}

// Zone is the zone of the Date field as written.
func Zone(m *mail.Message) string { return m.DateZone }

// Language guesses the language of the text.
func Language(m *mail.Message) string { return "" }

// LinkHosts lists the registrable domains of web links.
func LinkHosts(m *mail.Message) (out []string) {
	for _, l := range m.Links {
		if l.Scheme != "http" && l.Scheme != "https" || l.Host == "" {
			continue
		}
		h, err := publicsuffix.EffectiveTLDPlusOne(l.Host)
		if err != nil {
			h = l.Host
		}
		if len(out) < 12 && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// AttachmentKinds lists the endings of attached files.
func AttachmentKinds(m *mail.Message) (out []string) {
	for _, a := range m.Attachments {
		if a.Inline {
			continue
		}
		k := "none"
		if i := strings.LastIndexByte(a.Name, '.'); i >= 0 {
			k = clip(strings.ToLower(a.Name[i+1:]))
		}
		if len(out) < 8 && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// AttachmentTokens lists words in the names of attached files.
func AttachmentTokens(m *mail.Message) []string { return nil }

// Accounts lists account numbers in the text.
func Accounts(m *mail.Message) []string { return nil }

// PhoneNumbers lists telephone numbers in the text.
func PhoneNumbers(m *mail.Message) []string { return nil }

// AskWords lists what a mail asks for.
func AskWords(m *mail.Message) []string { return nil }

// SignOff gives the form of the closing.
func SignOff(m *mail.Message) string { return "" }

// Salutation gives the form of the greeting.
func Salutation(m *mail.Message, names []string) string { return "" }

// SubjectTokens lists words of the subject.
func SubjectTokens(m *mail.Message) []string { return nil }
