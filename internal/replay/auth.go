package replay

import (
	"context"
	"strings"
	"sync/atomic"

	"kith/internal/mailauth"
)

// authServ is the name under which a set's results are handed to mailauth.
const authServ = "replay"

// voucher answers what authentication found, from the event and not from the
// DNS. An event says less than a verifier: bare words, mostly without the
// domains they are about. They are written as the Authentication-Results field
// of a trusted host and read by the room that reads such fields, so that who
// vouches is concluded by its rules: a dmarc pass is for the author's domain; an
// spf pass is for the envelope's domain, a dkim pass for the signer's, and
// either vouches only when that domain is known and aligned with the author's.
type voucher struct {
	verifier *mailauth.Verifier
	now      atomic.Pointer[claim]
}

// claim is what one event says.
type claim struct {
	auth      *Auth
	spfDomain string // "" when the set does not say for whom SPF spoke
	mailFrom  string
}

func newVoucher() *voucher {
	return &voucher{verifier: mailauth.New(mailauth.Options{Off: true, TrustedAuthServ: []string{authServ}})}
}

// take remembers what the next message's event says. mailFrom counts when known.
func (v *voucher) take(ev *Event, mailFrom string, known bool) {
	c := &claim{auth: ev.Auth, mailFrom: mailFrom}
	if i := strings.LastIndexByte(mailFrom, '@'); i >= 0 {
		c.spfDomain = mailFrom[i+1:]
	} else if known { // the null sender: RFC 7208 section 2.4
		c.spfDomain = ev.Client.Helo
	}
	v.now.Store(c)
}

// vouch is what a pipeline asks instead of a verifier.
func (v *voucher) vouch(ctx context.Context, in mailauth.Input) mailauth.Result {
	c := v.now.Load()
	if c == nil || c.auth == nil {
		return mailauth.Result{} // nobody looked
	}
	said := mailauth.Result{
		Source: mailauth.SourceHeader, SPF: word(c.auth.SPF), SPFDomain: c.spfDomain, DMARC: word(c.auth.DMARC), ARC: word(c.auth.ARC),
	}
	if s := word(c.auth.DKIM); s != mailauth.Unchecked && s != mailauth.None {
		said.DKIM = []mailauth.Signature{{Status: s, Domain: c.auth.DKIMDomain}}
	}
	if len(in.FromDomains) > 0 {
		said.FromDomain = in.FromDomains[0] // several authors of different domains prove nothing: mailauth sees to it
	}
	in.BorderBlock = []string{mailauth.Field(authServ, c.mailFrom, said)}
	return v.verifier.Verify(ctx, in)
}

// word bounds what a set may call a result.
func word(s string) mailauth.Status {
	switch r := mailauth.Status(strings.ToLower(s)); r {
	case mailauth.None, mailauth.Pass, mailauth.Fail, mailauth.SoftFail, mailauth.Neutral, mailauth.Policy, mailauth.TempError, mailauth.PermError:
		return r
	}
	return mailauth.Unchecked
}
