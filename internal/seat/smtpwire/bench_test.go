package smtpwire

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// discard reads messages and forgets them.
type discard struct{}

func (discard) NewSession(*smtp.Conn) (smtp.Session, error) { return discard{}, nil }
func (discard) Reset()                                      {}
func (discard) Logout() error                               { return nil }
func (discard) Mail(string, *smtp.MailOptions) error        { return nil }
func (discard) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (discard) Data(r io.Reader) error                      { _, err := io.Copy(io.Discard, r); return err }

// BenchmarkData compares one message through the adapter and the library with
// the library alone (at the line limit that real mail needs).
func BenchmarkData(b *testing.B) {
	for _, size := range []int{25 << 10, 25 << 20} {
		line := strings.Repeat("0123456789abcde ", 4) + "0123456789\r\n"
		body := []byte(strings.Repeat(line, size/len(line)) + ".\r\n")
		for _, through := range []bool{false, true} {
			b.Run(fmt.Sprintf("size=%dk/adapter=%v", size>>10, through), func(b *testing.B) {
				benchData(b, body, through)
			})
		}
	}
}

func benchData(b *testing.B, body []byte, through bool) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	s := newServer(discard{}, false)
	s.MaxLineLength = 1 << 20
	if through {
		Prepare(s)
		l = Listen(l, Options{})
	}
	go s.Serve(l)
	defer s.Close()
	c := dial(b, addr)
	c.conn.SetDeadline(noDeadline)
	c.want("220")
	c.send("EHLO me\r\n")
	c.want("250")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		c.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n")
		c.want("250", "250", "354")
		if _, err := c.conn.Write(body); err != nil {
			b.Fatal(err)
		}
		c.want("250")
	}
}

// BenchmarkLineEnds is the scanner alone; the second text is what a hostile
// client would send to make it slow.
func BenchmarkLineEnds(b *testing.B) {
	for name, line := range map[string]string{
		"lines": strings.Repeat("x", 76) + "\r\n", "CR": "\r", "LF": "\n", "dots": "\r\n..", "oneline": "xxxxxxxx",
	} {
		src := bytes.Repeat([]byte(line), bufferSize/len(line))
		dst := make([]byte, 4096)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			var e lineEnds
			for range b.N {
				for p := src; len(p) > 0; {
					_, n, _ := e.next(dst, p)
					p = p[n:]
				}
			}
		})
	}
}
