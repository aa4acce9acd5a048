package load

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// client is an SMTP client that hides nothing: each reply code is seen, and it
// is known whether a lost connection was lost before or after the final dot.
type client struct {
	conn net.Conn
	text *textproto.Conn
	ext  map[string]bool
}

// replyTimeout is longer than any timeout within the path under test, so that
// the client is never the one who gives up first.
const replyTimeout = 150 * time.Second

const helo = "load.outside.test"

// dial connects, presents an XCLIENT identity if one is given, and signs in if
// a user is given.
func dial(addr, xclient, user, password string) (*client, error) {
	c, err := connect(addr)
	if err != nil {
		return nil, err
	}
	if err := c.open(xclient, user, password); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// connect reads the greeting.
func connect(addr string) (*client, error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, text: textproto.NewConn(conn)}
	if _, _, err := c.reply(220); err != nil {
		c.close()
		return nil, fmt.Errorf("greeting: %w", err)
	}
	return c, nil
}

func (c *client) open(xclient, user, password string) error {
	if xclient != "" { // the server starts over afterwards, with a new greeting
		if _, err := c.want(250, "EHLO %s", helo); err != nil {
			return err
		}
		if _, err := c.want(220, "XCLIENT %s", xclient); err != nil {
			return err
		}
	}
	text, err := c.want(250, "EHLO %s", helo)
	if err != nil {
		return err
	}
	c.ext = map[string]bool{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 0 {
			c.ext[strings.ToUpper(f[0])] = true
		}
	}
	if user == "" {
		return nil
	}
	token := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
	_, err = c.want(235, "AUTH PLAIN %s", token)
	return err
}

// reply reads one reply. An unexpected code is an error of type
// *textproto.Error; want 0 takes any.
func (c *client) reply(want int) (int, string, error) {
	c.conn.SetReadDeadline(time.Now().Add(replyTimeout))
	return c.text.ReadResponse(want)
}

// command sends one line and reads the reply.
func (c *client) command(format string, args ...any) (int, string, error) {
	c.conn.SetWriteDeadline(time.Now().Add(replyTimeout))
	if err := c.text.PrintfLine(format, args...); err != nil {
		return 0, "", err
	}
	return c.reply(0)
}

func (c *client) want(code int, format string, args ...any) (string, error) {
	got, text, err := c.command(format, args...)
	if err == nil && got != code {
		err = fmt.Errorf("%s: %d %s", strings.Fields(format)[0], got, text)
	}
	return text, err
}

func (c *client) quit() {
	c.command("QUIT")
	c.close()
}

func (c *client) close() { c.conn.Close() }

// attempt is the outcome of one transaction.
type attempt struct {
	code        int // 0: the connection was lost
	reply       string
	to, refused []string
	doubt       bool // all data was sent and no reply came
}

// transaction sends one message. raw has CRLF line ends where it has any.
func (c *client) transaction(from string, to []string, raw []byte, utf8 bool) attempt {
	parameters := ""
	if c.ext["8BITMIME"] {
		parameters = " BODY=8BITMIME"
	}
	if utf8 && c.ext["SMTPUTF8"] {
		parameters += " SMTPUTF8"
	}
	var a attempt
	var err error
	if a.code, a.reply, err = c.command("MAIL FROM:<%s>%s", from, parameters); err != nil {
		return lost(a, err)
	}
	if a.code != 250 {
		return a
	}
	for _, r := range to {
		if a.code, a.reply, err = c.command("RCPT TO:<%s>", r); err != nil {
			return lost(a, err)
		}
		switch a.code / 100 {
		case 2:
			a.to = append(a.to, r)
		case 4:
			return a // all or nothing: the next try asks for every recipient again
		default:
			a.refused = append(a.refused, r)
		}
	}
	if len(a.to) == 0 {
		return a
	}
	if a.code, a.reply, err = c.command("DATA"); err != nil {
		return lost(a, err)
	}
	if a.code != 354 {
		return a
	}
	c.conn.SetWriteDeadline(time.Now().Add(replyTimeout))
	if err := writeStuffed(c.conn, raw); err != nil {
		return lost(a, err)
	}
	if a.code, a.reply, err = c.reply(0); err != nil {
		a = lost(a, err)
		a.doubt = true
	}
	return a
}

func lost(a attempt, err error) attempt {
	a.code, a.reply = 0, err.Error()
	return a
}

// writeStuffed writes a message with dot-stuffing and the final dot
// (RFC 5321 §4.5.2). Nothing else is changed: a bare LF stays one.
func writeStuffed(w io.Writer, raw []byte) error {
	var b bytes.Buffer
	b.Grow(len(raw) + 64)
	if bytes.HasPrefix(raw, []byte(".")) {
		b.WriteByte('.')
	}
	for {
		i := bytes.Index(raw, []byte("\r\n."))
		if i < 0 {
			break
		}
		b.Write(raw[:i+3])
		b.WriteByte('.')
		raw = raw[i+3:]
	}
	b.Write(raw)
	if !bytes.HasSuffix(b.Bytes(), []byte("\r\n")) {
		b.WriteString("\r\n")
	}
	b.WriteString(".\r\n")
	_, err := w.Write(b.Bytes())
	return err
}
