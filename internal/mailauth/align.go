package mailauth

import "context"

// author is the author's domain with all that alignment needs to know of it.
type author struct {
	standing
	listed bool // org comes from the public suffix list
}

// author finds out about the author's domain. Where its owner publishes no
// record DMARC says nothing; relaxed alignment then falls back on the public
// suffix list, as RFC 7489 did, so that who vouches can be known anyway. The
// same without a resolver.
func (v *Verifier) author(ctx context.Context, domain string) author {
	a := author{standing: standing{domain: domain}}
	if v.off() {
		a.org, a.listed = listedOrg(domain), true
		return a
	}
	a.standing = v.walk(ctx, domain)
	if a.record == nil && a.err == nil {
		a.org, a.listed = listedOrg(domain), true
	}
	return a
}

// aligned reports whether a proven domain vouches for the author's: it is the
// same, or (relaxed) both belong to one organizational domain (RFC 9989
// section 4.4). When the DNS failed only the same domain will do.
func (v *Verifier) aligned(ctx context.Context, a author, domain string, strict bool) bool {
	switch {
	case domain == "" || a.domain == "":
		return false
	case domain == a.domain:
		return true
	case strict || a.err != nil || !within(domain, a.org):
		return false // an organizational domain is above all that belong to it
	case a.listed:
		return listedOrg(domain) == a.org
	case domain == a.org:
		return true
	}
	s := v.walk(ctx, domain)
	return s.err == nil && s.org == a.org
}

// vouchers returns the domains that vouch for the author, DKIM's first.
func (v *Verifier) vouchers(ctx context.Context, a author, res *Result) []string {
	var out []string
	add := func(domain string) {
		for _, have := range out {
			if have == domain {
				return
			}
		}
		out = append(out, domain)
	}
	strictDKIM := a.record != nil && a.record.strictDKIM
	strictSPF := a.record != nil && a.record.strictSPF
	for _, s := range res.DKIM {
		if s.Status == Pass && v.aligned(ctx, a, s.Domain, strictDKIM) {
			add(s.Domain)
		}
	}
	if res.SPF == Pass && v.aligned(ctx, a, res.SPFDomain, strictSPF) {
		add(res.SPFDomain)
	}
	return out
}
