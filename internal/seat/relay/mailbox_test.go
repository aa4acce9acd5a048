package relay

import (
	"context"
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOneAtATimeAndNobodyWaitsForever(t *testing.T) {
	m := newMailboxes(0)
	var in [5]atomic.Int32
	var wg sync.WaitGroup
	for w := range 20 {
		wg.Go(func() {
			rng := rand.New(rand.NewSource(int64(w)))
			for range 200 {
				var names []string
				var idx []int
				for _, i := range rng.Perm(5)[:1+rng.Intn(4)] {
					names, idx = append(names, fmt.Sprint("u", i), fmt.Sprint("u", i)), append(idx, i)
				}
				leave := m.enter(context.Background(), names)
				for _, i := range idx {
					if in[i].Add(1) != 1 {
						t.Error("two in one mailbox")
					}
				}
				for _, i := range idx {
					in[i].Add(-1)
				}
				leave()
			}
		})
	}
	wg.Wait()
	if len(m.busy) != 0 {
		t.Errorf("%d mailboxes are remembered though nobody is in", len(m.busy))
	}
}

func TestPatienceEnds(t *testing.T) {
	m := newMailboxes(0)
	leave := m.enter(context.Background(), []string{"b"})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	m.enter(ctx, []string{"a", "b", "c"})()
	leave()
	if len(m.busy) != 0 {
		t.Errorf("left behind: %v", m.busy)
	}
}

func TestNobodyEntersBeforeTheNextHopIsDone(t *testing.T) {
	m := newMailboxes(50 * time.Millisecond)
	start := time.Now()
	m.enter(context.Background(), []string{"a"})()
	if d := time.Since(start); d < 40*time.Millisecond {
		t.Errorf("entered after %v", d)
	}
}
