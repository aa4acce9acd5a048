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

// TestKillsLeaveCountsExact: what was learned under kills is, row for row, what an
// undisturbed kith learns from the same mail. The mail is employees' own, signed
// in, so that it teaches habits and not probation alone.
func TestKillsLeaveCountsExact(t *testing.T) {
	s := startStack(t, stack.Options{Users: 20, DuplicateRule: true, Extra: []string{"smtpd_sasl_authenticated_header = yes"}})
	began := slot()
	key := bytes.Repeat([]byte("1f"), 32)
	run := func(disturb bool) map[string][]byte {
		clearMail(t, s)
		dir := workDir(t)
		if err := os.WriteFile(filepath.Join(dir, "site.key"), append(key, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		k := startKith(t, s, setup{dir: dir})
		killed := func() int { return 0 }
		if disturb {
			killed = untilClosed(func(done <-chan struct{}) int { return k.endAtRandom(k.kill, 5, 1, done) })
		}
		m := sendAll(t, load.Sender{Addr: s.Submission, Users: s.Users(), Messages: 300, Tag: "learn", MaxRcpts: 5, Password: stack.Password, Seed: 11})
		err := s.WaitQueueEmpty(patience())
		n := killed()
		if err != nil {
			t.Fatal(err)
		}
		r := settle(t, s, load.Check{}, m)
		t.Logf("killed %d times: %d of %d copies doubled", n, r.Doubled, r.Expected)
		k.stop()
		return counts(t, dir)
	}
	disturbed, quiet := run(true), run(false)
	if slot() != began {
		t.Log("the hour changed meanwhile, and with it what is taught: nothing can be compared, run again")
		return
	}
	if len(quiet) < 100 {
		t.Fatalf("only %d rows were learned: the drill shows nothing", len(quiet))
	}
	levels := map[byte]int{}
	for r := range quiet {
		levels[r[0]]++
	}
	t.Logf("%d rows, by the first digit of their level: %v", len(quiet), levels)
	wrong := 0
	for r, want := range quiet {
		if !bytes.Equal(disturbed[r], want) {
			if wrong++; wrong < 5 {
				t.Errorf("row %s: %x after kills, %x undisturbed", r, disturbed[r], want)
			}
		}
	}
	if len(disturbed) != len(quiet) || wrong > 0 {
		t.Errorf("%d rows after kills, %d undisturbed, %d differ", len(disturbed), len(quiet), wrong)
	}
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
