package border

import (
	"net/mail"
	"net/netip"
	"strings"
	"time"
)

// maxReceived bounds how much of one Received field is read, in bytes. Real
// ones stay below 1,000; the clauses that we want stand at the front, and only
// the date at the end.
const maxReceived = 4096

// Received is one trace field (RFC 5321 §4.4) as read: the hop, and what else
// the receiving host said of it. Everything in it is a claim of that host; what
// the claim is worth is decided by Trust.Walk.
type Received struct {
	Hop
	Verified bool   // Name was checked by the receiving host, not only said by the client
	Local    bool   // taken over on the host itself (sendmail(1), a bounce), not by network
	Login    string // who signed in, where the host writes it down
	TLS      bool

	date string // as written; reading it costs as much as all the rest
}

// Authenticated reports whether the field says that the client signed in: a
// "with" of RFC 3848 or RFC 6531 that ends in A or SA.
func (r Received) Authenticated() bool { return authenticated(r.Proto) }

func authenticated(proto string) bool {
	switch proto {
	case "ESMTPA", "ESMTPSA", "LMTPA", "LMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "UTF8LMTPA", "UTF8LMTPSA":
		return true
	}
	return false
}

// ParseReceived reads the value of one Received field in any of the forms that
// Postfix, Exim, Sendmail, qmail, Exchange, Gmail, Courier, Dovecot and their
// kin write. It never fails: what is not there or not understood stays empty.
// index becomes Hop.Index. At most 4 KiB are read.
func ParseReceived(value string, index int) Received {
	r := readReceived(value, index)
	r.Time = parseDate(r.date)
	return r
}

// readReceived is ParseReceived without the time.
func readReceived(value string, index int) Received {
	head, date := splitDate(value)
	r := Received{Hop: Hop{Index: index}, date: date}
	if len(head) > maxReceived {
		head = head[:maxReceived]
	}
	c := readClauses(head)
	r.By = hostWord(c.by)
	r.Proto = protocol(c.with)
	r.ID = strings.Trim(c.id, "<>;,")
	r.For = strings.Trim(c.forAddr, "<>;,")
	r.readFrom(c)
	r.readComments(c)
	return r
}

// readFrom fills in the client from the from-clause. The word behind "from" is
// what the client called itself in most forms, and may well be the address of
// somebody else: it counts as the client's address only where no comment has
// one (Exim writes "from [192.0.2.1] (helo=name)").
func (r *Received) readFrom(c clauses) {
	if c.from == "" {
		return
	}
	r.Helo = hostWord(c.from)
	for _, comment := range c.fromComments {
		r.readClient(comment)
	}
	if r.Addr.IsValid() {
		return
	}
	if addr, ok := hostAddr(c.from); ok {
		r.Addr = addr
		if r.Helo == hostWord(c.from) {
			r.Helo = ""
		}
	} else if addr, ok := hostAddr(c.fromExtra); ok { // fetchmail: from host [192.0.2.1] by …
		r.Addr = addr
	}
}

// readClient reads a comment behind the from-clause. The first one with an
// address in it is the client as the receiving host saw it:
//
//	Postfix, Sendmail   (name [192.0.2.1]) (name [IPv6:2001:db8::1] (may be forged))
//	Exim                ([192.0.2.1]:4711 helo=name) (helo=name)
//	Exchange            (192.0.2.1) (2001:db8::1)
//	qmail               (HELO name) (user@192.0.2.1)
//	CommuniGate         (account ann HELO name)
func (r *Received) readClient(comment string) {
	words := strings.Fields(comment)
	for i := 0; i < len(words); i++ {
		w := words[i]
		lower := strings.ToLower(w)
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case strings.HasPrefix(lower, "helo=") || strings.HasPrefix(lower, "ehlo="):
			r.named(w[5:], true) // Exim: what stood before was looked up and checked
		case (lower == "helo" || lower == "ehlo") && next != "":
			r.named(next, false) // qmail: looked up only
			i++                  // a client may call itself by an address: it must not be read as one
		case lower == "account" && next != "":
			r.Login = hostWord(next)
			i++
		case strings.IndexByte(w, '=') >= 0 || r.Addr.IsValid():
		default:
			addr, ok := hostAddr(w[strings.LastIndexByte(w, '@')+1:])
			if !ok {
				continue
			}
			r.Addr = addr
			if i > 0 && w[0] == '[' && strings.IndexByte(words[i-1], '=') < 0 && !strings.EqualFold(words[i-1], "unknown") {
				r.Name = hostWord(words[i-1][strings.LastIndexByte(words[i-1], '@')+1:])
				r.Verified = !strings.Contains(comment, "may be forged")
			}
		}
	}
}

// named takes over what a client called itself, where the word behind "from"
// was its name and not that.
func (r *Received) named(helo string, verified bool) {
	if _, literal := hostAddr(r.Helo); r.Helo != "" && r.Name == "" && !literal && !strings.EqualFold(r.Helo, "unknown") {
		r.Name, r.Verified = r.Helo, verified
	}
	r.Helo = hostWord(helo)
}

// readComments reads what is said in brackets elsewhere.
func (r *Received) readComments(c clauses) {
	for _, comment := range c.comments {
		lower := strings.ToLower(comment)
		switch {
		case strings.Contains(lower, "authenticated sender:"):
			_, login, _ := strings.Cut(comment[strings.Index(lower, "authenticated sender:"):], ":")
			r.Login = firstWord(login)
		case strings.HasPrefix(lower, "authenticated as "):
			r.Login = firstWord(comment[len("authenticated as "):])
		case strings.HasPrefix(lower, "using tls"), strings.HasPrefix(lower, "version=tls"), strings.HasPrefix(lower, "tls"):
			r.TLS = true
		case c.from != "": // a host that took it over by network says from whom
		case strings.Contains(lower, "from userid "), strings.Contains(lower, "invoked by "), strings.Contains(lower, "invoked for bounce"),
			strings.HasPrefix(lower, "from "):
			r.Local = true
		}
	}
	switch r.Proto {
	case "LOCAL":
		r.Local = true
	case "":
		r.Local = r.Local || c.from == "" && r.By != "" // Postfix writes so when it makes a bounce
	}
	if strings.HasPrefix(r.Proto, "ESMTPS") || strings.HasPrefix(r.Proto, "LMTPS") || r.Proto == "HTTPS" {
		r.TLS = true
	}
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return strings.Trim(f[0], ",;<>")
	}
	return ""
}

// protocol returns the word behind "with" in capitals. Exchange writes
// "Microsoft SMTP Server", others "HTTP (…)" or a version behind it.
func protocol(with string) string {
	w := firstWord(with)
	if strings.EqualFold(w, "Microsoft") {
		return "SMTP"
	}
	if len(w) > 32 {
		return ""
	}
	return strings.ToUpper(w)
}

// hostWord tidies a host name, an address literal or a mailbox as written.
func hostWord(w string) string {
	w = strings.TrimRight(strings.Trim(w, "<>;,\""), ".")
	if len(w) > 255 {
		return w[:255]
	}
	return w
}

// hostAddr reads an address as trace fields write it: 192.0.2.1, [192.0.2.1],
// [IPv6:2001:db8::1] (RFC 5321 §4.1.3), [192.0.2.1]:4711, ::ffff:192.0.2.1,
// fe80::1%5. IPv4 inside IPv6 becomes IPv4; the zone is dropped.
func hostAddr(w string) (netip.Addr, bool) {
	w = strings.Trim(w, "<>();,")
	if strings.HasPrefix(w, "[") {
		end := strings.IndexByte(w, ']')
		if end < 0 {
			end = len(w)
		}
		w = w[1:end]
	}
	if len(w) > 5 && strings.EqualFold(w[:5], "IPv6:") {
		w = w[5:]
	}
	if len(w) < 2 || len(w) > 64 || strings.IndexByte("0123456789abcdefABCDEF:", w[0]) < 0 ||
		strings.IndexByte(w, ':') < 0 && w[0] > '9' { // an error of ParseAddr costs more than it is worth for a host name
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(w)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.WithZone("").Unmap(), true
}

// splitDate parts the field at its last semicolon outside of comments.
func splitDate(v string) (head, date string) {
	if len(v) > 2*maxReceived { // keep both ends: the clauses and the date
		v = v[:maxReceived] + v[len(v)-maxReceived:]
	}
	at, depth := -1, 0
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		case ';':
			if depth == 0 {
				at = i
			}
		}
	}
	if at < 0 {
		at = strings.LastIndexByte(v, ';') // a bracket that never closes
	}
	if at < 0 {
		return v, ""
	}
	return v[:at], v[at+1:]
}

// parseDate reads the date-time of RFC 5322 §3.3; zero when unreadable.
func parseDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 128 {
		return time.Time{}
	}
	if i := strings.IndexByte(s, '('); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	t, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", s) // nearly all; the other forms are tried one by one
	if err != nil {
		t, err = mail.ParseDate(s)
	}
	if err != nil {
		return time.Time{}
	}
	return t
}
