package speed

import (
	"archive/tar"
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/miekg/dns"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       Mail
		ok         bool
	}{
		{"plain", "From: a@B.example\nSubject: x\n\nbody\nmore", Mail{From: "bounce@b.example", Fields: []Field{{"From", " a@B.example"}, {"Subject", " x"}}, Body: "body\r\nmore"}, true},
		{"CRLF and folded", "A: b\r\n\tc\r\n d\r\n\r\nx\r\n", Mail{Fields: []Field{{"A", " b\n\tc\n d"}}, Body: "x\r\n"}, true},
		{"Return-Path and signatures go", "Return-Path: <r@p.example>\nDKIM-Signature: v=1;\n b=x\nFrom: a@b.example\n\n", Mail{From: "r@p.example", Fields: []Field{{"From", " a@b.example"}}}, true},
		{"mbox", "From a@b Thu\nA: b\n\nc", Mail{Fields: []Field{{"A", " b"}}, Body: "c"}, true},
		{"odd lines left out", "no colon\n folded onto nothing\nA: b\nbad name : c\n\n", Mail{Fields: []Field{{"A", " b"}}}, true},
		{"no header", "\n\nbody", Mail{Body: "body"}, false},
		{"empty", "", Mail{}, false},
	}
	for _, tt := range tests {
		got, ok := parse("", []byte(tt.text))
		if ok != tt.ok {
			t.Errorf("%s: ok %v", tt.name, ok)
		}
		if tt.ok {
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: %s", tt.name, diff)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("From: a@b.example\r\nA: b\r\n c\r\n\r\nbody\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, ok := parse("x", b)
		if !ok {
			return
		}
		if len(m.Bytes()) != m.Size() {
			t.Errorf("%d bytes, said to be %d", len(m.Bytes()), m.Size())
		}
		for _, f := range m.Fields {
			if strings.ContainsAny(f.Name, "\r\n: ") {
				t.Errorf("field name %q", f.Name)
			}
		}
	})
}

func TestLoadMails(t *testing.T) {
	dir := t.TempDir()
	var archive bytes.Buffer
	z, err := zstd.NewWriter(&archive)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, n := range []string{"a", "b", "c", "d"} {
		text := []byte("From: " + n + "@" + n + ".example\nSubject: " + n + "\n\n")
		os.WriteFile(filepath.Join(dir, n+".eml"), text, 0o600)
		w.WriteHeader(&tar.Header{Name: "x/" + n + ".eml", Mode: 0o600, Size: int64(len(text))})
		w.Write(text)
	}
	w.Close()
	z.Close()
	packed := filepath.Join(t.TempDir(), "set.tar.zst")
	os.WriteFile(packed, archive.Bytes(), 0o600)
	for _, path := range []string{dir, packed} {
		mails, err := LoadMails(path, 2)
		if err != nil || len(mails) != 2 || mails[0].From != "bounce@a.example" || mails[1].From != "bounce@c.example" {
			t.Errorf("%s: %+v, %v", path, mails, err)
		}
		if all, err := LoadMails(path, 0); err != nil || len(all) != 4 {
			t.Errorf("%s: %d mails, %v", path, len(all), err)
		}
	}
	if _, err := LoadMails(t.TempDir(), 1); err == nil {
		t.Error("an empty folder was taken")
	}
}

func TestMakeMails(t *testing.T) {
	a, b := MakeMails(50), MakeMails(50)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error("the same number of mails is not the same mails")
	}
	kinds := map[string]bool{}
	for _, m := range a {
		kind, _, _ := strings.Cut(m.get("Content-Type"), ";")
		kinds[kind] = true
		if _, domain := m.author(); domain == "" {
			t.Errorf("%s has no author: %q", m.Name, m.get("From"))
		}
	}
	if len(kinds) != 4 {
		t.Errorf("kinds %v", kinds)
	}
}

// TestEqualWork: with the made-up DNS every signature passes, and SPF speaks for
// every client. It asks over the wire, as a server under test does.
func TestEqualWork(t *testing.T) {
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	r, err := StartDNS(DNS{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	mails := MakeMails(20)
	if _, err := key.Sign(mails); err != nil {
		t.Fatal(err)
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, r.Addr().String())
	}}
	for _, m := range mails {
		results, err := dkim.VerifyWithOptions(bytes.NewReader(m.Bytes()), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
			return resolver.LookupTXT(t.Context(), name)
		}})
		if err != nil || len(results) != 1 || results[0].Err != nil {
			t.Fatalf("%s: %v %+v", m.Name, err, results)
		}
		got, err := spf.CheckHostWithSender(net.ParseIP(m.Client), m.Helo, m.From, spf.WithResolver(resolver))
		if got != spf.Pass {
			t.Fatalf("%s: SPF %v %v", m.Name, got, err)
		}
	}
	if r.Asked() == 0 {
		t.Error("nothing was asked")
	}
}

func TestDNS(t *testing.T) {
	r, err := StartDNS(DNS{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	for _, tt := range []struct {
		name    string
		qtype   uint16
		rcode   int
		answers int
	}{
		{"vendor.example.", dns.TypeTXT, dns.RcodeSuccess, 1},
		{"VENDOR.example.", dns.TypeA, dns.RcodeSuccess, 1},
		{"vendor.example.", dns.TypeAAAA, dns.RcodeSuccess, 1},
		{"vendor.example.", dns.TypeMX, dns.RcodeSuccess, 1},
		{"vendor.example.", dns.TypeSRV, dns.RcodeSuccess, 0},
		{"other._domainkey.vendor.example.", dns.TypeTXT, dns.RcodeSuccess, 0},
		{"_mta-sts.vendor.example.", dns.TypeTXT, dns.RcodeNameError, 0},
		{"2.0.0.127.zen.spamhaus.org.", dns.TypeA, dns.RcodeNameError, 0},
		{"7.113.0.203.in-addr.arpa.", dns.TypePTR, dns.RcodeSuccess, 1},
	} {
		q := new(dns.Msg).SetQuestion(tt.name, tt.qtype)
		a, err := dns.Exchange(q, r.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if a.Rcode != tt.rcode || len(a.Answer) != tt.answers {
			t.Errorf("%s %s: %s", tt.name, dns.TypeToString[tt.qtype], a)
		}
	}
}

func FuzzWishes(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02i {auth_authen}\x00\x00\x00\x00\x05\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newTalk(nil, nil)
		c.wishes(b)
		if len(b) == 0 && c.macros['M'] != postfixMacros['M'] {
			t.Error("no wish changed the macros")
		}
	})
}

func TestWishes(t *testing.T) {
	c := newTalk(nil, nil)
	c.wishes([]byte("\x00\x00\x00\x02i {auth_authen}\x00\x00\x00\x00\x05\x00\x00\x00\x00\x63x\x00"))
	if c.macros['M'] != "i {auth_authen}" || c.macros['E'] != "" || c.macros['R'] != postfixMacros['R'] {
		t.Errorf("macros %v", c.macros)
	}
}
