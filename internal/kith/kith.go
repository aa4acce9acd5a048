// Package kith holds the words that all rooms share: what a message's envelope
// is, what a detector can find, what a verdict and a plan are, and what the
// journal remembers. It has types only: no I/O, no clock, no logic beyond
// ordering and printing, and it imports nothing but the standard library's
// value types. A room that needs a word from another room takes it from here.
//
// The path of a message names the packages in their order:
//
//	seat → mail → mailauth → facts → detect → judge → policy → disarm → seat → journal → baseline
//
// Arrows point right only; house_test.go in the module root keeps it so.
package kith

import (
	"net/netip"
	"time"
)

// Seat names the place at which a message met kith.
type Seat string

// The seats of design section 7. Judge is the command line.
const (
	SeatLMTP   Seat = "lmtp"
	SeatSMTP   Seat = "smtp"
	SeatMilter Seat = "milter"
	SeatReplay Seat = "replay"
	SeatJudge  Seat = "judge"
)

// Direction says which way a message crosses the organisation's border. It
// comes from authentication (a login, a configured own sender, the border
// hop), never from the From field.
type Direction string

// Unknown is said where nothing vouches for a direction; it is treated as
// Inbound by every rule that protects and as nothing by every rule that
// trusts.
const (
	Inbound          Direction = "inbound"
	Internal         Direction = "internal"
	Outbound         Direction = "outbound"
	UnknownDirection Direction = "unknown"
)

// Client is the SMTP client that handed the message to our border, as far as
// the seat could learn it (XFORWARD, XCLIENT, milter macros, or the connection
// itself). The zero Addr means unknown.
type Client struct {
	Addr  netip.Addr
	Name  string // verified reverse name, or "" / "[UNAVAILABLE]"
	Helo  string
	Proto string // ESMTP, ESMTPSA, LMTP …
}

// Envelope is what the protocol said about one message, before anybody looked
// inside. Addresses are as given, without angle brackets, case kept.
type Envelope struct {
	ID       string // kith's id of this handling, 16 characters, unique; stands in logs and replies
	Seat     Seat
	QueueID  string    // the MTA's queue id, "" when unknown
	Arrived  time.Time // the seat's clock at the end of the data
	MailFrom string    // reverse-path; "" is the null sender
	Rcpts    []string  // recipients in the order given, only those accepted so far
	Client   Client
	Login    string // who signed in, when the seat itself knows ("" otherwise)
	UTF8     bool   // SMTPUTF8 was asked for
	Size     int64  // bytes received
}
