package directory

import "strings"

// Plain reports whether addr is the one plain way to write to its mailbox: no
// alias, no alias domain, no extension behind a delimiter. Two addresses that
// are not plain may end in one mailbox with a plain one, so copies to them must
// not be taken for copies of each other. Case does not count.
func (d *Directory) Plain(addr string) bool {
	if strings.ContainsAny(addr, "\"\\") {
		return false
	}
	norm := d.Normalize(addr)
	if !strings.EqualFold(norm, addr) {
		return false
	}
	e := d.Lookup(addr)
	return e.Address == "" || strings.EqualFold(e.Address, norm)
}
