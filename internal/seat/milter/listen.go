package milter

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"
)

// Socket says who may use a unix socket. The zero value leaves both to the
// system: the process's group and its umask.
type Socket struct {
	Mode  fs.FileMode // for example 0660
	Group string      // name or number; Postfix runs in the group "postfix"
}

// Listen opens an address; network is "tcp" or "unix". A unix socket that a dead process left is replaced,
// but only when nobody answers on it; anything else at that path is an error.
// There is no moment at which the socket is more open than asked for: the mode
// is widened after the socket was made.
func Listen(network, address string, sock Socket) (net.Listener, error) {
	if network != "unix" {
		return net.Listen(network, address)
	}
	if err := removeStale(address); err != nil {
		return nil, err
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	if err := sock.apply(address); err != nil {
		ln.Close()
		return nil, err
	}
	return ln, nil
}

func (s Socket) apply(path string) error {
	if s.Group != "" {
		gid, err := groupID(s.Group)
		if err != nil {
			return err
		}
		if err := os.Chown(path, -1, gid); err != nil {
			return fmt.Errorf("group of the milter socket: %w (start as root, or in that group)", err)
		}
	}
	if s.Mode != 0 {
		return os.Chmod(path, s.Mode)
	}
	return nil
}

func groupID(name string) (int, error) {
	if n, err := strconv.Atoi(name); err == nil {
		return n, nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, fmt.Errorf("group of the milter socket: %w", err)
	}
	return strconv.Atoi(g.Gid)
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("milter socket %s: a file that is no socket is in its place; remove it or choose another path", path)
	}
	c, err := net.DialTimeout("unix", path, 2*time.Second)
	if err == nil {
		c.Close()
		return fmt.Errorf("milter socket %s: another process answers on it; stop it first", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("milter socket %s: cannot tell whether it is in use: %w", path, err)
	}
	return os.Remove(path)
}

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
