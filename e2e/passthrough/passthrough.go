// Package passthrough is the smallest LMTP proxy that is right: it stands where
// kith stands and does nothing. It is the yardstick for what a filter costs and
// for how much mail is doubled when one is killed, and, with Delay, the slow
// next hop of the drills.
//
// It never answers in its own name, except 421 when the next hop can not be
// reached: every reply, also each of those after the final dot (RFC 2033 §4.2),
// is the next hop's. So a message is accepted only when the next hop has it.
// What it does not do is remember: a proxy that is killed between the next
// hop's reply and its own makes the MTA send again, and a copy doubles.
package passthrough

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// Proxy passes LMTP sessions on to the next hop.
type Proxy struct {
	Network, Next string // as for net.Dial
	// Delay, if set, is asked before each final reply is passed back, with the
	// recipient that it belongs to.
	Delay func(rcpt string) time.Duration
	// Messages counts transactions whose final replies were all passed back.
	Messages atomic.Int64
}

// Serve passes on what comes in at l until l is closed.
func (p *Proxy) Serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			next, err := net.Dial(p.Network, p.Next)
			if err != nil {
				io.WriteString(c, "421 4.4.1 the next hop can not be reached\r\n")
				return
			}
			defer next.Close()
			s := &session{proxy: p, client: c, next: next,
				in: bufio.NewReaderSize(c, 1<<16), back: bufio.NewReaderSize(next, 1<<16)}
			s.run()
		}()
	}
}

// session is one connection from the MTA and its twin to the next hop. An error
// on either side ends both, and the other party sees a lost connection.
type session struct {
	proxy        *Proxy
	client, next net.Conn
	in, back     *bufio.Reader
	rcpts        []string // accepted so far; each gets a reply after the dot
}

func (s *session) run() error {
	if _, err := s.answer(); err != nil { // the greeting
		return err
	}
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return err
		}
		if _, err := io.WriteString(s.next, line); err != nil {
			return err
		}
		code, err := s.answer()
		if err != nil {
			return err
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb = strings.ToUpper(verb); {
		case verb == "LHLO" || verb == "RSET" || verb == "MAIL":
			s.rcpts = nil
		case verb == "RCPT" && code[0] == '2':
			s.rcpts = append(s.rcpts, address(rest))
		case verb == "DATA" && code == "354":
			if err := s.data(); err != nil {
				return err
			}
		case verb == "QUIT":
			return nil
		}
	}
}

// answer passes one reply, of however many lines, back to the client and
// returns its code.
func (s *session) answer() (string, error) {
	for {
		line, err := s.back.ReadString('\n')
		if err != nil {
			return "", err
		}
		if len(line) < 4 {
			return "", fmt.Errorf("short reply %q", line)
		}
		if _, err := io.WriteString(s.client, line); err != nil {
			return "", err
		}
		if line[3] != '-' {
			return line[:3], nil
		}
	}
}

// data passes the message on up to the final dot, then the replies back. When
// the client goes away before the dot, the next hop never sees one.
func (s *session) data() error {
	out := bufio.NewWriterSize(s.next, 1<<16)
	for begin := true; ; {
		piece, err := s.in.ReadSlice('\n') // a line, or a buffer full of a long one
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if _, err := out.Write(piece); err != nil {
			return err
		}
		if begin && bytes.Equal(piece, []byte(".\r\n")) {
			break
		}
		begin = err == nil
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for _, rcpt := range s.rcpts {
		if s.proxy.Delay != nil {
			time.Sleep(s.proxy.Delay(rcpt))
		}
		if _, err := s.answer(); err != nil {
			return err
		}
	}
	s.rcpts = nil
	s.proxy.Messages.Add(1)
	return nil
}

// address takes "u001@corp.test" out of "TO:<u001@corp.test> NOTIFY=NEVER".
func address(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
