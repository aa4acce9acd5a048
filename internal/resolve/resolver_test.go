package resolve

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"kith/internal/resolve/resolvetest"
)

func newTest(t testing.TB, o Options) (*Resolver, *resolvetest.Server) {
	t.Helper()
	s := resolvetest.New(t)
	o.Servers = append(o.Servers, s.Addr)
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

func kind(err error) string {
	var d *net.DNSError
	switch {
	case err == nil:
		return "found"
	case !errors.As(err, &d):
		return "strange: " + err.Error()
	case d.IsNotFound:
		return "not found"
	case d.IsTemporary:
		return "temporary"
	}
	return "strange: " + err.Error()
}

func TestOutcomes(t *testing.T) {
	r, s := newTest(t, Options{Timeout: 200 * time.Millisecond})
	s.TXT("here.example", "one")
	s.RR(t, "alias.example. 60 IN CNAME here.example.")
	s.RR(t, "loop.example. 60 IN CNAME loop.example.")
	s.Odd("broken.example", resolvetest.ServFail)
	s.Odd("silent.example", resolvetest.Silent)
	s.Odd("lie.example", resolvetest.Lie)
	for name, want := range map[string]string{
		"here.example":                   "found",
		"HERE.Example.":                  "found",
		"alias.example":                  "found",
		"loop.example":                   "not found",
		"absent.example":                 "not found",
		"example":                        "not found", // exists, without TXT
		"broken.example":                 "temporary",
		"silent.example":                 "temporary",
		"lie.example":                    "temporary",
		"":                               "not found",
		".":                              "not found",
		"a..b":                           "not found",
		"sp ace.example":                 "not found",
		"back\\slash.example":            "not found",
		"\xff.example":                   "not found",
		strings.Repeat("a", 64) + ".ex":  "not found",
		strings.Repeat("abc.", 70) + "x": "not found",
	} {
		_, err := r.LookupTXT(context.Background(), name)
		if got := kind(err); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestLongTXTComesWhole(t *testing.T) {
	r, s := newTest(t, Options{})
	long := strings.Repeat(`k\"; é `, 500) // over 1232 bytes: cut over UDP, whole over TCP
	s.TXT("long.example", long)
	got, err := r.LookupTXT(context.Background(), "long.example")
	if err != nil || len(got) != 1 || got[0] != long {
		t.Fatalf("%d texts, %v", len(got), err)
	}
}

func TestAddressesAndExists(t *testing.T) {
	r, s := newTest(t, Options{})
	s.RR(t, "both.example. 60 IN A 192.0.2.1")
	s.RR(t, "both.example. 60 IN AAAA 2001:db8::1")
	s.RR(t, "below.parent.example. 60 IN A 192.0.2.2")
	s.RR(t, "both.example. 60 IN MX 10 mx.example.")
	s.RR(t, "1.2.0.192.in-addr.arpa. 60 IN PTR both.example.")
	ctx := context.Background()
	if a, err := r.LookupIPAddr(ctx, "both.example"); err != nil || len(a) != 2 {
		t.Errorf("addresses: %v %v", a, err)
	}
	if a, err := r.LookupIPv4(ctx, "both.example"); err != nil || len(a) != 1 {
		t.Errorf("IPv4: %v %v", a, err)
	}
	if mx, err := r.LookupMX(ctx, "both.example"); err != nil || len(mx) != 1 || mx[0].Host != "mx.example." {
		t.Errorf("MX: %v %v", mx, err)
	}
	if n, err := r.LookupAddr(ctx, "192.0.2.1"); err != nil || len(n) != 1 {
		t.Errorf("PTR: %v %v", n, err)
	}
	for name, want := range map[string]bool{"both.example": true, "parent.example": true, "no.example": false} {
		if got, err := r.Exists(ctx, name); err != nil || got != want {
			t.Errorf("exists %s: %v %v", name, got, err)
		}
	}
}

func TestCacheKeepsAndForgets(t *testing.T) {
	now := time.Now()
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	r, s := newTest(t, Options{Now: clock})
	s.TXT("kept.example", "x") // TTL 300
	s.Odd("broken.example", resolvetest.ServFail)
	ctx := context.Background()
	ask := func() {
		_, _ = r.LookupTXT(ctx, "kept.example")
		_, _ = r.LookupTXT(ctx, "absent.example")
		_, _ = r.LookupTXT(ctx, "broken.example")
	}
	want := func(kept, absent, broken int) {
		t.Helper()
		if k, a, b := s.Asked("kept.example"), s.Asked("absent.example"), s.Asked("broken.example"); k != kept || a != absent || b != broken {
			t.Errorf("asked %d %d %d times, want %d %d %d", k, a, b, kept, absent, broken)
		}
	}
	step := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
	ask()
	ask()
	want(1, 1, 1)
	step(6 * time.Second)
	ask()
	want(1, 1, 2)
	step(61 * time.Second)
	ask()
	want(1, 2, 3)
	step(300 * time.Second)
	ask()
	want(2, 3, 4)
}

func TestSameQuestionIsAskedOnce(t *testing.T) {
	r, s := newTest(t, Options{})
	s.TXT("busy.example", "x")
	s.Delay(50 * time.Millisecond)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := r.LookupTXT(context.Background(), "busy.example"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.Asked("busy.example"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestContextIsKept(t *testing.T) {
	r, s := newTest(t, Options{})
	s.Odd("", resolvetest.Silent)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := r.LookupTXT(ctx, "x.example"); kind(err) != "temporary" {
		t.Error(err)
	}
	if took := time.Since(start); took > 110*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

func TestBlackHoleOpensBreaker(t *testing.T) {
	r, s := newTest(t, Options{Timeout: 400 * time.Millisecond, Pause: 300 * time.Millisecond})
	s.Odd("", resolvetest.Silent)
	ctx := context.Background()
	start := time.Now()
	_, err := r.LookupTXT(ctx, "a.example")
	if took := time.Since(start); kind(err) != "temporary" || took > 350*time.Millisecond {
		t.Errorf("first: %v after %v", err, took)
	}
	start = time.Now()
	for _, n := range []string{"b.example", "c.example", "d.example"} {
		if _, err := r.LookupTXT(ctx, n); kind(err) != "temporary" {
			t.Error(err)
		}
	}
	if took := time.Since(start); took > 20*time.Millisecond {
		t.Errorf("open breaker took %v", took)
	}
	s.Odd("", resolvetest.Normal)
	s.TXT("e.example", "back")
	time.Sleep(310 * time.Millisecond)
	if _, err := r.LookupTXT(ctx, "e.example"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

func TestSlowZoneDoesNotOpenBreaker(t *testing.T) {
	r, s := newTest(t, Options{Timeout: 200 * time.Millisecond, Pause: time.Minute})
	for _, n := range []string{"a.slow", "b.slow", "c.slow", "d.slow"} {
		s.Odd(n, resolvetest.Silent)
	}
	s.TXT("fine.example", "x")
	ctx := context.Background()
	for _, n := range []string{"a.slow", "b.slow", "c.slow", "d.slow"} {
		if _, err := r.LookupTXT(ctx, n); kind(err) != "temporary" {
			t.Error(n, err)
		}
	}
	if _, err := r.LookupTXT(ctx, "fine.example"); err != nil {
		t.Errorf("a slow zone stopped everybody: %v", err)
	}
}

func TestSecondServerHelps(t *testing.T) {
	dead := resolvetest.New(t)
	dead.Odd("", resolvetest.Silent)
	r, s := newTest(t, Options{Servers: []string{dead.Addr}, Timeout: 400 * time.Millisecond})
	for _, n := range []string{"a.example", "b.example", "c.example"} {
		s.TXT(n, "x")
		if _, err := r.LookupTXT(context.Background(), n); err != nil {
			t.Error(n, err)
		}
	}
	if n := dead.Asked("c.example"); n != 0 {
		t.Errorf("the dead server is still asked first")
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := NewCache[int, int](1000)
	for i := range 10000 {
		c.Put(i, i, 1+i%100)
		c.Get(i / 2)
		if c.Cost() > 1000 || c.Len() > 1000 {
			t.Fatalf("cost %d, entries %d", c.Cost(), c.Len())
		}
	}
	c.Put(-1, 1, 500)
	if _, ok := c.Get(-1); ok {
		t.Error("one entry may not fill half the cache")
	}
	c.Put(9999, 7, 1)
	if v, ok := c.Get(9999); !ok || v != 7 {
		t.Error("replaced value is lost")
	}
}

func TestServerAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1": "127.0.0.1:53", "127.0.0.1:5300": "127.0.0.1:5300", "::1": "[::1]:53", "[::1]:54": "[::1]:54",
	} {
		if got, err := addresses([]string{in}); err != nil || got[0] != want {
			t.Errorf("%s: %v %v", in, got, err)
		}
	}
	if _, err := New(Options{Servers: []string{"dns.example"}}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a name was taken: %v", err)
	}
}

func FuzzReply(f *testing.F) {
	m := new(dns.Msg)
	m.SetQuestion("a.example.", dns.TypeTXT)
	m.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: "a.example.", Rrtype: dns.TypeTXT, Class: 1, Ttl: 5}, Txt: []string{`a\"b\200\`}}}
	b, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m := new(dns.Msg)
		if m.Unpack(b) != nil {
			return
		}
		now := time.Unix(1e9, 0)
		for _, qtype := range []uint16{dns.TypeTXT, dns.TypeA, dns.TypeMX} {
			a := read(question{qtype, "a.example"}, m, now)
			if (a.err == nil) != (a.outcome == found) {
				t.Fatal("an answer without records, or an error with some")
			}
			if d := a.expires.Sub(now); d < failureTTL || d > maxPositive {
				t.Fatalf("kept for %v", d)
			}
		}
	})
}

// The socket of a reply serves again where nobody can forge one, and nowhere else.
func TestSocketsOfThisMachineServeAgain(t *testing.T) {
	r, s := newTest(t, Options{})
	for _, name := range []string{"a.example", "b.example", "c.example"} {
		s.TXT(name, name)
		if txt, err := r.LookupTXT(context.Background(), name); err != nil || txt[0] != name {
			t.Fatalf("%s: %v %v", name, txt, err)
		}
	}
	if n := len(r.servers[0].spare); n != 1 {
		t.Errorf("%d sockets wait after three questions in turn, want 1", n)
	}
	if newServer("192.0.2.1:53").spare != nil || newServer("[::1]:53").spare == nil {
		t.Error("only sockets to loopback may serve again")
	}
}
