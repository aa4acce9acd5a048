package mailauth

import (
	"context"
	"strings"
)

// dmarcRecord is a policy record as RFC 9989 section 4.7 defines it. Records
// written for RFC 7489 read alike; pct, rf and ri are gone and ignored.
type dmarcRecord struct {
	p, sp, np             string
	strictDKIM, strictSPF bool
	psd                   byte // 'y', 'n' or 'u'
	testing               bool // t=y
	broken                bool // a policy that is no policy, and nobody to report it to
}

// parseDMARC reads one TXT record; ok is false when it is none of DMARC's.
// Syntax errors beyond the version are left out in favour of defaults (section
// 4.8), but for a tag that stands twice, which makes a list invalid.
func parseDMARC(text string) (r dmarcRecord, ok bool) {
	if !strings.HasPrefix(text, "v") {
		return r, false // spares parsing SPF and site tokens
	}
	tags, err := parseTags(text, true)
	if err != nil || len(tags) == 0 || tags[0].name != "v" || tags[0].value != "DMARC1" {
		return r, false
	}
	r.psd = 'u'
	valid := true
	policy := func(name, otherwise string) string {
		t, ok := tags.find(name)
		if !ok {
			return otherwise
		}
		switch p := strings.ToLower(t.value); p {
		case "none", "quarantine", "reject":
			return p
		}
		valid = false
		return otherwise
	}
	r.p = policy("p", "none")
	r.sp = policy("sp", r.p)
	r.np = policy("np", r.sp)
	if !valid { // section 4.10.1
		r.p, r.sp, r.np = "none", "none", "none"
		r.broken = !strings.Contains(tags.get("rua"), ":")
	}
	r.strictDKIM = strings.EqualFold(tags.get("adkim"), "s")
	r.strictSPF = strings.EqualFold(tags.get("aspf"), "s")
	r.testing = strings.EqualFold(tags.get("t"), "y")
	switch psd := tags.get("psd"); {
	case strings.EqualFold(psd, "y"):
		r.psd = 'y'
	case strings.EqualFold(psd, "n"):
		r.psd = 'n'
	}
	return r, true
}

// applied is the policy under t=y: one level below what is written.
func (r *dmarcRecord) applied(policy string) string {
	if r.testing {
		switch policy {
		case "reject":
			return "quarantine"
		case "quarantine":
			return "none"
		}
	}
	return policy
}

// maxWalk is the number of questions of one DNS tree walk.
const maxWalk = 8

// walkNames are the domains that a tree walk asks, the longest first: the
// domain itself, then its parents, but after a domain of eight labels or more
// the one of seven (RFC 9989 section 4.10).
func walkNames(domain string) []string {
	names := make([]string, 0, maxWalk)
	names = append(names, domain)
	for labels := strings.Count(domain, ".") + 1; labels > 1; labels-- {
		domain = domain[strings.IndexByte(domain, '.')+1:]
		if labels-1 < maxWalk {
			names = append(names, domain)
		}
	}
	return names
}

// standing is what a tree walk found out about a domain.
type standing struct {
	domain string
	org    string       // the organizational domain
	record *dmarcRecord // the one that applies; nil = none
	at     string       // where it stands
	err    error        // a question failed; org and record are not known then
}

// prefetchWalk asks all questions of a walk at once: seven spared questions
// are worth less than seven round trips.
func (v *Verifier) prefetchWalk(domain string) {
	for _, name := range walkNames(domain) {
		v.dns.PrefetchTXT("_dmarc." + name)
	}
}

// walk does the DNS tree walk (sections 4.10.1 and 4.10.2).
//
// The public suffix list is a bound on it: a record without psd= at a name
// below which a registry sells domains is read as psd=y. The RFC would make
// all of .example one organisation if its registry forgot the tag.
func (v *Verifier) walk(ctx context.Context, domain string) standing {
	s := standing{domain: domain}
	var own, top, suffix *dmarcRecord
	topAt, suffixAt, below := "", "", domain
	for _, name := range walkNames(domain) {
		record, err := v.policyAt(ctx, name)
		if err != nil {
			s.err = err
			return s
		}
		if record != nil {
			if record.psd == 'u' && name != domain && registry(name) {
				record.psd = 'y'
			}
			if record.psd == 'y' && name != domain {
				suffix, suffixAt = record, name
				break
			}
			top, topAt = record, name
			if name == domain {
				own = record
			}
			if record.psd != 'u' { // n: this is it; y at the start: nothing stands above
				break
			}
		}
		below = name
	}
	switch {
	case suffix != nil:
		s.org = oneBelow(domain, suffixAt, below)
	case top != nil:
		s.org = topAt
	default:
		s.org = domain
		return s
	}
	switch {
	case own != nil:
		s.record, s.at = own, domain
	case top != nil && topAt == s.org:
		s.record, s.at = top, topAt
	case suffix != nil:
		s.record, s.at = suffix, suffixAt
	}
	return s
}

// oneBelow is the domain one label below a public suffix on the way to domain.
// below is the name asked before it, which is that one unless labels were
// skipped.
func oneBelow(domain, suffix, below string) string {
	if strings.Count(below, ".") == strings.Count(suffix, ".")+1 {
		return below
	}
	rest := domain[:len(domain)-len(suffix)-1]
	return domain[strings.LastIndexByte(rest, '.')+1:]
}

// policyAt asks for the record at one domain. Several records are as good as
// none (section 4.10 step 2).
func (v *Verifier) policyAt(ctx context.Context, domain string) (*dmarcRecord, error) {
	texts, err := v.dns.LookupTXT(ctx, "_dmarc."+domain)
	if err != nil {
		if isNotFound(err) {
			return nil, nil
		}
		return nil, err
	}
	var got *dmarcRecord
	for _, t := range texts {
		if r, ok := parseDMARC(t); ok {
			if got != nil {
				return nil, nil
			}
			got = &r
		}
	}
	return got, nil
}

// policy is the handling that the owner asks for, given where its record
// stands: p at the author's domain, sp below it, np for names that do not
// exist. When nobody can say whether a name exists, sp.
func (v *Verifier) policy(ctx context.Context, s standing) string {
	r := s.record
	if s.at == s.domain {
		return r.applied(r.p)
	}
	if r.np != r.sp {
		if exists, err := v.dns.Exists(ctx, s.domain); err == nil && !exists {
			return r.applied(r.np)
		}
	}
	return r.applied(r.sp)
}
