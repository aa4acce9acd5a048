//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kith/e2e/load"
	"kith/e2e/stack"
	"kith/internal/baseline"
	"kith/internal/store"
)

// troubles are what happens to kith and its neighbours while mail flows. Each
// begins under load and has ended before the mail is counted.
var troubles = []struct {
	name  string
	small bool // the store is on a small disk
	run   func(t *testing.T, k *kith, next *daemon, done <-chan struct{})
}{
	{"killed", false, func(t *testing.T, k *kith, _ *daemon, done <-chan struct{}) {
		t.Logf("killed %d times", k.endAtRandom(k.kill, 5, 1, done))
	}},
	{"read-only", false, func(t *testing.T, k *kith, _ *daemon, _ <-chan struct{}) {
		files, _ := filepath.Glob(filepath.Join(k.dir, "kith.*db*"))
		set := func(on bool) {
			for _, f := range append(files, k.dir) {
				if err := stack.Immutable(f, on); err != nil {
					t.Error(err)
				}
			}
		}
		time.Sleep(500 * time.Millisecond)
		set(true)
		time.Sleep(3 * time.Second)
		set(false)
	}},
	{"disk full", true, func(t *testing.T, k *kith, _ *daemon, _ <-chan struct{}) {
		time.Sleep(500 * time.Millisecond)
		free, err := stack.Fill(k.dir)
		if err != nil {
			t.Error(err)
			return
		}
		time.Sleep(3 * time.Second)
		if err := free(); err != nil {
			t.Error(err)
		}
	}},
	{"next hop away", false, func(_ *testing.T, _ *kith, next *daemon, _ <-chan struct{}) {
		time.Sleep(500 * time.Millisecond)
		next.kill()
		time.Sleep(3 * time.Second)
		next.start()
	}},
}

// TestTroublesLeaveCountsExact: what was learned under kills and faults is, row for
// row, what an undisturbed kith learns from the same mail. The mail is employees'
// own, signed in, so that it teaches habits and not probation alone. Without its
// store this kith defers: with "open" mail passes unjudged, and teaches nothing.
func TestTroublesLeaveCountsExact(t *testing.T) {
	s := startStack(t, stack.Options{Users: 20, DuplicateRule: true, Extra: []string{"smtpd_sasl_authenticated_header = yes"}})
	quiet, began := learnedFrom(t, s, t.TempDir(), nil), slot()
	if len(quiet) < 100 {
		t.Fatalf("only %d rows were learned: the drill shows nothing", len(quiet))
	}
	for _, trouble := range troubles {
		t.Run(trouble.name, func(t *testing.T) {
			if slot() != began {
				quiet, began = learnedFrom(t, s, t.TempDir(), nil), slot()
			}
			dir := workDir(t)
			if trouble.small {
				var err error
				if dir, err = s.SmallDisk("learn", 32<<20); err != nil {
					t.Fatal(err)
				}
			}
			disturbed := learnedFrom(t, s, dir, func(k *kith, next *daemon, done <-chan struct{}) { trouble.run(t, k, next, done) })
			if slot() != began {
				t.Log("the hour changed meanwhile, and with it what is taught: nothing can be compared, run again")
				return
			}
			sameCounts(t, disturbed, quiet)
		})
	}
}

// learnedFrom sends the mail of the drill through a kith in dir and returns the
// rows that it learned.
func learnedFrom(t *testing.T, s *stack.Stack, dir string, trouble func(k *kith, next *daemon, done <-chan struct{})) map[string][]byte {
	t.Helper()
	clearMail(t, s)
	if err := os.WriteFile(filepath.Join(dir, "site.key"), append(bytes.Repeat([]byte("1f"), 32), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	next := passThrough(t, s.LMTP)
	next.start()
	k := startKith(t, s, setup{dir: dir, next: next.listen, fail: "defer"})
	over := func() int { return 0 }
	if trouble != nil {
		over = untilClosed(func(done <-chan struct{}) int { trouble(k, next, done); return 0 })
	}
	m := sendAll(t, load.Sender{Addr: s.Submission, Users: s.Users(), Messages: 300, Tag: "learn", MaxRcpts: 5, Password: stack.Password, Seed: 11})
	err := s.WaitQueueEmpty(patience())
	over()
	if err != nil {
		t.Fatal(err)
	}
	r := settle(t, s, load.Check{}, m)
	t.Logf("%d of %d copies doubled", r.Doubled, r.Expected)
	k.stop()
	return counts(t, dir)
}

// sameCounts compares two sets of rows.
func sameCounts(t *testing.T, got, want map[string][]byte) {
	t.Helper()
	wrong := 0
	for r, w := range want {
		if !bytes.Equal(got[r], w) {
			if wrong++; wrong < 5 {
				t.Errorf("row %s: %x after the trouble, %x undisturbed", r, got[r], w)
			}
		}
	}
	if len(got) != len(want) || wrong > 0 {
		t.Errorf("%d rows after the trouble, %d undisturbed, %d differ", len(got), len(want), wrong)
		return
	}
	t.Logf("%d rows, all alike", len(want))
}

// slot is the time of week as habits cut it, with its day.
func slot() string {
	now := time.Now()
	return fmt.Sprint(baseline.DayOf(now), baseline.HourOf(now))
}

// counts reads all rows of habits.
func counts(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	h, err := store.OpenHabits(store.HabitsPath(filepath.Join(dir, "kith.db")), store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	out := make(map[string][]byte)
	for l := range baseline.Level(64) {
		err := h.Each(context.Background(), l, nil, func(r baseline.Row, data []byte) error {
			out[fmt.Sprintf("%d/%x", r.Level, r.Key)] = bytes.Clone(data)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
