package resolve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// Options configures a Resolver. The zero value is what a server wants.
type Options struct {
	Servers    []string         // addresses, "127.0.0.1:5300" or "::1" (port 53); none = those of /etc/resolv.conf, read once
	Timeout    time.Duration    // of one question with all its attempts; default 1.5 s
	Pause      time.Duration    // how long nobody is asked after all servers fell silent; default 5 s
	CacheBytes int              // bound of the cache, approximate; default 16 MiB, some 40,000 answers
	InFlight   int              // questions on the wire at once; default 256
	Now        func() time.Time // for TTLs; default time.Now
}

// Resolver is a caching stub resolver. It is safe for concurrent use. The
// slices that it returns are shared and must not be changed.
type Resolver struct {
	servers []server
	timeout time.Duration
	now     func() time.Time
	slots   chan struct{}
	health  *breaker
	first   atomic.Int32 // the server that answered last

	mu      sync.Mutex
	cache   *Cache[question, *answer]
	flights map[question]*flight
}

// question is a name in lower case without its last dot, and a type.
type question struct {
	qtype uint16
	name  string
}

// flight is a question on its way. answer may be read once done is closed.
type flight struct {
	done   chan struct{}
	answer *answer
}

// New returns a Resolver. It fails only when a server's address cannot be
// read; nothing is asked yet.
func New(o Options) (*Resolver, error) {
	servers, err := addresses(o.Servers)
	if err != nil {
		return nil, err
	}
	r := &Resolver{
		timeout: or(o.Timeout, 1500*time.Millisecond),
		now:     o.Now,
		slots:   make(chan struct{}, or(o.InFlight, 256)),
		cache:   NewCache[question, *answer](or(o.CacheBytes, 16<<20)),
		flights: make(map[question]*flight),
	}
	for _, a := range servers {
		r.servers = append(r.servers, newServer(a))
	}
	if r.now == nil {
		r.now = time.Now
	}
	r.health = newBreaker(or(o.Pause, 5*time.Second), r.alive)
	return r, nil
}

func or[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// addresses completes the configured servers with port 53, or reads the
// system's. Names are not taken: finding them would need a resolver.
func addresses(given []string) ([]string, error) {
	if len(given) == 0 {
		conf, err := dns.ClientConfigFromFile("/etc/resolv.conf")
		if err != nil || len(conf.Servers) == 0 {
			return []string{"127.0.0.1:53"}, nil // as resolv.conf(5) says of a missing file
		}
		given = conf.Servers
	}
	out := make([]string, 0, len(given))
	for _, s := range given {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.AddrPortFrom(a, 53).String())
		} else if ap, err := netip.ParseAddrPort(s); err == nil {
			out = append(out, ap.String())
		} else {
			return nil, fmt.Errorf("DNS server %q is no address: write it as 127.0.0.1, 127.0.0.1:53 or [::1]:53", s)
		}
	}
	return out, nil
}

// LookupTXT returns the TXT records of a name, each joined into one text.
// Errors are *net.DNSError: IsNotFound when the name or the type is not there,
// IsTemporary when nobody could say in time.
func (r *Resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a := r.ask(ctx, dns.TypeTXT, name)
	return a.txt, a.err
}

// LookupMX returns the mail exchangers of a name, in the order of the reply.
func (r *Resolver) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	a := r.ask(ctx, dns.TypeMX, name)
	return a.mx, a.err
}

// LookupAddr returns the names that the reverse zone gives to an address.
func (r *Resolver) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	name, err := dns.ReverseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: "not an address", Name: addr, IsNotFound: true}
	}
	a := r.ask(ctx, dns.TypePTR, name)
	return a.names, a.err
}

// LookupIPAddr returns the addresses of both families. It fails only when one
// family failed and the other brought nothing.
func (r *Resolver) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	r.Prefetch(dns.TypeAAAA, host)
	a4 := r.ask(ctx, dns.TypeA, host)
	a6 := r.ask(ctx, dns.TypeAAAA, host)
	if len(a4.addrs) == 0 && len(a6.addrs) == 0 {
		if a4.outcome == failed {
			return nil, a4.err
		}
		return nil, a6.err
	}
	if len(a6.addrs) == 0 {
		return a4.addrs, nil
	}
	if len(a4.addrs) == 0 {
		return a6.addrs, nil
	}
	both := make([]net.IPAddr, 0, len(a4.addrs)+len(a6.addrs))
	return append(append(both, a4.addrs...), a6.addrs...), nil
}

// LookupIPv4 returns the IPv4 addresses of a name only. SPF needs no others
// for an IPv4 client (RFC 7208 section 5).
func (r *Resolver) LookupIPv4(ctx context.Context, host string) ([]net.IPAddr, error) {
	a := r.ask(ctx, dns.TypeA, host)
	return a.addrs, a.err
}

// Exists reports whether a name exists in the DNS, with records of any type or
// as the parent of other names (RFC 8020).
func (r *Resolver) Exists(ctx context.Context, name string) (bool, error) {
	a := r.ask(ctx, dns.TypeA, name)
	if a.outcome == failed {
		return false, a.err
	}
	return a.outcome != noName, nil
}

// PrefetchTXT begins to ask for TXT records that will be wanted soon. It does
// not wait.
func (r *Resolver) PrefetchTXT(name string) { r.Prefetch(dns.TypeTXT, name) }

// Prefetch begins to ask a question that will be wanted soon, unless it is
// answered or on its way already. It does not wait.
func (r *Resolver) Prefetch(qtype uint16, name string) {
	if name, ok := clean(name); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		q := question{qtype, name}
		if r.known(q) == nil {
			r.start(q)
		}
	}
}

// ask answers a question from memory, from one that is on its way, or from the
// servers. It never returns nil, and returns at the latest when ctx is done.
func (r *Resolver) ask(ctx context.Context, qtype uint16, name string) *answer {
	clean, ok := clean(name)
	q := question{qtype, clean}
	if !ok {
		return notFound(question{qtype, name}, noName, time.Time{})
	}
	r.mu.Lock()
	if a := r.known(q); a != nil {
		r.mu.Unlock()
		return a
	}
	f := r.start(q)
	r.mu.Unlock()
	select {
	case <-f.done:
		return f.answer
	case <-ctx.Done():
		return failure(q, "no answer in time", errors.Is(ctx.Err(), context.DeadlineExceeded), r.now(), 0)
	}
}

// known returns the answer in the cache that still holds, or nil. r.mu is held.
func (r *Resolver) known(q question) *answer {
	if a, ok := r.cache.Get(q); ok && r.now().Before(a.expires) {
		return a
	}
	return nil
}

// start begins a flight, or returns the one that is on its way. r.mu is held.
// The flight does not end with the message that began it: others may wait for
// it, and its answer is wanted for the next message.
func (r *Resolver) start(q question) *flight {
	if f := r.flights[q]; f != nil {
		return f
	}
	f := &flight{done: make(chan struct{})}
	r.flights[q] = f
	go func() {
		a := r.fetch(q)
		r.mu.Lock()
		if r.now().Before(a.expires) {
			r.cache.Put(q, a, a.cost)
		}
		delete(r.flights, q)
		r.mu.Unlock()
		f.answer = a
		close(f.done)
	}()
	return f
}

// clean brings a name to lower case without its last dot, and refuses what no
// host's or policy's name can be: empty or overlong labels, spaces, control
// characters, quotes, and bytes beyond ASCII (an IDN is asked by its A-label).
// SPF macros can put anything there.
func clean(name string) (string, bool) {
	if n := len(name); n > 0 && name[n-1] == '.' {
		name = name[:n-1]
	}
	if len(name) == 0 || len(name) > 253 {
		return "", false
	}
	upper, label := false, 0
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '.':
			if label == 0 {
				return "", false
			}
			label = -1
		case c <= ' ' || c > '~' || c == '\\' || c == '"':
			return "", false
		case 'A' <= c && c <= 'Z':
			upper = true
		}
		if label++; label > 63 {
			return "", false
		}
	}
	if label == 0 {
		return "", false
	}
	if upper {
		name = asciiLower(name)
	}
	return name, true
}

// asciiLower lowers ASCII letters only, as the DNS compares (RFC 4343).
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
