package speed

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// DNS is the rules of the made-up resolver. It knows every name: SPF records
// that allow the mails' clients, the key of Sign for every domain, DMARC with
// quarantine, and addresses. Block lists do not exist in it.
type DNS struct {
	Key   *Key          // nil publishes no DKIM key
	Delay time.Duration // before each answer, as a far resolver would
}

// Resolver is a running DNS on loopback, UDP and TCP.
type Resolver struct {
	rules   DNS
	record  string
	servers []*dns.Server
	addr    netip.AddrPort
	asked   atomic.Int64
}

// Addr is where it listens.
func (r *Resolver) Addr() netip.AddrPort { return r.addr }

// Asked is the number of questions so far.
func (r *Resolver) Asked() int64 { return r.asked.Load() }

// Stop ends it.
func (r *Resolver) Stop() {
	for _, s := range r.servers {
		s.Shutdown()
	}
}

// StartDNS starts a resolver on a free port of 127.0.0.1.
func StartDNS(rules DNS) (*Resolver, error) {
	r := &Resolver{rules: rules}
	if rules.Key != nil {
		var err error
		if r.record, err = rules.Key.Record(); err != nil {
			return nil, err
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r.addr = ln.Addr().(*net.TCPAddr).AddrPort()
	pc, err := net.ListenPacket("udp", r.addr.String())
	if err != nil {
		ln.Close()
		return nil, err
	}
	for _, s := range []*dns.Server{{Listener: ln, Handler: r}, {PacketConn: pc, Handler: r, UDPSize: 4096}} {
		up := make(chan bool)
		s.NotifyStartedFunc = func() { close(up) }
		go s.ActivateAndServe()
		<-up
		r.servers = append(r.servers, s)
	}
	return r, nil
}

// ServeDNS answers one question.
func (r *Resolver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	r.asked.Add(1)
	if r.rules.Delay > 0 {
		time.Sleep(r.rules.Delay)
	}
	a := new(dns.Msg)
	a.SetReply(q)
	a.RecursionAvailable = true
	if len(q.Question) == 1 {
		name := strings.ToLower(q.Question[0].Name)
		var exists bool
		a.Answer, exists = r.answer(name, q.Question[0].Qtype)
		if !exists {
			a.Rcode = dns.RcodeNameError
		}
		if len(a.Answer) == 0 {
			a.Ns = []dns.RR{&dns.SOA{Hdr: header(name, dns.TypeSOA), Ns: "ns." + name, Mbox: "hostmaster." + name, Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: 300}}
		}
	}
	size := dns.MinMsgSize
	if o := q.IsEdns0(); o != nil {
		size = int(o.UDPSize())
		a.SetEdns0(4096, false)
	}
	if w.LocalAddr().Network() == "tcp" {
		size = dns.MaxMsgSize
	}
	a.Truncate(size)
	w.WriteMsg(a)
}

// absent are the usual block and welcome lists: not there, so that they cost
// nobody anything.
var absent = []string{"zen.spamhaus.org.", "dbl.spamhaus.org.", "dnswl.org.", "multi.surbl.org.", "multi.uribl.com.", "rspamd.com."}

// answer makes the records up; name is in lower case with its last dot.
func (r *Resolver) answer(name string, qtype uint16) (rrs []dns.RR, exists bool) {
	for _, zone := range absent {
		if dns.IsSubDomain(zone, name) {
			return nil, false
		}
	}
	h := header(name, qtype)
	switch qtype {
	case dns.TypeTXT:
		text := r.text(name)
		if text == "" {
			return nil, !strings.HasPrefix(name, "_")
		}
		return []dns.RR{&dns.TXT{Hdr: h, Txt: inPieces(text)}}, true
	case dns.TypeA:
		return []dns.RR{&dns.A{Hdr: h, A: net.IPv4(198, 51, 100, 10)}}, true
	case dns.TypeAAAA: // some resolver libraries wait when a name has none
		return []dns.RR{&dns.AAAA{Hdr: h, AAAA: net.ParseIP("2001:db8::10")}}, true
	case dns.TypeMX:
		return []dns.RR{&dns.MX{Hdr: h, Preference: 10, Mx: "mx." + name}}, true
	case dns.TypeNS:
		return []dns.RR{&dns.NS{Hdr: h, Ns: "ns." + name}}, true
	case dns.TypePTR:
		return []dns.RR{&dns.PTR{Hdr: h, Ptr: "mail.outside.example."}}, true
	}
	return nil, true
}

func (r *Resolver) text(name string) string {
	switch {
	case strings.HasPrefix(name, Selector+"._domainkey."):
		return r.record
	case strings.HasPrefix(name, "_dmarc."):
		return "v=DMARC1; p=quarantine; pct=100"
	case strings.HasPrefix(name, "_spf."):
		return "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all"
	case strings.HasPrefix(name, "_"), strings.Contains(name, "._domainkey."):
		return ""
	}
	return "v=spf1 include:_spf." + strings.TrimSuffix(name, ".") + " ~all"
}

func header(name string, qtype uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: qtype, Class: dns.ClassINET, Ttl: 300}
}

// inPieces cuts a text into character strings (RFC 1035 section 3.3).
func inPieces(s string) (pieces []string) {
	for len(s) > 255 {
		pieces = append(pieces, s[:255])
		s = s[255:]
	}
	return append(pieces, s)
}
