package smtpwire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// scripted is a socket that gives the pieces of a script, one for each Read,
// then io.EOF, and keeps what is written. It makes dialogues repeatable: the
// client never waits for an answer.
type scripted struct {
	pieces [][]byte
	done   chan struct{}
	once   sync.Once
	mu     sync.Mutex
	said   bytes.Buffer
}

func (s *scripted) Read(b []byte) (int, error) {
	for len(s.pieces) > 0 && len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.pieces[0])
	s.pieces[0] = s.pieces[0][n:]
	return n, nil
}

func (s *scripted) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(b)
}

func (s *scripted) Close() error { s.once.Do(func() { close(s.done) }); return nil }

func (s *scripted) LocalAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25}
}

func (s *scripted) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}
}
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }

// single accepts one connection and then waits for Close.
type single struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *single) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *single) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *single) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25} }

// run plays pieces against the library's server behind the adapter and returns
// what the server said.
func run(r *recorder, o Options, lmtp bool, pieces [][]byte) (string, error) {
	s := &scripted{pieces: pieces, done: make(chan struct{})}
	l := &single{conns: make(chan net.Conn, 1), done: make(chan struct{})}
	l.conns <- s
	srv := newServer(r, lmtp)
	go srv.Serve(Listen(l, o))
	defer srv.Close()
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		return "", errors.New("the server hangs")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String(), nil
}

// model is the slow and plain reading of RFC 5321 that the adapter and the
// library must agree with: where the data end, and what is in them once stray
// line ends are repaired. ok is false when there is no end.
func model(wire string) (data string, lf, cr int, rest string, ok bool) {
	end := strings.Index("\r\n"+wire, "\r\n.\r\n")
	if end < 0 {
		return "", 0, 0, "", false
	}
	body, rest := wire[:end], wire[end+3:]
	var out strings.Builder
	for i, line := range strings.Split(body, "\r\n") {
		if i > 0 {
			out.WriteString("\r\n")
		}
		line = strings.TrimPrefix(line, ".") // RFC 5321 section 4.5.2
		lf += strings.Count(line, "\n")
		cr += strings.Count(line, "\r")
		line = strings.ReplaceAll(line, "\r", " ")
		out.WriteString(strings.ReplaceAll(line, "\n", "\r\n"))
	}
	return out.String(), lf, cr, rest, true
}

// hostile draws strings from the pieces that smuggling is made of.
func hostile() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		"\r", "\n", "\r\n", ".", "..", "x", " ", "\r\n.\r\n", "\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\r\n.\r\n",
		"\r\n.\r\r\n", "\r\n\r.\r\n", "MAIL FROM:<evil@evil.example>\r\n", "RCPT TO:<victim@b.example>\r\n", "DATA\r\n",
		"XFORWARD IDENT=evil\r\n", "Subject: s\r\n", strings.Repeat("y", 4090), "BDAT 3\r\n", "\x00", "QUIT\r\n",
	})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 14).Draw(t, "pieces"), "")
	})
}

// chop cuts a string into pieces as a network might.
func chop(t *rapid.T, s string) [][]byte {
	var out [][]byte
	for len(s) > 0 {
		n := min(len(s), rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(1, 9000)).Draw(t, "cut"))
		out = append(out, []byte(s[:n]))
		s = s[n:]
	}
	return out
}

const opening = "EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n"

// TestNoSmuggling: whatever stands between DATA and the end, the backend gets
// exactly the model's message, and what is behind the end is read as commands,
// as by the model.
func TestNoSmuggling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wire := hostile().Draw(t, "wire")
		lmtp := rapid.Bool().Draw(t, "lmtp")
		var want []message
		data, lf, cr, rest, ok := model(wire)
		if ok {
			want = append(want, message{data: data, lf: lf, cr: cr})
			if i := strings.Index(rest, "DATA\r\n"); i >= 0 {
				rest = rest[:i] // one message is enough
			}
			wire = wire[:indexEnd(wire)] + rest
		}
		open := opening
		if lmtp {
			open = strings.Replace(open, "EHLO", "LHLO", 1)
		}
		r := &recorder{}
		if _, err := run(r, Options{Trusted: everybody}, lmtp, chop(t, open+wire)); err != nil {
			t.Fatal(err)
		}
		got := r.messages()
		if len(got) != len(want) {
			t.Fatalf("%d messages, want %d: %+v", len(got), len(want), got)
		}
		for i, w := range want {
			if g := got[i]; g.data != w.data || g.lf != w.lf || g.cr != w.cr {
				t.Fatalf("message is %q (%d bare LF, %d bare CR), want %q (%d, %d)", g.data, g.lf, g.cr, w.data, w.lf, w.cr)
			}
		}
		evil, strange := wanted(rest)
		heard := len(r.mails) - 1
		if ok && (heard > evil || heard < evil && strange <= 3) {
			t.Fatalf("%d further MAIL commands were heard, want %d: %q", heard, evil, r.mails)
		}
		if !ok && len(r.mails) != 1 {
			t.Fatalf("commands inside the message were heard: %q", r.mails)
		}
	})
}

func indexEnd(wire string) int { return strings.Index("\r\n"+wire, "\r\n.\r\n") + 3 }

// wanted counts the MAIL commands that are heard behind a message, before QUIT
// and outside of what a BDAT eats; the second of one transaction is refused.
// strange counts lines that are no command: the library goes after four.
func wanted(rest string) (n, strange int) {
	open := false
	for {
		line, tail, more := strings.Cut(rest, "\n")
		if !more {
			return n, strange
		}
		rest = tail
		switch {
		case line == "QUIT\r":
			return n, strange
		case line == "BDAT 3\r":
			rest = rest[min(3, len(rest)):]
		case line == "MAIL FROM:<evil@evil.example>\r":
			if !open {
				n++
			}
			open = true
		default:
			strange++
		}
	}
}

// TestEverySplit: the known smuggling forms, cut at every place.
func TestEverySplit(t *testing.T) {
	evil := "MAIL FROM:<evil@evil.example>\r\nRCPT TO:<victim@b.example>\r\nDATA\r\nevil\r\n.\r\n"
	for _, form := range []string{
		"\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\r\n.\r\r\n", "\r\n\x00.\r\n", "\r\n.\x00\r\n", "\r\n.\r\r\n",
	} {
		wire := "x" + form + evil + "\r\n.\r\n"
		data, lf, cr, _, ok := model(wire)
		if !ok {
			t.Fatal("the model finds no end")
		}
		for cut := 0; cut <= len(form)+3; cut++ {
			r := &recorder{}
			at := len(opening) + cut
			all := opening + wire
			if _, err := run(r, Options{}, false, [][]byte{[]byte(all[:at]), []byte(all[at:])}); err != nil {
				t.Fatal(err)
			}
			got := r.messages()
			if len(got) != 1 || got[0].data != data || got[0].lf != lf || got[0].cr != cr {
				t.Fatalf("%q cut at %d: %d messages %+v, want %q (%d, %d)", form, cut, len(got), got, data, lf, cr)
			}
			if len(r.mails) != 1 {
				t.Fatalf("%q cut at %d: smuggled: %q", form, cut, r.mails)
			}
		}
	}
}

// TestStrayCRAtTheEnd: the library alone never finds the end of this one.
func TestStrayCRAtTheEnd(t *testing.T) {
	r := &recorder{}
	said, err := run(r, Options{}, false, [][]byte{[]byte(opening + "last line\r\r\n.\r\nQUIT\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	got := r.messages()
	if len(got) != 1 || got[0].data != "last line \r\n" || got[0].cr != 1 {
		t.Errorf("%+v", got)
	}
	if !strings.HasSuffix(said, "221 2.0.0 Bye\r\n") {
		t.Errorf("the server said %q", said)
	}
}

// TestCutOff: a client that goes away inside a message has sent none.
func TestCutOff(t *testing.T) {
	envelope := strings.TrimSuffix(opening, "DATA\r\n")
	for _, wire := range []string{
		opening + "half a mess", opening + "x\r\n.\r", envelope + "BDAT 10 LAST\r\nhalf", envelope + "BDAT 4\r\nhalfBDAT 10 LAST\r\n", envelope + "BDAT 4\r\nhalf",
	} {
		for _, lmtp := range []bool{false, true} {
			r := &recorder{}
			if lmtp {
				wire = strings.Replace(wire, "EHLO", "LHLO", 1)
			}
			said, err := run(r, Options{Chunking: true}, lmtp, [][]byte{[]byte(wire)})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.messages(); len(got) != 0 || strings.Contains(said, "queued") {
				t.Errorf("%q: backend got %+v, client heard %q", wire, got, said)
			}
		}
	}
}

// TestCleanDataUnchanged: a message with proper line ends arrives as it is.
func TestCleanDataUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte(".\x00 aé\xff\t")), 0, 5000), func(b []byte) string { return string(b) })
		var data, wire strings.Builder
		for _, l := range rapid.SliceOfN(line, 0, 20).Draw(t, "lines") {
			fmt.Fprintf(&data, "%s\r\n", l)
			if strings.HasPrefix(l, ".") {
				wire.WriteByte('.')
			}
			fmt.Fprintf(&wire, "%s\r\n", l)
		}
		r := &recorder{}
		if _, err := run(r, Options{}, false, chop(t, opening+wire.String()+".\r\n")); err != nil {
			t.Fatal(err)
		}
		if got := r.messages(); len(got) != 1 || got[0].data != data.String() || got[0].lf+got[0].cr != 0 {
			t.Fatalf("%+v, want %q", got, data.String())
		}
	})
}

// FuzzDialogue feeds arbitrary octets to the server behind the adapter, in two
// cuttings: it must end, hear the same thing both times, and count the messages
// that the backend got.
func FuzzDialogue(f *testing.F) {
	for _, s := range []string{
		opening + "x\r\n.\r\nQUIT\r\n", opening + "x\n.\nMAIL FROM:<e@e>\r\n", "LHLO me\r\nXFORWARD NAME=a IDENT=b\r\nMAIL FROM:<>\r\n",
		"EHLO a\r\nXCLIENT ADDR=1.2.3.4\r\nEHLO b\r\nAUTH LOGIN\r\n*\r\nNOOP\r\n", "BDAT 10 LAST\r\n0123456789BDAT 0\r\n",
		"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 3\r\nabcBDAT 2 LAST\r\n\r\nRSET\r\n", "\r\n\n\r", "EHLO a\r\nDATA \r\nDATA  \r\nSTARTTLS\r\n",
	} {
		f.Add([]byte(s), uint8(7), false)
		f.Add([]byte(s), uint8(7), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, cut uint8, chunking bool) {
		for _, lmtp := range []bool{false, true} {
			o := Options{Trusted: everybody, Chunking: chunking, Limits: Limits{Chunk: 1 << 16}}
			var said [2]string
			var got [2][]message
			for i, pieces := range [][][]byte{{bytes.Clone(in)}, cutEvery(in, int(cut)+1)} {
				r := &recorder{login: true}
				counted := 0
				var conns []*Conn
				r.onNew = func(c *Conn) { conns = append(conns, c) }
				s, err := run(r, o, lmtp, pieces)
				if err != nil {
					t.Fatal(err)
				}
				said[i], got[i] = s, r.messages()
				for _, c := range conns {
					counted += c.Stats().Messages
				}
				if n := len(got[i]); n != counted {
					t.Fatalf("backend got %d messages, the adapter counted %d", n, counted)
				}
				for _, m := range got[i] {
					if !m.chunked && hasStray(m.data) {
						t.Fatalf("stray line end handed on: %q", m.data)
					}
				}
			}
			if said[0] != said[1] || fmt.Sprint(got[0]) != fmt.Sprint(got[1]) {
				t.Fatalf("cutting changes the meaning:\n%q %+v\n%q %+v", said[0], got[0], said[1], got[1])
			}
		}
	})
}

func hasStray(s string) bool {
	s = strings.ReplaceAll(s, "\r\n", "")
	return strings.ContainsAny(s, "\r\n")
}

func cutEvery(in []byte, n int) (out [][]byte) {
	for in = bytes.Clone(in); len(in) > n; in = in[n:] {
		out = append(out, in[:n])
	}
	return append(out, in)
}
