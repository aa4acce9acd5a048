package relay

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/drill"
	"kith/internal/kith"
	"kith/internal/seat/smtpwire"
)

// next is a connection to the next hop. Its errors are the next hop's own words
// (*smtp.SMTPError) or say that the connection is of no more use.
type next struct {
	c    *smtp.Client
	wire *smtpwire.Forward
	conn *nextConn
	lmtp bool

	inTransaction bool // MAIL was accepted and the transaction is not over
	inMessage     bool // 354 was said, and nothing yet behind the final dot
	dotted        bool // the final dot may be out
}

// dial connects and greets.
func (r *Relay) dial() (*next, error) {
	nw, addr := network(r.opt.Next)
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).Dial(nw, addr)
	if err != nil {
		return nil, err
	}
	n := &next{lmtp: r.opt.Seat == kith.SeatLMTP, conn: &nextConn{Conn: conn, wait: r.opt.NextWait}}
	n.wire = smtpwire.NewForward(n.conn)
	n.wire.LMTP, n.wire.Timeout = n.lmtp, r.opt.NextWait
	if r.opt.NextTLS != nil {
		if err := n.wire.StartTLS(r.opt.Hostname, r.opt.NextTLS); err != nil {
			conn.Close()
			return nil, err
		}
	}
	if n.lmtp {
		n.c = smtp.NewClientLMTP(n.wire)
	} else {
		n.c = smtp.NewClient(n.wire)
	}
	n.c.CommandTimeout, n.c.SubmissionTimeout = r.opt.NextWait, r.opt.NextWait
	if err := n.c.Hello(r.opt.Hostname); err != nil {
		n.c.Close()
		return nil, err
	}
	return n, nil
}

// nextConn bounds each write: the library bounds commands and replies, but not
// the message, and a server that stops reading would hold it for ever. It also
// marks the moment after the final dot for the drill.
type nextConn struct {
	net.Conn
	wait  time.Duration
	drill bool
}

func (c *nextConn) Write(b []byte) (int, error) {
	c.Conn.SetWriteDeadline(time.Now().Add(c.wait))
	return c.Conn.Write(b)
}

func (c *nextConn) Read(b []byte) (int, error) {
	if c.drill {
		c.drill = false
		drill.At("dot")
	}
	return c.Conn.Read(b)
}

// mail begins a transaction. Who the client was is told along where the next
// hop asks for it (XFORWARD). That is a courtesy: one that is refused refuses no
// mail.
func (n *next) mail(from string, o smtp.MailOptions, client smtpwire.Attrs) error {
	if _, err := n.wire.XForward(n.c, client); err != nil {
		if said, ok := asReply(err); !ok || said.Code == 421 {
			return err
		}
	}
	o.Size = 0 // the size of the incoming declaration; ours differs by the added fields
	o.Auth = nil
	if err := n.c.Mail(from, &o); err != nil {
		return err
	}
	n.inTransaction = true
	return nil
}

func (n *next) rcpt(to string, o *smtp.RcptOptions) error { return n.c.Rcpt(to, o) }

func (n *next) reset() error {
	n.inTransaction = false
	return n.c.Reset()
}

// heard is told of each recipient's reply the moment it arrives.
type heard func(rcpt string, said *smtp.SMTPError)

// errPartly says that the connection broke after the final dot: what has no
// reply is in doubt.
var errPartly = errors.New("the next hop went away after the final dot")

// send writes a message made of parts and returns the reply of each recipient.
// On errPartly the map holds the replies that came; on another error none of
// the recipients has the message. The parts may lie on a disk that fails.
func (n *next) send(parts iter.Seq[[]byte], rcpts []string, tell heard) (got map[string]*smtp.SMTPError, err error) {
	defer func() {
		if r := recover(); r == nil {
			return
		} else if err = fmt.Errorf("the message cannot be read back: %v", r); n.dotted {
			err = errPartly
		}
	}()
	n.wire.OnReply = func(k, code int, text string) { n.told(rcpts, k, code, text, tell) }
	defer func() { n.wire.OnReply = nil }()
	w, err := n.c.Data()
	if said, ok := asReply(err); ok { // 354 was not said: the reply is everybody's
		return all(rcpts, refusal(said)), nil
	}
	if err != nil {
		return nil, err
	}
	n.inMessage = true
	for p := range parts {
		if _, err := w.Write(p); err != nil {
			return nil, err
		}
	}
	n.dotted, n.conn.drill = true, true
	got, err = n.final(w, rcpts)
	if err == nil {
		n.inTransaction, n.inMessage, n.dotted = false, false, false
	}
	return got, err
}

// final writes the dot and gathers what is said about it.
func (n *next) final(w *smtp.DataCommand, rcpts []string) (map[string]*smtp.SMTPError, error) {
	if !n.lmtp {
		resp, err := w.CloseWithResponse()
		if said, ok := asReply(err); ok {
			return all(rcpts, passable(said)), nil
		}
		if err != nil {
			return nil, errPartly
		}
		return all(rcpts, success(resp.StatusText)), nil
	}
	resp, err := w.CloseWithLMTPResponse()
	out := make(map[string]*smtp.SMTPError, len(rcpts))
	for to, r := range resp {
		out[to] = success(r.StatusText)
	}
	var refused smtp.LMTPDataError
	if errors.As(err, &refused) {
		for to, said := range refused {
			out[to] = passable(said)
		}
	}
	if len(out) < len(rcpts) {
		return out, errPartly
	}
	return out, nil
}

// told passes a reply on, and gives the next one its own time. SMTP has one
// reply for all.
func (n *next) told(rcpts []string, k, code int, text string, tell heard) {
	n.wire.SetReadDeadline(time.Now().Add(n.conn.wait))
	said := passable(&smtp.SMTPError{Code: code, Message: text})
	if code/100 == 2 {
		said = success(text)
	}
	for i, to := range rcpts {
		if i == k || !n.lmtp {
			tell(to, said)
		}
	}
}

func all(rcpts []string, said *smtp.SMTPError) map[string]*smtp.SMTPError {
	out := make(map[string]*smtp.SMTPError, len(rcpts))
	for _, to := range rcpts {
		out[to] = said
	}
	return out
}

func (n *next) close() { n.c.Close() }

// quit says goodbye. Inside a message that cannot be said: the library would end
// the message first, and the next hop would take half of it for the whole.
func (n *next) quit() {
	if n.inMessage {
		n.close()
		return
	}
	n.c.CommandTimeout = 5 * time.Second
	if n.c.Quit() != nil {
		n.c.Close()
	}
}
