package ldap

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"kith/internal/directory"
)

// Bounds of one fetch.
const (
	pageSize   = 1000      // RFC 2696; also Active Directory's own limit
	maxEntries = 1_000_000 // entries of the server
	maxMembers = 200_000   // of all role groups
	wholeFetch = 10 * time.Minute
)

// Fetch asks the server once for everybody and returns entries that
// directory.New takes as they are, sorted by address, with the notes on what was
// left out. It returns all or nothing: a server that breaks off, a limit that
// cuts the answer, or an answer in which nobody is ours is an error (a *Fault,
// one line with the mend). It takes at most ten minutes, and Options.Timeout for
// the connection and for each page. It is safe for concurrent use.
func Fetch(ctx context.Context, o Options) ([]directory.Entry, Notes, error) {
	p, err := compile(o)
	if err != nil {
		return nil, Notes{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, wholeFetch)
	defer cancel()
	s, err := p.connect(ctx)
	if err != nil {
		return nil, Notes{}, err
	}
	defer s.close()
	members, err := s.members(ctx)
	if err != nil {
		return nil, Notes{}, err
	}
	var notes Notes
	var records []record
	err = s.search(ctx, p.o.BaseDN, goldap.ScopeWholeSubtree, p.filter, p.asked, maxEntries, func(e *goldap.Entry) {
		records = append(records, p.read(e, &notes))
	})
	if err != nil {
		return nil, notes, err
	}
	entries := p.admit(records, members, &notes)
	if len(entries) == 0 {
		return nil, notes, s.nobody(notes)
	}
	return entries, notes, nil
}

// nobody tells why an answer is of no use.
func (s *session) nobody(n Notes) *Fault {
	if n.Read == 0 {
		return faultf("correct base_dn or filter, or let "+s.who()+" read the people", "%s: nothing below %q matches %s", s.at.name, s.o.BaseDN, s.filter)
	}
	return faultf("name the attribute with the addresses in directory.ldap.attributes, or add the domain to org.domains", "%s: %d entries, but none has an address in org.domains", s.at.name, n.Read)
}

// search asks page by page and hands each entry on as it comes, so that memory
// holds one page of the library's packets and no more. Referrals in the answer
// are left alone.
func (s *session) search(ctx context.Context, base string, scope int, filter string, attributes []string, limit int, each func(*goldap.Entry)) error {
	paging := goldap.NewControlPaging(pageSize)
	n := 0
	for {
		request := goldap.NewSearchRequest(base, scope, goldap.NeverDerefAliases, 0, int(s.o.Timeout/time.Second), false, filter, attributes, []goldap.Control{paging})
		s.meter.refill()
		result, err := s.conn.Search(request)
		switch {
		case ctx.Err() != nil:
			return dialFault(s.at, ctx.Err())
		case s.meter.spent():
			return faultf("narrow base_dn or filter, or use a server that knows paged results (RFC 2696)", "%s: one answer is larger than %d MiB", s.at.name, answerBytes>>20)
		case err != nil:
			return s.askFault(s.at, err)
		}
		if n += len(result.Entries); n > limit {
			return faultf("narrow base_dn or filter", "%s: more than %d entries", s.at.name, limit)
		}
		for _, e := range result.Entries {
			each(e)
		}
		answer, ok := goldap.FindControl(result.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
		if !ok || len(answer.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(answer.Cookie)
	}
}

// group is a role group of the configuration.
type group struct {
	name  string // DN, name or address
	dn    bool
	roles []string
}

func readGroups(table map[string]string) ([]group, error) {
	var groups []group
	for name, list := range table {
		roles, err := roleNames(list)
		if err != nil || len(roles) == 0 || strings.TrimSpace(name) == "" {
			return nil, faultf("write it like \"cn=finance,ou=groups,dc=corp,dc=example\" = \"finance\"", "directory.ldap.role_groups: %q = %q", name, list)
		}
		_, bad := goldap.ParseDN(name)
		groups = append(groups, group{name: name, dn: strings.Contains(name, "=") && bad == nil, roles: roles})
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.name, b.name) })
	return groups, nil
}

// members returns the roles that group membership gives: folded DN of a member,
// or of the group itself, to roles. Active Directory cuts long lists of members,
// but tells each person's groups (memberOf); OpenLDAP often does it the other
// way about. So both ends are read.
func (s *session) members(ctx context.Context) (map[string][]string, error) {
	roles := map[string][]string{}
	for _, g := range s.groups {
		base, scope, filter := g.name, goldap.ScopeBaseObject, "(objectClass=*)"
		if !g.dn {
			name := goldap.EscapeFilter(g.name)
			base, scope = s.o.BaseDN, goldap.ScopeWholeSubtree
			filter = "(&(|(cn=" + name + ")(mail=" + name + "))(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)))"
		}
		found := false
		err := s.search(ctx, base, scope, filter, []string{"member", "uniqueMember"}, pageSize, func(e *goldap.Entry) {
			found = true
			for _, dn := range append(values(e, []string{"member", "uniqueMember"}, maxMembers, nil), e.DN) {
				if key := foldDN(dn); len(roles) < maxMembers && len(dn) <= maxValue {
					roles[key] = append(roles[key], g.roles...)
				}
			}
		})
		var f *Fault
		if errors.As(err, &f) && f.code == goldap.LDAPResultNoSuchObject || err == nil && !found {
			return nil, faultf("correct the group's name, or take the line out", "%s: directory.ldap.role_groups: the server has no group %q", s.at.name, g.name)
		}
		if err != nil {
			return nil, err
		}
	}
	return roles, nil
}

// foldDN is what DNs are compared by: without regard to case and spacing
// (RFC 4514 §2.4; nearly every attribute in a DN ignores case).
func foldDN(dn string) string {
	if !plainDN(dn) {
		if d, err := goldap.ParseDN(dn); err == nil {
			dn = d.String()
		}
	}
	return strings.ToLower(dn)
}

// plainDN reports whether parsing would change nothing: most DNs are so, and a
// million of them are compared.
func plainDN(dn string) bool {
	for i := range len(dn) {
		switch c := dn[i]; {
		case c < ' ' || c > '~' || strings.IndexByte("\\\"+;<>#", c) >= 0:
			return false
		case c == ' ' && (i == 0 || i == len(dn)-1 || strings.IndexByte(",=", dn[i-1]) >= 0 || strings.IndexByte(",=", dn[i+1]) >= 0):
			return false
		}
	}
	return true
}
