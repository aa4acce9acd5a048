package milter

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// gate lets allowed peers in, at most as many at a time as there are slots. It
// outlives passing errors such as "too many open files", at which the library's
// own loop would end.
type gate struct {
	net.Listener
	server *Server
}

func (g *gate) Accept() (net.Conn, error) {
	s := g.server
	select {
	case s.slots <- struct{}{}:
	case <-s.closed:
		return nil, net.ErrClosed
	}
	for pause := 5 * time.Millisecond; ; {
		c, err := g.Listener.Accept()
		switch {
		case err == nil && s.allowed(c):
			return s.remember(c), nil
		case err == nil:
			c.Close()
			s.opt.Log.Warn("milter: peer refused; add its address to the peers if it is your MTA", "peer", c.RemoteAddr().String())
			call(s.opt.Counts.Refused)
			continue
		case s.draining.Load() || errors.Is(err, net.ErrClosed):
			<-s.slots
			return nil, err
		}
		s.opt.Log.Error("milter: accept", "error", err, "again_in", pause)
		select {
		case <-time.After(pause):
		case <-s.closed:
		}
		pause = min(2*pause, time.Second)
	}
}

func (s *Server) allowed(c net.Conn) bool {
	tcp, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return true
	}
	a, ok := netip.AddrFromSlice(tcp.IP)
	return ok && s.opt.Peers(a.Unmap())
}

func (s *Server) remember(c net.Conn) *conn {
	k := newConn(s, c)
	s.mu.Lock()
	s.conns[k] = struct{}{}
	s.mu.Unlock()
	if s.opt.Counts.Conn != nil {
		s.opt.Counts.Conn(1)
	}
	return k
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	<-s.slots
	if s.opt.Counts.Conn != nil {
		s.opt.Counts.Conn(-1)
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}
