package border

import (
	"fmt"

	"kith/internal/kith"
)

// Input is what a direction is concluded from. There is no place in it for the
// author, on purpose.
type Input struct {
	Login     string // who signed in, as the seat or a milter's note says; "" = nobody
	OwnSender string // the own sender that MAIL FROM and the client together name; "" = none
	Way       Way
	ToOthers  bool // a recipient is not ours
	ClaimsUs  bool // MAIL FROM is in an own domain; used for the words only
}

// Decide says which way a message goes and, in a few words for the journal, what
// that was concluded from. Internal and Outbound are said only after a sign-in,
// for an own sender, or for mail submitted on an own host. A foreign client
// without any of them is Inbound, whatever it claims; where no client is known,
// or the mail came out of one of our relays that does not say from whom, the
// direction is unknown.
func Decide(in Input) (kith.Direction, string) {
	ours := kith.Internal
	if in.ToOthers {
		ours = kith.Outbound
	}
	b := in.Way.Border
	switch {
	case in.Login != "":
		return ours, "signed in as " + in.Login
	case in.Way.SignedIn && in.Way.Login != "":
		return ours, fmt.Sprintf("signed in as %s at %s (%s)", in.Way.Login, orUnknown(b.By), b.Proto)
	case in.Way.SignedIn:
		return ours, fmt.Sprintf("signed in at %s (%s)", orUnknown(b.By), b.Proto)
	case in.OwnSender != "":
		return ours, fmt.Sprintf("own sender %s at %s", in.OwnSender, b.Addr)
	case in.Way.Local:
		return ours, "submitted on " + orUnknown(b.By) + " itself"
	case in.Way.Inside && b.Addr.IsValid():
		return kith.UnknownDirection, fmt.Sprintf("came from our own host %s without sign-in", b.Addr)
	case in.Way.Inside || !b.Addr.IsValid():
		return kith.UnknownDirection, "no client known"
	case in.ClaimsUs:
		return kith.Inbound, fmt.Sprintf("client %s did not sign in, though it uses an own domain", b.Addr)
	}
	return kith.Inbound, fmt.Sprintf("client %s did not sign in", b.Addr)
}

func orUnknown(host string) string {
	if host == "" {
		return "an own host"
	}
	return host
}
