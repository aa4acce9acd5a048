package learn

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
)

// mboxReader cuts an mbox into messages. What is called mbox is four formats, of
// which no file says which it is. All are read by these rules:
//
//   - A message begins with a From line that has a date, behind an empty line or at
//     the start of the file. Without an empty line, or with more than one word in
//     front of the date, it counts only if a header field follows. In a file whose
//     first From line has no date, others need none, but a header field.
//   - ">From ", ">>From " … in a body lose one ">" (mboxrd; in mboxo that is a
//     guess, and the right one for lines that were quoted).
//   - Content-Length (mboxcl) is believed as long as every message so far had one
//     that leads exactly to the next From line or to the end: a mail program that
//     counts does so for all, and one that does not leaves in the field of whoever
//     sent the message, who could hide or invent messages with it.
//
// It never fails on what it reads; an error is one of the reader below it.
type mboxReader struct {
	br     *bufio.Reader
	at     io.ReaderAt // to look ahead for Content-Length; nil = cannot
	off    int64       // of the next byte
	max    int64       // bytes of a message that is kept
	counts bool        // every message so far had a right Content-Length
	loose  bool        // From lines of this file have no date
	head   *fromLine   // that of the next message; nil before the first
	start  int64       // where it stands
	lead   int64       // bytes before the first message, once that is found
}

// mboxMessage is one message of an mbox.
type mboxMessage struct {
	from       fromLine
	raw        []byte // nil when tooLarge
	start, end int64  // of the From line; of the next one or of the file
	tooLarge   bool
}

const mboxBuffer = 64 << 10

// newMboxReader reads from r, whose first byte stands at offset off of the file.
func newMboxReader(r io.Reader, at io.ReaderAt, off, maxMessage int64) *mboxReader {
	return &mboxReader{br: bufio.NewReaderSize(r, mboxBuffer), at: at, off: off, max: maxMessage, counts: at != nil}
}

// next returns the next message, or io.EOF when there is none.
func (m *mboxReader) next() (mboxMessage, error) {
	if m.head == nil {
		if err := m.find(); err != nil {
			return mboxMessage{}, err
		}
	}
	msg := mboxMessage{from: *m.head, start: m.start}
	m.head = nil
	b := body{max: m.max, header: true}
	begin, blank := true, false // at the beginning of a line; behind an empty line
	var until int64             // no From line counts before this offset
	for {
		line, err := m.line()
		if len(line) > 0 {
			if begin && bytes.HasPrefix(line, fromSpace) {
				line = bytes.Clone(line) // isHead looks ahead, which moves the buffer
			}
			if begin && m.off-int64(len(line)) >= until && m.isHead(line, blank) {
				msg.end = m.start
				break
			}
			whole := line[len(line)-1] == '\n'
			empty := begin && len(bytes.TrimRight(line, "\r\n")) == 0
			b.add(line, begin)
			if empty && b.header {
				b.header = false
				until = m.counted(b.length)
			}
			blank, begin = empty, whole
		}
		if err == io.EOF {
			msg.end = m.off
			break
		}
		if err != nil {
			return mboxMessage{}, err
		}
	}
	if b.header {
		m.counts = false
	}
	msg.raw, msg.tooLarge = b.trimmed(), b.tooLarge
	return msg, nil
}

// find skips to the first From line.
func (m *mboxReader) find() error {
	from, begin, blank := m.off, true, true
	for {
		line, err := m.line()
		if len(line) > 0 {
			if begin {
				if f, ok := parseFromLine(line); ok && blank {
					m.loose = !f.dated
					m.start, m.head = m.off-int64(len(line)), &f
					m.lead = m.start - from
					return nil
				}
				blank = len(bytes.TrimRight(line, "\r\n")) == 0
			}
			begin = line[len(line)-1] == '\n'
		}
		if err != nil {
			return err
		}
	}
}

// line returns the next line, or a part of one that is longer than the buffer.
func (m *mboxReader) line() ([]byte, error) {
	line, err := m.br.ReadSlice('\n')
	m.off += int64(len(line))
	if err == bufio.ErrBufferFull {
		err = nil
	}
	return line, err
}

// isHead reports whether a line begins the next message, and takes it down.
func (m *mboxReader) isHead(line []byte, blank bool) bool {
	if line[0] != 'F' {
		return false
	}
	f, ok := parseFromLine(line)
	if !ok || !f.dated && !m.loose {
		return false
	}
	start := m.off - int64(len(line))
	if !blank || !f.exact {
		following, _ := m.br.Peek(200)
		if !fieldLike(bytes.SplitN(following, []byte("\n"), 2)[0]) || !blank && !f.dated {
			return false
		}
	}
	m.head, m.start = &f, start
	return true
}

// counted returns where the body ends by its Content-Length, or 0 when that is not
// to be believed.
func (m *mboxReader) counted(length string) int64 {
	if !m.counts {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err != nil || n < 0 || n > m.max || !m.boundary(m.off+n) {
		m.counts = false
		return 0
	}
	return m.off + n
}

// boundary reports whether a From line or the end of the file is at an offset,
// behind at most two line ends.
func (m *mboxReader) boundary(off int64) bool {
	buf := make([]byte, maxFromLine)
	n, err := m.at.ReadAt(buf, off)
	if err != nil && err != io.EOF {
		return false
	}
	rest := buf[:n]
	for range 2 {
		rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n"))
	}
	if len(rest) == 0 {
		n, _ := m.at.ReadAt(buf[:1], off-1)
		return n == 1 // beyond the end is not the end
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	f, ok := parseFromLine(line)
	return ok && (f.dated || m.loose)
}

// body gathers the lines of one message.
type body struct {
	raw      []byte
	size     int64
	max      int64
	tooLarge bool
	header   bool   // still in the header
	length   string // value of Content-Length
}

func (b *body) add(line []byte, begin bool) {
	if begin && !b.header && line[0] == '>' && bytes.HasPrefix(bytes.TrimLeft(line, ">"), fromSpace) {
		line = line[1:]
	}
	const name = "content-length:"
	if begin && b.header && len(line) > len(name) && len(line) < 100 && strings.EqualFold(string(line[:len(name)]), name) {
		b.length = string(line[len(name):])
	}
	b.size += int64(len(line))
	if b.size > b.max {
		b.tooLarge, b.raw = true, nil
		return
	}
	b.raw = append(b.raw, line...)
}

// trimmed is the message without the empty line that stands before the next one.
func (b *body) trimmed() []byte {
	raw := b.raw
	switch {
	case bytes.HasSuffix(raw, []byte("\r\n\r\n")):
		return raw[:len(raw)-2]
	case bytes.HasSuffix(raw, []byte("\n\n")):
		return raw[:len(raw)-1]
	}
	return raw
}
