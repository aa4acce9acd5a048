package resolve

import (
	"context"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// A question leaves from a socket of its own, whose random port is half of what
// keeps a stranger from forging the reply (RFC 5452 section 9.2). Nobody can
// forge one from this machine's own resolver, as no packet from outside bears a
// loopback address; there a socket that had its reply serves again, which spares
// six system calls for each question.

// spareSockets wait for each server at most.
const spareSockets = 8

// server is one of the configured ones.
type server struct {
	address string // host and port
	spare   chan *dns.Conn
}

func newServer(address string) server {
	s := server{address: address}
	if ap, err := netip.ParseAddrPort(address); err == nil && ap.Addr().Unmap().IsLoopback() {
		s.spare = make(chan *dns.Conn, spareSockets)
	}
	return s
}

// askUDP sends one packet and waits for the reply that bears its id.
func (s server) askUDP(ctx context.Context, m *dns.Msg, wait time.Duration) (*dns.Msg, error) {
	c := dns.Client{Net: "udp", UDPSize: payload, Timeout: wait}
	var conn *dns.Conn
	select {
	case conn = <-s.spare: // a nil channel never has one
	default:
		var err error
		if conn, err = c.DialContext(ctx, s.address); err != nil {
			return nil, err
		}
	}
	serves := false
	defer func() {
		if !serves { // a late reply would meet the next question
			conn.Close()
		}
	}()
	in, _, err := c.ExchangeWithConnContext(ctx, m, conn)
	if err == nil {
		select {
		case s.spare <- conn:
			serves = true
		default:
		}
	}
	return in, err
}
