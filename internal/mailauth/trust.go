package mailauth

import (
	"strings"
)

// status reads a result word. Words of old or careless servers are read as
// what they mean; unknown ones as none.
func status(word string) Status {
	switch s := Status(strings.ToLower(word)); s {
	case None, Pass, Fail, SoftFail, Neutral, Policy, TempError, PermError:
		return s
	case "hardfail": // written by some for fail
		return Fail
	case "error": // RFC 7001's predecessors
		return TempError
	case "unknown":
		return PermError
	}
	return None
}

// claims are what a trusted front server wrote about the message.
type claims struct {
	Result
	dmarcFrom string // the domain that its DMARC result is about
}

// readTrusted reads the Authentication-Results fields of the border hop's
// block that carry a configured authserv-id, newest first. Servers write one
// field per filter, so the fields are joined; the newest word on a method
// counts, DKIM results add up. nil means that no such field is there.
func (v *Verifier) readTrusted(block []string) *claims {
	if len(v.authserv) == 0 {
		return nil
	}
	var c *claims
	for _, value := range block[:min(len(block), maxBlock)] {
		r, err := ParseAuthResults(value)
		if err != nil || r.ID == "" || !v.authserv[r.ID] {
			continue
		}
		if c == nil {
			c = &claims{Result: Result{Source: SourceHeader, AuthServID: r.ID}}
		}
		for _, m := range r.Methods {
			if m.Method == "dmarc" && c.DMARC == Unchecked {
				c.dmarcFrom = domainOf(m.Prop("header", "from"))
			}
			c.take(m)
		}
	}
	return c
}

// maxBlock bounds the fields of one block that are read.
const maxBlock = 16

// take adds one method's result, unless a newer one is there.
func (r *Result) take(m MethodResult) {
	switch m.Method {
	case "spf":
		if r.SPF == Unchecked {
			r.SPF = status(m.Result)
			r.SPFDomain = domainOf(m.Prop("smtp", "mailfrom"))
			if r.SPFDomain == "" {
				r.SPFDomain = domainOf(m.Prop("smtp", "helo"))
			}
		}
	case "dkim":
		domain := domainOf(m.Prop("header", "d"))
		if domain == "" {
			domain = domainOf(m.Prop("header", "i"))
		}
		if len(r.DKIM) < maxMethods {
			r.DKIM = append(r.DKIM, Signature{status(m.Result), domain, m.Prop("header", "s"), m.Reason})
		}
	case "dmarc":
		if r.DMARC == Unchecked {
			r.DMARC = status(m.Result)
			r.DMARCPolicy = policyWord(m)
		}
	}
}

// policyWord finds the published policy beside a DMARC result. RFC 8601 has no
// property for it; servers write policy.… or a comment such as "(p=reject
// dis=none)".
func policyWord(m MethodResult) string {
	for _, p := range m.Props {
		if p.Type == "policy" && (p.Name == "published-domain-policy" || p.Name == "dmarc") {
			if w := strings.ToLower(p.Value); isPolicy(w) {
				return w
			}
		}
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(m.Comment), func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		if p, ok := strings.CutPrefix(w, "p="); ok && isPolicy(p) {
			return p
		}
	}
	return ""
}

func isPolicy(s string) bool { return s == "none" || s == "quarantine" || s == "reject" }
