package resolve

import (
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// How long answers are kept. The lower bound spares the network where owners
// publish a TTL of zero, the upper one lets a key that was withdrawn in haste
// be gone within the hour.
const (
	minPositive = 30 * time.Second
	maxPositive = time.Hour
	minNegative = 30 * time.Second
	maxNegative = 15 * time.Minute // RFC 2308 section 5 allows hours; mail set up this morning should work before noon
	noSOA       = time.Minute      // a negative answer that brings no SOA
	failureTTL  = 5 * time.Second  // RFC 9520 section 3.2: at least one second, at most five minutes
)

const (
	maxRecords = 256 // records of one answer that are looked at
	maxChain   = 8   // CNAMEs followed inside one answer
)

// outcome sorts answers into the four that callers tell apart.
type outcome int

const (
	found  outcome = iota // at least one record of the type asked for
	noData                // the name exists, the type does not
	noName                // NXDOMAIN
	failed                // nobody knows: SERVFAIL, REFUSED, time-out, nonsense
)

// answer is what is kept of one reply. It is read-only once made, and shared.
type answer struct {
	outcome outcome
	txt     []string
	mx      []*net.MX
	addrs   []net.IPAddr
	names   []string
	err     error // nil for found
	expires time.Time
	cost    int
}

// failure makes the answer for a question that got none. A ttl of zero keeps
// it out of the cache.
func failure(q question, why string, timeout bool, now time.Time, ttl time.Duration) *answer {
	return &answer{
		outcome: failed,
		err:     &net.DNSError{Err: why, Name: q.name, IsTimeout: timeout, IsTemporary: true},
		expires: now.Add(ttl),
		cost:    entryCost + len(q.name),
	}
}

// notFound makes the answer for a name that is not there or cannot be.
func notFound(q question, kind outcome, expires time.Time) *answer {
	return &answer{
		outcome: kind,
		err:     &net.DNSError{Err: "no such record", Name: q.name, IsNotFound: true},
		expires: expires,
		cost:    entryCost + len(q.name),
	}
}

// entryCost stands for the fixed parts of a cache entry, in bytes.
const entryCost = 256

// read turns a reply into an answer.
func read(q question, m *dns.Msg, now time.Time) *answer {
	switch m.Rcode {
	case dns.RcodeSuccess:
	case dns.RcodeNameError:
		return notFound(q, noName, now.Add(negativeTTL(m)))
	default:
		return failure(q, "server said "+dns.RcodeToString[m.Rcode], false, now, failureTTL)
	}
	a := &answer{cost: entryCost + len(q.name)}
	ttl := uint32(maxPositive / time.Second)
	owner := dns.Fqdn(q.name)
	rrs := m.Answer[:min(len(m.Answer), maxRecords)]
	for range maxChain {
		next := ""
		for _, rr := range rrs {
			h := rr.Header()
			if h.Class != dns.ClassINET || !strings.EqualFold(h.Name, owner) {
				continue
			}
			if c, ok := rr.(*dns.CNAME); ok && q.qtype != dns.TypeCNAME {
				next, ttl = c.Target, min(ttl, h.Ttl)
			} else if h.Rrtype == q.qtype {
				ttl = min(ttl, h.Ttl)
				a.take(rr)
			}
		}
		if next == "" {
			break
		}
		owner = next
	}
	if len(a.txt)+len(a.mx)+len(a.addrs)+len(a.names) == 0 {
		return notFound(q, noData, now.Add(negativeTTL(m)))
	}
	a.expires = now.Add(max(minPositive, min(maxPositive, time.Duration(ttl)*time.Second)))
	return a
}

// take keeps one record of the type that was asked for.
func (a *answer) take(rr dns.RR) {
	switch r := rr.(type) {
	case *dns.TXT:
		// The strings of one TXT record are one text, joined without a space
		// (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2).
		var s strings.Builder
		for _, part := range r.Txt {
			unescape(&s, part)
		}
		a.txt = append(a.txt, s.String())
		a.cost += s.Len() + 16
	case *dns.MX:
		a.mx = append(a.mx, &net.MX{Host: r.Mx, Pref: r.Preference})
		a.cost += len(r.Mx) + 40
	case *dns.A:
		a.addrs = append(a.addrs, net.IPAddr{IP: r.A})
		a.cost += 48
	case *dns.AAAA:
		a.addrs = append(a.addrs, net.IPAddr{IP: r.AAAA})
		a.cost += 48
	case *dns.PTR:
		a.names = append(a.names, r.Ptr)
		a.cost += len(r.Ptr) + 16
	}
}

// negativeTTL is the lesser of the SOA's TTL and its minimum field (RFC 2308
// section 5), clamped.
func negativeTTL(m *dns.Msg) time.Duration {
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			ttl := time.Duration(min(soa.Hdr.Ttl, soa.Minttl)) * time.Second
			return max(minNegative, min(maxNegative, ttl))
		}
	}
	return noSOA
}

// unescape undoes the presentation form (RFC 1035 section 5.1) in which the
// DNS library hands out strings: \DDD for a byte, \x for x itself.
func unescape(to *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			to.WriteByte(s[i])
			continue
		}
		if i+3 < len(s) && digit(s[i+1]) && digit(s[i+2]) && digit(s[i+3]) {
			to.WriteByte((s[i+1]-'0')*100 + (s[i+2]-'0')*10 + (s[i+3] - '0'))
			i += 3
			continue
		}
		i++
		to.WriteByte(s[i])
	}
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
