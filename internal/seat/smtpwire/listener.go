package smtpwire

import (
	"net"
	"sync"
)

// Listener wraps a net.Listener and hands a Conn to the library for each
// socket, and a fresh Conn for a socket whose conversation began anew (XCLIENT,
// STARTTLS). It is safe for concurrent use.
type Listener struct {
	inner net.Listener
	opt   Options

	fresh  chan accepted // sockets from inner
	reborn chan *Conn    // conversations that begin anew
	done   chan struct{}
	start  sync.Once
	stop   sync.Once
	closed error

	mu       sync.Mutex
	live     map[*wire]struct{}
	draining bool
}

type accepted struct {
	conn net.Conn
	err  error
}

// Listen wraps inner; it does not begin to accept before the first Accept.
// inner may be a TLS listener.
func Listen(inner net.Listener, o Options) *Listener {
	return &Listener{
		inner:  inner,
		opt:    o.withDefaults(),
		fresh:  make(chan accepted),
		reborn: make(chan *Conn),
		done:   make(chan struct{}),
		live:   make(map[*wire]struct{}),
	}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	l.start.Do(func() { go l.pump() })
	select {
	case a := <-l.fresh:
		if a.err != nil {
			return nil, a.err
		}
		return l.newConn(a.conn), nil
	case c := <-l.reborn:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// pump accepts sockets until Close. It is the listener's only goroutine.
func (l *Listener) pump() {
	for {
		c, err := l.inner.Accept()
		select {
		case l.fresh <- accepted{c, err}:
		case <-l.done:
			if err == nil {
				c.Close()
			}
			return
		}
	}
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Close implements net.Listener. Connections that were handed out stay.
func (l *Listener) Close() error {
	l.stop.Do(func() {
		close(l.done)
		l.closed = l.inner.Close()
	})
	return l.closed
}

// Drain tells clients that stand between two messages 421 4.3.2, and every
// other one as soon as its message is done. Call it before the server's
// Shutdown, which waits for all of them.
func (l *Listener) Drain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draining = true
	for w := range l.live {
		w.wake()
	}
}

func (l *Listener) isDraining() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.draining
}

// hand gives a conversation that begins anew to the next Accept; false means
// that there will be none.
func (l *Listener) hand(c *Conn) bool {
	select {
	case l.reborn <- c:
		return true
	case <-l.done:
		return false
	}
}

func (l *Listener) enter(w *wire) {
	l.mu.Lock()
	l.live[w] = struct{}{}
	l.mu.Unlock()
}

func (l *Listener) leave(w *wire) {
	l.mu.Lock()
	delete(l.live, w)
	l.mu.Unlock()
}
