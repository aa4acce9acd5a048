package milter

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Commands of the milter protocol that the connection itself must know.
const (
	cmdAbort   = 'A'
	cmdConnect = 'C'
	cmdEnd     = 'E'
	cmdMail    = 'M'
	cmdQuit    = 'Q'
	cmdQuitNew = 'K'
	cmdRcpt    = 'R'
)

const (
	readBuffer = 32 << 10
	// maxPacket is far above a 64 KiB body chunk and Postfix's default of
	// 102,400 bytes for one header field. The library alone would set aside half
	// a gigabyte on the word of four bytes.
	maxPacket = 1 << 20
	// maxCommand bounds connect, MAIL and RCPT, which are checked inside the
	// read buffer; an SMTP command line is at most a few thousand bytes.
	maxCommand = 16 << 10
	// negotiateWithin replaces the library's one second, which is too short on a
	// machine under load.
	negotiateWithin = 10 * time.Second
)

var errPacket = errors.New("malformed milter packet")

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readBuffer) }}

// conn stands between the library and the socket.
//
// Reading: one system call for many packets, and no packet reaches the library
// before its frame was checked, since the library indexes past the end of a
// packet that is empty or lacks its terminating zero.
//
// Writing: a packet leaves in one system call, and the changes to a message
// leave together with the final reply.
//
// It also knows whether a message is in work, which is what a graceful end
// needs to know. All methods but Close and the deadlines are called by the one
// goroutine of the library's session.
type conn struct {
	net.Conn
	server    *Server
	inMessage atomic.Bool

	r       *bufio.Reader
	left    int  // bytes of the current packet not yet handed over
	command byte // of the current packet
	greeted bool // the negotiation is over

	w     []byte // packets not yet sent, perhaps the last one incomplete
	start int    // of the last packet in w

	once sync.Once
}

func newConn(s *Server, c net.Conn) *conn {
	r := readers.Get().(*bufio.Reader)
	r.Reset(c)
	return &conn{Conn: c, server: s, r: r}
}

func (c *conn) Read(p []byte) (int, error) {
	if c.r == nil {
		return 0, net.ErrClosed
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			c.dropReader()
			return 0, err
		}
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	if err != nil || c.left == 0 && c.command == cmdQuit {
		c.dropReader()
	}
	return n, err
}

// dropReader gives the buffer back. The session's goroutine reads no more: the
// library ends a session at the first error and at SMFIC_QUIT.
func (c *conn) dropReader() {
	c.r.Reset(nil)
	readers.Put(c.r)
	c.r = nil
}

// next looks at the head of the next packet and checks all that the library
// takes for granted.
func (c *conn) next() error {
	head, err := c.r.Peek(5)
	if err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head)
	c.command = head[4]
	if n < 1 || n > maxPacket {
		return fmt.Errorf("%w: %d bytes announced, 1 to %d expected", errPacket, n, maxPacket)
	}
	switch c.command {
	case cmdConnect, cmdMail, cmdRcpt:
		if err := c.checkStrings(int(n)); err != nil {
			return err
		}
	}
	switch c.command {
	case cmdMail:
		c.inMessage.Store(true)
	case cmdAbort, cmdQuit, cmdQuitNew:
		c.inMessage.Store(false)
	}
	c.greeted = true
	c.left = 4 + int(n)
	return nil
}

// checkStrings checks that the first string of a command ends, and that the
// address family follows the host's name.
func (c *conn) checkStrings(n int) error {
	if n > maxCommand {
		return fmt.Errorf("%w: command %c of %d bytes", errPacket, c.command, n)
	}
	b, err := c.r.Peek(4 + n)
	if err != nil {
		return err
	}
	data := b[5:]
	end := bytes.IndexByte(data, 0)
	if end < 0 || c.command == cmdConnect && end == len(data)-1 {
		return fmt.Errorf("%w: command %c is cut short", errPacket, c.command)
	}
	return nil
}

// Write takes whole packets or parts of them, and sends when a packet is whole
// and is not one of the changes that a final reply must follow.
func (c *conn) Write(p []byte) (int, error) {
	c.w = append(c.w, p...)
	for len(c.w) >= c.start+5 {
		n := 4 + int(binary.BigEndian.Uint32(c.w[c.start:]))
		if len(c.w) < c.start+n {
			return len(p), nil
		}
		code := c.w[c.start+4]
		if c.start+n == len(c.w) && (!isChange(code) || len(c.w) > maxPacket) {
			return len(p), c.flush(code)
		}
		c.start += n
	}
	return len(p), nil
}

func (c *conn) flush(code byte) error {
	_, err := c.Conn.Write(c.w)
	c.w, c.start = c.w[:0], 0
	if c.command == cmdEnd && code != 'p' && !isChange(code) {
		c.inMessage.Store(false)
	}
	return err
}

// isChange reports whether a reply changes the message instead of ending it.
func isChange(code byte) bool {
	switch code {
	case '+', '-', '2', 'b', 'e', 'h', 'i', 'm', 'q':
		return true
	}
	return false
}

// SetReadDeadline gives the negotiation more time than the library does.
func (c *conn) SetReadDeadline(t time.Time) error {
	if !t.IsZero() && !c.greeted {
		t = time.Now().Add(negotiateWithin)
	}
	return c.Conn.SetReadDeadline(t)
}

// Close may be called by several goroutines.
func (c *conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		c.server.forget(c)
	})
	return err
}
