package smtpwire

import "bytes"

// lineEnds follows the lines of a message in DATA, finds its end, and repairs
// stray line ends on the way, so that all who read the result agree about where
// lines and the message end (RFC 5321 sections 2.3.8 and 4.1.1.4):
//
//	bare LF        →  CRLF, as Postfix's SMTP server reads it
//	bare CR        →  space, as Postfix's cleanup_replace_stray_cr_lf writes it
//	. after bare LF →  .. , for it stood in the middle of a line and was never stuffed
//
// Only CR LF . CR LF, or . CR LF at the very beginning, ends a message. Octets
// that cannot be judged before the next one came are held back: a CR, and a dot
// at the beginning of a line.
type lineEnds struct {
	state  endState
	lf, cr int64 // stray ones seen
}

type endState byte

const (
	atLine    endState = iota // behind CRLF, or at the beginning
	inLine                    // in a line
	behindLF                  // behind a bare LF, which went out as CRLF
	heldCR                    // a CR is held
	heldDot                   // a dot at the beginning of a line is held
	heldDotCR                 // ".CR" at the beginning of a line is held
)

// growth is the most octets that one octet of input can make.
const growth = 4

// next takes octets of src to dst and tells how many of each were used, and
// whether the final dot was among them; behind it nothing is taken. dst must
// have room for growth octets at least. It stops when either is used up.
func (e *lineEnds) next(dst, src []byte) (nd, ns int, end bool) {
	lf := -1 // of the first LF at or behind ns, as far as known
	for ns < len(src) && len(dst)-nd >= growth {
		if e.state == inLine || e.state == atLine && src[ns] != '.' {
			if lf < ns {
				lf = index(src, ns, '\n')
			}
			stop := index(src[:lf], ns, '\r')
			n := copy(dst[nd:], src[ns:stop])
			if n > 0 {
				e.state = inLine
			}
			nd, ns = nd+n, ns+n
			if ns < stop || ns == len(src) || len(dst)-nd < growth {
				continue
			}
			if lf == ns+1 && src[ns] == '\r' && lf < len(src) {
				dst[nd], dst[nd+1] = '\r', '\n'
				nd, ns = nd+2, ns+2
				e.state = atLine
				continue
			}
		}
		n, done := e.step(dst[nd:], src[ns])
		nd, ns = nd+n, ns+1
		if done {
			return nd, ns, true
		}
	}
	return nd, ns, false
}

// index is the place of c in src at or behind from, len(src) when there is none.
func index(src []byte, from int, c byte) int {
	if i := bytes.IndexByte(src[from:], c); i >= 0 {
		return from + i
	}
	return len(src)
}

// step takes one octet.
func (e *lineEnds) step(dst []byte, c byte) (n int, end bool) {
	switch e.state {
	case heldCR:
		if c == '\n' {
			e.state = atLine
			return copy(dst, "\r\n"), false
		}
		e.cr++
		e.state = inLine
		n = copy(dst, " ")
	case heldDot:
		switch c {
		case '\r':
			e.state = heldDotCR
			return 0, false
		case '\n': // the dot was a stuffed one, the rest of its line is empty
			e.lf++
			e.state = behindLF
			return copy(dst, "\r\n"), false
		}
		e.state = inLine
		n = copy(dst, ".")
	case heldDotCR:
		if c == '\n' {
			e.state = atLine
			return copy(dst, ".\r\n"), true
		}
		e.cr++
		e.state = inLine
		n = copy(dst, ". ")
	}
	return n + e.plain(dst[n:], c), false
}

// plain takes an octet in front of which nothing is held.
func (e *lineEnds) plain(dst []byte, c byte) int {
	was := e.state
	switch c {
	case '\r':
		e.state = heldCR
		return 0
	case '\n':
		e.lf++
		e.state = behindLF
		return copy(dst, "\r\n")
	case '.':
		if was == atLine {
			e.state = heldDot
			return 0
		}
		if was == behindLF {
			e.state = inLine
			return copy(dst, "..")
		}
	}
	e.state = inLine
	dst[0] = c
	return 1
}

// tally counts stray line ends in octets that must not be changed.
type tally struct {
	lf, cr, crlf int64
	endsCR       bool
}

func (t *tally) add(p []byte) {
	if len(p) == 0 {
		return
	}
	if t.endsCR && p[0] == '\n' {
		t.crlf++
	}
	t.endsCR = p[len(p)-1] == '\r'
	t.lf += int64(bytes.Count(p, []byte{'\n'}))
	t.cr += int64(bytes.Count(p, []byte{'\r'}))
	t.crlf += int64(bytes.Count(p, []byte("\r\n")))
}

func (t *tally) bare() (lf, cr int64) { return t.lf - t.crlf, t.cr - t.crlf }
