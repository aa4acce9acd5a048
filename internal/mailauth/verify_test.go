package mailauth

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kith/internal/kith"
	"kith/internal/resolve"
	"kith/internal/resolve/resolvetest"
)

const plainMail = "From: Ann <ann@vendor.example>\r\nTo: bob@corp.example\r\nSubject: offer\r\n" +
	"Date: Tue, 01 Sep 2026 10:00:00 +0200\r\n\r\nDear Bob,\r\n\r\nhere  it is.\r\n"

// bench is a verifier before a zone that tests fill.
type bench struct {
	*Verifier
	dns *resolvetest.Server
}

func newBench(t testing.TB, o Options) bench {
	t.Helper()
	s := resolvetest.New(t)
	r, err := resolve.New(resolve.Options{Servers: []string{s.Addr}, Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	o.Resolver = r
	keys := keysOnce()
	for _, d := range []string{"vendor.example", "mail.vendor.example", "esp.example", "xn--bcher-kva.example"} {
		s.TXT("sel._domainkey."+d, keyRecord(&keys.rsa.PublicKey))
		s.TXT("curve._domainkey."+d, keyRecord(keys.ed.Public()))
	}
	return bench{New(o), s}
}

// mailFrom is the input of a mail that vendor.example sends from 192.0.2.1.
func mailFrom(raw string) Input {
	return Input{
		Raw:         []byte(raw),
		Client:      kith.Client{Addr: netip.MustParseAddr("192.0.2.1"), Helo: "out.vendor.example"},
		MailFrom:    "bounce@vendor.example",
		FromDomains: []string{"vendor.example"},
	}
}

func TestGolden(t *testing.T) {
	b := newBench(t, Options{TrustedSealers: []string{"relay.example", "List.Example"}})
	zone, err := os.ReadFile("testdata/golden/zone.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(zone)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		b.dns.TXT(name, text)
	}
	files, err := filepath.Glob("testdata/golden/*.eml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d messages, %v", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []struct {
			name string
			raw  []byte
		}{{"CRLF", raw}, {"LF", bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))}} {
			in := mailFrom(string(form.raw))
			in.Client = kith.Client{}
			r := b.Verify(context.Background(), in)
			if strings.Contains(f, "arc-") {
				if r.ARC != Pass || !slices.Equal(r.Aligned, []string{"vendor.example"}) || r.DKIMStatus() != Fail {
					t.Errorf("%s %s: %+v", f, form.name, r)
				}
				continue
			}
			if r.DKIMStatus() != Pass || !r.Proven() {
				t.Errorf("%s %s: %+v", f, form.name, r)
			}
		}
	}
}

func TestDKIM(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	twoFrom := strings.Replace(plainMail, "From:", "From: Boss <ceo@vendor.example>\r\nFrom:", 1)
	resign := func(f func(string) string) func(testing.TB) string {
		return func(t testing.TB) string { return f(sign(t, plainMail, signing{})) }
	}
	with := func(s signing) func(testing.TB) string {
		return func(t testing.TB) string { return sign(t, plainMail, s) }
	}
	size := len(plainBody("Dear Bob,\r\n\r\nhere  it is.\r\n", true))
	for _, c := range []struct {
		name string
		raw  func(testing.TB) string
		want Status
		part string // of the reason
	}{
		{"good", with(signing{}), Pass, ""},
		{"ed25519", with(signing{ed: true, selector: "curve"}), Pass, ""},
		{"simple", with(signing{canon: "simple/simple"}), Pass, ""},
		{"body changed", resign(func(m string) string { return strings.Replace(m, "it is", "it was", 1) }), Fail, "body"},
		{"header changed", resign(func(m string) string { return strings.Replace(m, "offer", "order", 1) }), Fail, "verify"},
		{"unsigned field added", resign(func(m string) string { return "X-Seen: yes\r\n" + m }), Pass, ""},
		{"second From", resign(func(m string) string { return "From: Boss <ceo@vendor.example>\r\n" + m }), Fail, "From"},
		{"second From below", resign(func(m string) string {
			return strings.Replace(m, "To:", "From: Boss <ceo@vendor.example>\r\nTo:", 1)
		}), Fail, "verify"},
		{"two From, both signed", func(t testing.TB) string { return sign(t, twoFrom, signing{h: "from:from:to"}) }, Pass, ""},
		{"From oversigned", with(signing{h: "from:from:to:subject"}), Pass, ""},
		{"second Subject", resign(func(m string) string { return "Subject: other\r\n" + m }), Policy, "subject"},
		{"l= covers all", with(signing{extra: " l=" + strconv.Itoa(size) + ";", bodyLen: size}), Pass, "l="},
		{"l= leaves a tail", with(signing{extra: " l=10;", bodyLen: 10}), Policy, "unsigned"},
		{"l= too long", with(signing{extra: " l=99999;"}), PermError, "longer"},
		{"expired", with(signing{extra: " t=100; x=200;"}), PermError, "expired"},
		{"not expired", with(signing{extra: " t=100; x=1900000000;"}), Pass, ""},
		{"x before t", with(signing{extra: " t=1900000001; x=1900000000;"}), PermError, "before"},
		{"no key", with(signing{selector: "gone"}), PermError, "no key"},
		{"server fails", with(signing{selector: "fail"}), TempError, "asked"},
		{"revoked", with(signing{selector: "revoked"}), PermError, "revoked"},
		{"weak key", with(signing{selector: "weak"}), Policy, "1024"},
		{"two keys", with(signing{selector: "two"}), PermError, "one key"},
		{"key beside SPF", with(signing{selector: "mixed"}), Pass, ""},
		{"key of other type", with(signing{selector: "curve"}), PermError, "type"},
		{"key not for mail", with(signing{selector: "tls"}), PermError, "mail"},
		{"testing, good", with(signing{selector: "test"}), Pass, ""},
		{"strict key, subdomain in i=", with(signing{selector: "strict", extra: " i=@sub.vendor.example;"}), PermError, "subdomains"},
		{"i= within d=", with(signing{extra: " i=ann@sub.vendor.example;"}), Pass, ""},
		{"i= elsewhere", with(signing{extra: " i=@other.example;"}), PermError, "i="},
		{"From not signed", with(signing{h: "to:subject"}), PermError, "From"},
		{"sha1", resign(func(m string) string { return strings.Replace(m, "rsa-sha256", "rsa-sha1", 1) }), Policy, "sha1"},
		{"no version", resign(func(m string) string { return strings.Replace(m, "v=1; ", "", 1) }), PermError, "v="},
		{"tag twice", resign(func(m string) string { return strings.Replace(m, "v=1;", "v=1; d=x.example;", 1) }), PermError, "twice"},
		{"no tags", resign(func(m string) string { return "DKIM-Signature: nonsense\r\n" + plainMail }), PermError, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Now: func() time.Time { return now }})
			fillKeys(t, b)
			r := b.Verify(context.Background(), mailFrom(c.raw(t)))
			if len(r.DKIM) != 1 || r.DKIM[0].Status != c.want || !strings.Contains(r.DKIM[0].Reason, c.part) {
				t.Fatalf("%+v, want %s %q", r.DKIM, c.want, c.part)
			}
			single := !strings.Contains(c.name, "From") || c.name == "From oversigned"
			if r.Proven() != (c.want == Pass && single) {
				t.Errorf("proven: %v, %+v", r.Proven(), r)
			}
		})
	}
}

func fillKeys(t testing.TB, b bench) {
	t.Helper()
	keys := keysOnce()
	good := keyRecord(&keys.rsa.PublicKey)
	key := func(sel, text string) { b.dns.TXT(sel+"._domainkey.vendor.example", text) }
	b.dns.Odd("fail._domainkey.vendor.example", resolvetest.ServFail)
	key("revoked", "v=DKIM1; p=")
	key("weak", weakKey)
	key("two", good)
	key("two", strings.Replace(good, "v=DKIM1", "v=DKIM1; n=old", 1))
	key("mixed", "v=spf1 -all")
	key("mixed", good)
	key("tls", strings.Replace(good, "v=DKIM1", "v=DKIM1; s=tlsrpt", 1))
	key("test", strings.Replace(good, "v=DKIM1", "v=DKIM1; t=y", 1))
	key("strict", strings.Replace(good, "v=DKIM1", "v=DKIM1; t=s", 1))
}

// weakKey is a 512-bit RSA key; its factors are of no matter.
const weakKey = "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANFx/5Xttq6SFKyAFKlUmsi/wO4Dbq/uxEzA+JqOvTSYGBfxQHCpqRX/DQ03TRt2xgVuiE/A6pva1d1pt/4lqv8CAwEAAQ=="

func TestSignatureLimit(t *testing.T) {
	b := newBench(t, Options{MaxSignatures: 3})
	raw := sign(t, plainMail, signing{})
	for range 20 {
		raw = "DKIM-Signature: v=1; a=rsa-sha256; d=junk.example; s=x; h=from; bh=" + strings.Repeat("A", 43) + "=; b=AAAA\r\n" + raw
	}
	r := b.Verify(context.Background(), mailFrom(raw))
	if len(r.DKIM) != 3 || !r.Proven() {
		t.Errorf("%d looked at, %+v", len(r.DKIM), r)
	}
	long := strings.Repeat("X-Filler: "+strings.Repeat("x", 1000)+"\r\n", 1100) + raw
	if r := b.Verify(context.Background(), mailFrom(long)); r.Proven() || r.DKIMStatus() != PermError {
		t.Errorf("header over the limit: %+v", r)
	}
}

func TestSPF(t *testing.T) {
	b := newBench(t, Options{})
	b.dns.TXT("vendor.example", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all")
	b.dns.TXT("out.vendor.example", "v=spf1 a -all")
	b.dns.RR(t, "out.vendor.example. 60 IN A 192.0.2.1")
	b.dns.TXT("loop.example", "v=spf1 include:loop.example -all")
	b.dns.TXT("void.example", "v=spf1 a:a.void.example a:b.void.example a:c.void.example -all")
	b.dns.TXT("macro.example", "v=spf1 exists:%{i}.%{l}.%{d} -all")
	b.dns.RR(t, "192.0.2.1.ann.macro.example. 60 IN A 127.0.0.2")
	b.dns.TXT("badmacro.example", "v=spf1 exists:%{q}.x -all")
	b.dns.TXT("two.example", "v=spf1 -all")
	b.dns.TXT("two.example", "v=spf1 +all")
	b.dns.TXT("xn--bcher-kva.example", "v=spf1 +all")
	b.dns.Odd("fail.example", resolvetest.ServFail)
	for _, c := range []struct {
		from, helo, ip string
		want           Status
		domain         string
	}{
		{"a@vendor.example", "", "192.0.2.9", Pass, "vendor.example"},
		{"a@Vendor.Example", "", "198.51.100.1", Fail, "vendor.example"},
		{"a@vendor.example", "", "2001:db8::5", Pass, "vendor.example"},
		{"a@vendor.example", "", "::ffff:192.0.2.9", Pass, "vendor.example"},
		{"", "out.vendor.example", "192.0.2.1", Pass, "out.vendor.example"},
		{"", "[192.0.2.1]", "192.0.2.1", None, ""},
		{"", "localhost", "192.0.2.1", None, ""},
		{"a@none.example", "", "192.0.2.1", None, "none.example"},
		{"a@loop.example", "", "192.0.2.1", PermError, "loop.example"},
		{"a@void.example", "", "192.0.2.1", PermError, "void.example"},
		{"ann@macro.example", "", "192.0.2.1", Pass, "macro.example"},
		{"a..%@macro.example", "", "192.0.2.1", Fail, "macro.example"},
		{"a@badmacro.example", "", "192.0.2.1", PermError, "badmacro.example"},
		{"a@two.example", "", "192.0.2.1", PermError, "two.example"},
		{"a@bücher.example", "", "192.0.2.1", Pass, "xn--bcher-kva.example"},
		{"a@fail.example", "", "192.0.2.1", TempError, "fail.example"},
		{`"x@two.example"@vendor.example`, "", "192.0.2.1", Pass, "vendor.example"},
		{"a@vendor.example", "", "127.0.0.1", Unchecked, "vendor.example"},
		{"a@vendor.example", "", "", Unchecked, "vendor.example"},
		{"a@not a domain", "", "192.0.2.1", None, ""},
	} {
		in := mailFrom(plainMail)
		in.MailFrom, in.Helo = c.from, c.helo
		in.Client.Addr = netip.Addr{}
		if c.ip != "" {
			in.Client.Addr = netip.MustParseAddr(c.ip)
		}
		if r := b.Verify(context.Background(), in); r.SPF != c.want || r.SPFDomain != c.domain {
			t.Errorf("%q %q %s: %s %s, want %s %s", c.from, c.helo, c.ip, r.SPF, r.SPFDomain, c.want, c.domain)
		}
	}
}

func TestIDN(t *testing.T) {
	b := newBench(t, Options{})
	b.dns.TXT("_dmarc.xn--bcher-kva.example", "v=DMARC1; p=reject")
	in := mailFrom(sign(t, plainMail, signing{domain: "xn--bcher-kva.example"}))
	in.FromDomains = []string{"Bücher.example"}
	if r := b.Verify(context.Background(), in); r.DMARC != Pass || r.FromDomain != "xn--bcher-kva.example" {
		t.Errorf("%+v", r)
	}
}
