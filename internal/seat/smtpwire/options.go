package smtpwire

import (
	"crypto/tls"
	"net/netip"
	"time"

	"github.com/emersion/go-smtp"
)

// BarePolicy says what a stray CR or LF inside a message means to the session.
type BarePolicy int

const (
	// BareNormalise repairs line ends silently; for seats behind the queue,
	// where a refusal would be backscatter.
	BareNormalise BarePolicy = iota
	// BareRefuse repairs them too, and makes Refusal answer 550 5.6.11; for seats
	// before the queue.
	BareRefuse
)

// EarlyPolicy says what happens to a client that speaks out of turn: before the
// greeting, or behind a command that must end its group (RFC 2920 section 3.1).
type EarlyPolicy int

const (
	// EarlyNote counts it (Stats.Early) and goes on.
	EarlyNote EarlyPolicy = iota
	// EarlyForbid answers 554 5.5.0 and ends the connection.
	EarlyForbid
)

// Options are the settings of a Listener. The zero value is safe: nobody is
// trusted, CHUNKING is not offered, all bounds have their defaults. Options
// must not be changed after Listen.
type Options struct {
	// Hostname stands first in the EHLO answer (RFC 5321 section 4.1.1.1);
	// Postfix finds mail loops by it. "" leaves the library's own line.
	Hostname string

	// Trusted names the peers whose XFORWARD and XCLIENT are heard; nil trusts
	// nobody. It is asked once for each socket, with the socket's own address.
	Trusted func(netip.Addr) bool
	// TrustUnix trusts every peer on a unix socket; the socket's file mode is
	// then the access control.
	TrustUnix bool

	// Chunking lets the library's CHUNKING be offered. Without it BDAT chunks
	// are swallowed and refused.
	Chunking bool
	// Hide lists EHLO keywords that are not offered; Add lists whole EHLO lines
	// ("SIZE 1000") that are offered, each in place of one with the same
	// keyword. Conn.Offer changes both for one connection.
	Hide, Add []string

	// TLS makes STARTTLS offered. The library's own TLSConfig must stay nil.
	TLS *tls.Config

	Bare  BarePolicy
	Early EarlyPolicy

	Limits   Limits
	Timeouts Timeouts
}

// Limits bound what one client can make us hold or read. Zero means the
// default that stands behind each.
type Limits struct {
	Line   int   // octets of a command line with its CRLF: 2048, at most 16384 (RFC 5321 section 4.5.3.1.4 and extensions)
	SASL   int   // octets of a SASL answer line: 12288 (RFC 4954 section 4), at most 16384
	Data   int64 // octets of one message, after which the connection ends: 1 GiB; the library's MaxMessageBytes answers 552 long before
	Chunk  int64 // octets of one BDAT chunk, likewise: 64 MiB
	Faults int   // commands refused here before 421: 20
}

// Timeouts bound waiting for a client. Zero means the default that stands
// behind each; a negative value means none.
type Timeouts struct {
	Idle     time.Duration // silence: 5 min (RFC 5321 section 4.5.3.2.7)
	Line     time.Duration // from a line's first octet to its last: 1 min
	Patience time.Duration // all waiting together from one finished message to the next: 30 min
	Write    time.Duration // one write: 5 min
	TLS      time.Duration // one handshake: 30 s
}

const (
	bufferSize = 16 << 10
	maxLine    = bufferSize
	maxSkip    = 1 << 20 // octets of an overlong line read away before the connection ends
)

func (o Options) withDefaults() Options {
	l, t := &o.Limits, &o.Timeouts
	l.Line = min(or(l.Line, 2048), maxLine)
	l.SASL = min(or(l.SASL, 12288), maxLine)
	l.Data = or(l.Data, 1<<30)
	l.Chunk = or(l.Chunk, 64<<20)
	l.Faults = or(l.Faults, 20)
	t.Idle = or(t.Idle, 5*time.Minute)
	t.Line = or(t.Line, time.Minute)
	t.Patience = or(t.Patience, 30*time.Minute)
	t.Write = or(t.Write, 5*time.Minute)
	t.TLS = or(t.TLS, 30*time.Second)
	return o
}

func or[T int | int64 | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// Prepare sets the fields of a library server that this package takes over:
// line length and read timeout (bounded here), write timeout, and STARTTLS. A
// server must not be served without the Listener after that, since its own
// bounds are gone.
func Prepare(s *smtp.Server) {
	s.MaxLineLength = 0 // data lines may have any length; command lines are bounded here
	s.ReadTimeout = 0
	s.WriteTimeout = 0
	s.TLSConfig = nil
}
