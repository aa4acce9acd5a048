package facts

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"kith/internal/baseline"
	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
	"kith/internal/trait"
)

// Values holds what one message shows of each family of habits. A family with no
// value was not seen on this message, or could not be known: that is unknown,
// never "none".
type Values struct {
	of [64][]string
}

// Of returns the values of a family, most telling first; the slice must not be
// changed.
func (v *Values) Of(f *baseline.Family) []string {
	if v == nil {
		return nil
	}
	return v.of[f.Num]
}

// One returns the first value of a family, or "".
func (v *Values) One(f *baseline.Family) string {
	if all := v.Of(f); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Put sets the values of a family; empty ones are left out, and no more than the
// family counts are kept.
func (v *Values) Put(f *baseline.Family, values ...string) {
	var keep []string
	for _, s := range values {
		if s != "" && len(keep) < f.Values() && !slices.Contains(keep, s) {
			keep = append(keep, s)
		}
	}
	v.of[f.Num] = keep
}

// many sets the values of a family of which a message may have none: that it has
// none is worth counting, or nobody would know how rare the first one is.
func (v *Values) many(f *baseline.Family, values []string) {
	if len(values) == 0 {
		values = []string{baseline.None}
	}
	v.Put(f, values...)
}

// HeaderValues fills in what the header and the envelope show, with times in the
// organisation's zone. Call it once, after Gather.
func (c *Case) HeaderValues(zone *time.Location) {
	m, v := c.Mail, &c.Values
	author := domain(c.AuthorAddr)
	v.Put(baseline.DisplayName, directory.FoldName(c.AuthorName))
	v.Put(baseline.ReplyTo, c.replyValue())
	v.Put(baseline.ReturnPath, c.returnValue())
	v.Put(baseline.Proof, ProofWords(c.Auth, author))
	v.Put(baseline.Hop, c.hopValue())
	v.Put(baseline.Mailer, trait.Mailer(m))
	v.Put(baseline.MIMEShape, trait.MIMEShape(m))
	v.Put(baseline.Boundary, trait.BoundaryShape(m))
	v.Put(baseline.MessageID, trait.MessageIDShape(m))
	v.Put(baseline.HeaderOrder, trait.HeaderOrder(m))
	v.Put(baseline.HeaderStyle, trait.HeaderStyle(m))
	v.Put(baseline.Charset, trait.Charset(m))
	v.Put(baseline.Zone, trait.Zone(m))
	v.Put(baseline.Hour, baseline.HourOf(c.Envelope.Arrived.In(zone)))
	v.Put(baseline.SubjectWord, trait.SubjectTokens(m)...)
	if c.SignedIn() {
		c.sendingValues()
	}
}

// maxTogether is the number of recipients up to which it is counted who stands
// beside whom: ten make forty-five pairs.
const maxTogether = 10

// sendingValues fills in what one of us shows by sending.
func (c *Case) sendingValues() {
	v := &c.Values
	v.Put(baseline.Network, Net(c.Hop.Addr))
	to := make([]string, 0, len(c.Rcpts))
	for i := range c.Rcpts {
		to = append(to, strings.ToLower(c.Rcpts[i].Entry.Address))
	}
	slices.Sort(to)
	to = slices.Compact(to)
	if len(to) < 2 {
		return
	}
	v.Put(baseline.Set, strings.Join(to, " "))
	if len(to) > maxTogether {
		return
	}
	var pairs []string
	for i, a := range to {
		for _, b := range to[i+1:] {
			pairs = append(pairs, a+" "+b)
		}
	}
	v.Put(baseline.Together, pairs...)
}

// ContentValues fills in what only the inside shows. Call it once, after
// Mail.Look and before anybody reads it.
func (c *Case) ContentValues() {
	m, v := c.Mail, &c.Values
	text := trait.TextOf(m)
	v.Put(baseline.Language, text.Language())
	v.many(baseline.LinkHost, trait.LinkHosts(m))
	v.many(baseline.Attachment, trait.AttachmentKinds(m))
	v.Put(baseline.FileToken, trait.AttachmentTokens(m)...)
	v.many(baseline.Account, text.Accounts())
	v.many(baseline.Phone, text.PhoneNumbers())
	v.many(baseline.Ask, text.Asks())
	v.Put(baseline.SignOff, text.SignOff())
	for i := range c.Rcpts {
		r := &c.Rcpts[i]
		r.Values.Put(baseline.Salutation, text.Salutation(append([]string{r.Entry.Name}, r.Entry.Names...)))
	}
}

// replyValue says where an answer would go, in relation to the author: his own
// address, his domain, or somewhere else.
func (c *Case) replyValue() string {
	if c.AuthorAddr == "" {
		return ""
	}
	for _, a := range c.Mail.ReplyTo {
		addr := c.Dir.Normalize(a.Addr)
		switch {
		case c.Dir.SameAddress(addr, c.AuthorAddr):
		case !Shared(domain(addr)) && directory.Registrable(domain(addr)) == directory.Registrable(domain(c.AuthorAddr)):
			return "same-domain"
		case Shared(domain(addr)):
			return strings.ToLower(addr)
		default:
			return directory.Registrable(domain(addr))
		}
	}
	return "self"
}

// returnValue says where a bounce would go, in relation to the author.
func (c *Case) returnValue() string {
	from := c.Dir.Normalize(c.Envelope.MailFrom)
	switch {
	case from == "":
		return "null"
	case c.Dir.SameAddress(from, c.AuthorAddr):
		return "self"
	case directory.Registrable(domain(from)) == directory.Registrable(domain(c.AuthorAddr)):
		return "same-domain"
	}
	return directory.Registrable(domain(from))
}

// ProofWords names what vouches for the author, as a habit: which methods, and by
// whose domain. "" where nobody looked.
func ProofWords(a mailauth.Result, author string) string {
	if a.Source == mailauth.SourceNothing {
		return ""
	}
	home := directory.Registrable(author)
	var w []string
	if a.SPF == mailauth.Pass && slices.ContainsFunc(a.Aligned, func(d string) bool { return directory.Registrable(d) == home }) &&
		directory.Registrable(a.SPFDomain) == home {
		w = append(w, "spf")
	}
	for _, s := range a.DKIM {
		if s.Status == mailauth.Pass && directory.Registrable(s.Domain) == home {
			w = append(w, "dkim")
			break
		}
	}
	if a.DMARC == mailauth.Pass {
		w = append(w, "dmarc")
	}
	if len(w) == 0 {
		return "nothing"
	}
	return strings.Join(w, "+")
}

// hopValue names whose server handed the mail to our border: the domain of its
// verified name, else the domain that SPF says it may speak for, else its network.
// The name that a client gives itself says nothing.
func (c *Case) hopValue() string {
	if c.SignedIn() {
		return "signed-in"
	}
	if n := strings.TrimSuffix(strings.ToLower(c.Hop.Name), "."); strings.Contains(n, ".") && !strings.HasPrefix(n, "[") {
		return directory.Registrable(n)
	}
	if c.Auth.SPF == mailauth.Pass && c.Auth.SPFDomain != "" {
		return "spf:" + directory.Registrable(c.Auth.SPFDomain)
	}
	return Net(c.Hop.Addr)
}

// Net shortens an address to the network that one site usually has: /24, or /48
// for IPv6. "" for an unknown address.
func Net(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	bits := 24
	if a = a.Unmap(); a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// SignedIn reports whether the author himself signed in to send this: the login
// is an address of his.
func (c *Case) SignedIn() bool {
	return c.Envelope.Login != "" && c.Author.Kind != kith.KindExternal && c.signer().Address == c.Author.Address
}

// signer is the entry that the login names. A login without a domain is tried in
// the author's.
func (c *Case) signer() directory.Entry {
	login := c.Envelope.Login
	if !strings.Contains(login, "@") {
		login += "@" + domain(c.AuthorAddr)
	}
	return c.Dir.Lookup(login)
}

// Proven reports whether the author himself is vouched for: his domain by DKIM or
// SPF in alignment, or his own signing in. An address of ours counts as proven by
// a sign-in alone.
func (c *Case) Proven() bool {
	if c.Author.Kind != kith.KindExternal {
		return c.SignedIn() || c.Auth.Proven() && c.Envelope.Login == "" && c.Direction != kith.Outbound
	}
	return c.Auth.Proven() && len(c.Mail.From) == 1
}

// Automatic reports whether no person stands behind this mail as it is: a list, a
// vacation reply, a notice of delivery or reading (RFC 3834, RFC 3464, RFC 8098).
func Automatic(env *kith.Envelope, m *mail.Message) bool {
	if env.MailFrom == "" || m.List.ID != "" || m.List.Unsubscribe != "" {
		return true
	}
	if m.AutoSubmitted != "" && m.AutoSubmitted != "no" {
		return true
	}
	switch m.List.Precedence {
	case "bulk", "list", "junk", "auto_reply":
		return true
	}
	if m.Header.Has("X-Autoreply") || m.Header.Has("X-Autorespond") {
		return true
	}
	return m.Root.Type == "multipart/report" || m.Root.Type == "message/disposition-notification"
}
