package ldap

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"kith/internal/directory"
)

// When StartTLS (RFC 4511 §4.14) is used on an ldap:// URL.
const (
	TLSAuto   = "auto"   // beyond this machine; the default
	TLSAlways = "always" // on this machine too
	TLSNever  = "never"  // passwords and people can be read on the wire
)

// Options says where the server is and what its attributes mean. The zero value
// of everything but URL, BaseDN and Domains is a sensible default.
type Options struct {
	// URL is ldap://host[:port] or ldaps://host[:port]; several are divided by
	// spaces and tried in their order until one answers.
	URL      string
	StartTLS string // TLSAuto, TLSAlways or TLSNever; "" = TLSAuto
	CAFile   string // PEM, of those who sign the server's certificate; "" = the system's
	BindDN   string // who asks; "" = anonymous
	// PasswordFile holds BindDN's password and nothing else but a final newline.
	// It is read at each fetch, so a changed password needs no restart.
	PasswordFile string
	BaseDN       string
	Filter       string // RFC 4515; "" = whatever has an address

	// Attributes names the attributes of a field, divided by spaces, where they
	// are not the default. The fields are mail, aliases, name, title, manager,
	// lang and kind.
	Attributes map[string]string
	Roles      map[string]string // words of a title to roles; "" takes a built-in word out
	RoleGroups map[string]string // DN, name or address of a group to the roles of its members
	Kinds      map[string]string // value of the kind field or object class to person, shared, list, device; "" = leave out

	Domains      []string          // as in directory.Options
	AliasDomains map[string]string // as in directory.Options

	Timeout time.Duration // for the connection and for each question; 0 = 10 s
}

// fields lists what can be mapped and its default attributes. The first
// attribute with a usable value is the main one; the others add to it.
var fields = []struct{ name, attributes string }{
	{"mail", "mail"},
	{"aliases", "proxyAddresses mailAlternateAddress mailLocalAddress"},
	{"name", "displayName cn msDS-PhoneticDisplayName"},
	{"title", "title employeeType department departmentNumber"},
	{"manager", "manager"},
	{"lang", "preferredLanguage msExchUserCulture"},
	{"kind", "employeeType"},
}

// fixed are the attributes that tell a kind and are not mapped.
var fixed = []string{"objectClass", "msExchRecipientTypeDetails", "userAccountControl"}

// plan is Options checked and made ready.
type plan struct {
	o          Options
	servers    []endpoint
	filter     string
	attributes map[string][]string // by field
	asked      []string            // all attributes of the main search
	roles      roleTable
	kinds      kindTable
	groups     []group
	own        *directory.Directory // knows the domains and nobody
}

// endpoint is one server of the URL.
type endpoint struct {
	name    string // as configured
	host    string
	address string // host:port
	tls     bool   // ldaps
	local   bool   // this machine
}

// Check reports what is wrong with the options without asking the server: one
// line that names the key of [directory.ldap] and the mend.
func Check(o Options) error {
	_, err := compile(o)
	return err
}

// Source names the search in one line: what a snapshot is a snapshot of. It
// holds no secret.
func (o Options) Source() string {
	return strings.TrimSpace(o.URL + " " + o.BaseDN + " " + o.Filter)
}

func compile(o Options) (*plan, error) {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.StartTLS = cmp.Or(o.StartTLS, TLSAuto)
	p := &plan{o: o}
	for _, step := range []func() error{p.readURL, p.checkBind, p.readAttributes, p.readFilter, p.readDomains, p.readTables} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *plan) readURL() error {
	const mend = "write ldaps://ldap.corp.example or ldap://ldap.corp.example"
	for name := range strings.FieldsSeq(p.o.URL) {
		u, err := url.Parse(name)
		if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
			return faultf(mend, "directory.ldap.url: %q is no address of an LDAP server", name)
		}
		if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return faultf("write the host here, and the rest into base_dn, filter and bind_dn", "directory.ldap.url: %q says more than the host", name)
		}
		e := endpoint{name: u.Scheme + "://" + u.Host, host: u.Hostname(), tls: u.Scheme == "ldaps"}
		port := cmp.Or(u.Port(), map[bool]string{true: "636", false: "389"}[e.tls])
		e.address = net.JoinHostPort(e.host, port)
		ip, err := netip.ParseAddr(e.host)
		e.local = strings.EqualFold(e.host, "localhost") || err == nil && ip.Unmap().IsLoopback()
		p.servers = append(p.servers, e)
	}
	if len(p.servers) == 0 {
		return faultf(mend, "directory.ldap.url is empty")
	}
	if !slices.Contains([]string{TLSAuto, TLSAlways, TLSNever}, p.o.StartTLS) {
		return faultf("write auto, always or never", "directory.ldap.starttls is %q", p.o.StartTLS)
	}
	return nil
}

func (p *plan) checkBind() error {
	if (p.o.BindDN == "") != (p.o.PasswordFile == "") {
		return faultf("give both, or none for an anonymous search", "directory.ldap: only one of bind_dn and password_file is given")
	}
	if p.o.BaseDN == "" {
		return faultf("write where the people are, like ou=people,dc=corp,dc=example", "directory.ldap.base_dn is empty")
	}
	if _, err := goldap.ParseDN(p.o.BaseDN); err != nil {
		return faultf("write it like ou=people,dc=corp,dc=example", "directory.ldap.base_dn: %q is no DN", p.o.BaseDN)
	}
	return nil
}

func (p *plan) readAttributes() error {
	p.attributes = map[string][]string{}
	for _, f := range fields {
		p.attributes[f.name] = strings.Fields(f.attributes)
	}
	for field, list := range p.o.Attributes {
		if _, known := p.attributes[field]; !known {
			return faultf("the fields are mail, aliases, name, title, manager, lang and kind", "directory.ldap.attributes: unknown field %q", field)
		}
		names := strings.Fields(list)
		for _, n := range names {
			if !attributeName(n) {
				return faultf("write names of attributes divided by spaces, like \"displayName cn\"", "directory.ldap.attributes: %s = %q", field, list)
			}
		}
		p.attributes[field] = names
	}
	if len(p.attributes["mail"])+len(p.attributes["aliases"]) == 0 {
		return faultf("leave mail out of the table to have its default", "directory.ldap.attributes: no attribute holds an address")
	}
	for _, f := range fields {
		p.ask(p.attributes[f.name]...)
	}
	p.ask(fixed...)
	if len(p.o.RoleGroups) > 0 {
		p.ask("memberOf")
	}
	return nil
}

func (p *plan) ask(names ...string) {
	for _, n := range names {
		if !slices.ContainsFunc(p.asked, func(have string) bool { return strings.EqualFold(have, n) }) {
			p.asked = append(p.asked, n)
		}
	}
}

// attributeName reports whether s is a descr or a numericoid of RFC 4512 §1.4.
func attributeName(s string) bool {
	return s != "" && len(s) <= 100 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == ""
}

func (p *plan) readFilter() error {
	p.filter = strings.TrimSpace(p.o.Filter)
	if p.filter == "" {
		var b strings.Builder
		for _, n := range slices.Concat(p.attributes["mail"], p.attributes["aliases"]) {
			fmt.Fprintf(&b, "(%s=*)", n)
		}
		p.filter = "(|" + b.String() + ")"
	}
	if _, err := goldap.CompileFilter(p.filter); err != nil {
		return faultf("write it like (&(objectClass=user)(mail=*)), with as many ) as (", "directory.ldap.filter: %q is no filter", p.filter)
	}
	return nil
}

func (p *plan) readDomains() error {
	if len(p.o.Domains) == 0 {
		return faultf("list the own mail domains there; addresses of others are left out", "org.domains is empty, so nobody in LDAP is one of us")
	}
	var err error
	p.own, err = directory.New(directory.Options{Domains: p.o.Domains, AliasDomains: p.o.AliasDomains}, nil, nil)
	return err
}

func (p *plan) readTables() (err error) {
	if p.roles, err = newRoleTable(p.o.Roles); err != nil {
		return err
	}
	if p.kinds, err = newKindTable(p.o.Kinds); err != nil {
		return err
	}
	p.groups, err = readGroups(p.o.RoleGroups)
	return err
}
