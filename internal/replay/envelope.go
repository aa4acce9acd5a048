package replay

import (
	"bytes"
	"strings"

	"kith/internal/kith"
)

// envelope is what the protocol would have said, and whether the set says who
// the envelope sender was. The From field is never taken for it.
func (r *Replay) envelope(ev *Event, raw []byte) (env *kith.Envelope, known bool) {
	env = &kith.Envelope{ID: ev.ID, Seat: kith.SeatReplay, Arrived: ev.At, Rcpts: ev.Rcpts, Client: ev.Client, Size: int64(len(raw))}
	switch {
	case ev.Kind == Submit:
		env.Login = ev.User
	case ev.Auth != nil && ev.Auth.Internal:
		env.Login = ev.Auth.User
	case ev.Auth == nil && ev.HasFrom && strings.EqualFold(ev.From, r.sentBy[ev.Mail]):
		// What the note of the submission milter is to the LMTP seat.
		env.Login = r.sentBy[ev.Mail]
	}
	switch {
	case ev.HasFrom:
		env.MailFrom, known = ev.From, true
	case ev.Kind == Submit && strings.Contains(ev.User, "@"):
		env.MailFrom, known = ev.User, true // MTAs let an account send as itself
	case ev.Kind == Deliver:
		env.MailFrom, known = returnPath(raw)
	}
	return env, known
}

// maxHead bounds how much of a header is looked through, in bytes.
const maxHead = 64 << 10

// returnPath returns the envelope sender that the organisation's own host wrote:
// the Return-Path field above the first Received field. Below it, or without
// one, a stranger may have written what stands there.
func returnPath(raw []byte) (addr string, ok bool) {
	for head := raw[:min(len(raw), maxHead)]; len(head) > 0; {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		name, value, field := bytes.Cut(line, []byte(":"))
		switch {
		case len(line) == 0:
			return "", false
		case !field || line[0] == ' ' || line[0] == '\t':
		case strings.EqualFold(string(name), "Received"):
			return addr, ok
		case strings.EqualFold(string(name), "Return-Path") && !ok:
			v := string(bytes.TrimSpace(value))
			if len(v) >= 2 && len(v) < 1000 && v[0] == '<' && v[len(v)-1] == '>' {
				addr, ok = v[1:len(v)-1], true
			}
		}
	}
	return "", false
}
