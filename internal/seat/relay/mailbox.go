package relay

import (
	"context"
	"slices"
	"sync"
	"time"
)

// mailboxes lets one message at a time into a mailbox.
//
// Why: the duplicate rule at the next hop (see package ledger) works by a list
// of ids that it keeps for each mailbox. Dovecot 2.3 reads the list when a
// delivery begins and writes it back when it ends, so of two deliveries that
// overlap one forgets what the other noted: with twenty at a time into few
// mailboxes, 166 of 200 second copies were stored (measured; e2e
// TestDuplicateRule). One at a time, none.
//
// For the same reason the first deliveries after a crash wait a moment: the next
// hop may still be storing what the dead process handed to it.
type mailboxes struct {
	open time.Time // nobody enters before

	mu   sync.Mutex
	busy map[string]*mailbox
}

// mailbox is one mailbox that somebody is in or waits for.
type mailbox struct {
	door chan struct{} // holds one token while somebody is in
	n    int           // in it and waiting
}

func newMailboxes(wait time.Duration) *mailboxes {
	return &mailboxes{open: time.Now().Add(wait), busy: make(map[string]*mailbox)}
}

// enter waits until all named mailboxes are free, or ctx ends, and returns how
// to leave them. When ctx ends first it lets the message pass all the same: a
// copy that may come twice is better than one that is stuck.
func (m *mailboxes) enter(ctx context.Context, names []string) (leave func()) {
	if d := time.Until(m.open); d > 0 {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}
	names = slices.Clone(names)
	slices.Sort(names) // everybody in one order: no two messages wait for each other
	names = slices.Compact(names)
	for i, n := range names {
		if !m.take(ctx, n) {
			return func() { m.leave(names[:i]) }
		}
	}
	return func() { m.leave(names) }
}

func (m *mailboxes) take(ctx context.Context, name string) bool {
	m.mu.Lock()
	b := m.busy[name]
	if b == nil {
		b = &mailbox{door: make(chan struct{}, 1)}
		m.busy[name] = b
	}
	b.n++
	m.mu.Unlock()
	select {
	case b.door <- struct{}{}:
		return true
	case <-ctx.Done():
		m.mu.Lock()
		m.forget(name, b)
		m.mu.Unlock()
		return false
	}
}

func (m *mailboxes) leave(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range names {
		b := m.busy[n]
		<-b.door
		m.forget(n, b)
	}
}

// forget drops a mailbox that nobody is in or waits for. The caller holds mu.
func (m *mailboxes) forget(name string, b *mailbox) {
	if b.n--; b.n == 0 {
		delete(m.busy, name)
	}
}
