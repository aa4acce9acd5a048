package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// payload is the UDP size that we offer: what fits a packet on nearly every
// path, as resolver operators agreed in 2020. Longer answers come over TCP.
const payload = 1232

// maxAttempts bounds the packets sent for one question.
const maxAttempts = 4

type reply struct {
	msg    *dns.Msg
	server int
	err    error
}

// fetch puts one question to the servers. It returns within r.timeout, and at
// once when the breaker is or becomes open.
func (r *Resolver) fetch(q question) *answer {
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	defer cancel()
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return failure(q, "too many questions at once", true, r.now(), 0)
	}
	if err := r.health.admit(ctx); err != nil {
		return failure(q, err.Error(), true, r.now(), 0)
	}
	return r.race(ctx, q)
}

// race sends the question to the preferred server, and again, to the next one,
// when the first is slow or fails. The first useful reply wins. Earlier
// packets are still listened for: a slow zone answers the first question in
// the end, a lost packet needs the second.
func (r *Resolver) race(ctx context.Context, q question) *answer {
	start := time.Now()
	replies := make(chan reply, maxAttempts)
	attempts := min(max(2, len(r.servers)), maxAttempts)
	sent, open := 0, 0
	send := func() {
		if sent < attempts {
			server := (int(r.first.Load()) + sent) % len(r.servers)
			sent, open = sent+1, open+1
			go func() { replies <- r.exchange(ctx, q, server) }()
		}
	}
	send()
	hedge := time.NewTimer(r.timeout / 4)
	defer hedge.Stop()
	down := r.health.opened()
	var last *answer
	for open > 0 {
		select {
		case got := <-replies:
			open--
			if got.err != nil {
				last = failure(q, got.err.Error(), false, r.now(), failureTTL)
				send()
				continue
			}
			a := read(q, got.msg, r.now())
			if a.outcome != failed {
				r.first.Store(int32(got.server))
				return a
			}
			last = a
			if sent < len(r.servers) { // another server may know; the same one would repeat itself
				send()
			}
		case <-hedge.C:
			r.health.suspect(start)
			send()
		case <-down:
			return failure(q, errDown.Error(), true, r.now(), 0)
		case <-ctx.Done():
			open = 0
			last = failure(q, "no answer in time", true, r.now(), failureTTL)
		}
	}
	return last
}

// exchange sends one packet and waits for its reply, changing to TCP when the
// reply was cut.
func (r *Resolver) exchange(ctx context.Context, q question, server int) (got reply) {
	got.server = server
	defer func() {
		if p := recover(); p != nil { // hostile bytes went through a library
			got.msg, got.err = nil, fmt.Errorf("reply could not be read: %v", p)
		}
	}()
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(q.name), q.qtype)
	m.SetEdns0(payload, false)
	got.msg, got.err = r.servers[server].askUDP(ctx, m, r.timeout)
	if got.err == nil && got.msg.Truncated {
		tcp := dns.Client{Net: "tcp", Timeout: r.timeout}
		got.msg, _, got.err = tcp.ExchangeContext(ctx, m, r.servers[server].address)
	}
	if got.err != nil {
		return got
	}
	r.health.reply()
	if !answers(got.msg, m) {
		got.err = errors.New("reply is not about the question")
	}
	return got
}

// answers reports whether a reply repeats the question (RFC 5452 section 9.1).
func answers(reply, asked *dns.Msg) bool {
	if !reply.Response || len(reply.Question) != 1 {
		return false
	}
	a, b := reply.Question[0], asked.Question[0]
	return a.Qtype == b.Qtype && a.Qclass == b.Qclass && strings.EqualFold(a.Name, b.Name)
}

// alive asks every server for the root's name servers, twice in case a packet
// is lost, and reports whether any of them answers. SERVFAIL does not count:
// a server that cannot find the root can find nothing.
func (r *Resolver) alive() bool {
	wait := r.timeout * 2 / 5
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	heard := make(chan bool, 2*len(r.servers))
	open := 0
	ask := func() {
		for i := range r.servers {
			open++
			go func() {
				got := r.rootQuestion(ctx, i)
				heard <- got
			}()
		}
	}
	ask()
	again := time.NewTimer(wait / 3)
	defer again.Stop()
	for open > 0 {
		select {
		case ok := <-heard:
			if ok {
				return true
			}
			open--
		case <-again.C:
			ask()
		case <-ctx.Done():
			return false
		}
	}
	return false
}

func (r *Resolver) rootQuestion(ctx context.Context, server int) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	m := new(dns.Msg)
	m.SetQuestion(".", dns.TypeNS)
	in, err := r.servers[server].askUDP(ctx, m, r.timeout)
	return err == nil && in.Rcode != dns.RcodeServerFailure
}
