package trait

import (
	"strings"

	"kith/internal/mail"
)

// BoundaryShape gives the form of the outermost boundary that the author's program
// wrote; "" for a mail of one part.
//
// A boundary (RFC 2046 section 5.1.1) is made by the program for each mail: some
// constant words or signs, so that people may know the maker, and a random part or
// a clock, so that it stands nowhere else. The constant part is kept, the rest is
// reduced to its shape. It changes with the program, rarely with its version. A
// server that writes a mail anew (a gateway that converts, a list that adds a
// footer) writes its own.
func BoundaryShape(m *mail.Message) string {
	s := authored(m).Params["boundary"]
	s = s[:min(len(s), maxToken)]
	for _, c := range boundaryBegins {
		if strings.HasPrefix(s, c) {
			return bounded(c + shape(s[len(c):], ""))
		}
	}
	if n := exchangeBoundary(s); n > 0 {
		return bounded("_000_" + shape(strings.TrimSuffix(s[n:], "_"), "") + "_")
	}
	return shape(s, "")
}

// boundaryBegins are the constant beginnings of known makers; longer ones stand
// before those that they begin with.
var boundaryBegins = [...]string{
	"000000000000",      // Gmail
	"Apple-Mail",        // Apple Mail; iPhone
	"----=_NextPart_",   // Outlook, Windows Live Mail
	"----=_Part_",       // JavaMail
	"----=rfsewr",       // Horde of old
	"_----------=_",     // MIME::Lite
	"----_",             // Nodemailer
	"--_NmP-",           // Nodemailer
	"----sinikael-",     // Nodemailer of old
	"=-=-=",             // Gnus
	"===-=-=", "==-=-=", // Gnus, inner and signed
	"=_alternative ", "=_mixed ", "=_related ", // Notes
	"===============", // Python
	"nextPart",        // KMail
	"Sig_/", "MP_/",   // Claws Mail
	"b1=_", "b2=_", "b1_", "b2_", "b3_", // PHPMailer
	"Boundary", "boundary", "Multipart", "mixed", "alt-", "alt_", "mix-",
	"------------ms", // Thunderbird, S/MIME
}

// exchangeBoundary returns the length of the counter with which Exchange begins a
// boundary ("_004_"), 0 when there is none.
func exchangeBoundary(s string) int {
	const n = len("_000_")
	if len(s) > n && s[0] == '_' && s[n-1] == '_' && charsOf(s[1:n-1]) == (chars{digit: true}) {
		return n
	}
	return 0
}

// authored returns the part that the author's program wrote: the root, but where a
// list has put the mail into a multipart of its own, with a footer behind it.
func authored(m *mail.Message) *mail.Part {
	p := m.Root
	if p.Type != "multipart/mixed" || len(p.Parts) < 2 || !strings.HasPrefix(p.Params["boundary"], "===============") {
		return p
	}
	last := p.Parts[len(p.Parts)-1]
	if last.Type == "text/plain" && last.Filename == "" && last.Disposition == "inline" && last.End-last.Body < 2000 {
		return p.Parts[0]
	}
	return p
}
