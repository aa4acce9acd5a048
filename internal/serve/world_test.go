package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/config"
)

// nextHop is a mail store that speaks LMTP and remembers what it was given.
type nextHop struct {
	addr   string
	server *smtp.Server
	hold   chan struct{} // while not nil, the reply to a message waits for it

	mu   sync.Mutex
	got  []string
	came chan struct{} // one token for each message whose data is there
}

func startNextHop(t *testing.T) *nextHop {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nextHop{addr: ln.Addr().String(), came: make(chan struct{}, 100)}
	n.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &nextSession{n}, nil }))
	n.server.LMTP, n.server.Domain = true, "dovecot.corp.test"
	go n.server.Serve(ln)
	t.Cleanup(func() { n.server.Close() })
	return n
}

func (n *nextHop) mails() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.got...)
}

type nextSession struct{ n *nextHop }

func (s *nextSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *nextSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	return nil
}

func (s *nextSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.n.mu.Lock()
	s.n.got = append(s.n.got, string(b))
	hold := s.n.hold
	s.n.mu.Unlock()
	s.n.came <- struct{}{}
	if hold != nil {
		<-hold
	}
	return nil
}

func (s *nextSession) Reset()        {}
func (s *nextSession) Logout() error { return nil }

// logged is a log that a test can read.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

func (l *logged) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// site is one kith's folder and configuration file.
type site struct {
	t    *testing.T
	dir  string
	conf string
	log  *logged
}

// newSite writes a configuration with an LMTP seat in front of next.
func newSite(t *testing.T, next string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), log: new(logged)}
	s.conf = filepath.Join(s.dir, "kith.toml")
	s.write("people.toml", "[[person]]\naddress = \"tim@corp.test\"\nname = \"Tim Tall\"\n")
	s.configure("shadow", next, "")
	return s
}

func (s *site) write(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// configure writes the configuration; more is put at its end.
func (s *site) configure(mode, next, more string) {
	s.t.Helper()
	s.write("kith.toml", fmt.Sprintf(`mode = %q
[org]
domains = ["corp.test"]
[directory]
file = %q
[store]
path = %q
[auth]
enabled = false
[web]
listen = "127.0.0.1:0"
[lmtp]
listen = "127.0.0.1:0"
next = %q
%s`, mode, filepath.Join(s.dir, "people.toml"), filepath.Join(s.dir, "state", "kith.db"), next, more))
}

func (s *site) options() (Options, error) {
	c, err := config.Load(s.conf)
	if err != nil {
		return Options{}, err
	}
	p, err := c.Places(os.Getenv, os.Getuid())
	return Options{Config: c, ConfigPath: s.conf, Paths: p, Version: "test", Log: slog.New(slog.NewTextHandler(s.log, nil))}, err
}

func (s *site) tryStart() (*App, error) {
	s.t.Helper()
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	return Start(context.Background(), o)
}

func (s *site) start() *App {
	s.t.Helper()
	a, err := s.tryStart()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		a.Stop(ctx)
		if s.t.Failed() {
			s.t.Log(s.log)
		}
	})
	return a
}

func (s *site) paths() config.Paths {
	o, err := s.options()
	if err != nil {
		s.t.Fatal(err)
	}
	return o.Paths
}

// client is a connection to a seat.
func client(t *testing.T, a *App) *smtp.Client {
	t.Helper()
	conn, err := net.Dial("tcp", a.Addr("lmtp").String())
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	t.Cleanup(func() { c.Close() })
	return c
}

// deliver sends one message as Postfix would and returns the reply of each
// recipient.
func deliver(t *testing.T, a *App, subject string, to ...string) (map[string]string, error) {
	t.Helper()
	c := client(t, a)
	if err := c.Hello("mx.corp.test"); err != nil {
		return nil, err
	}
	if err := c.Mail("ann@vendor.example", nil); err != nil {
		return nil, err
	}
	for _, r := range to {
		if err := c.Rcpt(r, nil); err != nil {
			return nil, err
		}
	}
	w, err := c.Data()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "From: Ann <ann@vendor.example>\r\nTo: tim@corp.test\r\nSubject: %s\r\nMessage-ID: <%s@vendor.example>\r\n\r\nHi.\r\n", subject, subject)
	said, err := w.CloseWithLMTPResponse()
	replies := map[string]string{}
	for r, d := range said {
		replies[r] = d.StatusText
	}
	var refused smtp.LMTPDataError
	if errors.As(err, &refused) {
		for r, e := range refused {
			replies[r] = e.Error()
		}
		err = nil
	}
	return replies, err
}

// page asks the web door.
func page(t *testing.T, a *App, path string) (int, string) {
	t.Helper()
	r, err := http.Get("http://" + a.Addr("web").String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func mustHave(t *testing.T, where, text string, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q:\n%s", where, w, text)
		}
	}
}
