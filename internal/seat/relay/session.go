package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/drill"
	"kith/internal/kith"
	"kith/internal/spool"
)

// session is one connection of a client, with its connection to the next hop.
// It is used by one goroutine.
type session struct {
	r    *Relay
	conn *smtp.Conn
	next *next // nil when not connected

	env   *kith.Envelope // of the transaction under way, nil outside
	opts  smtp.MailOptions
	rcpts []rcpt
}

// rcpt is one recipient that the next hop accepted.
type rcpt struct {
	addr string
	opts *smtp.RcptOptions
	twin int // index of an earlier equal recipient, -1 when there is none
}

func (r *Relay) newSession(c *smtp.Conn) (smtp.Session, error) {
	s := &session{r: r, conn: c}
	if err := s.connect(); err != nil {
		return nil, err
	}
	s.mirror()
	return s, nil
}

// connect makes sure that there is a connection to the next hop.
func (s *session) connect() error {
	if s.next != nil {
		return nil
	}
	n, err := s.r.dial()
	s.r.opt.Count.Next(err == nil)
	if err != nil {
		s.r.opt.Log.Warn("next hop does not answer", "seat", s.r.opt.Seat, "next", s.r.opt.Next, "error", err)
		return reply(451, smtp.EnhancedCode{4, 4, 1}, "kith cannot reach the next mail server; try again later")
	}
	s.next = n
	return nil
}

// Mail begins a transaction: the reverse-path goes to the next hop at once.
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	s.Reset()
	if err := s.connect(); err != nil {
		return err
	}
	if has, _ := s.next.c.Extension("SMTPUTF8"); o.UTF8 && !has {
		return reply(550, smtp.EnhancedCode{5, 6, 7}, "the next mail server does not take internationalised mail (SMTPUTF8)")
	}
	s.opts = *o
	if err := s.next.mail(from, s.opts, s.forwarded()); err != nil {
		// The next hop may have closed an idle connection: one fresh try.
		if _, said := asReply(err); said {
			return err
		}
		s.drop()
		if err := s.connect(); err != nil {
			return err
		}
		if err := s.next.mail(from, s.opts, s.forwarded()); err != nil {
			return s.lost(err)
		}
	}
	s.env = &kith.Envelope{ID: newID(), Seat: s.r.opt.Seat, MailFrom: from, UTF8: o.UTF8, Client: s.client(), QueueID: s.queueID(), Login: s.login()}
	return nil
}

// Rcpt passes a recipient on and its reply back.
func (s *session) Rcpt(to string, o *smtp.RcptOptions) error {
	for i, known := range s.rcpts {
		if known.addr == to { // asked twice: one copy, both hear its outcome
			s.rcpts = append(s.rcpts, rcpt{addr: to, opts: o, twin: i})
			return nil
		}
	}
	if err := s.next.rcpt(to, o); err != nil {
		if said, ok := asReply(err); ok {
			s.refusedAtRcpt(to, said)
			return err
		}
		return s.lost(err)
	}
	s.rcpts = append(s.rcpts, rcpt{addr: to, opts: o, twin: -1})
	s.env.Rcpts = append(s.env.Rcpts, to)
	return nil
}

// LMTPData takes the message and sets one status for each recipient.
func (s *session) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	replies, err := s.transact(r)
	if err != nil {
		return err
	}
	for i, rc := range s.rcpts {
		status.SetStatus(rc.addr, replies[i])
	}
	return nil
}

// Data is the SMTP way: one reply for all recipients. When the next hop is SMTP
// too, it gave one reply for all of a group; with several groups the reply is
// the worst of them, so that nothing is claimed that did not happen.
func (s *session) Data(r io.Reader) error {
	replies, err := s.transact(r)
	if err != nil {
		return err
	}
	worst := replies[0]
	for _, rp := range replies[1:] {
		if rank(rp) > rank(worst) {
			worst = rp
		}
	}
	return worst
}

// rank orders replies: a temporary failure is worst, since it makes the sender
// keep the mail; the ledger keeps those already served from being served twice.
func rank(e *smtp.SMTPError) int {
	switch e.Code / 100 {
	case 2:
		return 0
	case 5:
		return 1
	}
	return 2
}

// transact spools the message and delivers it. It returns a reply for each
// recipient, or one error for all.
func (s *session) transact(r io.Reader) ([]*smtp.SMTPError, error) {
	f := s.r.opt.Room.New()
	defer f.Close()
	start := time.Now()
	_, err := f.ReadFrom(r)
	switch {
	case errors.Is(err, spool.ErrTooBig):
		return nil, reply(552, smtp.EnhancedCode{5, 3, 4}, "message is larger than kith's [spool] max_message")
	case errors.Is(err, spool.ErrFull):
		s.r.opt.Log.Error("spool is full", "kith", s.env.ID, "queue_id", s.env.QueueID, "error", err)
		return nil, reply(452, smtp.EnhancedCode{4, 3, 1}, "kith's spool is full; try again later")
	case err != nil:
		return nil, err // the client is gone; nobody hears this
	}
	if e := s.refuseForm(); e != nil {
		return nil, e
	}
	s.env.Arrived, s.env.Size = time.Now(), f.Size()
	s.r.opt.Count.Took(s.r.opt.Seat, "spool", time.Since(start))
	drill.At("spooled")
	d := delivery{s: s, env: s.env, raw: f.Bytes(), digest: f.Digest(), log: s.log()}
	return d.run()
}

func (s *session) log() *slog.Logger {
	return s.r.opt.Log.With("queue_id", s.env.QueueID, "kith", s.env.ID, "seat", string(s.r.opt.Seat))
}

// refusedAtRcpt leaves a journal row, so that trace can tell of it.
func (s *session) refusedAtRcpt(to string, said *smtp.SMTPError) {
	st := kith.StateRefused
	if said.Code/100 == 4 {
		st = kith.StateDeferred
	}
	rec := kith.Record{ID: s.env.ID, Seat: s.env.Seat, QueueID: s.env.QueueID, Arrived: time.Now(), MailFrom: s.env.MailFrom,
		Rcpt: to, State: st, Reply: words(said), Login: s.env.Login, Direction: kith.UnknownDirection}
	s.r.opt.Pipeline.Append(rec)
	s.r.opt.Count.Outcome(s.r.opt.Seat, st)
}

// lost is the answer when the next hop went away: the sender keeps the mail.
func (s *session) lost(err error) error {
	if said, ok := asReply(err); ok {
		return said
	}
	s.r.opt.Log.Warn("next hop went away", "seat", s.r.opt.Seat, "next", s.r.opt.Next, "error", err)
	s.drop()
	return reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost the next mail server; try again later")
}

// drop closes the connection to the next hop.
func (s *session) drop() {
	if s.next != nil {
		s.next.close()
		s.next = nil
	}
}

// Reset forgets the transaction; the next hop is told when it had begun one.
func (s *session) Reset() {
	if s.env != nil && s.next != nil && s.next.inTransaction {
		if err := s.next.reset(); err != nil {
			s.drop()
		}
	}
	s.env, s.rcpts = nil, nil
}

// Logout ends the session.
func (s *session) Logout() error {
	if s.next != nil {
		s.next.quit()
		s.next = nil
	}
	return nil
}

func reply(code int, ec smtp.EnhancedCode, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: ec, Message: text}
}

// asReply tells a server's words from a broken connection.
func asReply(err error) (*smtp.SMTPError, bool) {
	var e *smtp.SMTPError
	ok := errors.As(err, &e)
	return e, ok
}

// words is a reply as a log shows it.
func words(e *smtp.SMTPError) string {
	ec := e.EnhancedCode
	if ec == smtp.NoEnhancedCode || ec == smtp.EnhancedCodeNotSet {
		return fmt.Sprintf("%d %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%d %d.%d.%d %s", e.Code, ec[0], ec[1], ec[2], e.Message)
}

// slogPrinter is go-smtp's logger.
type slogPrinter struct{ log *slog.Logger }

func (p slogPrinter) Printf(f string, v ...any) { p.print(fmt.Sprintf(f, v...)) }
func (p slogPrinter) Println(v ...any)          { p.print(fmt.Sprintln(v...)) }

func (p slogPrinter) print(s string) {
	p.log.LogAttrs(context.Background(), slog.LevelWarn, "protocol: "+strings.TrimSpace(s))
}

// network splits "unix:/path" and "host:port".
func network(a string) (string, string) {
	if p, ok := strings.CutPrefix(a, "unix:"); ok {
		return "unix", p
	}
	return "tcp", strings.TrimPrefix(a, "inet:")
}
