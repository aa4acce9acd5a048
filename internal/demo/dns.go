package demo

import (
	"fmt"
	"net"
	"strings"

	"github.com/miekg/dns"
)

// nameServer answers for the made-up world, and says of every other name that
// it does not exist. No question leaves the machine.
type nameServer struct {
	addr    string // where it listens, host:port
	txt     map[string]string
	servers []*dns.Server
}

// startNameServer listens on a loopback port, for UDP and TCP.
func startNameServer(txt map[string]string) (*nameServer, error) {
	pc, ln, err := listenBoth()
	if err != nil {
		return nil, fmt.Errorf("demo: name server: %w", err)
	}
	n := &nameServer{addr: pc.LocalAddr().String(), txt: txt}
	for _, s := range []*dns.Server{{PacketConn: pc, Handler: n}, {Listener: ln, Handler: n}} {
		up := make(chan struct{})
		s.NotifyStartedFunc = func() { close(up) }
		go s.ActivateAndServe()
		<-up
		n.servers = append(n.servers, s)
	}
	return n, nil
}

// listenBoth finds a port that is free for UDP and TCP.
func listenBoth() (pc net.PacketConn, ln net.Listener, err error) {
	for range 20 {
		if pc, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			return nil, nil, err
		}
		if ln, err = net.Listen("tcp", pc.LocalAddr().String()); err == nil {
			return pc, ln, nil
		}
		pc.Close()
	}
	return nil, nil, err
}

func (n *nameServer) stop() {
	for _, s := range n.servers {
		s.Shutdown()
	}
}

// ServeDNS implements dns.Handler.
func (n *nameServer) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	a := new(dns.Msg)
	a.SetReply(q)
	if len(q.Question) == 1 {
		name := strings.ToLower(q.Question[0].Name)
		text, there := n.txt[name]
		switch {
		case there && q.Question[0].Qtype == dns.TypeTXT:
			h := dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 300}
			a.Answer = []dns.RR{&dns.TXT{Hdr: h, Txt: inPieces(text)}}
		case !there && !n.above(name):
			a.Rcode = dns.RcodeNameError
		}
	}
	size := dns.MinMsgSize
	if o := q.IsEdns0(); o != nil {
		size = int(o.UDPSize())
	}
	if w.LocalAddr().Network() == "tcp" {
		size = dns.MaxMsgSize
	}
	a.Truncate(size)
	w.WriteMsg(a)
}

// above reports whether something exists below a name, which then exists too
// (RFC 8020).
func (n *nameServer) above(name string) bool {
	for have := range n.txt {
		if strings.HasSuffix(have, "."+name) {
			return true
		}
	}
	return false
}

// inPieces cuts a text into character strings (RFC 1035 section 3.3).
func inPieces(s string) (pieces []string) {
	for len(s) > 255 {
		pieces = append(pieces, s[:255])
		s = s[255:]
	}
	return append(pieces, s)
}
