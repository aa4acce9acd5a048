package ldap

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"kith/internal/kith"
)

// Bounds of one entry of the server.
const (
	maxValue  = 1000 // bytes of a value; a longer one is no name, title or address
	maxValues = 500  // values of a field
)

// Notes counts what a fetch met.
type Notes struct {
	Read      int // entries of the server
	NoAddress int // left out: no address at all
	Foreign   int // left out: every address is in a domain of others
	LeftOut   int // left out by kind: system mailboxes, and what the configuration says
	Twice     int // addresses that a second entry claimed too
	Cut       int // values that were too long, too many or not readable
	// Examples tells up to ten addresses that stand twice, a line each.
	Examples []string
}

// record is what is kept of an entry of the server until all are known.
type record struct {
	dn        string
	addresses []string // as read, the main one first
	names     []string
	titles    []string
	manager   string // DN or address
	lang      string
	groups    []string // memberOf
	kind      kith.RcptKind
	leftOut   bool
}

// read takes from an entry what kith needs. It is a pure function of the entry
// and the plan, and takes any bytes.
func (p *plan) read(e *goldap.Entry, n *Notes) record {
	n.Read++
	field := func(name string) []string { return values(e, p.attributes[name], maxValues, &n.Cut) }
	r := record{dn: e.DN, names: field("name"), titles: field("title"), groups: values(e, []string{"memberOf"}, maxValues, &n.Cut)}
	r.addresses = addresses(field("mail"), field("aliases"))
	if list := field("manager"); len(list) > 0 {
		r.manager = list[0]
	}
	for _, tag := range field("lang") {
		if r.lang = language(tag); r.lang != "" {
			break
		}
	}
	r.kind, r.leftOut = p.kinds.of(signs{
		classes: values(e, []string{"objectClass"}, maxValues, nil),
		words:   field("kind"),
		details: number(e, "msExchRecipientTypeDetails"),
		account: number(e, "userAccountControl"),
	})
	return r
}

// values returns the usable values of attributes in the order of names, without
// repetition. An attribute may come with options (cn;lang-ja, RFC 4512 §2.5) and
// in another case. cut counts what is not usable; nil = nobody counts.
func values(e *goldap.Entry, names []string, most int, cut *int) []string {
	var out distinct
	for _, name := range names {
		for _, a := range e.Attributes {
			if !named(a.Name, name) {
				continue
			}
			for _, v := range a.Values {
				v = strings.TrimSpace(v)
				switch {
				case v == "" || out.has(v):
				case len(v) > maxValue || len(out.list) >= most || !readable(v):
					if cut != nil {
						*cut++
					}
				default:
					out.add(v)
				}
			}
		}
	}
	return out.list
}

// named reports whether an attribute description is of the attribute name.
func named(description, name string) bool {
	n := len(name)
	return len(description) >= n && strings.EqualFold(description[:n], name) && (len(description) == n || description[n] == ';')
}

// distinct is a list without repetition; long ones are looked up in a set.
type distinct struct {
	list []string
	set  map[string]bool
}

func (d *distinct) has(v string) bool {
	if d.set != nil {
		return d.set[v]
	}
	return slices.Contains(d.list, v)
}

func (d *distinct) add(v string) {
	d.list = append(d.list, v)
	if d.set != nil {
		d.set[v] = true
	} else if len(d.list) > 16 {
		d.set = map[string]bool{}
		for _, have := range d.list {
			d.set[have] = true
		}
	}
}

func readable(v string) bool {
	return utf8.ValidString(v) && !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// number reads an integer attribute; what is no number is 0.
func number(e *goldap.Entry, name string) int64 {
	n := int64(0)
	if v := e.GetEqualFoldAttributeValue(name); v != "" && len(v) < 19 {
		for _, c := range []byte(v) {
			if c < '0' || c > '9' {
				return 0
			}
			n = n*10 + int64(c-'0')
		}
	}
	return n
}

// prefixed is an address of Exchange with its kind in front: SMTP:, smtp:, SIP:,
// X500:, EUM:.
var prefixed = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]{1,9}):(.*)$`)

// addresses orders the addresses of an entry: the primary of Exchange (SMTP: in
// capitals), then mail, then the others. An address of another net than SMTP is
// left out.
func addresses(mail, aliases []string) []string {
	var primary, all []string
	for _, a := range slices.Concat(mail, aliases) {
		if m := prefixed.FindStringSubmatch(a); m != nil {
			if !strings.EqualFold(m[1], "smtp") {
				continue
			}
			if a = strings.TrimSpace(m[2]); m[1] == "SMTP" {
				primary = append(primary, a)
				continue
			}
		}
		all = append(all, a)
	}
	return append(primary, all...)
}

// languageTag is the first tag of a preferredLanguage (RFC 2798 §2.7: the form
// of Accept-Language).
var languageTag = regexp.MustCompile(`^([A-Za-z]{2,3})([-_,;\s].*)?$`)

// language returns the primary language of a tag list, or "".
func language(tags string) string {
	if m := languageTag.FindStringSubmatch(tags); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}
