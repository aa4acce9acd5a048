package relay

import (
	"errors"
	"net"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/drill"
	"kith/internal/kith"
	"kith/internal/seat/smtpwire"
)

// next is a connection to the next hop.
type next struct {
	c             *smtp.Client
	wire          *smtpwire.Forward
	drill         *drillConn
	lmtp          bool
	inTransaction bool // MAIL was accepted and the transaction is not over
}

// dial connects and greets.
func (r *Relay) dial() (*next, error) {
	nw, addr := network(r.opt.Next)
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).Dial(nw, addr)
	if err != nil {
		return nil, err
	}
	n := &next{lmtp: r.opt.Seat == kith.SeatLMTP, drill: &drillConn{Conn: conn}}
	n.wire = smtpwire.NewForward(n.drill)
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

// drillConn marks the moment after the final dot: the next read is for its
// reply.
type drillConn struct {
	net.Conn
	dotted bool
}

func (d *drillConn) Read(b []byte) (int, error) {
	if d.dotted {
		d.dotted = false
		drill.At("dot")
	}
	return d.Conn.Read(b)
}

// mail begins a transaction. Who the client was is told along where the next
// hop asks for it (XFORWARD).
func (n *next) mail(from string, o smtp.MailOptions, client smtpwire.Attrs) error {
	if _, err := n.wire.XForward(n.c, client); err != nil {
		return err
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
// the recipients has the message.
func (n *next) send(parts [][]byte, rcpts []string, tell heard) (map[string]*smtp.SMTPError, error) {
	n.wire.OnReply = func(k, code int, text string) { n.told(rcpts, k, code, text, tell) }
	defer func() { n.wire.OnReply = nil }()
	w, err := n.c.Data()
	if said, ok := asReply(err); ok { // 354 was not said: the reply is everybody's
		n.inTransaction = false
		return all(rcpts, said), nil
	}
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			return nil, err
		}
	}
	n.inTransaction = false
	n.drill.dotted = true
	if !n.lmtp {
		resp, err := w.CloseWithResponse()
		if said, ok := asReply(err); ok {
			return all(rcpts, said), nil
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
			out[to] = said
		}
	}
	if len(out) < len(rcpts) {
		return out, errPartly
	}
	return out, nil
}

// told passes a reply on. SMTP has one reply for all.
func (n *next) told(rcpts []string, k, code int, text string, tell heard) {
	said := &smtp.SMTPError{Code: code, Message: text}
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

func (n *next) quit() {
	n.c.CommandTimeout = 5 * time.Second
	if n.c.Quit() != nil {
		n.c.Close()
	}
}
