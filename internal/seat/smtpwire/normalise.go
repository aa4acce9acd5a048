package smtpwire

import (
	"bufio"
	"bytes"
	"io"
)

// Bare is how many stray line ends there were: LF without CR, CR without LF.
type Bare struct{ LF, CR int64 }

// NormalWriter writes a message with proper line ends only: a bare LF becomes
// CRLF, a bare CR becomes a space.
//
// Why these two. Over SMTP Postfix reads a bare LF as the end of a line and
// sends CRLF on, and its cleanup replaces a CR that stands in a line by a
// space. A space for LF too, which is what cleanup does with a LF from a
// source other than SMTP, would pull the lines of a header that a careless
// program ended with LF into one field, and the next reader would see another
// message than we judged. CRLF for a bare CR would do the reverse: make header
// fields out of one. This way every reader that knows LF sees the lines that
// it saw before, and no CR can hide a line from one and show it to another.
//
// A message with proper line ends passes unchanged; writing the result again
// changes nothing. Not safe for concurrent use.
type NormalWriter struct {
	dst  io.Writer
	held bool // a CR that waits for what comes next
	bare Bare
	out  []byte
}

// NewNormalWriter returns a writer to dst. Close must be called at the end.
func NewNormalWriter(dst io.Writer) *NormalWriter { return &NormalWriter{dst: dst} }

// Write implements io.Writer. Runs without stray line ends are not copied.
func (n *NormalWriter) Write(p []byte) (int, error) {
	done := 0
	if n.held && len(p) > 0 {
		n.held = false
		end := []byte(" ")
		if p[0] == '\n' {
			end, done = []byte("\r\n"), 1
		} else {
			n.bare.CR++
		}
		if _, err := n.dst.Write(end); err != nil {
			return 0, err
		}
	}
	if k := len(p) - 1; done <= k && p[k] == '\r' {
		n.held = true
		return n.rest(p[:k], done, len(p))
	}
	return n.rest(p, done, len(p))
}

// rest writes p[done:], which does not end in a CR that could be half of CRLF.
func (n *NormalWriter) rest(p []byte, done, took int) (int, error) {
	body := p[done:]
	lf, cr := bytes.Count(body, []byte{'\n'}), bytes.Count(body, []byte{'\r'})
	if pairs := bytes.Count(body, crlf); pairs != lf || pairs != cr {
		n.bare.LF += int64(lf - pairs)
		n.bare.CR += int64(cr - pairs)
		body = n.repair(body)
	}
	if len(body) > 0 {
		if _, err := n.dst.Write(body); err != nil {
			return done, err
		}
	}
	return took, nil
}

func (n *NormalWriter) repair(p []byte) []byte {
	out := n.out[:0]
	for i, c := range p {
		switch {
		case c == '\n' && (i == 0 || p[i-1] != '\r'):
			out = append(out, '\r', '\n')
		case c == '\r' && (i+1 == len(p) || p[i+1] != '\n'):
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	n.out = out
	return out
}

// Close writes what was held back. It does not close dst.
func (n *NormalWriter) Close() error {
	if !n.held {
		return nil
	}
	n.held = false
	n.bare.CR++
	_, err := n.dst.Write([]byte(" "))
	return err
}

// Bare counts what was repaired; complete after Close.
func (n *NormalWriter) Bare() Bare { return n.bare }

// Normalise copies src to dst through a NormalWriter.
func Normalise(dst io.Writer, src io.Reader) (Bare, error) {
	w := bufio.NewWriterSize(dst, bufferSize)
	n := NewNormalWriter(w)
	if _, err := io.Copy(n, src); err != nil {
		return n.bare, err
	}
	if err := n.Close(); err != nil {
		return n.bare, err
	}
	return n.bare, w.Flush()
}
