package directory

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// minPrefix is the widest network an own sender may have: whoever holds an
// address in it may speak as the device, so half the world is a mistake.
const (
	minPrefix4 = 8
	minPrefix6 = 32
)

func (b *builder) addSender(r row) error {
	if r.entry.Address == "" {
		return errors.New("address of the own sender is missing")
	}
	addr, err := b.own(r.entry.Address)
	if err != nil {
		return err
	}
	if len(r.nets) == 0 {
		return errors.New("network of the own sender is missing; write network = \"192.0.2.7\" or a prefix")
	}
	s := Sender{Address: addr, Name: r.entry.Name}
	for _, n := range r.nets {
		p, err := parseNetwork(n)
		if err != nil {
			return err
		}
		s.Networks = append(s.Networks, p)
	}
	b.d.senders[addr] = append(b.d.senders[addr], s)
	return nil
}

// parseNetwork reads an address or a prefix. Host bits must be zero: 10.1.2.3/8
// is more often a slip than a wish.
func parseNetwork(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("network %q is no address or prefix; write 192.0.2.7 or 192.0.2.0/24", s)
	}
	if p != p.Masked() {
		return p, fmt.Errorf("network %s has bits behind its prefix; did you mean %s?", s, p.Masked())
	}
	if p.Addr().Is4In6() {
		return p, fmt.Errorf("network %s: write the IPv4 form", s)
	}
	if p.Addr().Is4() && p.Bits() < minPrefix4 || p.Addr().Is6() && p.Bits() < minPrefix6 {
		return p, fmt.Errorf("network %s is too wide for an own sender; at most /%d (IPv4) or /%d (IPv6)", s, minPrefix4, minPrefix6)
	}
	return p, nil
}

// OwnSender returns the own sender that an envelope sender and a client address
// together name. Neither suffices alone; the null sender and an unknown client
// name nobody.
func (d *Directory) OwnSender(mailFrom string, client netip.Addr) (Sender, bool) {
	if d == nil || len(d.senders) == 0 || mailFrom == "" || !client.IsValid() {
		return Sender{}, false
	}
	client = client.Unmap().WithZone("")
	for _, s := range d.sendersOf(mailFrom) {
		for _, n := range s.Networks {
			if n.Contains(client) {
				return s, true
			}
		}
	}
	return Sender{}, false
}

// sendersOf returns the own senders of an address, as listed or without its
// extension.
func (d *Directory) sendersOf(addr string) []Sender {
	if exact, err := (&builder{d: d}).own(addr); err == nil {
		if s := d.senders[exact]; s != nil {
			return s
		}
	}
	return d.senders[foldKey(d.Normalize(addr))]
}
