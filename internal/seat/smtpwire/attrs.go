package smtpwire

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"kith/internal/kith"
)

// Attr names an attribute of XFORWARD or XCLIENT; Attrs.Given is a set of them.
type Attr uint16

// The attributes. Postfix's XFORWARD_README and XCLIENT_README define them.
const (
	AttrName Attr = 1 << iota
	AttrAddr
	AttrPort
	AttrProto
	AttrHelo
	AttrIdent
	AttrSource
	AttrLogin
	AttrDestAddr
	AttrDestPort
	AttrReverseName
)

type attrName struct {
	attr Attr
	name string
}

var (
	xforwardAttrs = []attrName{
		{AttrName, "NAME"}, {AttrAddr, "ADDR"}, {AttrPort, "PORT"}, {AttrProto, "PROTO"},
		{AttrHelo, "HELO"}, {AttrIdent, "IDENT"}, {AttrSource, "SOURCE"},
	}
	xclientAttrs = []attrName{
		{AttrName, "NAME"}, {AttrReverseName, "REVERSE_NAME"}, {AttrAddr, "ADDR"}, {AttrPort, "PORT"},
		{AttrProto, "PROTO"}, {AttrHelo, "HELO"}, {AttrLogin, "LOGIN"},
		{AttrDestAddr, "DESTADDR"}, {AttrDestPort, "DESTPORT"},
	}
)

const (
	unavailable  = "[UNAVAILABLE]"
	tempUnavail  = "[TEMPUNAVAIL]"
	maxValue     = 255 // octets of one value as sent, as in Postfix
	maxProto     = 64
	sourceLocal  = "LOCAL"
	sourceRemote = "REMOTE"
)

// Attrs is what a trusted peer says of the client that it speaks for. A field
// that is zero and in Given was said to be unavailable; one that is not in
// Given was not said.
type Attrs struct {
	Given       Attr
	Name        string // verified host name
	ReverseName string // host name by reverse look-up, unverified
	Addr        netip.Addr
	Port        uint16
	Proto       string
	Helo        string
	Ident       string // the peer's queue id
	Source      string // LOCAL or REMOTE
	Login       string
	DestAddr    netip.Addr
	DestPort    uint16
}

func (a Attrs) client() kith.Client {
	return kith.Client{Addr: a.Addr, Name: a.Name, Helo: a.Helo, Proto: a.Proto}
}

func names(set []attrName) string {
	var b strings.Builder
	for i, s := range set {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.name)
	}
	return b.String()
}

// with returns a with the attributes of one command added. Either all of them
// are taken or none.
func (a Attrs) with(arg string, known []attrName) (Attrs, error) {
	more := a
	for word := range strings.FieldsSeq(arg) {
		name, value, _ := strings.Cut(word, "=")
		if value == "" {
			return a, errors.New("attribute=value expected")
		}
		if len(value) > maxValue {
			return a, errors.New("attribute value too long")
		}
		attr := attrNamed(name, known)
		if attr == 0 {
			return a, errors.New("unknown attribute name")
		}
		if err := more.set(attr, unxtext(value)); err != nil {
			return a, fmt.Errorf("bad %s syntax", strings.ToUpper(name))
		}
		more.Given |= attr
	}
	return more, nil
}

func attrNamed(name string, known []attrName) Attr {
	for _, k := range known {
		if strings.EqualFold(k.name, name) {
			return k.attr
		}
	}
	return 0
}

var errSyntax = errors.New("bad syntax")

func (a *Attrs) set(attr Attr, v string) error {
	if strings.EqualFold(v, unavailable) || strings.EqualFold(v, tempUnavail) {
		v = ""
	}
	var err error
	switch attr {
	case AttrName:
		a.Name, err = hostname(v)
	case AttrReverseName:
		a.ReverseName, err = hostname(v)
	case AttrAddr:
		a.Addr, err = address(v)
	case AttrDestAddr:
		a.DestAddr, err = address(v)
	case AttrPort:
		a.Port, err = port(v)
	case AttrDestPort:
		a.DestPort, err = port(v)
	case AttrProto:
		if len(v) > maxProto {
			return errSyntax
		}
		a.Proto = neuter(v)
	case AttrHelo:
		a.Helo = neuter(v)
	case AttrIdent:
		a.Ident = neuter(v)
	case AttrLogin:
		a.Login = printable(v)
	case AttrSource:
		switch v = strings.ToUpper(v); v {
		case sourceLocal, sourceRemote:
			a.Source = v
		case "":
			a.Source = sourceLocal // as Postfix reads [UNAVAILABLE]
		default:
			return errSyntax
		}
	}
	return err
}

func address(v string) (netip.Addr, error) {
	if v == "" {
		return netip.Addr{}, nil
	}
	if len(v) > 5 && strings.EqualFold(v[:5], "IPv6:") {
		v = v[5:]
	}
	a, err := netip.ParseAddr(v)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, errSyntax
	}
	return a.Unmap(), nil
}

func port(v string) (uint16, error) {
	if v == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(v, 10, 16)
	return uint16(n), err
}

// hostname checks what may stand in a host name; underscores are seen in the
// wild and harmless.
func hostname(v string) (string, error) {
	if v == "" {
		return "", nil
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(v, "."), ".") {
		if label == "" || len(label) > 63 {
			return "", errSyntax
		}
		for i := 0; i < len(label); i++ {
			ch := label[i]
			alnum := '0' <= ch && ch <= '9' || 'a' <= ch|0x20 && ch|0x20 <= 'z'
			if !alnum && ch != '-' && ch != '_' {
				return "", errSyntax
			}
		}
	}
	return v, nil
}

// printable masks what could break a log line or a header field.
func printable(v string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, v)
}

// neuter masks, besides, what has a meaning in a header field.
func neuter(v string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(` <>()\";@`, r) {
			return '?'
		}
		return r
	}, printable(v))
}

// unxtext decodes xtext (RFC 3461 section 4). What is not xtext stands for
// itself: Postfix before 2.3 did not encode.
func unxtext(s string) string {
	if strings.IndexByte(s, '+') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return s
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return s
		}
		b = append(b, byte(n))
		i += 2
	}
	return string(b)
}

// xtext encodes a value; "" is sent as [UNAVAILABLE].
func xtext(s string) string {
	if s == "" {
		return unavailable
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if ch := s[i]; ch <= ' ' || ch > '~' || ch == '+' || ch == '=' {
			fmt.Fprintf(&b, "+%02X", ch)
		} else {
			b.WriteByte(ch)
		}
	}
	return b.String()
}
