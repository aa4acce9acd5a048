package resolve

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errDown is said while the breaker is open.
var errDown = errors.New("no DNS server answers")

// breaker knows whether anybody answers at all.
//
// The idea: a question that waits for long has two causes. Either the zone it
// is about is slow, which is that zone's matter, or our own server is gone,
// which is everybody's. Only the second may stop the others from asking, and
// the first is in the hands of whoever sends us mail. So a long wait is a
// suspicion, not a proof: it makes us probe the server with a question that
// every living recursive server can answer from memory (the root's name
// servers). Only if the probe stays silent, and nothing else was heard since,
// the breaker opens.
//
// States: closed (down open, until zero), open (down closed, until in the
// future), half open (until passed; the next question waits for a probe).
type breaker struct {
	pause time.Duration
	probe func() bool // asks the servers; bounded in time; true when one answers

	mu      sync.Mutex
	heard   time.Time     // when a reply came last
	until   time.Time     // zero while closed
	down    chan struct{} // closed while the breaker is open
	probing chan struct{} // closed when the running probe has ended; nil when none runs
}

func newBreaker(pause time.Duration, probe func() bool) *breaker {
	return &breaker{pause: pause, probe: probe, down: make(chan struct{})}
}

// admit says whether a question may go out. While the breaker is half open it
// waits for the probe, or for ctx.
func (b *breaker) admit(ctx context.Context) error {
	b.mu.Lock()
	if b.until.IsZero() {
		b.mu.Unlock()
		return nil
	}
	if time.Now().Before(b.until) {
		b.mu.Unlock()
		return errDown
	}
	done := b.startProbe()
	b.mu.Unlock()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return nil
	}
	return errDown
}

// opened returns a channel that is closed while the breaker is open, so that
// those who wait for a reply can stop waiting.
func (b *breaker) opened() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.down
}

// reply notes that a server said something.
func (b *breaker) reply() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard = time.Now()
	b.close()
}

// suspect is called by a question that has waited for long since the given
// time.
func (b *breaker) suspect(since time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() && b.heard.Before(since) {
		b.startProbe()
	}
}

// startProbe begins a probe, or joins the one that runs. b.mu is held.
func (b *breaker) startProbe() <-chan struct{} {
	if b.probing != nil {
		return b.probing
	}
	done := make(chan struct{})
	b.probing = done
	since := time.Now()
	go func() {
		alive := b.probe()
		b.mu.Lock()
		defer b.mu.Unlock()
		b.probing = nil
		if alive || b.heard.After(since) {
			b.close()
		} else {
			b.open()
		}
		close(done)
	}()
	return done
}

// close and open change the state; b.mu is held.
func (b *breaker) close() {
	if !b.until.IsZero() {
		b.until = time.Time{}
		b.down = make(chan struct{})
	}
}

func (b *breaker) open() {
	if b.until.IsZero() {
		close(b.down)
	}
	b.until = time.Now().Add(b.pause)
}
