package smtpwire

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// Forward is the net.Conn for the library's client. It hands the client one
// reply line for each Read and never one more, so that between two commands
// nothing is buffered above it, and commands that the library does not know can
// be said there. Like the client itself it is for one goroutine at a time.
type Forward struct {
	// LMTP says LHLO instead of EHLO.
	LMTP bool
	// OnReply is told of each reply after the final dot when its last line
	// arrives, before the client returns: n counts from 0 in the order of the
	// accepted recipients (LMTP; SMTP has one). text has lines joined by LF,
	// without codes. Set it before Data; it may move the read deadline, and must
	// not use the connection otherwise.
	OnReply func(n, code int, text string)
	// Timeout bounds each command said here; 5 minutes when zero.
	Timeout time.Duration

	conn   net.Conn
	buf    []byte
	r, w   int
	again  []byte // a greeting that the client is still to read
	line   []byte // of a reply, as far as it came
	text   []byte // of the reply's earlier lines
	dotted bool   // a 354 was read
	count  int    // replies since then
}

const (
	maxReplyLine = 2048     // RFC 5321 section 4.5.3.1.5 says 512
	maxReply     = 64 << 10 // all lines of one reply
)

// NewForward wraps a connection to the next hop, before its greeting is read.
func NewForward(conn net.Conn) *Forward {
	return &Forward{conn: conn, buf: make([]byte, 4096)}
}

// Read implements net.Conn: at most one line.
func (f *Forward) Read(b []byte) (int, error) {
	if len(f.again) > 0 {
		n := copy(b, f.again)
		f.again = f.again[n:]
		return n, nil
	}
	if err := f.fill(); err != nil {
		return 0, err
	}
	p := f.buf[f.r:f.w]
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		p = p[:i+1]
	}
	n := copy(b, p)
	f.r += n
	return n, f.heard(b[:n])
}

// heard follows replies for OnReply.
func (f *Forward) heard(p []byte) error {
	f.line = append(f.line, p...)
	if len(f.line) > maxReplyLine || len(f.text) > maxReply {
		return errLongReply
	}
	if p[len(p)-1] != '\n' {
		return nil
	}
	code, final, text := replyLine(f.line)
	f.line = f.line[:0]
	f.text = append(f.text, text...)
	if !final {
		f.text = append(f.text, '\n')
		return nil
	}
	said := string(f.text)
	f.text = f.text[:0]
	switch {
	case f.dotted:
		n := f.count
		f.count++
		if f.OnReply != nil {
			f.OnReply(n, code, said)
		}
	case code == 354:
		f.dotted, f.count = true, 0
	}
	return nil
}

var errLongReply = errors.New("next hop: reply is too long")

func replyLine(line []byte) (code int, final bool, text []byte) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) < 3 {
		return 0, true, line
	}
	code, _ = strconv.Atoi(string(line[:3]))
	return code, len(line) < 4 || line[3] != '-', line[min(4, len(line)):]
}

func (f *Forward) fill() error {
	if f.r < f.w {
		return nil
	}
	n, err := f.conn.Read(f.buf)
	f.r, f.w = 0, n
	if n > 0 {
		return nil
	}
	return err
}

// Write implements net.Conn. What is written after a reply to the final dot
// is the next command.
func (f *Forward) Write(p []byte) (int, error) {
	if f.count > 0 {
		f.dotted, f.count = false, 0
	}
	return f.conn.Write(p)
}

// Command says one command, without its CRLF, and reads its reply. It must be
// called between two commands of the client, never between Data and the replies
// to the final dot.
func (f *Forward) Command(line string) (code int, text string, err error) {
	if strings.ContainsAny(line, "\r\n") || len(line) > 2046 {
		return 0, "", errors.New("next hop: command is too long or has a line end")
	}
	f.deadline()
	defer f.conn.SetDeadline(time.Time{})
	if _, err := f.Write([]byte(line + "\r\n")); err != nil {
		return 0, "", err
	}
	return f.reply()
}

func (f *Forward) deadline() {
	f.conn.SetDeadline(time.Now().Add(or(f.Timeout, 5*time.Minute)))
}

// reply reads one reply past the client.
func (f *Forward) reply() (code int, text string, err error) {
	var all, line []byte
	for {
		if err := f.fill(); err != nil {
			return 0, "", err
		}
		p := f.buf[f.r:f.w]
		i := bytes.IndexByte(p, '\n')
		if i >= 0 {
			p = p[:i+1]
		}
		f.r += len(p)
		line = append(line, p...)
		if len(line) > maxReplyLine || len(all) > maxReply {
			return 0, "", errLongReply
		}
		if i < 0 {
			continue
		}
		code, final, text := replyLine(line)
		all = append(all, text...)
		if final {
			return code, string(all), nil
		}
		all, line = append(all, '\n'), line[:0]
	}
}

// expect is Command, with any other code than want as *smtp.SMTPError.
func (f *Forward) expect(want int, line string) (string, error) {
	code, text, err := f.Command(line)
	if err == nil && code != want {
		err = &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
	}
	return text, err
}

// XForward tells the next hop about the client that a speaks for, before MAIL:
// the attributes in a.Given that the next hop takes. It says nothing, and
// returns false, where XFORWARD is not offered. client must have said hello on
// this connection.
func (f *Forward) XForward(client *smtp.Client, a Attrs) (bool, error) {
	_, offer := client.Extension("XFORWARD")
	// Two commands, so that neither is longer than 512 octets in practice.
	groups := [][]attrName{xforwardAttrs[:3], xforwardAttrs[3:]}
	said := false
	for _, g := range groups {
		args := a.args(g, offer)
		if args == "" {
			continue
		}
		if _, err := f.expect(250, "XFORWARD"+args); err != nil {
			return said, err
		}
		said = true
	}
	return said, nil
}

// XClient makes the next hop take the client that a speaks for as its own, and
// greets it again as hello; what it offers then must be what it offered before,
// for the library's client does not look again.
func (f *Forward) XClient(client *smtp.Client, a Attrs, hello string) (bool, error) {
	_, offer := client.Extension("XCLIENT")
	args := a.args(xclientAttrs, offer)
	if args == "" {
		return false, nil
	}
	if _, err := f.expect(220, "XCLIENT"+args); err != nil {
		return false, err
	}
	_, err := f.expect(250, f.helloVerb()+" "+hello)
	return err == nil, err
}

func (f *Forward) helloVerb() string {
	if f.LMTP {
		return "LHLO"
	}
	return "EHLO"
}

// args is " NAME=value …" of what is given and offered.
func (a Attrs) args(set []attrName, offer string) string {
	var b strings.Builder
	offered := strings.Fields(offer)
	for _, s := range set {
		if a.Given&s.attr == 0 || !hasKeyword(offered, s.name) {
			continue
		}
		fmt.Fprintf(&b, " %s=%s", s.name, xtext(a.text(s.attr)))
	}
	return b.String()
}

// text is a value as it is sent, before xtext.
func (a Attrs) text(attr Attr) string {
	addr, prt := a.Addr, a.Port
	switch attr {
	case AttrName:
		return a.Name
	case AttrReverseName:
		return a.ReverseName
	case AttrProto:
		return a.Proto
	case AttrHelo:
		return a.Helo
	case AttrIdent:
		return a.Ident
	case AttrSource:
		return a.Source
	case AttrLogin:
		return a.Login
	case AttrDestAddr:
		addr = a.DestAddr
		fallthrough
	case AttrAddr:
		if !addr.IsValid() {
			return ""
		}
		if addr.Is6() && !addr.Is4In6() {
			return "IPV6:" + addr.String()
		}
		return addr.Unmap().String()
	case AttrDestPort:
		prt = a.DestPort
	}
	if prt == 0 {
		return ""
	}
	return strconv.Itoa(int(prt))
}

// StartTLS reads the greeting, says hello and STARTTLS, and goes over to TLS;
// the client, made on f afterwards, reads the same greeting and begins inside.
// It is an error where STARTTLS is not offered, and where anything came in plain
// text behind its answer, for that could be anybody's (RFC 3207 section 4.2).
func (f *Forward) StartTLS(hello string, cfg *tls.Config) error {
	f.deadline()
	defer func() { f.conn.SetDeadline(time.Time{}) }()
	code, greeting, err := f.reply()
	if err != nil {
		return err
	}
	if code != 220 {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: greeting}
	}
	offer, err := f.expect(250, f.helloVerb()+" "+hello)
	if err != nil {
		return err
	}
	if !hasKeyword(strings.Split(offer, "\n"), "STARTTLS") {
		return errors.New("next hop: STARTTLS is not offered")
	}
	if _, err := f.expect(220, "STARTTLS"); err != nil {
		return err
	}
	if f.r < f.w {
		return errors.New("next hop: plain text behind the answer to STARTTLS")
	}
	tc := tls.Client(f.conn, cfg)
	ctx, cancel := context.WithTimeout(context.Background(), or(f.Timeout, 5*time.Minute))
	defer cancel()
	if err := tc.HandshakeContext(ctx); err != nil {
		return err
	}
	f.conn = tc
	first, _, _ := strings.Cut(greeting, "\n")
	f.again = []byte("220 " + first + "\r\n")
	return nil
}

// TLS is the state of the TLS session to the next hop, false when there is none.
func (f *Forward) TLS() (tls.ConnectionState, bool) {
	tc, ok := f.conn.(*tls.Conn)
	if !ok {
		return tls.ConnectionState{}, false
	}
	return tc.ConnectionState(), true
}

// Close implements net.Conn.
func (f *Forward) Close() error { return f.conn.Close() }

// LocalAddr implements net.Conn.
func (f *Forward) LocalAddr() net.Addr { return f.conn.LocalAddr() }

// RemoteAddr implements net.Conn.
func (f *Forward) RemoteAddr() net.Addr { return f.conn.RemoteAddr() }

// SetDeadline implements net.Conn.
func (f *Forward) SetDeadline(t time.Time) error { return f.conn.SetDeadline(t) }

// SetReadDeadline implements net.Conn.
func (f *Forward) SetReadDeadline(t time.Time) error { return f.conn.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn.
func (f *Forward) SetWriteDeadline(t time.Time) error { return f.conn.SetWriteDeadline(t) }
