package smtpwire

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/kith"
)

// phase is where the library stands.
type phase int

const (
	atGreeting phase = iota // it has not greeted yet
	atCommand               // it waits for a command line
	atSASL                  // it waits for a SASL answer line (RFC 4954 section 4)
	inData                  // it reads lines until the final dot
	inChunk                 // it reads the octets of a BDAT chunk
)

// Conn is the net.Conn that the library is given. The library reads from one
// goroutine at a time and writes from one; the methods that a session calls
// (Client, Bare, Offer, …) may be called from any.
type Conn struct {
	w *wire

	// For the reading goroutine only.
	out     []byte // handed over, not yet taken by the library
	ends    lineEnds
	octets  int64 // of the present message
	left    int64 // of the present chunk
	chunks  tally // of the present message
	first   bool  // the greeting of this socket is still to be said
	silent  bool  // the greeting of this conversation is not said (after STARTTLS)
	head    [4]byte
	headLen int
	answer  []byte // an EHLO answer that is being gathered

	once   sync.Once
	closed atomic.Bool
	lf, cr atomic.Int64 // stray line ends of the present message

	mu        sync.Mutex
	phase     phase
	verb      string // of the command that the library was handed last
	last      bool   // BDAT … LAST
	helo      string // argument of the last greeting that was accepted
	offered   string // argument of the last greeting that was handed over
	inMail    bool
	rcpts     int
	chunked   bool // the present message comes by BDAT
	over      bool // the transaction is done; what belongs to it goes at the next command
	xforward  Attrs
	hide, add []string
	dead      error // no more is read; what the library still says is not sent
	next      *Conn // the conversation that begins anew when this one is closed
	messages  int
}

// From returns the Conn below a library connection, nil when there is none
// (the server was not given a Listener of this package).
func From(c *smtp.Conn) *Conn {
	w, _ := c.Conn().(*Conn)
	return w
}

// Client is who handed the message over, as far as this connection knows: by
// XFORWARD, else by XCLIENT, else the socket's peer and its greeting.
func (c *Conn) Client() kith.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.xforward.Given != 0 {
		return c.xforward.client()
	}
	k := c.w.xclient.client()
	if c.w.xclient.Given&AttrAddr == 0 {
		k.Addr = c.w.peer.Addr()
	}
	if k.Helo == "" {
		k.Helo = c.helo
	}
	return k
}

// Forwarded is what XFORWARD said of the present transaction. It stands from
// the command until the transaction's end, Reset included.
func (c *Conn) Forwarded() Attrs {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.xforward
}

// Claimed is what XCLIENT said of this connection.
func (c *Conn) Claimed() Attrs { return c.w.xclient }

// Peer is the socket's other end; invalid for unix sockets.
func (c *Conn) Peer() netip.AddrPort { return c.w.peer }

// Trusted tells whether XFORWARD and XCLIENT of this peer are heard.
func (c *Conn) Trusted() bool { return c.w.trusted }

// TLS is the state of the TLS session, false when there is none. The library
// itself does not know of it: a session that offers AUTH asks here.
func (c *Conn) TLS() (tls.ConnectionState, bool) {
	if c.w.tls == nil {
		return tls.ConnectionState{}, false
	}
	return c.w.tls.ConnectionState(), true
}

// Bare counts stray line ends in the present message so far: LF without CR, and
// CR without LF. It is complete when the message's reader has said io.EOF.
func (c *Conn) Bare() (lf, cr int) { return int(c.lf.Load()), int(c.cr.Load()) }

// Chunked tells whether the present message comes by BDAT. Its line ends are
// then counted but not repaired: use the function Normalise where Bare is not 0.
func (c *Conn) Chunked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chunked
}

// Refusal is the reply to a message with stray line ends under the policy
// BareRefuse, and nil otherwise. Ask at the end of the data.
func (c *Conn) Refusal() error {
	lf, cr := c.Bare()
	if c.w.opt.Bare != BareRefuse || lf+cr == 0 {
		return nil
	}
	return &smtp.SMTPError{
		Code: 550, EnhancedCode: smtp.EnhancedCode{5, 6, 11},
		Message: "Message has a CR or LF that is not part of a CRLF (RFC 5321 section 2.3.8)",
	}
}

// Offer sets which EHLO keywords this connection hides and which lines it adds,
// in place of Options.Hide and Options.Add; see there. Called from NewSession
// or Reset it shapes the answer to the EHLO that is being handled. It does not
// survive XCLIENT or STARTTLS.
func (c *Conn) Offer(hide, add []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hide, c.add = slices.Clone(hide), slices.Clone(add)
}

// Stats counts what happened on a connection since it began.
type Stats struct {
	Messages int // messages whose end was seen, in this conversation
	Faults   int // commands refused here, on this socket
	Early    int // times the client spoke out of turn, on this socket
}

// Stats returns the counts.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{Messages: c.messages, Faults: int(c.w.faults.Load()), Early: int(c.w.early.Load())}
}

// Close implements net.Conn. Where XCLIENT or STARTTLS ended the conversation
// the socket stays open and goes to the Listener's next Accept.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		c.closed.Store(true)
		c.mu.Lock()
		next := c.next
		c.mu.Unlock()
		if next != nil {
			if c.w.l.hand(next) {
				err = nil
				return
			}
			c.w.write([]byte("421 4.3.2 Shutting down, try again later\r\n"))
		}
		err = c.w.close()
	})
	return err
}

// gone is the error of a Conn that will not be read from again.
func (c *Conn) gone() error {
	if c.closed.Load() {
		return net.ErrClosed // also while lines are buffered: nothing behind QUIT is heard
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

// end stops the conversation: the library reads io.EOF, and what it still
// wants to say is dropped.
func (c *Conn) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = io.EOF
	return io.EOF
}

// farewell says the last words and ends the conversation.
func (c *Conn) farewell(reply string) error {
	c.say(reply)
	c.w.mu.Lock()
	c.w.linger = true
	c.w.mu.Unlock()
	return c.end()
}

// restart ends this conversation and prepares a fresh one on the same socket.
func (c *Conn) restart(silent bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = &Conn{w: c.w, phase: atGreeting, silent: silent, hide: c.w.opt.Hide, add: c.w.opt.Add}
	c.dead = io.EOF
	return io.EOF
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.w.raw.LocalAddr() }

// RemoteAddr implements net.Conn: the socket's peer, whatever XCLIENT said.
func (c *Conn) RemoteAddr() net.Addr { return c.w.raw.RemoteAddr() }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn. The earliest of t and the bounds of
// Options.Timeouts holds.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.w.setReadDeadline(t) }

// SetWriteDeadline implements net.Conn. It holds until the next Write where
// Options.Timeouts bounds writing.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.w.sock.SetWriteDeadline(t) }
