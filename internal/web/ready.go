package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Probe is one thing that must hold for kith to do its work.
type Probe struct {
	Name  string                      // a word: "store", "lmtp-next"
	Check func(context.Context) error // nil when it holds; must obey the context and may be called from any goroutine
}

const (
	probeTime = 2 * time.Second // for one probe
	probeKeep = time.Second     // an answer this young is given again
)

// readiness asks the probes, one round at a time, and keeps the answer for a
// moment, so that many askers cost the next hop no more than one.
type readiness struct {
	probes []Probe

	mu    sync.Mutex
	at    time.Time
	ready bool
	text  string
}

func (r *readiness) serve(w http.ResponseWriter, _ *http.Request) {
	ready, text := r.ask()
	code := http.StatusOK
	if !ready {
		code = http.StatusServiceUnavailable
	}
	say(w, code, text)
}

// ask returns whether all probes hold, and a line about each.
func (r *readiness) ask() (bool, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && time.Since(r.at) < probeKeep {
		return r.ready, r.text
	}
	results := make([]error, len(r.probes))
	var wg sync.WaitGroup
	for i, p := range r.probes {
		wg.Go(func() { results[i] = try(p) })
	}
	wg.Wait()
	var b strings.Builder
	r.ready = true
	for i, p := range r.probes {
		if results[i] == nil {
			fmt.Fprintf(&b, "%s: ok\n", p.Name)
			continue
		}
		r.ready = false
		fmt.Fprintf(&b, "%s: %s\n", p.Name, strings.Join(strings.Fields(results[i].Error()), " "))
	}
	if len(r.probes) == 0 {
		b.WriteString("ok\n")
	}
	r.at, r.text = time.Now(), b.String()
	return r.ready, r.text
}

// try asks one probe. The caller's request does not bound it, for others wait
// for the same answer. A probe that does not obey its context is answered for.
func try(p Probe) error {
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- fmt.Errorf("the probe broke: %v", v)
			}
		}()
		done <- p.Check(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no answer within %s", probeTime)
	}
}
