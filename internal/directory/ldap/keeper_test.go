package ldap

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kith/internal/directory"
	"kith/internal/kith"
)

func sample() Snapshot {
	return Snapshot{At: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC), Entries: []directory.Entry{
		{Address: "ann@corp.test", Name: "Ann <&> Kern", Names: []string{"アン"}, Aliases: []string{"a@corp.test"}, Roles: []string{"finance"}, Manager: "bob@corp.test", Lang: "de", Kind: kith.KindPerson},
		{Address: "bob@corp.test", Kind: kith.KindShared},
	}}
}

func TestCache(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ldap.cache")
	s := sample()
	for range 2 { // the second replaces the first
		if err := writeCache(path, s, "src"); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	got, err := loadCache(path, "src")
	s.Cached = true
	if d := cmp.Diff(s, got); d != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, d)
	}
	data, _ := os.ReadFile(path)
	for what, broken := range map[string][]byte{
		"empty": nil, "cut": data[:len(data)/2], "a line less": data[:bytes.LastIndexByte(data[:len(data)-1], '\n')+1],
		"a line more": append(bytes.Clone(data), "{\"a\":\"x@corp.test\",\"k\":\"person\"}\n"...),
		"a kind":      bytes.Replace(data, []byte(`"shared"`), []byte(`"king"`), 1),
		"other":       []byte("{}\n"),
	} {
		if _, _, err := readCache(bytes.NewReader(broken)); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if _, err := loadCache(path, "other"); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("another source: got %v", err)
	}
	if err := writeCache(filepath.Join(dir, "none", "x"), s, ""); err == nil {
		t.Error("a folder that is not there is written to")
	}
}

func FuzzCache(f *testing.F) {
	path := filepath.Join(f.TempDir(), "c")
	if err := writeCache(path, sample(), "src"); err != nil {
		f.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	f.Add(data)
	f.Add([]byte(`{"form":"kith ldap snapshot 1","entries":1}` + "\n" + `{"a":"@","k":"person","as":["x"]}`))
	p, err := compile(corp())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, _, err := readCache(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := directory.New(directory.Options{Domains: p.o.Domains, AliasDomains: p.o.AliasDomains}, readmit(s.Entries, p.own), nil); err != nil {
			t.Fatal(err)
		}
	})
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// With the server away, kith starts with what it had, and says how old it is.
func TestKeeperStartsFromTheCache(t *testing.T) {
	o := corp()
	o.URL = "ldap://" + closedPort(t)
	cache := filepath.Join(t.TempDir(), "ldap.cache")
	s := sample()
	s.Entries = append(s.Entries, directory.Entry{Address: "x@sold.test", Kind: kith.KindPerson}) // a domain that is no longer ours
	if err := writeCache(cache, s, o.Source()); err != nil {
		t.Fatal(err)
	}
	k, err := NewKeeper(o, Care{Cache: cache, Changed: func(Snapshot) { t.Error("told of a change") }})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sample().Entries, k.Snapshot().Entries); d != "" {
		t.Fatal(d)
	}
	err = k.Refresh(t.Context())
	var f *Fault
	if !errors.As(err, &f) || !f.Away || !strings.Contains(err.Error(), "nobody listens at "+o.URL[7:]) {
		t.Errorf("got %v", err)
	}
	if got := k.Snapshot(); len(got.Entries) != 2 || !got.Cached || !got.At.Equal(s.At) {
		t.Errorf("the snapshot is gone: %+v", got)
	}
	line := k.Status().Line(s.At.Add(3 * time.Hour))
	if !strings.HasPrefix(line, "LDAP: 2 entries, 3 h old, kept from before the start; asked 0 s ago: ldap://127.0.0.1:") || strings.Contains(line, "\n") {
		t.Error(line)
	}
}

func TestKeeperWithoutAnything(t *testing.T) {
	o := corp()
	o.URL = "ldap://" + closedPort(t)
	cache := filepath.Join(t.TempDir(), "ldap.cache")
	if err := os.WriteFile(cache, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := NewKeeper(o, Care{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	if line := k.Status().Line(time.Now()); line != "LDAP: no list yet" {
		t.Error(line)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx) }()
	for k.Status().Err == nil {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-done
	if got := k.Snapshot(); len(got.Entries) > 0 || !got.At.IsZero() {
		t.Errorf("%+v", got)
	}
}

// A server that takes the connection and says nothing, or says rubbish, costs
// the time-out and no more; so does one that never stops.
func TestServersThatAreNone(t *testing.T) {
	for name, talk := range map[string]func(net.Conn){
		"silent":  func(net.Conn) {},
		"rubbish": func(c net.Conn) { c.Write([]byte("220 mx.corp.test ESMTP\r\n")) },
		"hang-up": func(c net.Conn) { c.Close() },
		"endless": func(c net.Conn) {
			c.Write([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0x00, 0x04, 0x84, 0x7f, 0xff, 0xf0, 0x00}) // a packet of 2 GB
			for n := 0; n < answerBytes/(1<<20)+8; n++ {
				if _, err := c.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go talk(c)
				}
			}()
			o := corp()
			o.Timeout = time.Second
			for _, o.URL = range []string{"ldap://" + l.Addr().String(), "ldaps://" + l.Addr().String()} {
				begin := time.Now()
				entries, _, err := Fetch(t.Context(), o)
				var f *Fault
				if entries != nil || !errors.As(err, &f) || f.Mend == "" || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v", err)
				}
				if d := time.Since(begin); d > 5*time.Second {
					t.Errorf("it took %s", d)
				}
				t.Log(err)
			}
		})
	}
}

// The meter stops an answer at its bound, and a refill lets the next one in.
func TestMeter(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	go func() {
		for {
			if _, err := far.Write(make([]byte, 1000)); err != nil {
				return
			}
		}
	}()
	m := &meter{Conn: near, timeout: time.Second}
	for range 2 {
		m.left.Store(5000)
		n := 0
		for b := make([]byte, 400); ; {
			got, err := m.Read(b)
			if n += got; err != nil {
				if err != errTooMuch || n < 5000 || n > 5400 || !m.spent() {
					t.Errorf("stopped after %d bytes with %v", n, err)
				}
				break
			}
		}
	}
}

// A context that ends ends the question.
func TestFetchIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := corp()
	o.URL = "ldap://" + l.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, _, err := Fetch(ctx, o); err == nil || time.Since(begin) > 3*time.Second {
		t.Errorf("got %v after %s", err, time.Since(begin))
	}
}
