// Package directory knows who is who: which addresses are ours, which person,
// shared box, list or device stands behind each, and which stranger's domain
// only looks like one of ours.
//
// The room exists because nearly every other question begins here. A display
// name means something only when one knows whose name it is; a recipient has
// prompts, a budget and a page only when a person reads it; a domain is a
// look-alike only of a domain that somebody owns.
//
// A Directory is a snapshot: built whole by Load or New, never changed after,
// safe for any number of readers. Whoever owns it loads a new one and swaps the
// pointer when the file changes, so a reload with a mistake in it leaves the
// old snapshot in force. What is seen but not listed lives beside it in a
// Discoverer, which survives a reload.
//
// It promises that an address and each of its other spellings (alias, alias
// domain, delimiter, case, quoting, U-label or A-label) give the same Entry;
// that what an outsider can cause (mail to invented addresses of ours) never
// makes a person, and never takes more than a fixed amount of memory; and that
// a mistake in the list is told with the line and the mend. It never asks the
// network, never trusts a From field, and never decides anything: it answers.
package directory

import (
	"maps"
	"slices"
	"strings"

	"kith/internal/kith"
)

// Options is what the configuration says about the organisation. The zero value
// is a directory that owns no domain: every address is external.
type Options struct {
	Org     string   // name of the organisation in every learned key; "" = "default"
	Domains []string // own domains; ".corp.test" stands for every domain below corp.test
	// AliasDomains maps a domain to the own domain it is another name of. The
	// alias is ours too.
	AliasDomains map[string]string
	// Delimiter is the set of characters that part a user from an extension, as
	// Postfix's recipient_delimiter; "" = none.
	Delimiter string
	// Discovered is asked for addresses of ours that are not listed; nil = nobody.
	Discovered *Discoverer
}

// Directory is one snapshot of who is who. It is immutable and safe for
// concurrent use. A nil Directory answers as one that owns no domain.
type Directory struct {
	org       string
	domains   map[string]struct{}
	parents   []string // own ".suffix" domains, without the dot
	aliasOf   map[string]string
	delimiter string
	found     *Discoverer

	entries  []Entry
	byAddr   map[string]int32 // folded address, main or alias, to index of entries
	catchAll map[string]int32 // domain to index of entries
	byName   map[string][]int32
	perDom   map[string]int // listed entries by domain
	senders  map[string][]Sender
	shapes   []shape // own domains prepared for LookAlike
}

// Org returns the organisation's name in learned keys, never "".
func (d *Directory) Org() string {
	if d == nil || d.org == "" {
		return "default"
	}
	return d.org
}

// Domains returns the own domains in A-label form, sorted, alias domains
// included; a wildcard keeps its leading dot.
func (d *Directory) Domains() []string {
	if d == nil {
		return nil
	}
	var all []string
	for n := range d.domains {
		all = append(all, n)
	}
	for n := range d.aliasOf {
		all = append(all, n)
	}
	for _, p := range d.parents {
		all = append(all, "."+p)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// IsOurs reports whether domain is an own or an alias domain. Case, a final dot
// and the U-label form do not matter. A domain below an own one is ours only
// when Options.Domains says so with a leading dot: a subdomain is often let to
// a mailing house.
func (d *Directory) IsOurs(domain string) bool {
	return d != nil && d.owns(foldDomain(domain))
}

// owns is IsOurs for a folded domain.
func (d *Directory) owns(domain string) bool {
	if _, ok := d.domains[domain]; ok {
		return true
	}
	if _, ok := d.aliasOf[domain]; ok {
		return true
	}
	for _, p := range d.parents {
		if below(domain, p) {
			return true
		}
	}
	return false
}

// below reports whether domain is a proper subdomain of parent.
func below(domain, parent string) bool {
	n := len(domain) - len(parent)
	return n > 1 && domain[n-1] == '.' && domain[n:] == parent
}

// Lookup answers who stands behind an address in any spelling. The kind is, in
// this order: as listed; KindDevice for
// an own sender; KindPerson when somebody signed in and sent from it;
// KindCatchAll when the domain takes everything; KindUnknown when the domain is
// ours; KindExternal otherwise. Address is set even for KindExternal (the
// normalised address), so only Kind says whether somebody is ours. The slices
// of the Entry belong to the snapshot and must not be changed.
func (d *Directory) Lookup(addr string) Entry {
	norm := d.Normalize(addr)
	if d == nil || norm == "" {
		return Entry{Address: norm, Kind: kith.KindExternal}
	}
	if i, ok := d.byAddr[foldKey(norm)]; ok {
		return d.entries[i]
	}
	domain := domainOf(norm)
	if !d.owns(domain) {
		return Entry{Address: norm, Kind: kith.KindExternal}
	}
	if s := d.sendersOf(addr); s != nil {
		return Entry{Address: s[0].Address, Name: s[0].Name, Kind: kith.KindDevice}
	}
	return d.unlisted(norm, domain)
}

// unlisted answers for an address of ours that stands in no list.
func (d *Directory) unlisted(norm, domain string) Entry {
	e := Entry{Address: norm, Kind: kith.KindUnknown}
	if d.found != nil {
		if kind, ok := d.found.kind(norm); ok {
			e.Kind, e.Discovered = kind, true
		}
		if e.Kind == kith.KindUnknown && d.found.catchesAll(domain) {
			e.Kind = kith.KindCatchAll
		}
	}
	if i, ok := d.catchAll[domain]; ok && e.Kind != kith.KindPerson {
		box := d.entries[i]
		e.Kind, e.Name, e.Lang, e.Manager = kith.KindCatchAll, box.Name, box.Lang, box.Manager
	}
	return e
}

// People returns the listed persons, in the order of the list. The caller may
// change the slice, not what its entries point to.
func (d *Directory) People() []Entry {
	if d == nil {
		return nil
	}
	var p []Entry
	for _, e := range d.entries {
		if e.Kind == kith.KindPerson {
			p = append(p, e)
		}
	}
	return p
}

// Len returns the number of listed entries of every kind.
func (d *Directory) Len() int {
	if d == nil {
		return 0
	}
	return len(d.entries)
}

// domainOf returns what stands after the last "@", or "".
func domainOf(addr string) string {
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		return addr[i+1:]
	}
	return ""
}

// Entries returns everything listed, in the order of the list. The caller may
// change the slice, not what its entries point to.
func (d *Directory) Entries() []Entry { return slices.Clone(d.entries) }

// Senders returns the own senders.
func (d *Directory) Senders() (all []Sender) {
	for _, name := range slices.Sorted(maps.Keys(d.senders)) {
		all = append(all, d.senders[name]...)
	}
	return all
}
