package smtpwire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// Read implements net.Conn for the library: one command line, or a piece of the
// message, never both.
func (c *Conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		if err := c.gone(); err != nil {
			return 0, err
		}
		if len(c.out) > 0 {
			n := copy(b, c.out)
			c.out = c.out[n:]
			return n, nil
		}
		n, err := 0, error(nil)
		switch c.where() {
		case inData:
			n, err = c.readData(b)
		case inChunk:
			n, err = c.readChunk(b)
		default:
			err = c.readCommand()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *Conn) where() phase {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase
}

// readData hands over lines of a message until its final dot.
func (c *Conn) readData(b []byte) (int, error) {
	w := c.w
	if w.r == w.w {
		if err := w.fill(time.Time{}, false); err != nil {
			return 0, c.cut(err)
		}
	}
	dst, scratch := b, []byte(nil)
	if len(b) < growth {
		scratch = make([]byte, growth)
		dst = scratch
	}
	nd, ns, end := c.ends.next(dst, w.buffered())
	w.r += ns
	c.lf.Store(c.ends.lf)
	c.cr.Store(c.ends.cr)
	if end {
		c.endMessage()
	} else if c.octets += int64(ns); c.octets > w.opt.Limits.Data {
		return 0, c.farewell("421 4.3.0 Message is far too large, closing the connection")
	}
	if scratch != nil {
		c.out = scratch[:nd]
		return 0, nil
	}
	return nd, nil
}

// readChunk hands over the octets of a BDAT chunk as they are.
func (c *Conn) readChunk(b []byte) (int, error) {
	w := c.w
	if w.r == w.w {
		if err := w.fill(time.Time{}, false); err != nil {
			return 0, c.cut(err)
		}
	}
	p := w.buffered()
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n := copy(b, p)
	w.r += n
	c.chunks.add(b[:n])
	lf, cr := c.chunks.bare()
	c.lf.Store(lf)
	c.cr.Store(cr)
	if c.left -= int64(n); c.left == 0 {
		c.mu.Lock()
		c.phase = atCommand
		c.mu.Unlock()
	}
	return n, nil
}

// endMessage is called when the final dot was seen.
func (c *Conn) endMessage() {
	c.w.left = c.w.opt.Timeouts.Patience
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.verb = atCommand, ""
	c.messages++
	c.over = true
}

// cut is the error for the reader of a message that stops before its end. A
// client that is too slow hears a temporary failure, whatever the session makes
// of it. A client that is gone must not look like the end of the input: the
// library takes io.EOF in a last chunk for the end of the message, and would
// have half of it delivered.
func (c *Conn) cut(err error) error {
	if isTimeout(err) {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 4, 2}, Message: "Timeout inside the message"}
	}
	if errors.Is(err, io.EOF) {
		c.end()
		return io.ErrUnexpectedEOF
	}
	return err
}

// errLine says that a line was read away and must be refused.
type errLine struct {
	code int
	text string
}

func (e *errLine) Error() string { return e.text }

var (
	errTooLong = &errLine{500, "5.5.2 Line too long"}
	errBare    = &errLine{500, "5.5.2 Line has a CR or LF that is not part of a CRLF"}
)

// line takes the next line off the wire, with its CRLF; it stands in the buffer
// until the next fill. An *errLine means that there was one but it is not fit
// to be heard.
func (c *Conn) line(limit int, idle bool) ([]byte, error) {
	w := c.w
	var by time.Time
	for seen := 0; ; {
		p := w.buffered()
		if i := bytes.IndexByte(p[seen:], '\n'); i >= 0 {
			line := p[:seen+i+1]
			w.r += len(line)
			return line, fit(line, limit)
		}
		if seen = len(p); seen >= limit {
			return nil, c.skip(by)
		}
		if seen > 0 && by.IsZero() && w.opt.Timeouts.Line > 0 {
			by = time.Now().Add(w.opt.Timeouts.Line)
		}
		if err := w.fill(by, idle && seen == 0); err != nil {
			return nil, err
		}
	}
}

func fit(line []byte, limit int) error {
	switch n := len(line); {
	case n > limit:
		return errTooLong
	case n < 2 || bytes.IndexByte(line, '\r') != n-2:
		return errBare
	}
	return nil
}

// skip reads the rest of an overlong line away.
func (c *Conn) skip(by time.Time) error {
	w := c.w
	for n := 0; ; {
		p := w.buffered()
		if i := bytes.IndexByte(p, '\n'); i >= 0 {
			w.r += i + 1
			return errTooLong
		}
		n += len(p)
		w.r = w.w
		if n > maxSkip {
			return c.farewell("421 4.7.0 Line without an end, closing the connection")
		}
		if err := w.fill(by, false); err != nil {
			return err
		}
	}
}

// swallow reads n octets away.
func (c *Conn) swallow(n int64) error {
	w := c.w
	for n > 0 {
		if w.r == w.w {
			if err := w.fill(time.Time{}, false); err != nil {
				return err
			}
		}
		k := min(n, int64(w.w-w.r))
		w.r += int(k)
		n -= k
	}
	return nil
}

// say answers the client ourselves. The library is between two replies then.
func (c *Conn) say(reply string) error {
	if err := c.w.write([]byte(reply + "\r\n")); err != nil {
		return err
	}
	return nil
}

// quiet is what the library shall see of an error between messages: a wake-up
// by Drain looks like a timeout, and is said goodbye to here.
func (c *Conn) quiet(err error, idle bool) error {
	if idle && isTimeout(err) && c.w.isWoken() {
		return c.farewell("421 4.3.2 Shutting down, try again later")
	}
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}
