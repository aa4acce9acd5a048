package mailauth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/internal/resolve/resolvetest"
)

func TestParseDMARC(t *testing.T) {
	for text, want := range map[string]dmarcRecord{
		"v=DMARC1":                               {p: "none", sp: "none", np: "none", psd: 'u'},
		"v=DMARC1; p=reject":                     {p: "reject", sp: "reject", np: "reject", psd: 'u'},
		"v = DMARC1 ;p = Quarantine; SP=x":       {p: "quarantine", sp: "quarantine", np: "quarantine", psd: 'u'},
		"v=DMARC1; sp=none; p=reject; np=reject": {p: "reject", sp: "none", np: "reject", psd: 'u'},
		"v=DMARC1; p=reject; sp=none":            {p: "reject", sp: "none", np: "none", psd: 'u'},
		"v=DMARC1; p=reject; adkim=s; aspf=S; t=y; psd=n": {p: "reject", sp: "reject", np: "reject", psd: 'n',
			strictDKIM: true, strictSPF: true, testing: true},
		"v=DMARC1; p=reject; pct=5; rf=afrf; ri=3600; fo=1; foo=bar; ; junk": {p: "reject", sp: "reject", np: "reject", psd: 'u'},
		"v=DMARC1; p=rejcet; rua=mailto:a@b.example":                         {p: "none", sp: "none", np: "none", psd: 'u'},
		"v=DMARC1; p=reject; sp=all":                                         {p: "none", sp: "none", np: "none", psd: 'u', broken: true},
	} {
		got, ok := parseDMARC(text)
		if !ok || got != want {
			t.Errorf("%q: %+v %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "v", "v=spf1 -all", "p=reject; v=DMARC1", "v=dmarc1; p=reject", "v=DMARC2; p=none", "v=DMARC1; p=none; p=reject"} {
		if _, ok := parseDMARC(text); ok {
			t.Errorf("%q is taken for a record", text)
		}
	}
}

func TestWalkNames(t *testing.T) {
	got := strings.Join(walkNames("a.b.c.d.e.f.g.h.i.j.mail.example.com"), " ")
	want := "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com h.i.j.mail.example.com i.j.mail.example.com " +
		"j.mail.example.com mail.example.com example.com com"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 1, 60).Draw(t, "labels"), ".")
		names := walkNames(d)
		if len(names) > maxWalk || names[0] != d || strings.Contains(names[len(names)-1], ".") {
			t.Fatalf("%v", names)
		}
	})
}

func TestWalk(t *testing.T) {
	type zone map[string]string
	const rec = "v=DMARC1; p=reject; sp=quarantine; np=none"
	for _, c := range []struct {
		name, domain string
		zone         zone
		org, at      string
	}{
		{"nothing", "a.mail.vendor.example", nil, "a.mail.vendor.example", ""},
		{"own", "vendor.example", zone{"vendor.example": rec}, "vendor.example", "vendor.example"},
		{"fewest labels", "a.mail.vendor.example", zone{"mail.vendor.example": rec, "vendor.example": rec}, "vendor.example", "vendor.example"},
		{"own and above", "mail.vendor.example", zone{"mail.vendor.example": rec, "vendor.example": rec}, "vendor.example", "mail.vendor.example"},
		{"only below the org", "a.mail.vendor.example", zone{"mail.vendor.example": rec}, "mail.vendor.example", "mail.vendor.example"},
		{"psd=n stops", "a.mail.vendor.example", zone{"mail.vendor.example": rec + "; psd=n", "vendor.example": rec}, "mail.vendor.example", "mail.vendor.example"},
		{"psd=y above", "a.mail.vendor.example", zone{"example": rec + "; psd=y"}, "vendor.example", "example"},
		{"psd=y, org has one", "a.mail.vendor.example", zone{"example": rec + "; psd=y", "vendor.example": rec}, "vendor.example", "vendor.example"},
		{"psd=y, middle has one", "a.mail.vendor.example", zone{"example": rec + "; psd=y", "mail.vendor.example": rec}, "vendor.example", "example"},
		{"psd=y at the start", "vendor.example", zone{"vendor.example": rec + "; psd=y", "example": rec}, "vendor.example", "vendor.example"},
		{"registry without psd", "shop.vendor.co.uk", zone{"co.uk": rec}, "vendor.co.uk", "co.uk"},
		{"private suffix may publish", "me.github.io", zone{"github.io": rec}, "github.io", "github.io"},
		{"long name", "a.b.c.d.e.f.g.h.i.vendor.example", zone{"vendor.example": rec}, "vendor.example", "vendor.example"},
		{"psd=y after the skip", "a.b.c.d.e.f.g.h.example", zone{"c.d.e.f.g.h.example": rec + "; psd=y"}, "b.c.d.e.f.g.h.example", "c.d.e.f.g.h.example"},
		{"broken twice", "vendor.example", zone{"vendor.example": "v=DMARC1; p=none; p=none"}, "vendor.example", ""},
	} {
		b := newBench(t, Options{})
		for name, text := range c.zone {
			b.dns.TXT("_dmarc."+name, text)
			b.dns.TXT("_dmarc."+name, "some other text")
		}
		s := b.walk(context.Background(), c.domain)
		if s.err != nil || s.org != c.org || s.at != c.at || (s.record != nil) != (c.at != "") {
			t.Errorf("%s: %+v, want org %s, record at %q", c.name, s, c.org, c.at)
		}
	}
}

func TestWalkFails(t *testing.T) {
	b := newBench(t, Options{})
	b.dns.TXT("_dmarc.mail.vendor.example", "v=DMARC1; p=reject")
	b.dns.Odd("_dmarc.vendor.example", resolvetest.ServFail)
	if s := b.walk(context.Background(), "mail.vendor.example"); s.err == nil || errors.Is(s.err, context.Canceled) {
		t.Errorf("%+v", s)
	}
	b.dns.TXT("_dmarc.two.example", "v=DMARC1; p=reject")
	b.dns.TXT("_dmarc.two.example", "v=DMARC1; p=none")
	if s := b.walk(context.Background(), "two.example"); s.record != nil || s.err != nil {
		t.Errorf("two records count: %+v", s)
	}
}

func TestDMARC(t *testing.T) {
	signed := func(d string) signing { return signing{domain: d} }
	for _, c := range []struct {
		name    string
		zone    map[string]string // _dmarc records
		odd     string            // a name whose server fails
		from    []string
		sign    []signing
		spf     string // an SPF record at vendor.example, the MAIL FROM domain
		want    Status
		policy  string
		aligned []string
	}{
		{name: "no record, signed", from: []string{"vendor.example"}, sign: []signing{signed("vendor.example")}, want: None, aligned: []string{"vendor.example"}},
		{name: "no record, subdomain signs", from: []string{"vendor.example"}, sign: []signing{signed("mail.vendor.example")}, want: None, aligned: []string{"mail.vendor.example"}},
		{name: "third party", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject"}, from: []string{"vendor.example"}, sign: []signing{signed("esp.example")}, want: Fail, policy: "reject"},
		{name: "relaxed", zone: map[string]string{"vendor.example": "v=DMARC1; p=quarantine"}, from: []string{"vendor.example"}, sign: []signing{signed("mail.vendor.example")}, want: Pass, policy: "quarantine", aligned: []string{"mail.vendor.example"}},
		{name: "strict", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject; adkim=s"}, from: []string{"vendor.example"}, sign: []signing{signed("mail.vendor.example")}, want: Fail, policy: "reject"},
		{name: "psd=n between", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject", "mail.vendor.example": "v=DMARC1; p=none; psd=n"}, from: []string{"vendor.example"}, sign: []signing{signed("mail.vendor.example")}, want: Fail, policy: "reject"},
		{name: "spf", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject"}, from: []string{"vendor.example"}, spf: "v=spf1 ip4:192.0.2.1 -all", want: Pass, policy: "reject", aligned: []string{"vendor.example"}},
		{name: "spf strict, author below", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject; sp=none; aspf=s"}, from: []string{"mail.vendor.example"}, spf: "v=spf1 +all", want: Fail, policy: "none"},
		{name: "sp below", zone: map[string]string{"vendor.example": "v=DMARC1; p=none; sp=reject"}, from: []string{"mail.vendor.example"}, want: Fail, policy: "reject"},
		{name: "np for names that are not", zone: map[string]string{"vendor.example": "v=DMARC1; p=none; np=reject"}, from: []string{"absent.vendor.example"}, want: Fail, policy: "reject"},
		{name: "np not for names that are", zone: map[string]string{"vendor.example": "v=DMARC1; p=none; np=reject"}, from: []string{"mail.vendor.example"}, want: Fail, policy: "none"},
		{name: "testing", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject; t=y"}, from: []string{"vendor.example"}, want: Fail, policy: "quarantine"},
		{name: "two authors, one domain", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject"}, from: []string{"vendor.example", "VENDOR.example."}, sign: []signing{signed("vendor.example")}, want: Pass, policy: "reject", aligned: []string{"vendor.example"}},
		{name: "two domains", from: []string{"vendor.example", "esp.example"}, sign: []signing{signed("vendor.example")}, want: PermError},
		{name: "no author", sign: []signing{signed("vendor.example")}, want: PermError},
		{name: "author is no domain", from: []string{"ven dor"}, want: PermError},
		{name: "record without policy or address", zone: map[string]string{"vendor.example": "v=DMARC1; p=maybe"}, from: []string{"vendor.example"}, want: PermError},
		{name: "server fails", odd: "_dmarc.vendor.example", from: []string{"vendor.example"}, sign: []signing{signed("mail.vendor.example")}, want: TempError},
		{name: "server fails, same domain", odd: "_dmarc.vendor.example", from: []string{"vendor.example"}, sign: []signing{signed("vendor.example")}, want: TempError, aligned: []string{"vendor.example"}},
		{name: "key's server fails", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject"}, odd: "sel._domainkey.vendor.example", from: []string{"vendor.example"}, sign: []signing{signed("vendor.example")}, want: TempError, policy: "reject"},
		{name: "a stranger's server fails", zone: map[string]string{"vendor.example": "v=DMARC1; p=reject"}, odd: "sel._domainkey.esp.example", from: []string{"vendor.example"}, sign: []signing{signed("esp.example")}, want: Fail, policy: "reject"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			for name, text := range c.zone {
				b.dns.TXT("_dmarc."+name, text)
			}
			if c.spf != "" {
				b.dns.TXT("vendor.example", c.spf)
			}
			if c.odd != "" {
				b.dns.Odd(c.odd, resolvetest.ServFail)
			}
			raw := plainMail
			for _, s := range c.sign {
				raw = sign(t, raw, s)
			}
			in := mailFrom(raw)
			in.FromDomains = c.from
			r := b.Verify(context.Background(), in)
			if r.DMARC != c.want || r.DMARCPolicy != c.policy || !slices.Equal(r.Aligned, c.aligned) {
				t.Errorf("%+v\nwant %s %q %v", r, c.want, c.policy, c.aligned)
			}
		})
	}
}

func TestDomains(t *testing.T) {
	for in, want := range map[string]string{
		"Vendor.Example.": "vendor.example", "ann@Bücher.example": "xn--bcher-kva.example", "_x.example": "_x.example",
		"": "", "a..b": "", "a b": "", "a@": "", "-": "-", "xn--\x80.example": "", strings.Repeat("a", 64): "",
		"ドメイン.example": "xn--eckwd4c7c.example",
	} {
		if got := domainOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if within("badvendor.example", "vendor.example") || !within("a.vendor.example", "vendor.example") {
		t.Error("within")
	}
	if !registry("co.uk") || !registry("madeup") || registry("github.io") || registry("vendor.co.uk") {
		t.Error("registry")
	}
}
