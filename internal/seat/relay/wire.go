package relay

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"

	"kith/internal/kith"
	"kith/internal/seat/smtpwire"
)

// wrap puts the adapter between the sockets and the library. After the queue
// (LMTP) stray line ends are repaired, before it (SMTP) they are refused.
func (r *Relay) wrap(ln net.Listener) net.Listener {
	o := smtpwire.Options{
		Hostname:  r.opt.Hostname,
		Trusted:   r.opt.Trusted,
		TrustUnix: true,
		TLS:       r.opt.TLS,
		Bare:      smtpwire.BareNormalise,
		Early:     smtpwire.EarlyNote,
	}
	if r.opt.Seat == kith.SeatSMTP {
		o.Bare, o.Early = smtpwire.BareRefuse, smtpwire.EarlyForbid
		o.Chunking = true // LMTP would owe one reply for each recipient to a refused chunk
	}
	wl := smtpwire.Listen(gate{ln, r}, o)
	r.mu.Lock()
	r.wires = append(r.wires, wl)
	r.mu.Unlock()
	return wl
}

// gate turns away who may not connect, and who comes when the house is full.
type gate struct {
	net.Listener
	r *Relay
}

func (g gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !g.r.mayConnect(c.RemoteAddr()) {
			g.r.opt.Count.Refused("peer")
			g.r.opt.Log.Warn("a peer that may not connect was turned away", "seat", g.r.opt.Seat)
			c.Close()
			continue
		}
		if n := g.r.conns.Add(1); g.r.opt.MaxConns > 0 && n > int64(g.r.opt.MaxConns) {
			g.r.conns.Add(-1)
			g.r.opt.Count.Refused("limit")
			c.Write([]byte("421 4.3.2 kith has too many connections; try again later\r\n"))
			c.Close()
			continue
		}
		return &counted{Conn: c, r: g.r}, nil
	}
}

func (r *Relay) mayConnect(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return true // a unix socket is guarded by its file mode
	}
	ip, _ := netip.AddrFromSlice(t.IP)
	return r.opt.Peer(ip.Unmap())
}

// counted gives its place back when it is closed.
type counted struct {
	net.Conn
	r    *Relay
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.r.conns.Add(-1) })
	return c.Conn.Close()
}

// wire is the session's side of the adapter.
func (s *session) wire() *smtpwire.Conn { return smtpwire.From(s.conn) }

// client is who handed the message to our border, as this seat was told.
func (s *session) client() kith.Client { return s.wire().Client() }

// queueID is the sending MTA's name for the message (XFORWARD IDENT).
func (s *session) queueID() string { return known(s.wire().Forwarded().Ident) }

// login is known here only from XCLIENT.
func (s *session) login() string { return known(s.wire().Claimed().Login) }

// forwarded is what this seat was told about the client, to be told on.
func (s *session) forwarded() smtpwire.Attrs { return s.wire().Forwarded() }

func known(s string) string {
	if strings.HasPrefix(s, "[") { // [UNAVAILABLE], [TEMPUNAVAIL]
		return ""
	}
	return s
}

// refuseForm is the reply to a message that could be read in two ways
// (SMTP smuggling), before the queue only.
func (s *session) refuseForm() error { return s.wire().Refusal() }

// mirror makes a connection's LHLO or EHLO answer that of the next hop: what it
// lacks is hidden, what it has and the library lacks is left out all the same.
// Its bound of a message's size holds for us too.
func (s *session) mirror() {
	var hide, add []string
	for _, ext := range []string{"8BITMIME", "SMTPUTF8", "DSN", "REQUIRETLS"} {
		if ok, _ := s.next.c.Extension(ext); !ok {
			hide = append(hide, ext)
		}
	}
	size, ok := s.next.c.MaxMessageSize()
	own := s.r.server.MaxMessageBytes
	switch {
	case ok && size > 0 && (own == 0 || int64(size) < own):
		add = append(add, fmt.Sprintf("SIZE %d", size))
	case own == 0:
		hide = append(hide, "SIZE")
	}
	s.wire().Offer(hide, add)
}

// newID is kith's name for one handling of one message: 80 random bits.
func newID() string {
	var b [10]byte
	rand.Read(b[:])
	return "k" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))[:15]
}

var _ smtp.LMTPSession = (*session)(nil)
