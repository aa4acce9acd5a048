package learn

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/google/go-cmp/cmp"
)

func TestParseAddress(t *testing.T) {
	for in, want := range map[string]address{
		"imap://ann@host.example/":                       {host: "host.example", dial: "host.example:143", login: "ann"},
		"imaps://ann@corp.example@host.example":          {host: "host.example", dial: "host.example:993", login: "ann@corp.example", implicit: true},
		"imaps://ann%40corp.example*kith@[::1]:1993/A/B": {host: "::1", dial: "[::1]:1993", login: "ann@corp.example*kith", implicit: true, folder: "A/B"},
	} {
		got, err := parseAddress(in)
		if err != nil || got != want {
			t.Errorf("%s: %+v %v", in, got, err)
		}
	}
	for _, in := range []string{"imap://host/", "imap:///", "imap://ann@/", "imap://ann:secret@host/", "imap://ann:sec%zzret@host/", "imap://ann@host:port/"} {
		if _, err := parseAddress(in); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "zzret") {
			t.Errorf("%s: %v", in, err)
		}
	}
	if d := cmp.Diff([]string{"imap://ann@corp.example*kith@host/", "imap://bob*kith@host/"}, Accounts("imap://*kith@host/", []string{"ann@corp.example", "bob"})); d != "" {
		t.Error(d)
	}
	if got, err := parseAddress(Accounts("imap://*kith@host/", []string{"o'neil+x/y@corp.example"})[0]); err != nil || got.login != "o'neil+x/y@corp.example*kith" {
		t.Error(got, err)
	}
	if d := cmp.Diff([]string{"/var/mail"}, Accounts("/var/mail", []string{"ann"})); d != "" {
		t.Error(d)
	}
}

func TestPassword(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pw")
	write(t, path, "secret word\r\nmore\n")
	if p, err := PasswordFile(path)(); err != nil || p != "secret word" {
		t.Errorf("%q %v", p, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := PasswordFile(path)(); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Error(err)
	}
	t.Setenv("KITH_TEST_PASSWORD", "x")
	if p, err := PasswordEnv("KITH_TEST_PASSWORD")(); err != nil || p != "x" {
		t.Error(p, err)
	}
	if _, err := PasswordEnv("KITH_TEST_NO_PASSWORD")(); err == nil {
		t.Error("an empty password")
	}
}

func secret(p string) func() (string, error) { return func() (string, error) { return p, nil } }

// server starts an IMAP server with one account and the given folders. cut, if
// not nil, sees each connection.
func server(t *testing.T, cut func(net.Conn) net.Conn, folders map[string][]string) string {
	t.Helper()
	user := imapmemserver.NewUser("ann", "pw")
	for name, subjects := range folders {
		if err := user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
		for i, s := range subjects {
			text := []byte("Subject: " + s + "\r\n\r\nbody\r\n")
			at := time.Date(2026, 3, 2, 9, i, 0, 0, time.UTC)
			if _, err := user.Append(name, bytes.NewReader(text), &imap.AppendOptions{Time: at}); err != nil {
				t.Fatal(err)
			}
		}
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if cut != nil {
		l = &cutting{l, cut}
	}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return "imap://ann@" + l.Addr().String() + "/"
}

type cutting struct {
	net.Listener
	cut func(net.Conn) net.Conn
}

func (c *cutting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return c.cut(conn), nil
}

func TestIMAP(t *testing.T) {
	source := server(t, nil, map[string][]string{"INBOX": {"1", "2", "3"}, "Sent": {"s"}, "Junk": {"j"}, "Empty": nil})
	o := Options{Password: secret("pw"), Domain: "corp.example"}
	items, r, told := collect(t, source, o)
	if d := cmp.Diff([]string{"s", "1", "2", "3"}, subjects(items)); d != "" || len(told) > 0 {
		t.Fatal(d, told)
	}
	if items[0].Role != Sent || items[1].Role != Inbox || items[1].Owner != "ann@corp.example" || !items[2].At.Equal(time.Date(2026, 3, 2, 9, 1, 0, 0, time.UTC)) || len(r.Left) != 1 {
		t.Errorf("%+v", items)
	}
	o.Resume = r.Positions
	if again, _, _ := collect(t, source, o); len(again) != 0 {
		t.Error("twice is not once:", subjects(again))
	}
	o.Resume = map[string]string{"INBOX": items[1].Position, "Sent": "99:1"}
	rest, _, told := collect(t, source, o)
	if d := cmp.Diff([]string{"s", "2", "3"}, subjects(rest)); d != "" || len(told) != 1 {
		t.Error(d, told)
	}
	one, _, _ := collect(t, source+"Sent", Options{Password: secret("pw")})
	if d := cmp.Diff([]string{"s"}, subjects(one)); d != "" {
		t.Error(d)
	}
	small, r, _ := collect(t, source, Options{Password: secret("pw"), MaxMessage: 10})
	if len(small) != 0 || r.Skipped[TooLarge] != 4 {
		t.Error(r)
	}
	src, err := Open(context.Background(), source, Options{Password: secret("pw")})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if c, err := src.Count(context.Background()); err != nil || c.Messages != 4 {
		t.Errorf("%+v %v", c, err)
	}
}

func TestIMAPFaults(t *testing.T) {
	source := server(t, nil, map[string][]string{"INBOX": {"1"}})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	stranger, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	go func() {
		for {
			c, err := stranger.Accept()
			if err != nil {
				return
			}
			c.(*tls.Conn).Handshake()
			c.Close()
		}
	}()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, c := range []struct{ source, password, want string }{
		{source, "wrong", "refused the login"},
		{source, "", "a password is needed"},
		{source + "Nowhere", "pw", "no folder"},
		{"imap://ann@" + silent.Addr().String() + "/", "pw", "stopped answering"},
		{"imaps://ann@" + silent.Addr().String() + "/", "pw", "stopped answering"},
		{"imaps://ann@" + stranger.Addr().String() + "/", "pw", "not trusted"},
		{"imap://ann@" + gone.Addr().String() + "/", "pw", "no connection"},
	} {
		o := Options{Patience: 30 * time.Second}
		if c.want == "stopped answering" {
			o.Patience = 300 * time.Millisecond
		}
		if c.password != "" {
			o.Password = secret(c.password)
		}
		_, err := Open(context.Background(), c.source, o)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.source, err, c.want)
		}
		if errors.Is(err, ErrLogin) != (c.password == "wrong") {
			t.Errorf("%s: a login error: %v", c.source, errors.Is(err, ErrLogin))
		}
	}
}

// stalling stops sending after some bytes: the server hangs.
type stalling struct {
	net.Conn
	left int
	shut bool // the connection breaks instead
}

func (s *stalling) Write(p []byte) (int, error) {
	if s.left -= len(p); s.left < 0 {
		if s.shut {
			s.Conn.Close()
		}
		return len(p), nil
	}
	return s.Conn.Write(p)
}

// TestIMAPGoesOnAfterALostLine: the first connections hang or break in the middle
// of the bodies; each message still comes once.
func TestIMAPGoesOnAfterALostLine(t *testing.T) {
	pauses = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
	var list []string
	for i := range 450 {
		list = append(list, fmt.Sprint(i))
	}
	calls := 0
	source := server(t, func(c net.Conn) net.Conn {
		calls++
		switch calls {
		case 1:
			return &stalling{Conn: c, left: 45_000}
		case 2:
			return &stalling{Conn: c, left: 20_000, shut: true}
		}
		return c
	}, map[string][]string{"INBOX": list})
	items, r, told := collect(t, source, Options{Password: secret("pw"), Patience: 2 * time.Second})
	if d := cmp.Diff(list, subjects(items)); d != "" || r.Folders != 1 || len(told) != 2 {
		t.Error(d, r.Failed, told)
	}
	if calls != 3 {
		t.Errorf("%d connections", calls)
	}

	// And gone for good: an error, with what was handed over.
	calls = 0
	source = server(t, func(c net.Conn) net.Conn {
		calls++
		if calls == 1 {
			return &stalling{Conn: c, left: 45_000, shut: true}
		}
		c.Close()
		return c
	}, map[string][]string{"INBOX": list})
	src, err := Open(context.Background(), source, Options{Password: secret("pw"), Patience: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err = Run(context.Background(), src, func(context.Context, Item) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "goes on where it was") || r.Handed.Messages != 200 || r.Positions["INBOX"] == "" {
		t.Errorf("%v %+v", err, r)
	}
}
