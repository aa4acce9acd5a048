package smtpwire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// lingerTime is how long a peer that sends on after our last words is borne.
const lingerTime = 500 * time.Millisecond

// wire is one socket: its buffer, its clocks and what is known of the peer. It
// outlives the Conns of XCLIENT and STARTTLS. Only the goroutine that reads for
// the library touches it, but for the fields under mu.
type wire struct {
	l    *Listener
	opt  *Options
	raw  net.Conn // the socket itself
	sock net.Conn // raw, or TLS above it
	tls  *tls.Conn

	buf    []byte
	r, w   int           // buf[r:w] is read and not yet used
	err    error         // the socket's end; sticky
	left   time.Duration // patience that is left
	faults atomic.Int32
	early  atomic.Int32

	peer    netip.AddrPort
	trusted bool
	xclient Attrs
	opened  bool

	mu      sync.Mutex // orders deadlines: those of fill, of the library and of Drain
	outside time.Time  // the library's deadline
	idle    bool       // fill waits between two messages
	woken   bool       // Drain was called
	linger  bool       // the peer may still be sending and should hear our last words
}

func (l *Listener) newConn(sock net.Conn) *Conn {
	w := &wire{
		l: l, opt: &l.opt, raw: sock, sock: sock,
		buf:  make([]byte, bufferSize),
		left: l.opt.Timeouts.Patience,
	}
	if tc, ok := sock.(*tls.Conn); ok {
		w.tls, w.raw = tc, tc.NetConn()
	}
	switch a := w.raw.RemoteAddr().(type) {
	case *net.TCPAddr:
		ap := a.AddrPort()
		w.peer = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
		w.trusted = l.opt.Trusted != nil && l.opt.Trusted(w.peer.Addr())
	case *net.UnixAddr:
		w.trusted = l.opt.TrustUnix
	}
	w.woken = l.isDraining()
	l.enter(w)
	return &Conn{w: w, phase: atGreeting, first: true, hide: l.opt.Hide, add: l.opt.Add}
}

// open completes the handshake of a TLS listener before the greeting.
func (w *wire) open() error {
	if w.opened || w.tls == nil {
		return nil
	}
	w.opened = true
	return w.handshake(w.tls)
}

func (w *wire) handshake(tc *tls.Conn) error {
	ctx, cancel := context.Background(), func() {}
	if d := w.opt.Timeouts.TLS; d > 0 {
		ctx, cancel = context.WithTimeout(ctx, d)
	}
	defer cancel()
	w.raw.SetDeadline(time.Time{})
	return tc.HandshakeContext(ctx)
}

// buffered is what was read and not yet used.
func (w *wire) buffered() []byte { return w.buf[w.r:w.w] }

// fill reads more into the buffer, which must have room. It waits no longer
// than the idle time, the rest of the patience, and until by unless that is
// zero. idle says that the peer stands between two messages.
func (w *wire) fill(by time.Time, idle bool) error {
	if w.err != nil {
		return w.err
	}
	if w.r > 0 {
		w.w = copy(w.buf, w.buf[w.r:w.w])
		w.r = 0
	}
	start := time.Now()
	if d := w.opt.Timeouts.Idle; d > 0 {
		by = earlier(by, start.Add(d))
	}
	if w.opt.Timeouts.Patience > 0 {
		by = earlier(by, start.Add(w.left))
	}
	w.arm(by, idle)
	n, err := w.sock.Read(w.buf[w.w:])
	w.disarm()
	w.left -= time.Since(start)
	w.w += n
	if n > 0 {
		return nil // an error that came with bytes comes again
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	w.err = err
	return err
}

func (w *wire) arm(by time.Time, idle bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = idle
	if idle && w.woken {
		by = time.Unix(1, 0)
	}
	w.sock.SetReadDeadline(earlier(by, w.outside))
}

func (w *wire) disarm() {
	w.mu.Lock()
	w.idle = false
	w.mu.Unlock()
}

// wake ends the waiting of a peer that stands between two messages.
func (w *wire) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.woken = true
	if w.idle {
		w.sock.SetReadDeadline(time.Unix(1, 0))
	}
}

func (w *wire) isWoken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.woken
}

func (w *wire) setReadDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outside = t
	return w.sock.SetReadDeadline(t)
}

func (w *wire) write(p []byte) error {
	if d := w.opt.Timeouts.Write; d > 0 {
		w.sock.SetWriteDeadline(time.Now().Add(d))
	}
	_, err := w.sock.Write(p)
	return err
}

func (w *wire) close() error {
	w.l.leave(w)
	w.mu.Lock()
	sock, linger := w.sock, w.linger
	w.mu.Unlock()
	if half, ok := sock.(interface{ CloseWrite() error }); ok && linger {
		// A close with octets unread makes TCP throw our last reply away.
		half.CloseWrite()
		sock.SetReadDeadline(time.Now().Add(lingerTime))
		io.CopyN(io.Discard, sock, maxSkip)
	}
	return sock.Close()
}

// spokeEarly tells whether the peer has sent more than was asked for.
func (w *wire) spokeEarly() bool {
	if w.r < w.w {
		return true
	}
	return w.tls == nil && unread(w.raw)
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &ne) && ne.Timeout()
}
