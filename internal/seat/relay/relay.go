// Package relay is the seat that stands between two mail servers: it takes a
// message from one, has it judged, and hands it to the other, with one answer
// for each recipient. It speaks LMTP (Postfix → kith → Dovecot) and SMTP (any
// MTA → kith → any MTA); both are one body, since they differ only in how many
// replies follow the final dot.
//
// # The life of a transaction
//
//  1. MAIL and RCPT are passed to the next hop as they come and its replies are
//     passed back: kith accepts nobody whom the next hop refuses, and says no 5xx
//     of its own behind the queue (that would be backscatter).
//  2. DATA is spooled. Full spool: 452. Lost client: the transaction is over, the
//     next hop has seen no data. A message above the limit is refused before the
//     queue; behind it, where a refusal would be a bounce, it goes out unread.
//  3. The ledger writes the intent of each recipient. What it knows to be
//     delivered is answered from memory.
//  4. The pipeline judges. It has a deadline and never fails.
//  5. Recipients whose output bytes are equal share one transaction with the
//     next hop; each final reply belongs to its recipient.
//  6. The ledger writes the outcomes. Then the client is answered.
//
// Steps 3, 5 and 6 are what package ledger explains. The seat knows nothing of
// detection: it carries out a plan's bytes and no more.
package relay

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/ledger"
	"kith/internal/pipeline"
	"kith/internal/seat/smtpwire"
	"kith/internal/spool"
)

// Failure says what happens to mail when kith's own store is gone (design
// section 2, "When something fails").
type Failure string

const (
	Open  Failure = "open"  // deliver unjudged, and say so
	Defer Failure = "defer" // 4xx; the sender keeps the mail
)

// Counters are called as things happen. Every field must be set.
type Counters struct {
	Began    func(n int)                        // recipients whose intent is on the disk
	Settled  func(n int)                        // recipients whose outcome is on the disk
	Full     func()                             // a message was answered 452 for lack of room
	Answered func(n int)                        // recipients answered from memory
	Doubt    func(n int)                        // recipients delivered again though in doubt
	Unledged func()                             // messages delivered while the store was gone
	Waiting  func()                             // outcomes that wait in the overflow file
	Outcome  func(seat kith.Seat, s kith.State) // one for each recipient
	Took     func(seat kith.Seat, stage string, d time.Duration)
	Next     func(ok bool)       // a dial or transaction of the next hop
	Refused  func(reason string) // a connection turned away: "peer" or "limit"
	Judged   func(*kith.Envelope, *pipeline.Outcome)
}

// Options of a relay.
type Options struct {
	Seat     kith.Seat   // SeatLMTP or SeatSMTP
	Hostname string      // in the greeting and in LHLO/EHLO
	Next     string      // "host:port" or "unix:/path"
	NextTLS  *tls.Config // nil: plain to the next hop
	TLS      *tls.Config // nil: no STARTTLS offered

	Peer     func(netip.Addr) bool // who may connect by TCP
	Trusted  func(netip.Addr) bool // whose XFORWARD and XCLIENT are believed
	MaxConns int                   // connections at once; beyond it 421

	Room      *spool.Room
	Ledger    *ledger.Ledger
	Pipeline  *pipeline.Pipeline
	Directory func() *directory.Directory
	Failure   Failure

	OneAtATime bool          // into each mailbox: what the next hop's duplicate rule needs (see mailboxes)
	HoldFirst  time.Duration // how long the first deliveries wait, after a crash

	StoreWait time.Duration // how long the ledger may take before Failure applies; default 10 s
	NextWait  time.Duration // how long the next hop may take for one reply; default 5 min
	Log       *slog.Logger
	Count     Counters
}

// Relay is a running seat. It is safe for concurrent use.
type Relay struct {
	opt    Options
	server *smtp.Server
	boxes  *mailboxes
	conns  atomic.Int64

	mu    sync.Mutex
	wires []*smtpwire.Listener
}

// maxRecipients of one transaction; RFC 5321 section 4.5.3.1.8 wants 100, Postfix
// takes 1000. Beyond it 452, and the sender begins another.
const maxRecipients = 1000

// New returns a relay; Serve starts it.
func New(o Options) *Relay {
	if o.StoreWait == 0 {
		o.StoreWait = 10 * time.Second
	}
	if o.NextWait == 0 {
		o.NextWait = 5 * time.Minute
	}
	r := &Relay{opt: o, boxes: newMailboxes(o.HoldFirst)}
	s := smtp.NewServer(smtp.BackendFunc(r.newSession))
	s.LMTP = o.Seat == kith.SeatLMTP
	s.Domain = o.Hostname
	s.MaxRecipients = maxRecipients
	if o.Seat == kith.SeatSMTP { // behind the queue the MTA has said what is too large
		s.MaxMessageBytes = o.Room.Message
	}
	smtpwire.Prepare(s)                        // bounds of lines and time are the adapter's
	s.EnableSMTPUTF8, s.EnableDSN = true, true // hidden where the next hop lacks them
	s.ErrorLog = slogPrinter{o.Log}
	r.server = s
	return r
}

// Serve accepts connections until Shutdown. It can be called for several
// listeners.
func (r *Relay) Serve(ln net.Listener) error { return r.server.Serve(r.wrap(ln)) }

// Shutdown stops accepting and waits for open transactions until ctx ends;
// then it closes what is left. A message cut off so was not answered 250 and
// comes again.
func (r *Relay) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	for _, w := range r.wires {
		w.Drain()
	}
	r.mu.Unlock()
	if err := r.server.Shutdown(ctx); err != nil {
		r.server.Close()
		return err
	}
	return nil
}
