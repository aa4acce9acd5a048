package directory

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kith/internal/kith"
)

// Sender is an own sender: a device or program of ours (scanner, ERP, web form)
// that sends without signing in. It is one only by both its address and the
// network it sends from.
type Sender struct {
	Address  string // envelope sender, normalised
	Name     string
	Networks []netip.Prefix
}

// builder turns rows into a snapshot and tells where each mistake stands.
type builder struct {
	name string
	d    *Directory
	line map[string]int // folded address to the line that claimed it
}

func build(name string, rows []row, opt Options) (*Directory, error) {
	b := builder{name: name, line: make(map[string]int, len(rows))}
	d, err := newEmpty(opt)
	if err != nil {
		return nil, err
	}
	b.d = d
	d.entries = make([]Entry, 0, len(rows))
	d.byAddr = make(map[string]int32, len(rows))
	for _, r := range rows {
		if err := b.add(r); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, r.line, err)
		}
	}
	return d, nil
}

// newEmpty is a snapshot that knows its domains and nobody.
func newEmpty(opt Options) (*Directory, error) {
	d := &Directory{org: opt.Org, delimiter: opt.Delimiter, found: opt.Discovered,
		domains: map[string]struct{}{}, aliasOf: map[string]string{}, catchAll: map[string]int32{},
		byName: map[string][]int32{}, perDom: map[string]int{}, senders: map[string][]Sender{}}
	if strings.ContainsAny(opt.Delimiter, "@\" \t.") || !isASCII(opt.Delimiter) {
		return nil, fmt.Errorf("delimiter %q: only signs such as + and - part an address", opt.Delimiter)
	}
	for _, name := range opt.Domains {
		wild, parent := strings.CutPrefix(strings.TrimSpace(name), ".")
		n := foldDomain(wild)
		if err := checkDomain(name, n); err != nil {
			return nil, err
		}
		if parent {
			d.parents = append(d.parents, n)
		} else {
			d.domains[n] = struct{}{}
		}
		d.addShape(n)
	}
	for from, to := range opt.AliasDomains {
		a, m := foldDomain(from), foldDomain(to)
		if err := errors.Join(checkDomain(from, a), checkDomain(to, m)); err != nil {
			return nil, err
		}
		if _, own := d.domains[m]; !own {
			return nil, fmt.Errorf("alias domain %q: %q is no own domain; add it to the domains", from, to)
		}
		if _, own := d.domains[a]; own {
			return nil, fmt.Errorf("alias domain %q is an own domain too; take it out of one of the two", from)
		}
		d.aliasOf[a] = m
		d.addShape(a)
	}
	slices.SortFunc(d.shapes, func(x, y shape) int { return strings.Compare(x.domain, y.domain) })
	return d, nil
}

func checkDomain(given, folded string) error {
	if folded == "" || len(folded) > 253 || !isASCII(folded) || strings.ContainsAny(folded, "@ /:*") || strings.HasPrefix(folded, ".") {
		return fmt.Errorf("domain %q is no domain; write it like corp.example", given)
	}
	return nil
}

func (d *Directory) addShape(domain string) {
	if s, ok := newShape(domain); ok {
		d.shapes = append(d.shapes, s)
	}
}

func (b *builder) add(r row) error {
	if r.sender {
		return b.addSender(r)
	}
	e := r.entry
	if e.Kind == kith.KindCatchAll && strings.HasPrefix(strings.TrimPrefix(e.Address, "*"), "@") {
		return b.addCatchAll(e)
	}
	if !contains(known, string(e.Kind)) {
		return fmt.Errorf("kind %q cannot be listed; %s", e.Kind, hint(string(e.Kind), known))
	}
	if e.Address == "" {
		return errors.New("address is missing")
	}
	at := int32(len(b.d.entries))
	addr, err := b.claim(e.Address, r.line, at)
	if err != nil {
		return err
	}
	e.Address, e.Discovered = addr, false
	if e.Aliases, err = b.claimAll(e.Aliases, addr, r.line, at); err != nil {
		return err
	}
	if e.Manager != "" {
		if e.Manager, err = b.own(e.Manager); err != nil {
			return fmt.Errorf("manager: %w", err)
		}
	}
	if e.Roles, e.Lang, err = rolesAndLang(e.Roles, e.Lang); err != nil {
		return err
	}
	e.Name = norm.NFC.String(strings.TrimSpace(e.Name))
	b.d.entries = append(b.d.entries, e)
	b.d.perDom[domainOf(addr)]++
	b.indexNames(e, at)
	return nil
}

// own returns the listed spelling of an address that must be ours. It is not
// cut at a delimiter: who lists anne-marie@ means her.
func (b *builder) own(addr string) (string, error) {
	local, domain, ok := splitAddress(addr)
	if !ok || domain == "" {
		return "", fmt.Errorf("%q is no address; write it like ann@corp.example", addr)
	}
	if !b.d.owns(domain) {
		return "", fmt.Errorf("%s is not in an own domain; add %s to the domains, or take the entry out", addr, domain)
	}
	if to, is := b.d.aliasOf[domain]; is {
		domain = to
	}
	return foldLocal(local) + "@" + domain, nil
}

// claim gives an address to one entry, and to no other.
func (b *builder) claim(addr string, line int, at int32) (string, error) {
	a, err := b.own(addr)
	if err != nil {
		return "", err
	}
	if i, taken := b.d.byAddr[a]; taken && i != at {
		return "", fmt.Errorf("address %s stands on line %d already; remove one of the two", a, b.line[a])
	}
	b.d.byAddr[a], b.line[a] = at, line
	return a, nil
}

// claimAll claims aliases and returns them normalised, without the main address
// and without repetition.
func (b *builder) claimAll(aliases []string, main string, line int, at int32) ([]string, error) {
	var kept []string
	for _, alias := range aliases {
		a, err := b.claim(alias, line, at)
		if err != nil {
			return nil, fmt.Errorf("alias: %w", err)
		}
		if a != main && !slices.Contains(kept, a) {
			kept = append(kept, a)
		}
	}
	return kept, nil
}

func (b *builder) addCatchAll(e Entry) error {
	_, domain, _ := strings.Cut(e.Address, "@")
	domain = foldDomain(domain)
	if !b.d.owns(domain) {
		return fmt.Errorf("%s is not an own domain; add it to the domains, or take the entry out", domain)
	}
	if to, is := b.d.aliasOf[domain]; is {
		domain = to
	}
	if _, taken := b.d.catchAll[domain]; taken {
		return fmt.Errorf("catch-all of %s stands twice; remove one of the two", domain)
	}
	e.Address = "@" + domain
	b.d.catchAll[domain] = int32(len(b.d.entries))
	b.d.entries = append(b.d.entries, e)
	return nil
}

func (b *builder) indexNames(e Entry, at int32) {
	for _, n := range append([]string{e.Name}, e.Names...) {
		for _, key := range nameKeys(nameWords(n)) {
			if list := b.d.byName[key]; !slices.Contains(list, at) {
				b.d.byName[key] = append(list, at)
			}
		}
	}
}

func rolesAndLang(roles []string, lang string) ([]string, string, error) {
	var out []string
	for _, r := range roles {
		if r = strings.ToLower(strings.TrimSpace(r)); r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	lang = strings.ToLower(strings.TrimSpace(lang))
	bad := strings.ContainsFunc(lang, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' && (r < '0' || r > '9') })
	if bad || len(lang) > 35 || len(lang) == 1 {
		return nil, "", fmt.Errorf("lang %q is no language tag; write en, de, ja or ko", lang)
	}
	return out, lang, nil
}

func contains(words []string, w string) bool { return slices.Contains(words, w) }
