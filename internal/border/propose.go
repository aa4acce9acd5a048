package border

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what is proposed. A device sends again and again from one place; a
// single mail proposes nothing.
const (
	proposeMails = 3   // mails from one address and client before it is proposed
	proposeDays  = 2   // on that many days
	proposeMost  = 500 // pairs that are told apart
	proposeStale = 60 * 24 * time.Hour
)

// Proposal is an own sender that was seen and is not configured: an address of
// ours that comes without sign-in from one client.
type Proposal struct {
	Address string     `json:"address"` // envelope sender, normalised
	Client  netip.Addr `json:"client"`
	Mails   int        `json:"mails"`
	Days    int        `json:"days"` // on which it was seen
	First   time.Time  `json:"first"`
	Last    time.Time  `json:"last"`
}

// Advice is the line that tells an administrator what to add.
func (p Proposal) Advice() string {
	return fmt.Sprintf("%s sent %d mails without sign-in from %s since %s; if this is your device, list it as a [[sender]] with network = %q",
		p.Address, p.Mails, p.Client, p.First.Format(time.DateOnly), p.Client)
}

// SenderWatch collects own senders to propose. It only ever proposes: an
// administrator decides. It is bounded and safe for concurrent use; the zero
// value is ready.
type SenderWatch struct {
	mu    sync.Mutex
	pairs map[proposalKey]*Proposal
}

type proposalKey struct {
	address string
	client  netip.Addr
}

// Note counts one mail that claims a normalised envelope sender of ours, came
// from a foreign client without sign-in, and is no known own sender. It is
// counted only when the client stands in a private network or SPF passes for
// the own domain: a forger on the open net must not be able to propose himself.
func (w *SenderWatch) Note(address string, client netip.Addr, spfPassed bool, now time.Time) {
	client = client.Unmap().WithZone("")
	inside := client.IsPrivate() || client.IsLoopback() || client.IsLinkLocalUnicast()
	if address == "" || len(address) > 640 || !client.IsValid() || !inside && !spfPassed {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	key := proposalKey{address, client}
	p := w.pairs[key]
	if p == nil {
		if len(w.pairs) >= proposeMost {
			w.forget(now)
		}
		if len(w.pairs) >= proposeMost {
			return
		}
		if w.pairs == nil {
			w.pairs = map[proposalKey]*Proposal{}
		}
		p = &Proposal{Address: address, Client: client, First: now}
		w.pairs[key] = p
	}
	p.Mails++
	if p.Days == 0 || day(now) > day(p.Last) {
		p.Days++
	}
	if now.After(p.Last) {
		p.Last = now
	}
}

func day(t time.Time) int64 { return t.Unix() / 86400 }

// forget drops pairs that were not seen for two months.
func (w *SenderWatch) forget(now time.Time) {
	for k, p := range w.pairs {
		if now.Sub(p.Last) > proposeStale {
			delete(w.pairs, k)
		}
	}
}

// Proposals returns the senders that were seen often enough, most mails first.
func (w *SenderWatch) Proposals() []Proposal {
	var out []Proposal
	for _, p := range w.Snapshot() {
		if p.Mails >= proposeMails && p.Days >= proposeDays {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Proposal) int { return b.Mails - a.Mails })
	return out
}

// Forget drops what is known of an address, as after it was listed or refused.
func (w *SenderWatch) Forget(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k := range w.pairs {
		if k.address == address {
			delete(w.pairs, k)
		}
	}
}

// Snapshot returns every pair, sorted by address and client.
func (w *SenderWatch) Snapshot() []Proposal {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Proposal, 0, len(w.pairs))
	for _, p := range w.pairs {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Proposal) int {
		if c := strings.Compare(a.Address, b.Address); c != 0 {
			return c
		}
		return a.Client.Compare(b.Client)
	})
	return out
}

// Restore replaces every pair by a snapshot; what is beyond the bound or cannot
// be is left out.
func (w *SenderWatch) Restore(pairs []Proposal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pairs = map[proposalKey]*Proposal{}
	for _, p := range pairs {
		if len(w.pairs) < proposeMost && p.Address != "" && p.Client.IsValid() && p.Mails > 0 {
			k := p
			w.pairs[proposalKey{p.Address, p.Client}] = &k
		}
	}
}
