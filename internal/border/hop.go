package border

import (
	"net/netip"
	"time"
)

// Hop is one step of a message's way, read from a Received field or given by
// the protocol.
type Hop struct {
	Addr  netip.Addr // the client's address; invalid when not said
	Name  string     // its reverse name as the receiving host saw it
	Helo  string     // what it called itself
	By    string     // the receiving host
	Proto string     // "ESMTP", "ESMTPSA", …
	ID    string     // the receiving host's queue id
	For   string
	Time  time.Time
	Index int // 0 = the newest Received field; -1 = from the protocol itself
}
