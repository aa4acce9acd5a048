package speed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// MilterDrive sends each mail in a connection of its own, as Postfix does for a
// client that sends one mail. It fails when more than one mail in a hundred had
// no answer: figures of a broken server are worth nothing.
func MilterDrive(ctx context.Context, to *Running, mails []Mail, atOnce, n int) (Load, error) {
	load := Load{Latency: make([]time.Duration, n), Answers: map[string]int{}}
	var next, changes, failed atomic.Int64
	var firstErr error
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now()
	for range atOnce {
		wg.Go(func() {
			c := client{network: to.Network, address: to.Address}
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				t0 := time.Now()
				answer, changed, err := c.send(ctx, &mails[i%len(mails)])
				load.Latency[i] = time.Since(t0)
				changes.Add(int64(changed))
				mu.Lock()
				if err != nil {
					failed.Add(1)
					if firstErr == nil {
						firstErr = fmt.Errorf("%s: %w", mails[i%len(mails)].Name, err)
					}
					answer = "error"
				}
				load.Answers[answer]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	load.Took = time.Since(start)
	load.Changes = int(changes.Load())
	if err := ctx.Err(); err != nil {
		return load, err
	}
	if f := int(failed.Load()); f*100 > n {
		return load, errors.Join(fmt.Errorf("%d of %d messages had no answer", f, n), firstErr)
	}
	return load, nil
}
