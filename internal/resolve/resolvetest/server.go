// Package resolvetest is a small DNS server for tests: it answers from a zone
// on loopback, over UDP and TCP, and can be slow, broken or silent on purpose.
package resolvetest

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Behaviour says how a name is answered instead of from the zone.
type Behaviour int

// Normal answers from the zone; names that are not there are NXDOMAIN, unless
// another name stands below them.
const (
	Normal   Behaviour = iota
	ServFail           // RCODE 2
	Silent             // no answer at all
	Lie                // an answer about another name
)

// Server is one running server. Its methods may be called at any time.
type Server struct {
	Addr string // "127.0.0.1:port"

	mu    sync.Mutex
	zone  map[string][]dns.RR
	odd   map[string]Behaviour
	all   Behaviour
	delay time.Duration
	asked map[string]int
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	pc, ln := listen(t)
	s := &Server{Addr: pc.LocalAddr().String(), zone: map[string][]dns.RR{}, odd: map[string]Behaviour{}, asked: map[string]int{}}
	var ready sync.WaitGroup
	for _, srv := range []*dns.Server{{PacketConn: pc}, {Listener: ln}} {
		srv.Handler = dns.HandlerFunc(s.serve)
		ready.Add(1)
		srv.NotifyStartedFunc = ready.Done
		go func() { _ = srv.ActivateAndServe() }()
		t.Cleanup(func() { _ = srv.Shutdown() })
	}
	ready.Wait()
	return s
}

// listen finds a port that is free for UDP and TCP.
func listen(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 20 {
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ln, err := net.Listen("tcp", pc.LocalAddr().String())
		if err == nil {
			return pc, ln
		}
		pc.Close()
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

// TXT adds a TXT record, cut into strings of 255 bytes.
func (s *Server) TXT(name, text string) {
	rr := &dns.TXT{Hdr: header(name, dns.TypeTXT)}
	for len(text) > 255 {
		rr.Txt, text = append(rr.Txt, escape(text[:255])), text[255:]
	}
	rr.Txt = append(rr.Txt, escape(text))
	s.add(name, rr)
}

// escape writes a string in the presentation form that the library expects.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

// RR adds a record in presentation form, "a.example. 60 IN A 192.0.2.1".
func (s *Server) RR(t testing.TB, text string) {
	t.Helper()
	rr, err := dns.NewRR(text)
	if err != nil {
		t.Fatal(err)
	}
	s.add(rr.Header().Name, rr)
}

func header(name string, qtype uint16) dns.RR_Header {
	return dns.RR_Header{Name: dns.Fqdn(name), Rrtype: qtype, Class: dns.ClassINET, Ttl: 300}
}

func (s *Server) add(name string, rr dns.RR) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = strings.ToLower(dns.Fqdn(name))
	s.zone[name] = append(s.zone[name], rr)
}

// Odd sets the behaviour of one name, or with "" of all names.
func (s *Server) Odd(name string, b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "" {
		s.all = b
	} else {
		s.odd[strings.ToLower(dns.Fqdn(name))] = b
	}
}

// Delay makes every answer late.
func (s *Server) Delay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = d
}

// Asked returns how often a name was asked, whatever the type; "" counts all.
func (s *Server) Asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "" {
		return s.asked[strings.ToLower(dns.Fqdn(name))]
	}
	n := 0
	for _, c := range s.asked {
		n += c
	}
	return n
}

func (s *Server) serve(w dns.ResponseWriter, req *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(req)
	name := strings.ToLower(req.Question[0].Name)
	s.mu.Lock()
	s.asked[name]++
	b, delay := s.all, s.delay
	if odd, ok := s.odd[name]; ok {
		b = odd
	}
	s.fill(m, name, req.Question[0].Qtype)
	s.mu.Unlock()
	time.Sleep(delay)
	switch b {
	case Silent:
		return
	case ServFail:
		m.SetRcode(req, dns.RcodeServerFailure)
	case Lie:
		m.Question[0].Name = "elsewhere.example."
	case Normal:
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		size := 512
		if opt := req.IsEdns0(); opt != nil {
			size = int(opt.UDPSize())
		}
		m.Truncate(size)
	}
	_ = w.WriteMsg(m)
}

// fill answers from the zone; s.mu is held.
func (s *Server) fill(m *dns.Msg, name string, qtype uint16) {
	exists := name == "."
	for range 8 {
		next := ""
		for _, rr := range s.zone[name] {
			exists = true
			if c, ok := rr.(*dns.CNAME); ok {
				m.Answer = append(m.Answer, rr)
				next = strings.ToLower(c.Target)
			} else if rr.Header().Rrtype == qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
		if next == "" {
			break
		}
		name = next
	}
	if exists {
		return
	}
	for have := range s.zone {
		if strings.HasSuffix(have, "."+name) {
			return
		}
	}
	m.Rcode = dns.RcodeNameError
}
