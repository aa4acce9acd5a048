// Package milter is the seat beside Postfix or Sendmail. The MTA holds the
// message, shows it to kith event by event, and asks one question at the end:
// may it pass? Two services use it:
//
//   - Border (port 25): kith sees who connects, which no later seat does. With
//     an LMTP seat behind, it only authenticates the message and leaves a note
//     under the queue id; without one it judges.
//   - Submission: kith sees who signed in, which no later seat does either, and
//     has the last look before a mail leaves.
//
// What the room promises:
//
//   - The bytes that are judged are the bytes that the MTA holds: each field's
//     name, colon and value as sent, line ends CRLF, the body untouched.
//   - One answer for each message, as soon as the Judge has one; progress notes
//     keep the MTA patient meanwhile.
//   - Memory is bounded for all messages together (Options.MaxMemory), for each
//     message (MaxMessage) and by the number of connections (MaxConns). Beyond
//     them the MTA waits or is told 452, and memory does not grow.
//   - In shadow nothing is changed: the right to change is not even negotiated.
//
// What it never does: it never detects anything, it never answers before the
// end of the message (each answer is a round trip, and a round trip for each
// header field costs more than all of the judging), and it never changes a
// body: one milter answer holds for all recipients, so what differs by person
// belongs to the LMTP seat.
//
// The protocol itself is github.com/d--j/go-milter's. This package stands
// between the library and the socket (see conn) because the library reads
// without a buffer, believes any packet length, and panics on packets that lack
// their terminating zero.
package milter

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	gomilter "github.com/d--j/go-milter"
	"golang.org/x/sync/semaphore"

	"kith/internal/kith"
	"kith/internal/mailauth"
	"kith/internal/note"
	"kith/internal/pipeline"
)

// Role says which of the MTA's services stands before a listener.
type Role int

// Border is port 25, Submission is 587, 465 or local pick-up.
const (
	Border Role = iota
	Submission
)

func (r Role) String() string {
	if r == Submission {
		return "submission"
	}
	return "border"
}

// Failure says what happens to a message that kith could not look at.
type Failure int

const (
	Open  Failure = iota // let it pass unjudged, and say so in the journal
	Defer                // 4xx: the client tries again
)

// Judge is what the seat asks of the pipeline; *pipeline.Pipeline is one. All
// methods are called from many goroutines, and each answers within a bound of its
// own, whatever the message does to it (Outcome.Reading and left tell that it had
// to leave something behind). The seat does not touch raw again after it handed it
// over.
type Judge interface {
	Judge(ctx context.Context, env *kith.Envelope, raw []byte) *pipeline.Outcome
	Authenticate(ctx context.Context, env *kith.Envelope, raw []byte) (auth mailauth.Result, left <-chan struct{})
	Unjudged(env *kith.Envelope, gap string) *pipeline.Outcome
	Note(n note.Note)
	Record(env *kith.Envelope, out *pipeline.Outcome, state kith.State, reply string)
}

var _ Judge = (*pipeline.Pipeline)(nil)

// Options configure a Server. Judge is required; the zero value of every other
// field is a safe default, named beside it.
type Options struct {
	Judge Judge

	// NoteOnly makes the border authenticate and note only, because an LMTP seat
	// of the same kith judges behind this MTA. Submissions are judged all the same.
	NoteOnly bool
	// Mode is asked for each connection and message; nil is always Shadow.
	Mode func() kith.Mode
	// Reject lets plans that refuse the message for every recipient be carried
	// out with 550. Off by default.
	Reject bool
	// OnFailure is for messages that kith could not look at, MaxMemory included.
	OnFailure Failure
	// Block makes the header fields that enforce puts on top, one below the other,
	// each with its line end; nil adds none. All recipients get the same.
	Block func(env *kith.Envelope, out *pipeline.Outcome, raw []byte) []byte
	// AuthServID is asked for our own authserv-id (RFC 8601 section 2.5) for each
	// field that might claim it: enforce removes those. nil removes none.
	AuthServID func() string
	// SubmissionDaemons are {daemon_name} values that make a connection a
	// Submission whichever listener it came by. A login does so anyway.
	SubmissionDaemons []string

	MaxMessage int64         // bytes of one message looked at, the rest is counted only; 50 MiB
	MaxMemory  int64         // bytes of all messages held at a time; 256 MiB, at least MaxMessage
	MemoryWait time.Duration // how long a message waits for memory; 5 s
	MaxConns   int           // connections at a time on all listeners, the next wait; 512
	MaxRcpts   int           // recipients of one message; 10,000

	// Peers says which addresses may connect by TCP; nil is loopback only. Unix
	// sockets are guarded by their file mode.
	Peers func(netip.Addr) bool

	NewID  func() string    // 16 characters, unique; nil makes random ones
	Now    func() time.Time // nil is time.Now
	Log    *slog.Logger     // nil is slog.Default()
	Counts Counts

	progressEvery time.Duration
}

// Counts are called as things happen; nil ones are left out. They must not
// block and are called from many goroutines.
type Counts struct {
	Conn    func(delta int) // +1 opened, −1 closed
	Refused func()          // a peer that may not connect
	// Message: result is "passed", "changed", "refused", "deferred", "unjudged"
	// or "aborted"; took is from the end of the data to the answer; n counts bytes.
	Message func(role Role, result string, took time.Duration, n int64)
}

// ErrServerClosed is returned by Serve after Shutdown.
var ErrServerClosed = errors.New("milter: server closed")

// idleGrace is how long Shutdown leaves a connection without a message open:
// an MTA that is about to send one would have done so by then.
const idleGrace = 2 * time.Second

// Server answers MTAs on any number of listeners.
type Server struct {
	opt    Options
	memory *semaphore.Weighted
	slots  chan struct{} // one token for each open connection

	base   context.Context // ends when Shutdown's patience does
	cancel context.CancelFunc
	closed chan struct{} // closed by the first Shutdown

	mu       sync.Mutex
	conns    map[*conn]struct{}
	serving  []*gomilter.Server
	draining atomic.Bool
}

// New checks opt, fills in defaults and returns a server without listeners.
func New(opt Options) (*Server, error) {
	if opt.Judge == nil {
		return nil, errors.New("milter: Options.Judge is missing")
	}
	setDefaults(&opt)
	if opt.MaxMemory < opt.MaxMessage {
		return nil, errors.New("milter: MaxMemory is smaller than MaxMessage: one message of full size would never fit")
	}
	s := &Server{
		opt:    opt,
		memory: semaphore.NewWeighted(opt.MaxMemory),
		slots:  make(chan struct{}, opt.MaxConns),
		closed: make(chan struct{}),
		conns:  make(map[*conn]struct{}),
	}
	s.base, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

func setDefaults(o *Options) {
	if o.Mode == nil {
		o.Mode = func() kith.Mode { return kith.Shadow }
	}
	if o.AuthServID == nil {
		o.AuthServID = func() string { return "" }
	}
	if o.Peers == nil {
		o.Peers = netip.Addr.IsLoopback
	}
	if o.NewID == nil {
		o.NewID = randomID
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	setIfZero(&o.progressEvery, progressEvery)
	setIfZero(&o.MaxMessage, 50<<20)
	setIfZero(&o.MaxMemory, max(256<<20, o.MaxMessage))
	setIfZero(&o.MemoryWait, 5*time.Second)
	setIfZero(&o.MaxConns, 512)
	setIfZero(&o.MaxRcpts, 10000)
}

func setIfZero[T ~int | ~int64](p *T, v T) {
	if *p <= 0 {
		*p = v
	}
}

// Serve answers on ln until Shutdown, and then returns ErrServerClosed. It may
// be called for several listeners at a time; it closes ln.
func (s *Server) Serve(ln net.Listener, role Role) error {
	defer ln.Close()
	lib := s.library(role)
	s.mu.Lock()
	if s.draining.Load() {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.serving = append(s.serving, lib)
	s.mu.Unlock()
	err := lib.Serve(&gate{Listener: ln, server: s})
	if s.draining.Load() {
		return ErrServerClosed
	}
	return err
}

// Shutdown stops listening, lets the messages in work end, closes connections
// without a message after a short grace, and all others when ctx ends. Nothing
// is lost by that: what has no answer yet is still the MTA's.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.draining.Swap(true) {
		close(s.closed)
	}
	serving := s.serving
	s.mu.Unlock()
	defer s.cancel()

	errs := make(chan error, len(serving))
	for _, lib := range serving {
		go func() { errs <- lib.Shutdown(ctx) }()
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	grace := time.After(idleGrace)
	idle := false
	var all []error
	for len(all) < len(serving) {
		select {
		case err := <-errs:
			all = append(all, err)
		case <-grace:
			idle = true
		case <-tick.C:
			if idle {
				s.closeIdle()
			}
		}
	}
	return errors.Join(all...)
}

func (s *Server) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if !c.inMessage.Load() {
			go c.Close() // Close takes s.mu itself
		}
	}
}
