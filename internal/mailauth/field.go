package mailauth

import "strings"

// Field is the value of the Authentication-Results field (RFC 8601) that says
// what r says, under our authserv-id. It is "" when nobody looked. mailFrom is
// the reverse-path, "" for the null sender.
func Field(authServID, mailFrom string, r Result) string {
	if r.Source == SourceNothing || authServID == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(authServID)
	add := func(method string, s Status, props ...string) {
		if s == Unchecked {
			return
		}
		b.WriteString("; " + method + "=" + string(s))
		for i := 0; i+1 < len(props); i += 2 {
			if v := token(props[i+1]); v != "" {
				b.WriteString(" " + props[i] + "=" + v)
			}
		}
	}
	if mailFrom != "" {
		add("spf", r.SPF, "smtp.mailfrom", r.SPFDomain)
	} else {
		add("spf", r.SPF, "smtp.helo", r.SPFDomain)
	}
	if len(r.DKIM) == 0 {
		add("dkim", r.DKIMStatus())
	}
	for _, g := range r.DKIM {
		add("dkim", g.Status, "header.d", g.Domain, "header.s", g.Selector)
	}
	add("dmarc", r.DMARC, "header.from", r.FromDomain)
	add("arc", r.ARC)
	return b.String()
}

// token lets only what can stand in a domain through: the values come from
// outside, and a field must not be ended or commented out by one.
func token(s string) string {
	if len(s) > 253 || strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c == '"' || c == ';' || c == '(' || c == ')' || c == '\\' || c == 0x7f
	}) {
		return ""
	}
	return s
}
