package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/detect"
	"kith/internal/directory"
	"kith/internal/judge"
	"kith/internal/kith"
	"kith/internal/ledger"
	"kith/internal/mail"
	"kith/internal/pipeline"
	"kith/internal/policy"
	"kith/internal/spool"
	"kith/internal/store"
)

// hop is a next hop that remembers what it took.
type hop struct {
	mu     sync.Mutex
	copies map[string][]string // by recipient
	txs    int
	refuse map[string]*smtp.SMTPError // at RCPT
	fail   map[string]*smtp.SMTPError // after the dot
	hangUp atomic.Bool                // close the connection after the dot, having stored the copies
	ln     net.Listener
	s      *smtp.Server
}

type hopSession struct {
	h    *hop
	conn *smtp.Conn
	to   []string
}

func (s *hopSession) Reset()                               { s.to = nil }
func (s *hopSession) Logout() error                        { return nil }
func (s *hopSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *hopSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if e := s.h.refuse[to]; e != nil {
		return e
	}
	s.to = append(s.to, to)
	return nil
}

func (s *hopSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.h.keep(s.to, string(b))
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "kept"}
}

func (s *hopSession) LMTPData(r io.Reader, st smtp.StatusCollector) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var took []string
	for _, to := range s.to {
		if s.h.fail[to] == nil {
			took = append(took, to)
		}
	}
	s.h.keep(took, string(b))
	if s.h.hangUp.Load() {
		s.conn.Conn().Close()
		return errors.New("gone")
	}
	for _, to := range s.to {
		if e := s.h.fail[to]; e != nil {
			st.SetStatus(to, e)
		} else {
			st.SetStatus(to, &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "AbC Saved"})
		}
	}
	return nil
}

func (h *hop) keep(to []string, msg string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.txs++
	for _, r := range to {
		h.copies[r] = append(h.copies[r], msg)
	}
}

func (h *hop) got(to string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.copies[to]
}

func startHop(t *testing.T, lmtp bool) *hop {
	t.Helper()
	h := &hop{copies: map[string][]string{}, refuse: map[string]*smtp.SMTPError{}, fail: map[string]*smtp.SMTPError{}}
	h.s = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &hopSession{h: h, conn: c}, nil }))
	h.s.LMTP, h.s.Domain, h.s.MaxLineLength, h.s.EnableSMTPUTF8 = lmtp, "next.test", 1<<20, !lmtp
	h.s.ErrorLog = slogPrinter{slog.New(slog.DiscardHandler)}
	var err error
	if h.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go h.s.Serve(h.ln)
	t.Cleanup(func() { h.s.Close() })
	return h
}

// house is a relay with everything real around it but the next hop.
type house struct {
	t    *testing.T
	hop  *hop
	st   *store.Store
	l    *ledger.Ledger
	room *spool.Room
	addr string
	seen map[string]int
	mu   sync.Mutex
	r    *Relay
}

type houseOptions struct {
	seat    kith.Seat
	mode    kith.Mode
	failure Failure
	dir     string
	max     int64
	wait    time.Duration // NextWait
	spoil   func(*pipeline.Options)
	log     *slog.Logger
}

func (h *house) count(what string, n int) {
	h.mu.Lock()
	h.seen[what] += n
	h.mu.Unlock()
}

func startHouse(t *testing.T, hp *hop, o houseOptions) *house {
	t.Helper()
	if o.seat == "" {
		o.seat = kith.SeatLMTP
	}
	if o.mode == "" {
		o.mode = kith.Shadow
	}
	if o.failure == "" {
		o.failure = Open
	}
	if o.dir == "" {
		o.dir = t.TempDir()
	}
	if o.max == 0 {
		o.max = 10 << 20
	}
	if o.wait == 0 {
		o.wait = 5 * time.Second
	}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	h := &house{t: t, hop: hp, seen: map[string]int{}}
	log := o.log
	var err error
	if h.st, err = store.Open(filepath.Join(o.dir, "k.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	if h.l, _, err = ledger.Open(context.Background(), ledger.Options{Store: h.st, Key: []byte("k"), Overflow: filepath.Join(o.dir, "over"), Log: log}); err != nil {
		t.Fatal(err)
	}
	dir, err := directory.New(directory.Options{Domains: []string{"corp.test"}, Delimiter: "+"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.Default(detect.Classes())
	if err != nil {
		t.Fatal(err)
	}
	po := pipeline.Options{Limits: mail.DefaultLimits(), Deadline: 10 * time.Second, Mode: o.mode, Judge: j, Store: h.st, Boot: h.l.Boot(),
		Policy: policy.Policy{Mode: o.mode, Ceiling: kith.ActHold}, Directory: func() *directory.Directory { return dir }, AuthServID: "mx.corp.test", Log: log}
	if o.spoil != nil {
		o.spoil(&po)
	}
	h.room = &spool.Room{Dir: t.TempDir(), Memory: 1 << 10, Message: o.max, Total: 4 * o.max}
	h.r = New(Options{Seat: o.seat, Hostname: "kith.test", Next: hp.ln.Addr().String(), Peer: netip.Addr.IsLoopback, Trusted: netip.Addr.IsLoopback,
		MaxConns: 20, Room: h.room, Ledger: h.l, Pipeline: pipeline.New(po), Directory: func() *directory.Directory { return dir }, Failure: o.failure, NextWait: o.wait, StoreWait: 2 * time.Second, Log: log,
		Count: Counters{Began: func(n int) { h.count("began", n) }, Settled: func(n int) { h.count("settled", n) }, Full: func() { h.count("full", 1) },
			Answered: func(n int) { h.count("answered", n) }, Doubt: func(n int) { h.count("doubt", n) }, Unledged: func() { h.count("unledged", 1) },
			Waiting: func() { h.count("waiting", 1) }, Outcome: func(_ kith.Seat, s kith.State) { h.count(string(s), 1) }, Took: func(kith.Seat, string, time.Duration) {},
			Next: func(bool) {}, Refused: func(string) {}, Judged: func(*kith.Envelope, *pipeline.Outcome) {}}})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = ln.Addr().String()
	go h.r.Serve(ln)
	t.Cleanup(h.stop)
	return h
}

func (h *house) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	h.r.Shutdown(ctx)
	h.st.Close()
}

// send speaks as Postfix does: XFORWARD IDENT, then one transaction.
func (h *house) send(ident string, to []string, msg string) (map[string]string, error) {
	h.t.Helper()
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	talk := newTalk(c)
	hello := "LHLO"
	if h.r.opt.Seat == kith.SeatSMTP {
		hello = "EHLO"
	}
	talk.read()
	talk.say(hello + " mta.test")
	if ident != "" {
		talk.say("XFORWARD NAME=mail.vendor.example ADDR=203.0.113.7 PROTO=ESMTP HELO=mail.vendor.example IDENT=" + ident)
	}
	talk.say("MAIL FROM:<ann@vendor.example> BODY=8BITMIME")
	out := map[string]string{}
	var ok []string
	for _, r := range to {
		if a := talk.say("RCPT TO:<" + r + ">"); a[0] == '2' {
			ok = append(ok, r)
		} else {
			out[r] = a
		}
	}
	if len(ok) == 0 {
		return out, talk.err
	}
	if a := talk.say("DATA"); a[0] != '3' {
		out["data"] = a
		return out, talk.err
	}
	stuffed := strings.ReplaceAll(strings.ReplaceAll(msg, "\n.", "\n.."), "\n", "\r\n")
	fmt.Fprintf(c, "%s.\r\n", stuffed)
	n := 1
	if h.r.opt.Seat == kith.SeatLMTP {
		n = len(ok)
	}
	for i := range n {
		out[ok[i]] = talk.read()
	}
	return out, talk.err
}

type talk struct {
	c   net.Conn
	buf []byte
	err error
}

func newTalk(c net.Conn) *talk {
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return &talk{c: c}
}

func (t *talk) say(line string) string {
	fmt.Fprintf(t.c, "%s\r\n", line)
	return t.read()
}

// read returns the last line of one reply.
func (t *talk) read() string {
	for {
		if i := strings.Index(string(t.buf), "\n"); i >= 0 {
			line := strings.TrimSpace(string(t.buf[:i]))
			t.buf = t.buf[i+1:]
			if len(line) < 4 || line[3] != '-' {
				return line
			}
			continue
		}
		b := make([]byte, 4096)
		n, err := t.c.Read(b)
		t.buf = append(t.buf, b[:n]...)
		if err != nil {
			t.err = err
			return "000 " + err.Error()
		}
	}
}

const letter = "From: Ann <ann@vendor.example>\nTo: u1@corp.test\nSubject: hello\nMessage-ID: <m1@vendor.example>\nX-Kith-Id: forged\n\nHi.\n.dot\n"

func (h *house) records(what string) []kith.Record {
	h.t.Helper()
	recs, err := h.st.Trace(context.Background(), what, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return recs
}
