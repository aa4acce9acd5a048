// Package border finds the place where a message entered our own hosts, and
// concludes from it which way the message goes.
//
// The room exists because two questions decide how much of a message can be
// believed. Who was the client that our border saw: SPF is checked for that
// address, and the path habit is learned from it, so a gateway or a content
// filter in between must be looked through. And is this mail from one of us: a
// From field says so for nothing, and so does an address range that anything
// may stand in.
//
// It promises that a Received field is believed only as far as an unbroken
// chain of our own hosts reaches from the top (what stands below was written by
// the sender); and that Decide says internal or outbound only after a sign-in,
// for an own sender (address and network together), or for mail that was
// submitted on one of our own hosts. It reads text and compares addresses; it
// never asks DNS or the clock, and never looks at the author.
//
// Received fields are written by strangers in a dozen dialects: the parser is
// tolerant and bounded, and what it does not understand stays unknown, which
// is treated as foreign.
package border

import (
	"net/netip"
	"strings"
)

// maxHops bounds how many Received fields of one message are read. RFC 5321
// §6.3 asks for at least 100 before a loop is assumed.
const maxHops = 100

// Trust says which hosts are ours. A relay must write its own Received field,
// as RFC 5321 §4.4 demands: one that hands on silently lets the sender write
// the next line, and must not be named here. The zero value trusts loopback
// only. It is read-only and safe for concurrent use.
type Trust struct {
	Relays []netip.Prefix // relays, gateways, content filters, backup MXs
	Hosts  []string       // the same by name, in lower case; see owns
}

// Path is what is known of a message's way when it reaches a seat.
type Path struct {
	Received []string // values of the Received fields, topmost first
	Protocol Hop      // the client as the seat's protocol gave it; zero = not known
	// Stamped says that the MTA in front of the seat has written its Received
	// field already: so at the LMTP seat, behind the queue, and in stored mail;
	// not so at a milter or a proxy before the queue.
	Stamped bool
}

// Way is what Walk found.
type Way struct {
	Border Hop // the first foreign client; the last own hop when all were ours; zero with Index -1 when nothing is known
	// Block is the index of the Received field that the border host wrote. The
	// header fields above it were added by our own hosts. -1 = no field can be
	// vouched for.
	Block    int
	Inside   bool   // no foreign client was found: the first hop is one of our own
	SignedIn bool   // the border host says that the client signed in (ESMTPA and kin)
	Login    string // as whom, when it says so
	Local    bool   // submitted on one of our own hosts, not by network
	Relayed  int    // own hops that were looked through
}

// Walk goes down from the top past our own hosts and stops at the first foreign
// client. At most 100 fields are read, and none below the border.
func (t *Trust) Walk(p Path) Way {
	way := Way{Border: Hop{Index: -1}, Block: -1}
	known := p.Protocol.Addr.IsValid()
	foreign := known && !t.owns(Received{Hop: p.Protocol, Verified: true})
	if known {
		way.Border = p.Protocol
		way.Border.Index = -1
	}
	if foreign && !p.Stamped || !known && !p.Stamped {
		return way // the fields that stand there were written by the client
	}
	var above *Received
	if known && !foreign {
		above = &Received{Hop: p.Protocol, Verified: true}
		if p.Stamped { // the top field tells of this very hop
			above = nil
		}
	}
	way = t.down(p, way, above)
	if foreign {
		way = mergeProtocol(way, p.Protocol)
	}
	return way
}

// down reads fields until one tells of a foreign client. above is the hop over
// the next field, nil when the field's writer stands on this side of every
// network.
func (t *Trust) down(p Path, way Way, above *Received) Way {
	vouched := true
	for i, value := range p.Received {
		if i >= maxHops {
			return Way{Border: Hop{Index: -1}, Block: -1} // a loop, or a lie: nothing is known of the origin
		}
		r := readReceived(value, i)
		vouched = vouched && t.wrote(above, r)
		way.Border, way.Block = r.Hop, i
		way.SignedIn, way.Login, way.Local = false, "", false
		if !t.passes(r) {
			way.Inside = false
			signed := r
			if above != nil && (r.Proto == "HTTP" || r.Proto == "HTTPS") {
				signed = *above // webmail: the browser spoke HTTP, the webmail host signed in
			}
			if vouched && signed.Authenticated() {
				way.SignedIn, way.Login = true, signed.Login
			}
			way.Border.Time = parseDate(r.date)
			return way
		}
		way.Inside = true
		way.Relayed++
		if vouched {
			way.Local = r.Local
			if r.Authenticated() {
				way.SignedIn, way.Login = true, r.Login
			}
		}
		above = &r
	}
	if way.Block >= 0 {
		way.Border.Time = parseDate(above.date)
	}
	return way
}

// mergeProtocol keeps the client that the protocol named, and takes from the
// border field what the protocol cannot say. A field that tells of another
// client vouches for nothing about this one.
func mergeProtocol(way Way, protocol Hop) Way {
	field := way.Border
	way.Border = protocol
	way.Border.Index = -1
	way.Inside, way.Local = false, false
	if field.Addr != protocol.Addr {
		way.SignedIn, way.Login, way.Block = false, "", -1
		return way
	}
	if protocol.Name == "" || strings.HasPrefix(protocol.Name, "[") {
		way.Border.Name = field.Name
	}
	if protocol.Helo == "" || strings.HasPrefix(protocol.Helo, "[UNAVAILABLE") {
		way.Border.Helo = field.Helo
	}
	way.Border.By, way.Border.Proto, way.Border.ID = field.By, field.Proto, field.ID
	way.Border.For, way.Border.Time, way.Border.Index = field.For, field.Time, field.Index
	return way
}

// owns reports whether the client of a hop is one of our hosts: by its address,
// or by a name that the receiving host has checked. What a client calls itself
// counts for nothing.
func (t *Trust) owns(r Received) bool {
	if !r.Addr.IsValid() {
		return false
	}
	a := r.Addr.Unmap().WithZone("")
	if a.IsLoopback() {
		return true
	}
	if t == nil {
		return false
	}
	for _, p := range t.Relays {
		if p.Contains(a) {
			return true
		}
	}
	return r.Verified && t.named(r.Name)
}

func (t *Trust) named(host string) bool {
	if t == nil || host == "" {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	for _, h := range t.Hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

// passes reports whether a field tells of a step between our own hosts, so that
// the field below it was written by one of them too. A field without a client's
// address is such a step when it tells of no network: local submission, a local
// delivery by LMTP (RFC 2033 §5: never over a wide area), or qmail's own note.
func (t *Trust) passes(r Received) bool {
	if r.Addr.IsValid() {
		return t.owns(r)
	}
	return r.Local || strings.HasPrefix(r.Proto, "LMTP") || r.Helo == "" && r.Name == ""
}

// wrote reports whether a field may be believed in what it says of sign-in and
// local submission: it was written on the host that the hop above came from.
// That guards against a relay that writes no field of its own and so hands on
// one that the sender wrote, as far as the sender cannot guess the name.
func (t *Trust) wrote(above *Received, r Received) bool {
	if above == nil || !above.Addr.IsValid() || above.Addr.IsLoopback() || t.named(r.By) {
		return true
	}
	return r.By != "" && (strings.EqualFold(r.By, above.Name) || strings.EqualFold(r.By, above.Helo))
}
