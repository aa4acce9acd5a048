package baseline

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// Key names a row within its level. Rows that belong to one employee begin with
// the eight bytes of that employee (Keyer.Owner), rows of authors with the eight
// bytes of their domain.
type Key [16]byte

// Row names a stored row.
type Row struct {
	Level Level
	Key   Key
}

// Value is the fingerprint of a value within its family: 32 bits of a keyed
// hash. Two of ten thousand values of one context share one with a chance of one
// in a hundred; that makes one rare value look known, nothing worse.
type Value uint32

// Keyer turns names into keyed hashes, so that a stolen store names nobody
// without the site's key. Safe for concurrent use.
type Keyer struct {
	org  string
	pool sync.Pool

	closed       [256][]Value // the values of closed families, in their order
	orgs         [orgGroups]Row
	in           FamilyValue // that an author wrote to an employee
	known, fresh FamilyValue // what that is to the employee: somebody known, or new
}

// NewKeyer returns a keyer for one organisation; siteKey is the secret of the
// site, at least 16 bytes.
func NewKeyer(siteKey []byte, org string) *Keyer {
	k := &Keyer{org: org}
	k.pool.New = func() any { return hmac.New(sha256.New, siteKey) }
	for g := range k.orgs {
		k.orgs[g] = k.Row(Org, string(rune('a'+g)))
	}
	k.in = FamilyValue{Standing.Num, k.Value(Standing, In)}
	k.known, k.fresh = FamilyValue{Newness.Num, k.Value(Newness, KnownAuthor)}, FamilyValue{Newness.Num, k.Value(Newness, NewAuthor)}
	for _, f := range families {
		for _, v := range f.Closed {
			k.closed[f.Num] = append(k.closed[f.Num], k.Value(f, v))
		}
	}
	return k
}

// sum hashes parts, each with its length in front, so that no two lists of parts
// give the same bytes.
func (k *Keyer) sum(kind byte, parts ...string) (out [sha256.Size]byte) {
	h := k.pool.Get().(hash.Hash)
	h.Reset()
	buf := make([]byte, 0, 128)
	buf = append(buf, kind)
	buf = binary.AppendUvarint(buf, uint64(len(k.org)))
	buf = append(buf, k.org...)
	for _, p := range parts {
		buf = binary.AppendUvarint(buf, uint64(len(p)))
		buf = append(buf, p...)
	}
	h.Write(buf)
	h.Sum(out[:0])
	k.pool.Put(h)
	return out
}

const (
	kindRow, kindValue, kindOwner byte = 1, 2, 3
)

// Row returns the key of the row that parts name at a level.
func (k *Keyer) Row(l Level, parts ...string) Row {
	s := k.sum(kindRow, append([]string{string(rune(l))}, parts...)...)
	return Row{l, Key(s[:16])}
}

// Owned returns the key of a row that belongs to an employee.
func (k *Keyer) Owned(l Level, owner string, parts ...string) Row {
	r := k.Row(l, append([]string{owner}, parts...)...)
	o := k.Owner(owner)
	copy(r.Key[:8], o[:])
	return r
}

// Author returns the row of an author, which begins as the row of his domain.
func (k *Keyer) Author(address, domain string) Row {
	r, d := k.Row(Author, address), k.Domain(domain)
	copy(r.Key[:8], d.Key[:8])
	return r
}

// Domain returns the row of a registrable domain.
func (k *Keyer) Domain(domain string) Row {
	r := k.Row(Domain, domain)
	return Row{Domain, headOf(r.Key)}
}

// headOf returns the key that is the beginning of another: of the domain of an
// author's row, of the person of a pair's.
func headOf(k Key) (d Key) {
	copy(d[:8], k[:8])
	return d
}

// Org returns the organisation's name.
func (k *Keyer) Org() string { return k.org }

// Person returns the row of what an employee gets: it begins as all of his rows,
// and holds nothing else in its key, so that a pair's row leads to it.
func (k *Keyer) Person(owner string) Row {
	o := k.Owner(owner)
	r := Row{Level: Person}
	copy(r.Key[:8], o[:])
	return r
}

// Owner returns the hash under which an employee's rows and lessons stand.
func (k *Keyer) Owner(address string) [8]byte {
	s := k.sum(kindOwner, address)
	return [8]byte(s[:8])
}

// Value returns the fingerprint of a value in its family.
func (k *Keyer) Value(f *Family, v string) Value {
	s := k.sum(kindValue, f.ID, v)
	return Value(binary.BigEndian.Uint32(s[:4]))
}

// OrgRow returns the row of Org that holds a group of families.
func (k *Keyer) OrgRow(group uint8) Row { return k.orgs[group] }
