package stack

import (
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Letter is one transaction that the sink took.
type Letter struct {
	From string
	To   []string
	UTF8 bool   // the client asked for SMTPUTF8
	Data []byte // as received, dot-stuffing undone
}

// Sink is the rest of the world: an SMTP server that takes everything and
// keeps it in memory. It is safe for concurrent use.
type Sink struct {
	server *smtp.Server
	mu     sync.Mutex
	got    []Letter
}

// StartSink listens at address at once.
func StartSink(address string) (*Sink, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start the sink: %w", err)
	}
	s := &Sink{}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &sinkSession{sink: s}, nil
	}))
	s.server.Domain = "outside.test"
	s.server.EnableSMTPUTF8 = true
	s.server.MaxLineLength = 0 // a test sends lines beyond the limit of RFC 5321
	s.server.ReadTimeout = 5 * time.Minute
	s.server.ErrorLog = log.New(io.Discard, "", 0) // clients that are killed are no news
	go s.server.Serve(l)
	return s, nil
}

// Letters returns what was taken so far, in order.
func (s *Sink) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// Clear forgets what was taken.
func (s *Sink) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = nil
}

// Close stops listening.
func (s *Sink) Close() { s.server.Close() }

type sinkSession struct {
	sink   *Sink
	letter Letter
}

func (s *sinkSession) Reset()        { s.letter = Letter{} }
func (s *sinkSession) Logout() error { return nil }

func (s *sinkSession) Mail(from string, o *smtp.MailOptions) error {
	s.letter = Letter{From: from, UTF8: o != nil && o.UTF8}
	return nil
}

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.letter.To = append(s.letter.To, to)
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.letter.Data = b
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.got = append(s.sink.got, s.letter)
	return nil
}
