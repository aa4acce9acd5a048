package config

import (
	"math"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What MarshalText writes, UnmarshalText reads as the same value.
func TestValuesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration{time.Duration(rapid.Int64Range(0, math.MaxInt64).Draw(t, "ns"))}
		s := Size(rapid.Int64Range(0, math.MaxInt64).Draw(t, "bytes"))
		s -= s % Size(rapid.SampledFrom([]int64{1, 1 << 10, 1 << 20, 1 << 30}).Draw(t, "unit"))
		m := FileMode(rapid.Uint32Range(0, 0o777).Draw(t, "mode"))
		var d2 Duration
		var s2 Size
		var m2 FileMode
		db, _ := d.MarshalText()
		sb, _ := s.MarshalText()
		mb, _ := m.MarshalText()
		if err := d2.UnmarshalText(db); err != nil || d2 != d {
			t.Fatalf("%s: %v %v", db, d2, err)
		}
		if err := s2.UnmarshalText(sb); err != nil || s2 != s {
			t.Fatalf("%s: %d %v", sb, s2, err)
		}
		if err := m2.UnmarshalText(mb); err != nil || m2 != m {
			t.Fatalf("%s: %v %v", mb, m2, err)
		}
	})
}

func TestExposed(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1:24": false, "127.9.9.9:24": false, "[::1]:24": false, "localhost:24": false, "[::ffff:127.0.0.1]:24": false,
		"unix:/x": false, "systemd:a": false, "": false,
		"0.0.0.0:24": true, "[::]:24": true, "192.168.1.1:24": true, "mx.example:24": true,
	} {
		var a Address
		if err := a.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if a.Exposed() != want {
			t.Errorf("%q: exposed %v", text, !want)
		}
	}
}

func TestCheckListener(t *testing.T) {
	c := Default()
	c.LMTP.Listen = Address{"systemd", "kith-lmtp"}
	open, local := &net.TCPAddr{IP: net.IPv4zero, Port: 24}, &net.TCPAddr{IP: net.IPv6loopback, Port: 24}
	if err := c.CheckListener("lmtp", open); err == nil || !strings.Contains(err.Error(), "lmtp.peers") {
		t.Errorf("an open socket from systemd: %v", err)
	}
	for _, a := range []net.Addr{local, &net.UnixAddr{Name: "/x", Net: "unix"}} {
		if err := c.CheckListener("lmtp", a); err != nil {
			t.Errorf("%v: %v", a, err)
		}
	}
	c.LMTP.TLSCert, c.LMTP.TLSKey = "/c", "/k"
	c.LMTP.Peers = []Prefix{{}}
	if err := c.CheckListener("lmtp", open); err != nil {
		t.Errorf("with TLS and peers: %v", err)
	}
}

func TestNotes(t *testing.T) {
	c := Default()
	if got := strings.Join(c.Notes(), "\n"); !strings.Contains(got, "org.domains") || !strings.Contains(got, "no seat listens") {
		t.Errorf("notes on an empty file: %s", got)
	}
	c.Org.Domains = []string{"corp.example"}
	c.LMTP.Listen = Address{"tcp", "127.0.0.1:8024"}
	c.Milter.SubmissionListen = Address{"tcp", "127.0.0.1:8026"}
	if got := c.Notes(); len(got) != 0 {
		t.Errorf("notes on a whole file: %q", got)
	}
}

// Whatever is in the file, the answer is a configuration that holds its own
// rules or one line that says what is wrong.
func FuzzParse(f *testing.F) {
	f.Add(string(Example()))
	for _, s := range []string{"mode = 'enforce'", "[lmtp]\nlisten = '127.0.0.1:24'\nnext='unix:/x'", "a.b.c = {d = [1, {e=2}]}",
		"[org.alias_domains]\n'a.b' = 'c'", "[[x]]", "\"\" = 1", "x = 1979-05-27", "org = { alias_domains = { a = 'b' } }",
		"org.alias_domains.a.b = 'c'", "[limits]\nparts = 99999999999999999999", "mode = \"\\u0000\"", "\xef\xbb\xbfmode = 'shadow'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("f", []byte(text))
		if err == nil {
			if err := c.Check(); err != nil {
				t.Fatalf("accepted, but: %v", err)
			}
			return
		}
		e, ok := err.(*Error)
		if !ok || e.What == "" || e.Mend == "" || !strings.HasPrefix(e.Where, "f") || strings.ContainsAny(e.Error(), "\n\r") {
			t.Fatalf("not one line of place, fault and mend: %q", err)
		}
	})
}

// The example file loads from the tree, as packaged.
func TestShippedFile(t *testing.T) {
	if _, err := os.Stat("../../etc/kith.toml"); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("../../etc/kith.toml"); err != nil {
		t.Error(err)
	}
}

func TestPeers(t *testing.T) {
	var office Prefix
	if err := office.UnmarshalText([]byte("10.0.0.0/8")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		test func(netip.Addr) bool
		addr string
		want bool
	}{
		{Peers(nil), "127.0.0.1", true}, {Peers(nil), "::1", true}, {Peers(nil), "::ffff:127.0.0.1", true}, {Peers(nil), "10.1.1.1", false},
		{Peers([]Prefix{office}), "10.1.1.1", true}, {Peers([]Prefix{office}), "::ffff:10.1.1.1", true}, {Peers([]Prefix{office}), "127.0.0.1", false},
		{Among(nil), "127.0.0.1", false}, {Among(nil), "10.1.1.1", false},
	} {
		if got := tc.test(netip.MustParseAddr(tc.addr)); got != tc.want {
			t.Errorf("%s: %v", tc.addr, got)
		}
	}
	if Peers(nil)(netip.Addr{}) || Among([]Prefix{office})(netip.Addr{}) {
		t.Error("an unknown address is admitted")
	}
}
