package learn

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// errSilent is what a command ends with when the server does not go on.
var errSilent = errors.New("the server has stopped answering")

// watched is a connection that knows when it was last alive. The IMAP library has
// a deadline inside a response, but waits for ever for one to begin.
type watched struct {
	net.Conn
	last atomic.Int64 // Unix nanoseconds
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.last.Store(time.Now().UnixNano())
	}
	return n, err
}

// guard runs f, which talks over the connection, and closes the connection when
// the server is silent for longer than patience, or ctx ends.
func (w *watched) guard(ctx context.Context, patience time.Duration, f func() error) error {
	w.last.Store(time.Now().UnixNano())
	done, ended := make(chan struct{}), make(chan struct{})
	var why error
	go func() {
		defer close(ended)
		tick := time.NewTicker(max(patience/20, 10*time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				why = ctx.Err()
			case now := <-tick.C:
				if now.UnixNano()-w.last.Load() < int64(patience) {
					continue
				}
				why = errSilent
			}
			w.Conn.Close()
			return
		}
	}()
	err := f()
	close(done)
	<-ended
	if why != nil && err != nil {
		return why
	}
	return err
}
