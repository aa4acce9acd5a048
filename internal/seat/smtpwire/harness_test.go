package smtpwire

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"kith/internal/kith"
)

// message is one that a recording backend read to its end.
type message struct {
	from    string
	rcpts   []string
	data    string
	lf, cr  int
	ident   string
	client  kith.Client
	chunked bool
}

// recorder is a backend that remembers what came.
type recorder struct {
	mu       sync.Mutex
	sessions int
	mails    []string // reverse-paths of accepted MAIL commands
	got      []message
	last     *Conn
	onNew    func(*Conn)
	login    bool
	lmtpErr  map[string]error
	slow     map[string]chan struct{} // recipients whose LMTP status waits
}

func (r *recorder) NewSession(c *smtp.Conn) (smtp.Session, error) {
	w := From(c)
	r.mu.Lock()
	r.sessions++
	r.last = w
	r.mu.Unlock()
	if r.onNew != nil {
		r.onNew(w)
	}
	s := &recording{r: r, w: w}
	if r.login {
		return &loginSession{s}, nil
	}
	return s, nil
}

func (r *recorder) messages() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]message(nil), r.got...)
}

func (r *recorder) wire() *Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

type recording struct {
	r     *recorder
	w     *Conn
	from  string
	rcpts []string
}

func (s *recording) Reset()        { s.from, s.rcpts = "", nil }
func (s *recording) Logout() error { return nil }
func (s *recording) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	s.r.mu.Lock()
	s.r.mails = append(s.r.mails, from)
	s.r.mu.Unlock()
	return nil
}

func (s *recording) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "no@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.rcpts = append(s.rcpts, to)
	return nil
}

func (s *recording) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := message{from: s.from, rcpts: s.rcpts, data: string(b)}
	if s.w != nil {
		m.lf, m.cr = s.w.Bare()
		m.ident, m.client, m.chunked = s.w.Forwarded().Ident, s.w.Client(), s.w.Chunked()
	}
	s.r.mu.Lock()
	s.r.got = append(s.r.got, m)
	s.r.mu.Unlock()
	if s.w != nil {
		return s.w.Refusal()
	}
	return nil
}

func (s *recording) LMTPData(r io.Reader, st smtp.StatusCollector) error {
	if err := s.Data(r); err != nil {
		return err
	}
	for _, to := range s.rcpts {
		if wait := s.r.slow[to]; wait != nil {
			<-wait
		}
		st.SetStatus(to, s.r.lmtpErr[to])
	}
	return nil
}

type loginSession struct{ *recording }

func (s *loginSession) AuthMechanisms() []string { return []string{"LOGIN"} }
func (s *loginSession) Auth(string) (sasl.Server, error) {
	return &loginServer{}, nil
}

// loginServer asks twice and takes the password "sesame".
type loginServer struct{ step int }

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		return []byte("Password:"), false, nil
	}
	if string(response) != "sesame" {
		return nil, false, errors.New("wrong password")
	}
	return nil, true, nil
}

var noDeadline time.Time

func everybody(netip.Addr) bool { return true }

func newServer(r smtp.Backend, lmtp bool) *smtp.Server {
	s := smtp.NewServer(r)
	s.LMTP = lmtp
	s.Domain = "kith.example"
	s.MaxMessageBytes = 64 << 20
	s.AllowInsecureAuth = true
	s.ErrorLog = log.New(io.Discard, "", 0)
	Prepare(s)
	return s
}

// serve starts a server behind the adapter and returns its address.
func serve(t testing.TB, r *recorder, o Options, lmtp bool) (addr string, l *Listener) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = Listen(inner, o)
	s := newServer(r, lmtp)
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return inner.Addr().String(), l
}

// chat is a client that speaks and compares.
type chat struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func dial(t testing.TB, addr string) *chat {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return newChat(t, c)
}

func newChat(t testing.TB, c net.Conn) *chat {
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return &chat{t: t, conn: c, r: bufio.NewReader(c)}
}

func (c *chat) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatalf("send %q: %v", s, err)
	}
}

// reply reads one reply, its lines joined by "|".
func (c *chat) reply() string {
	c.t.Helper()
	var lines []string
	for {
		l, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("reading a reply behind %q: %v", lines, err)
		}
		l = strings.TrimSuffix(l, "\r\n")
		lines = append(lines, l)
		if len(l) < 4 || l[3] != '-' {
			return strings.Join(lines, "|")
		}
	}
}

func (c *chat) want(prefixes ...string) {
	c.t.Helper()
	for _, p := range prefixes {
		if got := c.reply(); !strings.HasPrefix(got, p) {
			c.t.Fatalf("reply %q, want %q…", got, p)
		}
	}
}

func (c *chat) wantClosed() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err == nil {
		c.t.Fatalf("the connection is open and says %q…", b)
	}
}

// play runs a dialogue: lines "> text" are sent with CRLF, "< prefix" is a
// reply that must come, "x" means that the server must close.
func (c *chat) play(script string) {
	c.t.Helper()
	var out strings.Builder // lines that follow each other go out as one group
	for line := range strings.Lines(script + "\n<") {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '>' && out.Len() > 0 {
			c.send(out.String())
			out.Reset()
		}
		switch {
		case line == "" || line == "<":
		case line == "x":
			c.wantClosed()
		case line[0] == '>':
			out.WriteString(strings.TrimPrefix(line[1:], " ") + "\r\n")
		case line[0] == '<':
			c.want(strings.TrimPrefix(line[1:], " "))
		default:
			c.t.Fatalf("bad script line %q", line)
		}
	}
}
