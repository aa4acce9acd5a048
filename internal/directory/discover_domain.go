package directory

import (
	"hash/maphash"
	"time"

	"kith/internal/kith"
)

// ours normalises an address and reports whether it is one of ours that no list
// has.
func (f *Discoverer) ours(d *Directory, addr string) (norm, domain string, ok bool) {
	if f == nil || d == nil {
		return "", "", false
	}
	norm = d.Normalize(addr)
	domain = domainOf(norm)
	if domain == "" || !d.owns(domain) {
		return "", "", false
	}
	_, listed := d.byAddr[norm]
	return norm, domain, !listed
}

// kind returns what is known of a normalised address.
func (f *Discoverer) kind(norm string) (kith.RcptKind, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if dom := f.domains[domainOf(norm)]; dom != nil {
		if e := dom.addr[norm]; e != nil {
			return e.Kind, true
		}
	}
	return "", false
}

// catchesAll reports whether a domain was marked as taking everything. A look-up
// has no clock: the mark is taken off by the next recipient after its time.
func (f *Discoverer) catchesAll(domain string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	dom := f.domains[domain]
	return dom != nil && !dom.catchAll.IsZero()
}

// domain returns the state of an own domain, or nil when there are too many.
func (f *Discoverer) domain(name string) *foundDomain {
	dom := f.domains[name]
	if dom == nil && len(f.domains) < f.lim.Domains {
		dom = &foundDomain{addr: map[string]*Found{}}
		f.domains[name] = dom
	}
	return dom
}

// countStranger counts the distinct unknown local parts of a day and marks the
// domain when they are far above the known ones. Where nobody is known yet
// nothing can be far above it: a new installation without a list would else
// take its own employees for a catch-all.
func (f *Discoverer) countStranger(d *Directory, dom *foundDomain, domain, norm string, now time.Time) {
	if day := now.Unix() / 86400; day > dom.day {
		dom.day, dom.strange = day, nil
	}
	if !dom.catchAll.IsZero() && now.Sub(dom.catchAll) > catchAllKeep {
		dom.catchAll = time.Time{}
	}
	known := d.perDom[domain] + dom.persons
	if known == 0 {
		return
	}
	many := min(max(catchAllFloor, catchAllFactor*known), catchAllCeil)
	if len(dom.strange) <= many {
		if dom.strange == nil {
			dom.strange = map[uint64]struct{}{}
		}
		dom.strange[maphash.String(f.seed, norm)] = struct{}{}
	}
	if len(dom.strange) > many && now.After(dom.catchAll) {
		dom.catchAll = now
	}
}

func (dom *foundDomain) takesAll(now time.Time) bool {
	return !dom.catchAll.IsZero() && now.Sub(dom.catchAll) <= catchAllKeep
}

// turnHour resets the rates when another hour has begun, by a clock that went back
// too: else one that leapt ahead and back would keep the rates used up for long.
func (dom *foundDomain) turnHour(now time.Time) {
	if hour := now.Unix() / 3600; hour != dom.hour {
		dom.hour, dom.newBoxes, dom.newUsers = hour, 0, 0
	}
}

// prune forgets recipients that were not seen for long, at most once an hour.
// Persons stay.
func (dom *foundDomain) prune(now time.Time) {
	hour := now.Unix() / 3600
	if hour <= dom.pruned {
		return
	}
	dom.pruned = hour
	for a, e := range dom.addr {
		if e.Kind == kith.KindUnknown && now.Sub(e.Last) > staleUnknown {
			delete(dom.addr, a)
			dom.unknown--
		}
	}
}

func touch(e *Found, now time.Time) {
	e.Count++
	if now.After(e.Last) {
		e.Last = now
	}
}
