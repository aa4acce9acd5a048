package mailauth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
)

// The canonical forms of RFC 6376 section 3.4, over messages whose lines may
// end in CRLF or in a bare LF (files, and MTAs that normalise): each line is
// taken without its end and given CRLF, so no converted copy is needed.

var crlf = []byte("\r\n")

// appendHeader appends one field in its canonical form, with CRLF at its end.
func appendHeader(to []byte, f *field, relaxed bool) []byte {
	if relaxed {
		return appendRelaxed(to, f.name, f.value)
	}
	return appendSimple(to, f.raw)
}

// appendSimple keeps everything but makes line ends CRLF.
func appendSimple(to, raw []byte) []byte {
	for len(raw) > 0 {
		line := raw
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			line = raw[:i+1]
		}
		raw = raw[len(line):]
		to = append(append(to, trimEOL(line)...), crlf...)
	}
	return to
}

// appendRelaxed lowers the name, unfolds the value, makes each run of white
// space one space and removes those at both ends (section 3.4.2).
func appendRelaxed(to, name, value []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	to = append(to, ':')
	gap, text := false, false
	for i, c := range value {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' && i+1 < len(value) && value[i+1] == '\n':
			gap = text
		default:
			if gap {
				to = append(to, ' ')
				gap = false
			}
			to = append(to, c)
			text = true
		}
	}
	return append(to, crlf...)
}

// bodyHash is the hash of a canonical body, and how long that body is: with
// l= only the first limit bytes are hashed, but all are counted.
type bodyHash struct {
	hash    hash.Hash
	left    int64 // bytes still to be hashed; < 0 = all
	total   int64
	scratch []byte
}

// hashBody returns the SHA-256 of a body in its canonical form (sections 3.4.3
// and 3.4.4) and the length of that form. limit < 0 means no limit. It looks
// at ctx once in a while, as bodies may be long.
//
// Lines that are canonical as they stand, which most are, are not copied: they
// are collected into one run and hashed from where they lie.
func hashBody(ctx context.Context, body []byte, relaxed bool, limit int64) (sum [sha256.Size]byte, total int64, err error) {
	b := bodyHash{hash: sha256.New(), left: limit, scratch: make([]byte, 0, 2048)}
	run, end := 0, 0 // body[run:end] is canonical and not yet hashed
	empty, exact := 0, true
	for pos, look := 0, 1<<20; pos < len(body); {
		if pos > look {
			if err := ctx.Err(); err != nil {
				return sum, 0, err
			}
			look = pos + 1<<20
		}
		next := len(body)
		if i := bytes.IndexByte(body[pos:], '\n'); i >= 0 {
			next = pos + i + 1
		}
		line := trimEOL(body[pos:next])
		asIs := next-pos == len(line)+2
		text := line
		if relaxed {
			text = trimRight(line)
		}
		if len(text) == 0 { // perhaps one of the empty lines at the end, which do not count
			empty++
			exact = exact && asIs && len(line) == 0
			pos = next
			continue
		}
		asIs = asIs && len(text) == len(line) && !(relaxed && gaps(line))
		if asIs && exact && run < end {
			end = next // the run goes on, empty lines included
		} else {
			b.write(body[run:end])
			b.blank(empty)
			run, end = pos, next
			if !asIs {
				b.line(text, relaxed)
				run = next
			}
		}
		empty, exact = 0, true
		pos = next
	}
	b.write(body[run:end])
	if b.flush(); b.total == 0 && !relaxed {
		b.write(crlf) // an empty body is one line end in the simple form
	}
	b.hash.Sum(sum[:0])
	return sum, b.total, nil
}

func trimRight(line []byte) []byte {
	n := len(line)
	for n > 0 && (line[n-1] == ' ' || line[n-1] == '\t') {
		n--
	}
	return line[:n]
}

// gaps reports whether a line has white space that the relaxed form changes.
// Lines without any, as of Base64, are seen at once.
func gaps(line []byte) bool {
	i := bytes.IndexByte(line, ' ')
	if i < 0 {
		return bytes.IndexByte(line, '\t') >= 0
	}
	if bytes.IndexByte(line[:i], '\t') >= 0 {
		return true
	}
	before := byte(0)
	for _, c := range line[i:] {
		if c == '\t' || c == ' ' && before == ' ' {
			return true
		}
		before = c
	}
	return false
}

// write hashes bytes that are canonical, after what is in scratch.
func (b *bodyHash) write(p []byte) {
	if len(p) > 0 {
		b.flush()
		b.put(p)
	}
}

func (b *bodyHash) blank(n int) {
	for range n {
		b.add(crlf)
	}
}

// line adds one line that has to be changed.
func (b *bodyHash) line(text []byte, relaxed bool) {
	if !relaxed {
		b.add(text)
		b.add(crlf)
		return
	}
	const piece = 512
	gap := false
	for len(text) > 0 {
		n := min(len(text), piece)
		if cap(b.scratch)-len(b.scratch) <= piece {
			b.flush()
		}
		to, k := b.scratch[:cap(b.scratch)], len(b.scratch)
		for _, c := range text[:n] {
			if c == ' ' || c == '\t' {
				gap = true
				continue
			}
			if gap {
				to[k] = ' '
				k++
				gap = false
			}
			to[k] = c
			k++
		}
		b.scratch, text = to[:k], text[n:]
	}
	b.add(crlf)
}

// add appends to scratch, or hashes what is too long for it.
func (b *bodyHash) add(p []byte) {
	if len(b.scratch)+len(p) > cap(b.scratch) {
		b.flush()
	}
	if len(p) > cap(b.scratch) {
		b.put(p)
		return
	}
	b.scratch = append(b.scratch, p...)
}

func (b *bodyHash) flush() {
	b.put(b.scratch)
	b.scratch = b.scratch[:0]
}

func (b *bodyHash) put(p []byte) {
	b.total += int64(len(p))
	if b.left >= 0 {
		p = p[:min(int64(len(p)), b.left)]
		b.left -= int64(len(p))
	}
	b.hash.Write(p)
}
