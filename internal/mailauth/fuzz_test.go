package mailauth

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kith/internal/resolve"
)

func FuzzAuthResults(f *testing.F) {
	f.Add("mx.corp.example 1; dkim=pass (c(c)\\)) reason=\"a\\\"b\" header.d=x.example header.i=@x; dmarc=fail (p=none) header.from=\"a b\"@x")
	f.Add("spf=pass smtp.mailfrom=x;;=;a=")
	f.Fuzz(func(t *testing.T, value string) {
		r, err := ParseAuthResults(value)
		if err != nil {
			return
		}
		if len(r.Methods) > maxMethods {
			t.Fatal("too many methods")
		}
		v := New(Options{TrustedAuthServ: []string{r.ID}})
		if got := v.Verify(context.Background(), Input{BorderBlock: []string{value}, FromDomains: []string{"x.example"}}); r.ID == "" && got.Source != SourceNothing {
			t.Fatal("a field without an id was believed")
		}
	})
}

func FuzzDMARCRecord(f *testing.F) {
	f.Add("v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; psd=y; t=y; rua=mailto:a@b; pct=20")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := parseDMARC(text)
		if ok && (!isPolicy(r.p) || !isPolicy(r.sp) || !isPolicy(r.np) || !isPolicy(r.applied(r.p))) {
			t.Fatalf("%+v", r)
		}
	})
}

// nowhere is a verifier whose DNS refuses at once.
func nowhere(f *testing.F) *Verifier {
	r, err := resolve.New(resolve.Options{Servers: []string{"127.0.0.1:1"}, Timeout: 5 * time.Millisecond, Pause: time.Hour})
	if err != nil {
		f.Fatal(err)
	}
	return New(Options{Resolver: r, Deadline: 10 * time.Millisecond, TrustedSealers: []string{"list.example", "relay.example"}})
}

func FuzzDKIMSignature(f *testing.F) {
	v := nowhere(f)
	f.Add([]byte("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=vendor.example; s=x; l=3;\r\n h=from:from::to; i=@a.vendor.example; t=1; x=2; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"), []byte("v=DKIM1; k=rsa; t=y:s; h=sha256; s=*; p=AAAA"))
	f.Fuzz(func(t *testing.T, raw, record []byte) {
		key := v.keys.parse(string(record))
		if !key.problem.bad() && key.rsa == nil && key.ed25519 == nil {
			t.Fatal("a key without a key")
		}
		w := &work{v: v, now: time.Unix(1e9, 0), head: split(append(raw, "\r\nFrom: a@vendor.example\r\n\r\nbody \r\n"...))}
		for i := range w.head.fields {
			for _, sealed := range []bool{true, false} {
				if s := readSignature(&w.head, i, sealed); !s.problem.bad() {
					w.headerSum(s)
					w.checkCover(s)
					w.checkBody(context.Background(), s)
					s.expired(w.now)
					if !key.problem.bad() && !key.allows(s).bad() {
						key.verify(w.headerSum(s), s.value)
					}
				}
			}
		}
	})
}

func FuzzARC(f *testing.F) {
	v := nowhere(f)
	files, _ := filepath.Glob("testdata/golden/arc-*.eml")
	for _, name := range files {
		if raw, err := os.ReadFile(name); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		w := &work{v: v, now: time.Unix(1e9, 0), head: split(raw)}
		sets, ok := readChain(&w.head)
		if len(sets) > maxInstances {
			t.Fatal("too many sets")
		}
		if ok && len(sets) > 0 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			if st, _, _ := w.arc(ctx); st == Pass {
				t.Fatal("a chain passes without keys")
			}
			w.vouched(ctx, author{standing: standing{domain: "vendor.example", org: "vendor.example"}, listed: true}, sets)
		}
	})
}
