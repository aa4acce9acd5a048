package demo

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/internal/directory"
	"kith/internal/habits"
	"kith/internal/kith"
	"kith/internal/plain"
)

// portrait is what was learned about one of the twelve, ready to be told.
type portrait struct {
	who    directory.Entry
	person plain.Person
}

// Bounds of what is told: half a page.
const (
	mostPeers = 5
	mostKinds = 4
	mostSpans = 2
)

// portray reads what was learned about an employee, and how those usually write
// whom he or she hears from most.
func (s *site) portray(ctx context.Context, k *habits.Keeper, who directory.Entry) (*portrait, error) {
	p, err := k.Portrait(ctx, who.Address)
	if err != nil {
		return nil, err
	}
	out := &portrait{who: who, person: plain.Person{Name: who.Name}}
	hearing := slices.Clone(p.Peers)
	slices.SortStableFunc(hearing, func(a, b habits.Peer) int { return cmp.Compare(b.Wrote, a.Wrote) })
	var theirs []habits.Usual
	for _, x := range hearing {
		out.person.From, out.person.To = earlier(out.person.From, x.First), later(out.person.To, x.Last)
		if x.Wrote == 0 {
			continue
		}
		if len(out.person.Peers) == mostPeers || x.Address == "" { // an address may be kept as a hash only
			out.person.More++
			continue
		}
		out.person.Peers = append(out.person.Peers, plain.Peer{Name: s.called(x.Address), Wrote: x.Wrote, Written: x.Written, Since: x.First})
		peer, err := k.Portrait(ctx, x.Address)
		if err != nil {
			return nil, err
		}
		theirs = append(theirs, peer.Writes...)
	}
	clock := ahead(offices[who.Lang], k.Zone(), out.person.To)
	out.person.Writes, out.person.Hears = hoursOf(p.Writes, clock), hoursOf(theirs, clock)
	closest := s.outsider(p.Peers)
	if closest == "" {
		return out, nil
	}
	peer, err := k.Portrait(ctx, closest)
	if err != nil {
		return nil, err
	}
	out.person.Closest = usually(closest, peer.Writes)
	return out, nil
}

// outsider is the author outside with whom somebody writes most, both ways.
func (s *site) outsider(peers []habits.Peer) string {
	for _, x := range peers { // the closest first
		if x.Address != "" && x.Wrote > 0 && x.Written > 0 && s.people.Lookup(x.Address).Kind == kith.KindExternal {
			return x.Address
		}
	}
	return ""
}

// called is how a peer is named to an employee: a colleague by name.
func (s *site) called(address string) string {
	if e := s.people.Lookup(address); e.Kind != kith.KindExternal && e.Name != "" {
		return e.Name
	}
	return address
}

// usually reads an author's habits out of the values that were seen most often.
func usually(name string, all []habits.Usual) *plain.Author {
	a := &plain.Author{Name: name}
	seen := make(map[string]bool)
	for _, u := range all { // by habit, the most frequent value first
		first := !seen[u.Habit]
		seen[u.Habit] = true
		switch u.Habit {
		case "mailer":
			set(&a.Program, first, u.Value)
		case "hop":
			set(&a.Server, first, u.Value)
		case "language":
			set(&a.Language, first, u.Value)
		case "reply-to":
			a.AnswerOwn = a.AnswerOwn || first && u.Value == "self"
		case "attachment":
			a.NoFiles = a.NoFiles || first && u.Value == "none"
			add(&a.Files, u)
		case "link-host":
			a.NoLinks = a.NoLinks || first && u.Value == "none"
			add(&a.Links, u)
		}
	}
	return a
}

func set(to *string, first bool, value string) {
	if first {
		*to = value
	}
}

// add lists a value that was seen on more days than one.
func add(list *[]string, u habits.Usual) {
	if u.Value != "" && u.Value != "none" && u.Days > 1 && len(*list) < mostKinds {
		*list = append(*list, u.Value)
	}
}

// ahead is by how many hours one clock is before another at a time.
func ahead(zone string, of *time.Location, at time.Time) int {
	_, a := at.In(location(zone)).Zone()
	_, b := at.In(of).Zone()
	return (a - b) / 3600
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// hoursOf finds the hours in which most of the days lie: four in five.
func hoursOf(all []habits.Usual, clock int) []plain.Hours {
	days := make(map[plain.Hours]int)
	total := 0
	for _, u := range all {
		kind, slot, ok := strings.Cut(u.Value, "-")
		from, err := strconv.Atoi(slot)
		if u.Habit != "hour" || !ok || err != nil {
			continue
		}
		from = (from + clock + 24) % 24
		days[plain.Hours{Weekend: kind == "end", From: from, To: from + 2}] += u.Days
		total += u.Days
	}
	slots := make([]plain.Hours, 0, len(days))
	for h := range days {
		slots = append(slots, h)
	}
	slices.SortFunc(slots, func(a, b plain.Hours) int { return cmp.Or(days[b]-days[a], byHour(a, b)) })
	n, most := 0, 0
	for most < len(slots) && n*5 < total*4 {
		n += days[slots[most]]
		most++
	}
	return spans(slots[:most])
}

func byHour(a, b plain.Hours) int {
	if a.Weekend != b.Weekend {
		if b.Weekend {
			return -1
		}
		return 1
	}
	return a.From - b.From
}

// spans joins hours that touch.
func spans(slots []plain.Hours) (out []plain.Hours) {
	slots = slices.Clone(slots)
	slices.SortFunc(slots, byHour)
	for _, h := range slots {
		if n := len(out); n > 0 && out[n-1].Weekend == h.Weekend && out[n-1].To == h.From {
			out[n-1].To = h.To
			continue
		}
		out = append(out, h)
	}
	return out[:min(len(out), mostSpans)]
}
