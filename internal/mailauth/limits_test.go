package mailauth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/internal/kith"
	"kith/internal/resolve"
	"kith/internal/resolve/resolvetest"
)

// TestBlackHole: the first message costs at most the deadline, those that
// follow nearly nothing, and all say temperror.
func TestBlackHole(t *testing.T) {
	s := resolvetest.New(t)
	s.Odd("", resolvetest.Silent)
	r, err := resolve.New(resolve.Options{Servers: []string{s.Addr}, Timeout: 600 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	const deadline = 500 * time.Millisecond
	v := New(Options{Resolver: r, Deadline: deadline})
	for i := range 5 {
		in := mailFrom(sign(t, plainMail, signing{selector: fmt.Sprintf("s%d", i)}))
		start := time.Now()
		res := v.Verify(context.Background(), in)
		took := time.Since(start)
		if res.SPF != TempError || res.DMARC != TempError || res.DKIMStatus() != TempError || res.Proven() {
			t.Errorf("%d: %+v", i, res)
		}
		if limit := deadline + 50*time.Millisecond; took > limit || i > 0 && took > 50*time.Millisecond {
			t.Errorf("message %d took %v", i, took)
		}
	}
}

// TestDeadline: however the servers behave, Verify is back in time.
func TestDeadline(t *testing.T) {
	base := sign(t, sign(t, plainMail, signing{}), signing{domain: "esp.example"})
	rapid.Check(t, func(rt *rapid.T) {
		s := resolvetest.New(t)
		s.TXT("vendor.example", "v=spf1 a mx ptr include:a.example include:b.example exists:%{i}.vendor.example -all")
		s.TXT("a.example", "v=spf1 a:x.example -all")
		s.TXT("_dmarc.vendor.example", "v=DMARC1; p=none; np=reject")
		for _, name := range []string{"vendor.example", "a.example", "b.example", "x.example", "_dmarc.vendor.example", "_dmarc.example", "sel._domainkey.vendor.example", "sel._domainkey.esp.example"} {
			s.Odd(name, resolvetest.Behaviour(rapid.IntRange(0, 3).Draw(rt, name)))
		}
		s.Delay(time.Duration(rapid.IntRange(0, 40).Draw(rt, "delay")) * time.Millisecond)
		r, err := resolve.New(resolve.Options{Servers: []string{s.Addr}, Timeout: 300 * time.Millisecond})
		if err != nil {
			rt.Fatal(err)
		}
		deadline := time.Duration(rapid.IntRange(1, 120).Draw(rt, "deadline")) * time.Millisecond
		v := New(Options{Resolver: r, Deadline: deadline})
		start := time.Now()
		v.Verify(context.Background(), mailFrom(base))
		if took := time.Since(start); took > deadline+250*time.Millisecond {
			rt.Fatalf("took %v, deadline %v", took, deadline)
		}
	})
}

// TestBodyForms compares the canonical body with the plain way to make it.
func TestBodyForms(t *testing.T) {
	pieces := []string{" ", "  ", "\t", "\r\n", "\r\n", "\r\n", "a", "bc", "word word", "\r", "\x00", "\xff"}
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
		for strings.Contains(body, "\r\r\n") { // a CR before a line end is read as part of none, however many
			body = strings.ReplaceAll(body, "\r\r\n", "\r\n")
		}
		relaxed := rapid.Bool().Draw(t, "relaxed")
		want := plainBody(body, relaxed)
		limit := int64(rapid.IntRange(-1, len(want)).Draw(t, "l"))
		for _, form := range []string{body, strings.ReplaceAll(body, "\r\n", "\n")} {
			sum, total, err := hashBody(context.Background(), []byte(form), relaxed, limit)
			cut := want
			if limit >= 0 {
				cut = want[:limit]
			}
			if err != nil || total != int64(len(want)) || sum != sha256.Sum256([]byte(cut)) {
				t.Fatalf("%q: length %d, want %q", form, total, want)
			}
		}
	})
}

// TestAnyChangeIsSeen: a byte changed in what was signed never passes.
func TestAnyChangeIsSeen(t *testing.T) {
	b := newBench(t, Options{})
	raw := []byte(sign(t, plainMail, signing{canon: "simple/simple", h: "from:to:subject:date"}))
	start := bytes.Index(raw, []byte("From:"))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(start, len(raw)-3).Draw(t, "at")
		to := rapid.Byte().Draw(t, "to")
		if raw[at] == to || raw[at] == '\r' || raw[at] == '\n' || to == '\r' || to == '\n' {
			return // no change, or one of lines, which is another matter
		}
		changed := bytes.Clone(raw)
		changed[at] = to
		if r := b.Verify(context.Background(), mailFrom(string(changed))); r.Proven() || r.DKIMStatus() == Pass {
			t.Fatalf("%q passes: %+v", changed, r)
		}
	})
}

// TestParallel is for the race detector.
func TestParallel(t *testing.T) {
	b := newBench(t, Options{})
	b.dns.TXT("_dmarc.vendor.example", "v=DMARC1; p=reject")
	in := mailFrom(sign(t, plainMail, signing{}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if r := b.Verify(context.Background(), in); r.DMARC != Pass {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	wg.Wait()
}

// TestBenchmarkSet runs over real messages where KITH_BENCH names a folder of
// .eml files; nothing may break, and nothing is proven without a DNS.
func TestBenchmarkSet(t *testing.T) {
	dir := os.Getenv("KITH_BENCH")
	if dir == "" {
		t.Log("KITH_BENCH is not set: no real messages")
		return
	}
	b := newBench(t, Options{TrustedSealers: []string{"google.com", "microsoft.com"}})
	n, signed := 0, 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".eml") || n == 3000 {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r := b.Verify(context.Background(), Input{Raw: raw, Client: kith.Client{Addr: mailFrom("").Client.Addr}, MailFrom: "a@real.example", FromDomains: []string{"real.example"}})
		if n++; len(r.DKIM) > 0 {
			signed++
		}
		if r.Proven() {
			t.Errorf("%s is proven: %+v", path, r)
		}
		return nil
	})
	t.Logf("%d messages, %d with signatures", n, signed)
	if err != nil {
		t.Error(err)
	}
}
