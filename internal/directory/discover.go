package directory

import (
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"kith/internal/kith"
)

// DiscoverLimits bound what is discovered. The zero value of a field takes its
// default.
type DiscoverLimits struct {
	Unknown        int // addresses of one domain seen as recipients only; default 20,000
	Persons        int // persons of one domain; default 1,000,000
	UnknownPerHour int // new recipients of one domain; default 500
	PersonsPerHour int // new persons of one domain; default 1,000
	PerLogin       int // addresses that one login can make persons; default 5
	Domains        int // own domains that are kept apart; default 10,000
}

func (l DiscoverLimits) withDefaults() DiscoverLimits {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.Unknown, 20_000)
	set(&l.Persons, 1_000_000)
	set(&l.UnknownPerHour, 500)
	set(&l.PersonsPerHour, 1000)
	set(&l.PerLogin, 5)
	set(&l.Domains, 10_000)
	return l
}

// A domain takes everything ("catch-all") when in one day it accepted far more
// unknown local parts than it has known ones: a domain where recipients are
// checked cannot. The mark is kept for a month after the last such day, and
// means only that unknown addresses stay boxes, which they are anyway.
const (
	catchAllFloor  = 50 // unknown local parts a day that are never too many
	catchAllFactor = 3  // times the known ones
	catchAllCeil   = 20_000
	catchAllKeep   = 30 * 24 * time.Hour
)

// staleUnknown is how long a recipient that is not seen again is remembered.
const staleUnknown = 90 * 24 * time.Hour

// Found is one discovered address, as the store keeps it.
type Found struct {
	Address string        `json:"address"` // normalised
	Kind    kith.RcptKind `json:"kind"`    // KindPerson or KindUnknown
	Login   string        `json:"login,omitempty"`
	First   time.Time     `json:"first"`
	Last    time.Time     `json:"last"`
	Count   int64         `json:"count"`
}

// FoundCatchAll is one domain that was seen to take everything.
type FoundCatchAll struct {
	Domain string    `json:"domain"`
	Last   time.Time `json:"last"` // the last day on which it showed
}

// Discovery is what a Discoverer knows, as plain records: what Snapshot gives
// and Restore takes.
type Discovery struct {
	Addresses []Found         `json:"addresses"`
	CatchAlls []FoundCatchAll `json:"catch_alls"`
}

// Discoverer collects addresses of ours that no list has. An address that was
// accepted as a recipient is KindUnknown, however often; only an authenticated
// send makes a person, because anybody can write to an address and nobody but
// its owner signs in for it. It is bounded in every direction by its limits and
// safe for concurrent use.
type Discoverer struct {
	lim  DiscoverLimits
	seed maphash.Seed

	mu      sync.RWMutex
	domains map[string]*foundDomain
	logins  map[string][]string // login to the addresses that it made persons
}

type foundDomain struct {
	addr     map[string]*Found
	unknown  int // entries of addr that are no persons
	persons  int
	hour     int64 // hour of the two rates, in hours since 1970
	newBoxes int
	newUsers int
	pruned   int64 // hour in which stale ones were last looked for

	day      int64 // day that strangers belongs to
	strange  map[uint64]struct{}
	catchAll time.Time // last day on which it took everything; zero = never
}

// NewDiscoverer returns one that knows nobody.
func NewDiscoverer(lim DiscoverLimits) *Discoverer {
	return &Discoverer{lim: lim.withDefaults(), seed: maphash.MakeSeed(),
		domains: map[string]*foundDomain{}, logins: map[string][]string{}}
}

// SawRecipient notes that the next hop accepted mail for an address at a time.
// Listed and foreign addresses are left alone. Beyond a limit nothing is kept.
func (f *Discoverer) SawRecipient(d *Directory, addr string, now time.Time) {
	norm, domain, ok := f.ours(d, addr)
	if !ok {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	dom := f.domain(domain)
	if dom == nil {
		return
	}
	if e := dom.addr[norm]; e != nil {
		touch(e, now)
		if e.Kind == kith.KindUnknown {
			f.countStranger(d, dom, domain, norm, now)
		}
		return
	}
	f.countStranger(d, dom, domain, norm, now)
	dom.turnHour(now)
	if dom.unknown >= f.lim.Unknown {
		dom.prune(now)
	}
	if dom.unknown >= f.lim.Unknown || dom.newBoxes >= f.lim.UnknownPerHour || dom.takesAll(now) {
		return
	}
	dom.newBoxes++
	dom.unknown++
	dom.addr[norm] = &Found{Address: norm, Kind: kith.KindUnknown, First: now, Last: now, Count: 1}
}

// SawSend notes that somebody who signed in as login sent from an address. It
// makes the address a person, unless it is listed, foreign, or the login has
// made as many as it may: a stolen account must not people the house. An empty
// login does nothing.
func (f *Discoverer) SawSend(d *Directory, login, addr string, now time.Time) {
	norm, domain, ok := f.ours(d, addr)
	login = strings.ToLower(strings.TrimSpace(login))
	if !ok || login == "" || len(login) > maxAddress {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	dom := f.domain(domain)
	if dom == nil {
		return
	}
	e := dom.addr[norm]
	if e != nil && e.Kind == kith.KindPerson {
		touch(e, now)
		return
	}
	dom.turnHour(now)
	made := f.logins[login]
	if len(made) >= f.lim.PerLogin || dom.persons >= f.lim.Persons || dom.newUsers >= f.lim.PersonsPerHour {
		return
	}
	dom.newUsers++
	dom.persons++
	f.logins[login] = append(made, norm)
	if e == nil {
		e = &Found{Address: norm, First: now}
		dom.addr[norm] = e
	} else {
		dom.unknown--
	}
	e.Kind, e.Login = kith.KindPerson, login
	touch(e, now)
}

// CatchAlls returns the domains that take everything at a time, sorted.
func (f *Discoverer) CatchAlls(now time.Time) []string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var all []string
	for name, dom := range f.domains {
		if dom.takesAll(now) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// Snapshot returns everything known, sorted, so that equal states are equal
// records.
func (f *Discoverer) Snapshot() Discovery {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var s Discovery
	for name, dom := range f.domains {
		for _, e := range dom.addr {
			s.Addresses = append(s.Addresses, *e)
		}
		if !dom.catchAll.IsZero() {
			s.CatchAlls = append(s.CatchAlls, FoundCatchAll{Domain: name, Last: dom.catchAll})
		}
	}
	slices.SortFunc(s.Addresses, func(a, b Found) int { return strings.Compare(a.Address, b.Address) })
	slices.SortFunc(s.CatchAlls, func(a, b FoundCatchAll) int { return strings.Compare(a.Domain, b.Domain) })
	return s
}

// Restore replaces everything known by a snapshot. Records that are broken or
// beyond the limits are left out and reported as one error; the rest counts.
func (f *Discoverer) Restore(s Discovery) error {
	fresh := NewDiscoverer(f.lim)
	left := 0
	for _, e := range s.Addresses {
		if !fresh.put(e) {
			left++
		}
	}
	for _, c := range s.CatchAlls {
		if dom := fresh.domain(c.Domain); dom != nil && c.Domain != "" {
			dom.catchAll = c.Last
		} else {
			left++
		}
	}
	f.mu.Lock()
	f.domains, f.logins = fresh.domains, fresh.logins
	f.mu.Unlock()
	if left > 0 {
		return errors.New("discovered addresses: some records were broken or too many and were left out")
	}
	return nil
}

// put takes over one record.
func (f *Discoverer) put(e Found) bool {
	_, domain, ok := splitAddress(e.Address)
	if !ok || domain == "" || e.Kind != kith.KindPerson && e.Kind != kith.KindUnknown {
		return false
	}
	dom := f.domain(domain)
	if dom == nil || dom.addr[e.Address] != nil {
		return false
	}
	if e.Kind == kith.KindPerson {
		if dom.persons >= f.lim.Persons {
			return false
		}
		dom.persons++
		if e.Login != "" {
			f.logins[e.Login] = append(f.logins[e.Login], e.Address)
		}
	} else {
		if dom.unknown >= f.lim.Unknown {
			return false
		}
		dom.unknown++
	}
	dom.addr[e.Address] = &e
	return true
}
