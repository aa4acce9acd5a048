package ldap

import (
	"slices"
	"strings"

	"kith/internal/directory"
)

// Merge puts the administrator's own list over the entries from LDAP. Both must
// have their addresses in the one spelling of the directory, each once, as
// Fetch and a Directory give them. For the same address the list wins: the two
// become one entry, in which what the list leaves empty (name, roles, manager,
// language) comes from LDAP, and the names and aliases of both stand together.
// An address that the list gives to one entry is nobody else's. The listed
// entries come first, in their order. Merge is a pure function; it does not
// change what it is given.
func Merge(listed, fetched []directory.Entry) []directory.Entry {
	out := make([]directory.Entry, len(listed), len(listed)+len(fetched))
	owner := make(map[string]int, len(listed))
	for i, e := range listed {
		e.Names, e.Aliases = slices.Clone(e.Names), slices.Clone(e.Aliases)
		out[i] = e
		owner[e.Address] = i
		for _, a := range e.Aliases {
			owner[a] = i
		}
	}
	for _, f := range fetched {
		i, same := match(f, out[:len(listed)], owner)
		if !same {
			f.Aliases = slices.DeleteFunc(slices.Clone(f.Aliases), func(a string) bool { _, taken := owner[a]; return taken })
			out = append(out, f)
			continue
		}
		fill(&out[i], f)
		for _, a := range append([]string{f.Address}, f.Aliases...) {
			if _, taken := owner[a]; !taken {
				owner[a] = i
				out[i].Aliases = append(out[i].Aliases, a)
			}
		}
	}
	return out
}

// match finds the listed entry that means the same box: one that has the main
// address, or whose main address LDAP has among the aliases.
func match(f directory.Entry, listed []directory.Entry, owner map[string]int) (int, bool) {
	if i, ok := owner[f.Address]; ok {
		return i, true
	}
	for _, a := range f.Aliases {
		if i, ok := owner[a]; ok && listed[i].Address == a {
			return i, true
		}
	}
	return 0, false
}

// fill takes from f what e leaves empty.
func fill(e *directory.Entry, f directory.Entry) {
	if e.Name == "" {
		e.Name = f.Name
	}
	if len(e.Roles) == 0 {
		e.Roles = f.Roles
	}
	if e.Manager == "" {
		e.Manager = f.Manager
	}
	if e.Lang == "" {
		e.Lang = f.Lang
	}
	for _, n := range append([]string{f.Name}, f.Names...) {
		if n != "" && !strings.EqualFold(n, e.Name) && !slices.Contains(e.Names, n) {
			e.Names = append(e.Names, n)
		}
	}
}
