package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
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
	whole bool // the next hop's transaction has all of env.Rcpts
}

// rcpt is one recipient that the next hop accepted.
type rcpt struct {
	addr string // the library's name for it
	opts *smtp.RcptOptions
	at   int // its index in env.Rcpts, which has each address once
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
		return errAway
	}
	s.next = n
	return nil
}

// begin begins a transaction with the next hop. A connection that was idle may
// be gone, which servers tell by 421 or by silence: then there is one fresh try.
// Its errors are replies.
func (s *session) begin(from string) error {
	for fresh := s.next == nil; ; fresh = true {
		if err := s.connect(); err != nil {
			return err
		}
		err := s.next.mail(from, s.opts, s.forwarded())
		if err == nil {
			return nil
		}
		said, ok := asReply(err)
		if ok && said.Code != 421 {
			return refusal(said)
		}
		if fresh {
			return s.lost(err)
		}
		s.drop()
	}
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
	from, s.opts = path(from), *o
	if err := s.begin(from); err != nil {
		return err
	}
	s.whole = true
	s.env = &kith.Envelope{ID: newID(), Seat: s.r.opt.Seat, MailFrom: from, UTF8: o.UTF8, Client: s.client(), QueueID: s.queueID(), Login: s.login()}
	return nil
}

// Rcpt passes a recipient on and its reply back.
func (s *session) Rcpt(to string, o *smtp.RcptOptions) error {
	for _, known := range s.rcpts {
		if known.addr == to { // asked twice: one copy, both hear its outcome
			s.rcpts = append(s.rcpts, rcpt{addr: to, opts: o, at: known.at})
			return nil
		}
	}
	if s.next == nil || !s.next.inTransaction { // lost since MAIL
		s.whole = false
		if err := s.begin(s.env.MailFrom); err != nil {
			return err
		}
	}
	if err := s.next.rcpt(path(to), o); err != nil {
		said, ok := asReply(err)
		if !ok || said.Code == 421 {
			return s.lost(err)
		}
		said = refusal(said)
		s.refusedAtRcpt(path(to), said)
		return said
	}
	s.rcpts = append(s.rcpts, rcpt{addr: to, opts: o, at: len(s.env.Rcpts)})
	s.env.Rcpts = append(s.env.Rcpts, path(to))
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
// recipient, or one error for all: always a reply, since the library makes a 554
// of any other error, and that would be the end of the mail.
func (s *session) transact(r io.Reader) ([]*smtp.SMTPError, error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // the spool's disk may fail under us
	f := s.r.opt.Room.New()
	if s.r.opt.Seat == kith.SeatLMTP {
		f = s.r.opt.Room.NewAnySize()
	}
	d := delivery{s: s, env: s.env, log: s.log()}
	defer d.letGo(f)
	start := time.Now()
	if _, err := f.ReadFrom(r); err != nil {
		return nil, s.notTaken(err)
	}
	if e := s.refuseForm(); e != nil {
		return nil, e
	}
	s.env.Arrived, s.env.Size = time.Now(), f.Size()
	s.r.opt.Count.Took(s.r.opt.Seat, "spool", time.Since(start))
	drill.At("spooled")
	d.raw, d.digest = f.Bytes(), f.Digest()
	return d.run()
}

// notTaken is the reply to a message that could not be spooled. The next hop has
// seen nothing of it.
func (s *session) notTaken(err error) error {
	switch said, ok := asReply(err); {
	case errors.Is(err, spool.ErrTooBig):
		return reply(552, smtp.EnhancedCode{5, 3, 4}, "message is larger than kith's [spool] max_message")
	case errors.Is(err, spool.ErrFull):
		s.log().Error("spool is full", "error", err)
		s.r.opt.Count.Full()
		return reply(452, smtp.EnhancedCode{4, 3, 1}, "kith's spool is full; try again later")
	case ok: // too large or too slow, by the library's or the adapter's bounds
		return said
	}
	return reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost you inside the message; try again")
}

// letGo closes the spool file, when nobody reads in it any more.
func (d *delivery) letGo(f *spool.File) {
	if d.out == nil || d.out.Reading == nil {
		f.Close()
		return
	}
	reading := d.out.Reading
	go func() {
		<-reading
		f.Close()
	}()
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

// lost is the answer when the next hop went away, with or without a word: the
// sender keeps the mail.
func (s *session) lost(err error) error {
	s.r.opt.Log.Warn("next hop went away", "seat", s.r.opt.Seat, "next", s.r.opt.Next, "error", err)
	s.drop()
	if said, ok := asReply(err); ok {
		return refusal(said)
	}
	return errLost
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
