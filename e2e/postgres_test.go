//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	words "kith/internal/kith"
	"kith/internal/ledger"
	"kith/internal/store"
	"kith/internal/store/storetest"
)

// node is one of two that share a database.
type pgNode struct {
	st  *store.Store
	led *ledger.Ledger
}

func openNode(t *testing.T, url, password, name string) pgNode {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(url, store.Options{PasswordFile: password, Lock: filepath.Join(dir, name+".lock")})
	if err != nil {
		t.Fatal(err)
	}
	led, _, err := ledger.Open(context.Background(), ledger.Options{Store: st, Key: []byte("one key for all nodes of a site."), Overflow: filepath.Join(dir, "over"), Log: slog.New(slog.DiscardHandler), Retry: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		led.Close(context.Background())
		st.Close()
	})
	return pgNode{st, led}
}

// deliver carries one delivery through the ledger as a seat does. answered says
// that the sender heard 250: the intent was on the disk, the next hop had it, and
// the outcome is in the store or in the overflow file.
func (n pgNode) deliver(ctx context.Context, key store.Key, id string) (answered bool, err error) {
	r := words.Record{ID: id, Rcpt: "ann@example.org", Arrived: time.Now(), State: words.StateReceived}
	w := n.led.Watch(key)
	defer w.Release()
	prior, err := n.led.Begin(ctx, []store.Intent{{Key: key, Record: r}})
	if err != nil {
		return false, err
	}
	r.State = words.StateDelivered
	s := store.Settled{Key: key, Attempt: prior[0].Attempts + 1, State: store.Confirmed, Reply: "2.0.0 saved", Record: r,
		Lessons: []store.Lesson{{Key: key[:], At: r.Arrived, Data: []byte("lesson")}}}
	w.Heard(s)
	err = w.Settle(ctx, []store.Settled{s}) // an error: the outcome waits in the overflow file, and 250 it is
	return true, err
}

// The primary dies while two nodes work, its synchronous standby takes over: the
// nodes go on without a restart, and each delivery that was answered is known as
// confirmed, to both nodes, once.
func TestFailoverOfThePrimaryLosesNothing(t *testing.T) {
	primary := storetest.Start(t)
	database, _ := primary.Database(t)
	standby := primary.Standby(t)
	url := primary.URL(database, standby) + "&target_session_attrs=read-write"
	password := storetest.PasswordFile(t)
	nodes := []pgNode{openNode(t, url, password, "a"), openNode(t, url, password, "b")}

	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	var (
		mu       sync.Mutex
		answered []store.Key
		refused  atomic.Int64
		down     atomic.Int64 // when the primary died, unix nanoseconds
		back     atomic.Int64 // when the first delivery after that was in the store
		stop     = make(chan struct{})
		wg       sync.WaitGroup
	)
	for i, n := range nodes {
		for w := range 3 {
			wg.Go(func() {
				for j := 0; ; j++ {
					select {
					case <-stop:
						return
					default:
					}
					var key store.Key
					id := fmt.Sprintf("%d-%d-%d", i, w, j)
					copy(key[:], id)
					begun := time.Now().UnixNano()
					ok, err := n.deliver(ctx, key, id)
					switch {
					case err != nil && !errors.Is(err, store.ErrAway) && ctx.Err() == nil:
						t.Errorf("node %d: %v", i, err)
						return
					case !ok:
						refused.Add(1)
						time.Sleep(20 * time.Millisecond)
						continue
					case err == nil && down.Load() > 0 && begun > down.Load():
						back.CompareAndSwap(0, time.Now().UnixNano())
					}
					mu.Lock()
					answered = append(answered, key)
					mu.Unlock()
				}
			})
		}
	}
	time.Sleep(time.Second)
	primary.Stop(t)
	down.Store(time.Now().UnixNano())
	time.Sleep(300 * time.Millisecond) // a watchdog takes its time
	standby.Promote(t)
	for end := time.Now().Add(30 * time.Second); back.Load() == 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(time.Second)
	close(stop)
	wg.Wait()
	if back.Load() == 0 {
		t.Fatal("no node wrote again")
	}
	t.Logf("%d deliveries answered, %d refused; the first one stored %v after the primary died", len(answered), refused.Load(), time.Duration(back.Load()-down.Load()).Round(time.Millisecond))
	for end := time.Now().Add(20 * time.Second); nodes[0].led.Waiting() || nodes[1].led.Waiting(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("outcomes still wait for the store")
		}
	}
	known(t, ctx, nodes, answered)
}

// known asks both nodes for each answered delivery.
func known(t *testing.T, ctx context.Context, nodes []pgNode, answered []store.Key) {
	for i, n := range nodes {
		for _, k := range answered {
			prior, err := n.led.Begin(ctx, []store.Intent{{Key: k, Record: words.Record{ID: "again"}}})
			if err != nil {
				t.Fatal(err)
			}
			if p := prior[0]; p.State != store.Confirmed || p.Reply != "2.0.0 saved" {
				t.Fatalf("node %d does not know %s: %+v", i, k[:], p)
			}
		}
	}
}
