package config

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/internal/kith"
)

// The value types below read themselves from a TOML string. Their errors are
// "what; mend" without place and key, which Load puts in front.

// Duration is a length of time as Go writes it: "90s", "1h30m".
type Duration struct{ time.Duration }

// UnmarshalText reads a duration; a bare number is an error, for its unit
// would be a guess.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a length of time; write a number and a unit, like \"500ms\", \"15s\" or \"2m\"", b)
	}
	d.Duration = v
	return nil
}

// MarshalText writes the duration in its shortest form ("2m", not "2m0s").
func (d Duration) MarshalText() ([]byte, error) {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}

// Size is a number of bytes: "64kB", "50MB", "2GB". A kB is 1,024 bytes, as
// mail servers count.
type Size int64

var sizeUnits = []struct {
	name string
	n    int64
}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}, {"b", 1}}

// UnmarshalText reads a size; the unit may be in either case.
func (s *Size) UnmarshalText(b []byte) error {
	bad := fmt.Errorf("%q is not a size; write a whole number and a unit, like \"64kB\", \"50MB\" or \"2GB\"", b)
	text := strings.ToLower(strings.TrimSpace(string(b)))
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.n {
			return bad
		}
		*s = Size(n * u.n)
		return nil
	}
	return bad
}

// MarshalText writes the size in the largest unit that divides it.
func (s Size) MarshalText() ([]byte, error) {
	for i, name := range []string{"GB", "MB", "kB"} {
		if u := sizeUnits[i].n; s != 0 && int64(s)%u == 0 {
			return fmt.Appendf(nil, "%d%s", int64(s)/u, name), nil
		}
	}
	return fmt.Appendf(nil, "%dB", int64(s)), nil
}

// FileMode is the permissions of a socket, in octal digits: "0660".
type FileMode os.FileMode

// UnmarshalText reads octal digits.
func (m *FileMode) UnmarshalText(b []byte) error {
	n, err := strconv.ParseUint(string(b), 8, 32)
	if err != nil || n > 0o777 {
		return fmt.Errorf("%q is not a set of permissions; write octal digits, like \"0660\"", b)
	}
	*m = FileMode(n)
	return nil
}

// MarshalText writes four octal digits.
func (m FileMode) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%04o", uint32(m)), nil }

// Action is an action by its name ("lock-link").
type Action struct{ kith.Action }

// UnmarshalText reads the name of an action; an unknown one is an error.
func (a *Action) UnmarshalText(b []byte) error {
	v, ok := kith.ParseAction(string(b))
	if !ok {
		return fmt.Errorf("%q is not an action; write one of none, annotate, banner, unspoof, lock-link, double-lock-link, flatten-attachment, strip-attachment, junk, hold, reject", b)
	}
	a.Action = v
	return nil
}

// Address is where to listen or to connect. The zero Address means "not
// there".
type Address struct {
	Network string // "tcp", "unix", "systemd", "" = none
	Addr    string // host:port, path, or the name of the descriptor
}

// Set reports whether there is an address at all.
func (a Address) Set() bool { return a.Network != "" }

// String returns the form in which the file has it.
func (a Address) String() string {
	if a.Network == "unix" || a.Network == "systemd" {
		return a.Network + ":" + a.Addr
	}
	return a.Addr
}

// UnmarshalText reads "host:port", "inet:host:port" (as Postfix writes it),
// "unix:/path", "systemd:NAME" or "".
func (a *Address) UnmarshalText(b []byte) error {
	const mend = "write host:port (127.0.0.1:8024), unix:/path or systemd:NAME"
	text := string(b)
	if text == "" {
		*a = Address{}
		return nil
	}
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		// 107 bytes is what sun_path of unix(7) holds.
		if !filepath.IsAbs(path) || len(path) > 107 {
			return fmt.Errorf("%q is not a unix socket's address; write unix: and the whole path from / (at most 107 bytes)", text)
		}
		*a = Address{"unix", path}
		return nil
	}
	if name, ok := strings.CutPrefix(text, "systemd:"); ok {
		if name == "" || strings.ContainsAny(name, ": \t/") {
			return fmt.Errorf("%q names no socket; write systemd: and the FileDescriptorName of the .socket unit", text)
		}
		*a = Address{"systemd", name}
		return nil
	}
	text = strings.TrimPrefix(text, "inet:")
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("%q is not an address; %s", b, mend)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port number from 0 to 65535; %s", b, mend)
	}
	if !hostLike(host) {
		return fmt.Errorf("%q has no host before the port; %s", b, mend)
	}
	*a = Address{"tcp", text}
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Exposed reports whether something outside this machine could connect to a
// listener at this address. A systemd socket is known only once it is open:
// see ExposedAddr.
func (a Address) Exposed() bool {
	if a.Network != "tcp" {
		return false
	}
	host, _, _ := net.SplitHostPort(a.Addr)
	ip, err := netip.ParseAddr(host)
	return host != "localhost" && (err != nil || !ip.Unmap().IsLoopback())
}

// ExposedAddr is Exposed for a listener that is already open, such as one that
// systemd handed over.
func ExposedAddr(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && !t.IP.IsLoopback()
}

// Prefix is an address or a network: "10.1.2.3", "10.0.0.0/8", "2001:db8::/32".
type Prefix struct{ netip.Prefix }

// UnmarshalText reads an address or a network.
func (p *Prefix) UnmarshalText(b []byte) error {
	v, err := parsePrefix(string(b))
	if err != nil {
		return err
	}
	p.Prefix = v
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (p Prefix) MarshalText() ([]byte, error) { return []byte(prefixText(p.Prefix)), nil }

func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func parsePrefix(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("%q is neither an address nor a network; write 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32", text)
	}
	if p.Bits() == 0 {
		return p, fmt.Errorf("%q is everybody; name the networks that are yours", text)
	}
	if m := p.Masked(); m != p {
		return p, fmt.Errorf("%q has bits beyond its length; write %s for the network or %s for the one address", text, m, p.Addr())
	}
	return p, nil
}

// Relay is one of our own servers: an address, a network, or a host name. A
// name with a leading dot stands for all hosts below it.
type Relay struct {
	Prefix netip.Prefix // invalid when Name is set
	Name   string       // lower case
}

// UnmarshalText reads an address, a network or a host name.
func (r *Relay) UnmarshalText(b []byte) error {
	text := string(b)
	if p, err := parsePrefix(text); err == nil {
		*r = Relay{Prefix: p}
		return nil
	} else if strings.ContainsAny(text, "/:") || isDigits(text) {
		return err
	}
	name := strings.ToLower(strings.TrimSuffix(text, "."))
	if !hostLike(strings.TrimPrefix(name, ".")) {
		return fmt.Errorf("%q is neither an address, a network nor a host name; write 10.1.2.3, 10.0.0.0/8, mx2.corp.example or .corp.example", text)
	}
	*r = Relay{Name: name}
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (r Relay) MarshalText() ([]byte, error) {
	if r.Name != "" {
		return []byte(r.Name), nil
	}
	return []byte(prefixText(r.Prefix)), nil
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789.") == "" }

// hostLike reports whether s could be a host name or an address: enough to
// catch a slip, not a check that it exists.
func hostLike(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if s == "" || len(s) > 253 || isDigits(s) {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	return true
}

// Among returns a test of whether an address lies in a list. An empty list
// holds nobody.
func Among(list []Prefix) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		a = a.Unmap().WithZone("")
		return slices.ContainsFunc(list, func(p Prefix) bool { return p.Contains(a) })
	}
}

// Peers is Among for the peers of a seat, where an empty list means this
// machine alone.
func Peers(list []Prefix) func(netip.Addr) bool {
	if len(list) == 0 {
		return func(a netip.Addr) bool { return a.Unmap().IsLoopback() }
	}
	return Among(list)
}
