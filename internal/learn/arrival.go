package learn

import (
	"bytes"
	"time"

	"kith/internal/border"
)

const (
	day = 24 * time.Hour
	// skew is how far a clock may be ahead of ours before its time is the future.
	skew = 10 * time.Minute
	// maxHeader bounds how far the topmost Received field is looked for.
	maxHeader = 64 << 10
)

// arrival decides when the mailbox got a message: own is the mailbox's own time,
// zero when it has none. The host that wrote the topmost Received field was ours
// or our provider's, so where the two are more than a day apart the field is
// believed: a message that was moved to a new server, or put there by a mail
// program with the date that its author had written, has an own time that says
// nothing. A Sent folder has no such field, and its own time stands.
func arrival(own time.Time, zoneless bool, raw []byte, now time.Time) time.Time {
	own = plausible(own, now)
	hop := plausible(topReceived(raw), now)
	switch {
	case hop.IsZero():
		return own
	case own.IsZero(), zoneless, own.Sub(hop).Abs() > day:
		return hop
	}
	return own
}

// plausible returns the time in UTC, or zero for one before there was e-mail as
// we know it (RFC 822 is of August 1982) or in the future.
func plausible(t, now time.Time) time.Time {
	switch {
	case t.Year() < 1982 || t.After(now.Add(skew)):
		return time.Time{}
	case t.After(now):
		return now.UTC()
	}
	return t.UTC()
}

// topReceived reads the date of the topmost Received field.
func topReceived(raw []byte) time.Time {
	v, ok := field(raw, "received")
	if !ok {
		return time.Time{}
	}
	return border.ParseReceived(v, 0).Time
}

// field returns the value of the topmost field of a name, which must be given in
// lower case. Its folding is left in, but as spaces.
func field(raw []byte, name string) (string, bool) {
	raw = raw[:min(len(raw), maxHeader)]
	var value []byte
	found := false
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		raw = rest
		line = bytes.TrimSuffix(line, []byte("\r"))
		switch {
		case len(line) == 0:
			return string(value), found
		case line[0] == ' ' || line[0] == '\t':
			if found {
				value = append(append(value, ' '), line[1:]...)
			}
		case found:
			return string(value), true
		default:
			n, v, ok := bytes.Cut(line, []byte(":"))
			if ok && len(n) >= len(name) && string(bytes.ToLower(bytes.TrimRight(n, " \t"))) == name {
				value, found = append(value, v...), true
			}
		}
	}
	return string(value), found
}

// crlf returns the bytes with each bare LF made CRLF. What has none is returned
// as it is.
func crlf(b []byte) []byte {
	bare := 0
	for i := 0; ; {
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			break
		}
		if i+j == 0 || b[i+j-1] != '\r' {
			bare++
		}
		i += j + 1
	}
	if bare == 0 {
		return b
	}
	out := make([]byte, 0, len(b)+bare)
	for len(b) > 0 {
		j := bytes.IndexByte(b, '\n')
		if j < 0 {
			return append(out, b...)
		}
		out = append(out, b[:j]...)
		if j == 0 || b[j-1] != '\r' {
			out = append(out, '\r')
		}
		out = append(out, '\n')
		b = b[j+1:]
	}
	return out
}

// mailLike reports whether bytes begin like a message: among the first lines is
// a header field, and there is no NUL byte before it.
func mailLike(b []byte) bool {
	b = b[:min(len(b), 4096)]
	for n := 0; n < 5 && len(b) > 0; n++ {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		if bytes.IndexByte(line, 0) >= 0 {
			return false
		}
		if fieldLike(line) {
			return true
		}
		b = rest
	}
	return false
}

// fieldLike reports whether a line is a header field (RFC 5322 section 2.2).
func fieldLike(line []byte) bool {
	name, _, ok := bytes.Cut(line[:min(len(line), 200)], []byte(":"))
	name = bytes.TrimRight(name, " \t")
	if !ok || len(name) == 0 || len(name) > 76 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c >= 127 {
			return false
		}
	}
	return true
}
