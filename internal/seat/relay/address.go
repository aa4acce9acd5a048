package relay

import (
	"bytes"
	"strings"

	"kith/internal/seat/smtpwire"
)

// path is an address as it stands between angle brackets (RFC 5321 section
// 4.1.2). The library hands local parts over without their quotes; said on like
// that, a quoted one would be another command: "u@a> NOTIFY=NEVER <x"@b is one
// mailbox and three words. What needs no quotes is passed on as it came, right or
// not: the next hop decides.
func path(addr string) string {
	if addr == smtpwire.BarePostmaster {
		return "postmaster"
	}
	at := strings.LastIndexByte(addr, '@')
	if at < 0 || !strings.ContainsFunc(addr[:at], needsQuotes) && at > 0 {
		return addr
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range at {
		if c := addr[i]; c == '"' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(addr[i])
	}
	b.WriteByte('"')
	b.WriteString(addr[at:])
	return b.String()
}

func needsQuotes(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`()<>[]:;@\,"`, r)
}

// named says whether a message carries a name of its own: one that a second
// message of the same sender would not carry.
//
// The ledger takes equal bytes from the same sender for the same message, come
// again. Behind a queue that is so: each message has its Received field. A
// device that sends the same unnamed alarm each night means it each time.
func named(raw []byte) bool {
	for n := 0; len(raw) > 0 && n < 1000; n++ {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return false
		}
		if name = bytes.TrimRight(name, " \t"); ok && len(bytes.TrimSpace(value)) > 0 &&
			(bytes.EqualFold(name, []byte("Message-ID")) || bytes.EqualFold(name, []byte("Received"))) {
			return true
		}
		raw = rest
	}
	return false
}
