package facts

import (
	"net/netip"
	"strings"

	"kith/internal/border"
	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
)

// View is what header and protocol alone say of a message's way: what
// authentication must know before it can ask (who the border client was), and
// what a direction is concluded from.
type View struct {
	Way       border.Way
	Direction kith.Direction
	Why       string

	authServ []string // Authentication-Results values of the border hop's block, newest first
	authors  []string // domains of the From addresses
}

// See finds the border and the direction. It asks nobody.
func See(trust *border.Trust, dir *directory.Directory, m *mail.Message, env *kith.Envelope) View {
	received := m.Header.All("Received")
	values := make([]string, len(received))
	for i, f := range received {
		values[i] = f.Value()
	}
	v := View{Way: trust.Walk(border.Path{Received: values, Protocol: protocolHop(env), Stamped: stamped(env.Seat)})}
	v.Direction, v.Why = border.Decide(decideInput(dir, env, v.Way))
	v.authServ = borderBlock(m, v.Way)
	for _, a := range m.From {
		if i := strings.LastIndexByte(a.Addr, '@'); i >= 0 {
			v.authors = append(v.authors, a.Addr[i+1:])
		}
	}
	return v
}

// stamped says whether the MTA in front of a seat has written its Received
// field before the seat sees the message.
func stamped(s kith.Seat) bool {
	switch s {
	case kith.SeatMilter, kith.SeatSMTP:
		return false
	}
	return true
}

func protocolHop(env *kith.Envelope) border.Hop {
	c := env.Client
	return border.Hop{Addr: c.Addr, Name: c.Name, Helo: c.Helo, Proto: c.Proto, ID: env.QueueID, Time: env.Arrived, Index: -1}
}

func decideInput(dir *directory.Directory, env *kith.Envelope, way border.Way) border.Input {
	in := border.Input{Login: env.Login, Way: way}
	from := dir.Normalize(env.MailFrom)
	in.ClaimsUs = env.MailFrom != "" && dir.IsOurs(domain(from))
	if s, ok := dir.OwnSender(env.MailFrom, way.Border.Addr); ok {
		in.OwnSender = s.Address
	}
	for _, to := range env.Rcpts {
		// A recipient without a domain (postmaster, RFC 5321 section 4.5.1) is ours.
		if strings.Contains(to, "@") && !dir.IsOurs(domain(dir.Normalize(to))) {
			in.ToOthers = true
			break
		}
	}
	return in
}

func domain(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }

// borderBlock returns the Authentication-Results fields that stand above the
// Received field of the border host: only our own hosts can have written there.
// Behind it a stranger may have written what he likes.
func borderBlock(m *mail.Message, way border.Way) []string {
	var out []string
	n := 0
	for _, f := range m.Header.Fields() {
		switch {
		case f.Is("Received"):
			if n == way.Block {
				return out
			}
			n++
		case f.Is("Authentication-Results"):
			out = append(out, f.Value())
		}
	}
	return nil // the border host's field is not there: nothing can be vouched for
}

// AuthInput is what the verifier is asked.
func (v View) AuthInput(raw []byte, env *kith.Envelope) mailauth.Input {
	b := v.Way.Border
	if v.Way.Inside {
		b.Addr = netip.Addr{} // one of our own hosts: SPF says nothing of it
	}
	return mailauth.Input{
		Raw: raw, Client: kith.Client{Addr: b.Addr, Name: b.Name, Helo: b.Helo, Proto: b.Proto},
		MailFrom: env.MailFrom, Helo: b.Helo, FromDomains: v.authors, BorderBlock: v.authServ, Arrived: env.Arrived,
	}
}
