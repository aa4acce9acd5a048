package mailauth

import (
	"context"
	"strings"
	"time"

	"kith/internal/kith"
	"kith/internal/resolve"
)

// Options configures a Verifier. Off, or no Resolver, means that nothing is
// looked up and nothing verified here; a trusted Authentication-Results field
// is read even then, and alignment goes by the public suffix list.
type Options struct {
	Resolver        *resolve.Resolver
	Deadline        time.Duration // of one message, all look-ups together; default 2 s
	MaxSignatures   int           // DKIM signatures that are verified; default 5
	TrustedAuthServ []string      // authserv-ids whose fields are believed; none by default
	TrustedSealers  []string      // d= of ARC seals that are believed; none by default
	Off             bool
	Now             func() time.Time // for x=, where Input.Arrived is zero; default time.Now
}

// Verifier authenticates messages. It is safe for concurrent use.
type Verifier struct {
	dns      *resolve.Resolver // nil when off
	keys     *keyring
	deadline time.Duration
	max      int
	authserv map[string]bool
	sealers  map[string]bool
	now      func() time.Time
}

// New returns a Verifier. It asks nothing yet.
func New(o Options) *Verifier {
	v := &Verifier{
		dns:      o.Resolver,
		keys:     newKeyring(),
		deadline: o.Deadline,
		max:      o.MaxSignatures,
		authserv: make(map[string]bool),
		sealers:  make(map[string]bool),
		now:      o.Now,
	}
	if o.Off {
		v.dns = nil
	}
	if v.deadline <= 0 {
		v.deadline = 2 * time.Second
	}
	if v.max <= 0 {
		v.max = 5
	}
	if v.now == nil {
		v.now = time.Now
	}
	for _, id := range o.TrustedAuthServ {
		v.authserv[strings.ToLower(strings.TrimSpace(id))] = true
	}
	for _, d := range o.TrustedSealers {
		v.sealers[normalDomain(strings.TrimSpace(d))] = true
	}
	delete(v.authserv, "")
	delete(v.sealers, "")
	return v
}

func (v *Verifier) off() bool { return v.dns == nil }

// Input is what is to be authenticated.
type Input struct {
	Raw         []byte      // the message as received; line ends CRLF or LF; not changed, not kept
	Client      kith.Client // the border client: what SPF is asked about
	MailFrom    string      // reverse-path of the border hop without brackets; "" is the null sender
	Helo        string      // of the border hop; "" = Client.Helo
	FromDomains []string    // domains of the From addresses, A-labels or U-labels
	BorderBlock []string    // values of the Authentication-Results fields in the border hop's block, newest first
	Arrived     time.Time   // when x= is compared with; zero = now
}

func (in Input) helo() string {
	if in.Helo != "" {
		return in.Helo
	}
	return in.Client.Helo
}

// work is one message being authenticated.
type work struct {
	v    *Verifier
	now  time.Time
	head head
	sums []bodySum
	used []bool // scratch of headerSum
	buf  []byte // scratch of headerSum and checkSeal
}

// Verify authenticates one message. It returns within Options.Deadline (plus
// the computing of one signature) or when ctx is done, with what is known
// then; what could not be asked is temperror. It does not panic.
func (v *Verifier) Verify(ctx context.Context, in Input) (res Result) {
	defer func() {
		if recover() != nil { // a library met bytes that nobody thought of
			res = Result{Source: SourceSelf, SPF: TempError, DMARC: TempError}
		}
	}()
	from := oneDomain(in.FromDomains)
	trusted := v.readTrusted(in.BorderBlock)
	if v.off() {
		if trusted == nil {
			return Result{}
		}
		w := &work{v: v, head: split(in.Raw)}
		res = trusted.Result
		w.conclude(ctx, &res, from, trusted)
		return res
	}
	ctx, cancel := context.WithTimeout(ctx, v.deadline)
	defer cancel()
	w := &work{v: v, now: in.Arrived, head: split(in.Raw)}
	if w.now.IsZero() {
		w.now = v.now()
	}
	res.Source = SourceSelf
	if trusted != nil {
		res = trusted.Result
	}
	if from != "" {
		v.prefetchWalk(from)
	}
	var spf chan spfResult
	if res.SPF == Unchecked {
		spf = make(chan spfResult, 1)
		go func() { spf <- v.checkSPF(ctx, in, spfDomain(in)) }()
	}
	if len(res.DKIM) == 0 {
		res.DKIM = w.signatures(ctx, from)
	}
	if spf != nil {
		got := spfResult{TempError, spfDomain(in)}
		select {
		case got = <-spf:
		case <-ctx.Done():
		}
		res.SPF, res.SPFDomain = got.status, got.domain
	}
	w.conclude(ctx, &res, from, trusted)
	return res
}

// oneDomain returns the one domain of all authors, "" when there is none or
// more than one.
func oneDomain(domains []string) string {
	one := ""
	for _, d := range domains {
		d = normalDomain(d)
		if d == "" || one != "" && d != one {
			return ""
		}
		one = d
	}
	return one
}

// signatures verifies the message's DKIM signatures, at most v.max of them:
// those first that could vouch for the author, then from the top. What is
// returned stands in the order of the header.
func (w *work) signatures(ctx context.Context, from string) []Signature {
	var all []*signature
	for i := range w.head.fields {
		if isName(w.head.fields[i].name, "dkim-signature") && len(all) < 8*w.v.max {
			all = append(all, readSignature(&w.head, i, false))
		}
	}
	if w.head.cut {
		return []Signature{{Status: PermError, Reason: "header is too long"}}
	}
	all = pick(all, w.v.max, from)
	for _, s := range all {
		if !s.problem.bad() {
			w.v.dns.PrefetchTXT(keyName(s.selector, s.domain))
		}
	}
	var out []Signature
	for _, s := range all {
		p := w.check(ctx, s)
		if !p.bad() {
			p.status = Pass
			if s.length >= 0 {
				p.reason = "l= covers the whole body"
			}
		}
		out = append(out, Signature{p.status, s.domain, s.selector, p.reason})
	}
	return out
}

// pick chooses n of the signatures and keeps their order. Junk on top must not
// keep the author's own signature from being seen.
func pick(all []*signature, n int, from string) []*signature {
	if len(all) <= n {
		return all
	}
	org := listedOrg(from)
	chosen := make([]bool, len(all))
	for _, own := range []bool{true, false} {
		for i, s := range all {
			if n > 0 && !chosen[i] && (s.domain != "" && listedOrg(s.domain) == org) == own {
				chosen[i] = true
				n--
			}
		}
	}
	var out []*signature
	for i, s := range all {
		if chosen[i] {
			out = append(out, s)
		}
	}
	return out
}

// conclude fills in DMARC, who vouches, and ARC where it can still matter.
func (w *work) conclude(ctx context.Context, res *Result, from string, trusted *claims) {
	if from == "" || w.head.froms > 1 {
		// RFC 9989 section 4.2: without one From field with one domain there
		// is no author to prove.
		res.DMARC, res.DMARCPolicy = PermError, ""
		return
	}
	res.FromDomain = from
	a := w.v.author(ctx, from)
	res.Aligned = w.v.vouchers(ctx, a, res)
	if trusted != nil && res.DMARC != Unchecked && trusted.dmarcFrom == from {
		w.believe(res, from)
	} else {
		w.dmarc(ctx, res, a)
	}
	if res.DMARCPolicy == "" && a.record != nil && !a.record.broken {
		res.DMARCPolicy = w.v.policy(ctx, a.standing)
	}
	if len(res.Aligned) == 0 && len(w.v.sealers) > 0 && !w.v.off() {
		var sets []arcSet
		res.ARC, res.ARCSealer, sets = w.arc(ctx)
		if by := w.vouched(ctx, a, sets); by != "" {
			res.Aligned = []string{by}
		}
	}
}

// believe takes a trusted server's DMARC result as it stands.
func (w *work) believe(res *Result, from string) {
	switch {
	case res.DMARC == Pass && len(res.Aligned) == 0:
		res.Aligned = []string{from} // it knew more than it wrote
	case res.DMARC == Fail:
		res.Aligned = nil
	}
}

// dmarc concludes from our own look-ups (RFC 9989 section 5.3).
func (w *work) dmarc(ctx context.Context, res *Result, a author) {
	res.DMARCPolicy = ""
	switch {
	case w.v.off():
		res.DMARC = Unchecked
	case a.err != nil:
		res.DMARC = TempError
	case a.record == nil:
		res.DMARC = None
	case a.record.broken:
		res.DMARC = PermError
	case len(res.Aligned) > 0:
		res.DMARC = Pass
	case w.unsure(ctx, res, a):
		res.DMARC = TempError
	default:
		res.DMARC = Fail
	}
}

// unsure reports whether an answer that was not had could have made a pass.
// Only domains that could vouch count: else a sender would turn a fail into a
// temperror by a slow zone of his own.
func (w *work) unsure(ctx context.Context, res *Result, a author) bool {
	if res.SPF == TempError && w.v.aligned(ctx, a, res.SPFDomain, false) {
		return true
	}
	for _, s := range res.DKIM {
		if s.Status == TempError && w.v.aligned(ctx, a, s.Domain, false) {
			return true
		}
	}
	return false
}
