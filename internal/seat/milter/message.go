package milter

import (
	"bytes"
	"context"
	"strings"
	"sync"
)

const (
	firstReserve = 64 << 10
	// keepBuffer is the largest buffer that is kept for the next message, and
	// the largest message that is copied out of it.
	keepBuffer = 1 << 20
)

// Why a message cannot be judged, as pipeline.Outcome.Gap says it.
const (
	gapMemory   = "memory"
	gapRcpts    = "too-many-recipients"
	gapDeadline = "deadline"
	gapBroken   = "could-not-look"
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, firstReserve); return &b }}

// message gathers the bytes of one message in a buffer that grows by doubling,
// each step paid for from the server's memory before it is taken.
type message struct {
	server       *Server
	leadingSpace bool

	buf      []byte
	reserved int64  // taken from server.memory
	size     int64  // bytes that the MTA sent
	inBody   bool   // the empty line is written
	full     bool   // the limit is reached: what follows is counted only
	gap      string // why the message cannot be judged, "" when it can
}

func (m *message) reset(s *Server, leadingSpace bool) {
	m.release()
	*m = message{server: s, leadingSpace: leadingSpace}
}

// field writes one header field as the MTA holds it. Folded lines come with LF
// (Postfix, Sendmail); in the message every line ends with CRLF.
func (m *message) field(name, value string) {
	// Without SMFIP_HDR_LEADSPC the MTA swallowed the space after the colon.
	sep := ":"
	if !m.leadingSpace {
		sep = ": "
	}
	extra := strings.Count(value, "\n") - strings.Count(value, "\r\n")
	if !m.room(len(name) + len(sep) + len(value) + extra + 2) {
		return
	}
	m.buf = append(append(m.buf, name...), sep...)
	for {
		line, rest, more := strings.Cut(value, "\n")
		if more {
			line = strings.TrimSuffix(line, "\r")
		}
		m.buf = append(append(m.buf, line...), "\r\n"...)
		if !more {
			return
		}
		value = rest
	}
}

// endHeader writes the empty line once, also for an MTA that does not send the
// end-of-header event.
func (m *message) endHeader() {
	if m.inBody {
		return
	}
	m.inBody = true
	if m.room(2) {
		m.buf = append(m.buf, "\r\n"...)
	}
}

// body keeps a chunk as it is, up to the limit; the rest is counted only.
func (m *message) body(chunk []byte) {
	m.endHeader()
	n := len(chunk)
	if space := int(m.server.opt.MaxMessage) - len(m.buf); n > space && !m.full {
		chunk = chunk[:space]
	}
	if m.room(len(chunk)) {
		m.buf = append(m.buf, chunk...)
	}
	m.full = m.full || len(chunk) < n
	m.size += int64(n - len(chunk))
}

// room counts n more bytes and makes space for them. It waits for memory for a
// while: the MTA's socket fills, and the MTA waits too.
func (m *message) room(n int) bool {
	m.size += int64(n)
	need := int64(len(m.buf) + n)
	m.full = m.full || need > m.server.opt.MaxMessage
	if m.full || m.gap != "" {
		return false
	}
	if need > m.reserved {
		want := min(max(firstReserve, 2*m.reserved, need), m.server.opt.MaxMessage)
		if !m.server.takeMemory(want - m.reserved) {
			m.fail(gapMemory)
			return false
		}
		m.reserved = want
		m.grow(int(want))
	}
	return true
}

func (m *message) grow(size int) {
	if m.buf == nil {
		m.buf = (*buffers.Get().(*[]byte))[:0]
	}
	if cap(m.buf) < size {
		b := make([]byte, len(m.buf), size)
		copy(b, m.buf)
		m.drop()
		m.buf = b
	}
}

// drop gives the buffer back if it is of a size worth keeping.
func (m *message) drop() {
	if m.buf != nil && cap(m.buf) <= keepBuffer {
		b := m.buf
		buffers.Put(&b)
	}
	m.buf = nil
}

// fail gives the message up: its bytes go at once, its size is still counted.
func (m *message) fail(why string) {
	m.release()
	m.gap = why
}

// release gives buffer and memory back.
func (m *message) release() {
	m.drop()
	if m.reserved > 0 {
		m.server.memory.Release(m.reserved)
		m.reserved = 0
	}
}

// handOver returns the bytes for someone who may keep them, and a function that
// gives the memory back once they are done with. Small messages are copied, so
// that their buffer can serve again; large ones are given away.
func (m *message) handOver() (raw []byte, done func()) {
	if len(m.buf) <= keepBuffer {
		raw = bytes.Clone(m.buf)
		m.drop()
	} else {
		raw, m.buf = m.buf[:len(m.buf):len(m.buf)], nil
	}
	n, memory := m.reserved, m.server.memory
	m.reserved = 0
	return raw, func() { memory.Release(n) }
}

func (s *Server) takeMemory(n int64) bool {
	if s.memory.TryAcquire(n) {
		return true
	}
	ctx, cancel := context.WithTimeout(s.base, s.opt.MemoryWait)
	defer cancel()
	return s.memory.Acquire(ctx, n) == nil
}
