package pipeline

import (
	"context"
	"time"
)

// A message is judged on a goroutine of its own, so that a stage which hangs can
// be left behind. A new one begins with a small stack and copies it five times on
// the way down into a message; so those that have ended wait for the next
// message, with the stack they have.

// idleHands wait at most; more work than that at a time makes new ones.
const idleHands = 16

var (
	hands   = make(chan func())
	waiting = make(chan struct{}, idleHands) // a place for each that waits
)

// hand runs work on a goroutine that waits for it, or on a new one.
func hand(work func()) {
	select {
	case hands <- work:
	default:
		go serveHand(work)
	}
}

func serveHand(work func()) {
	for {
		work()
		select {
		case waiting <- struct{}{}:
		default:
			return
		}
		work = <-hands
		<-waiting
	}
}

// within runs work on a hand, under the deadline. Work that does not heed it and
// goes on for as long again is left behind: left is then not nil, and closed when
// that work ends at last; its result reaches nobody.
func within[T any](ctx context.Context, deadline time.Duration, work func(context.Context) T) (result T, left <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	done, ended := make(chan T, 1), make(chan struct{})
	hand(func() {
		defer close(ended)
		done <- work(ctx)
	})
	select {
	case result = <-done:
		return result, nil
	case <-ctx.Done():
	}
	select {
	case result = <-done:
		return result, nil
	case <-time.After(deadline):
		return result, ended
	}
}
