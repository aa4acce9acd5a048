package ldap

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kith/internal/directory"
)

// examples is how many addresses that stand twice are told by name.
const examples = 10

// gate lets each address of ours through once.
type gate struct {
	own   *directory.Directory
	owner map[string]string // normalised address to who has it
	notes *Notes
}

// normal returns the one spelling of an address of ours, or "".
func (g *gate) normal(addr string) string {
	a := g.own.Normalize(addr)
	at := strings.LastIndexByte(a, '@')
	if at <= 0 || !g.own.IsOurs(a[at+1:]) || strings.ContainsFunc(a, unlistable) {
		return ""
	}
	return a
}

func unlistable(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }

// claim gives an address to who, unless somebody has it.
func (g *gate) claim(addr, who string) bool {
	have, taken := g.owner[addr]
	if !taken {
		g.owner[addr] = who
		return true
	}
	if have != who {
		g.notes.Twice++
		if len(g.notes.Examples) < examples {
			g.notes.Examples = append(g.notes.Examples, oneLine(fmt.Sprintf("%s stands in %q and in %q; the first has it", addr, have, who)))
		}
	}
	return false
}

// admit turns records into entries that directory.New takes: addresses of ours
// only, each once. Main addresses are given out before aliases, and both in the
// order of the DNs, so that the answer does not depend on the server's order.
// members gives roles by folded DN of a member or of its group.
func (p *plan) admit(records []record, members map[string][]string, n *Notes) []directory.Entry {
	records = slices.DeleteFunc(records, func(r record) bool { return p.useless(r, n) })
	slices.SortStableFunc(records, func(a, b record) int { return strings.Compare(a.dn, b.dn) })
	g := &gate{own: p.own, owner: make(map[string]string, len(records)), notes: n}
	entries := make([]directory.Entry, 0, len(records))
	kept := make([]record, 0, len(records))
	mainOf := make(map[string]string, len(records)) // folded DN to main address
	for _, r := range records {
		var ours []string
		for _, a := range r.addresses {
			if a = g.normal(a); a != "" && !slices.Contains(ours, a) {
				ours = append(ours, a)
			}
		}
		r.addresses = ours
		if len(ours) == 0 {
			n.Foreign++
		} else if g.claim(ours[0], r.dn) {
			mainOf[foldDN(r.dn)] = ours[0]
			kept = append(kept, r)
			entries = append(entries, p.entry(r, members))
		}
	}
	for i, r := range kept {
		e := &entries[i]
		for _, a := range r.addresses[1:] {
			if g.claim(a, r.dn) {
				e.Aliases = append(e.Aliases, a)
			}
		}
		if r.manager != "" {
			e.Manager = mainOf[foldDN(r.manager)]
			if e.Manager == "" {
				e.Manager = g.normal(r.manager)
			}
			if e.Manager == e.Address {
				e.Manager = ""
			}
		}
	}
	slices.SortFunc(entries, func(a, b directory.Entry) int { return strings.Compare(a.Address, b.Address) })
	return entries
}

func (p *plan) useless(r record, n *Notes) bool {
	if r.leftOut {
		n.LeftOut++
	} else if len(r.addresses) == 0 {
		n.NoAddress++
	}
	return r.leftOut || len(r.addresses) == 0
}

// entry is a record but for its aliases and its manager.
func (p *plan) entry(r record, members map[string][]string) directory.Entry {
	e := directory.Entry{Address: r.addresses[0], Kind: r.kind, Lang: r.lang, Roles: p.roles.of(r.titles)}
	for _, name := range r.names {
		name = norm.NFC.String(name)
		switch {
		case e.Name == "":
			e.Name = name
		case !strings.EqualFold(name, e.Name) && !slices.Contains(e.Names, name):
			e.Names = append(e.Names, name)
		}
	}
	if len(members) > 0 {
		for _, dn := range append([]string{r.dn}, r.groups...) {
			e.Roles = append(e.Roles, members[foldDN(dn)]...)
		}
		slices.Sort(e.Roles)
		e.Roles = slices.Compact(e.Roles)
	}
	return e
}

// readmit lets entries of an older snapshot through the gate of today's
// domains: what is no longer ours falls out.
func readmit(entries []directory.Entry, own *directory.Directory) []directory.Entry {
	g := &gate{own: own, owner: make(map[string]string, len(entries)), notes: new(Notes)}
	var kept []directory.Entry
	for _, e := range entries {
		all := append([]string{e.Address}, e.Aliases...)
		e.Address, e.Aliases = "", nil
		for _, a := range all {
			if a = g.normal(a); a == "" || !g.claim(a, all[0]) {
				continue
			}
			if e.Address == "" {
				e.Address = a
			} else {
				e.Aliases = append(e.Aliases, a)
			}
		}
		e.Manager = g.normal(e.Manager)
		if e.Address != "" {
			kept = append(kept, e)
		}
	}
	return kept
}
