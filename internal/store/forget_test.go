package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/internal/kith"
)

const testDay = 24 * time.Hour

var testKeep = Keep{Keys: 7 * testDay, Journal: 90 * testDay, Notes: map[string]time.Duration{"login": 6 * testDay}}

// put writes a delivery, a journal row and a note that belong to a time.
func put(t *testing.T, s *Store, name string, at time.Time) {
	t.Helper()
	var k Key
	copy(k[:], name)
	r := rec(name, "x@o")
	r.Arrived = at
	if _, err := s.Begin(context.Background(), "b", at, []Intent{{Key: k, Record: r}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(context.Background(), "b", at, []Settled{{Key: k, Attempt: 1, State: Confirmed, Reply: "saved", Record: r}}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutNote("login", name, at, []byte("{}")); err != nil {
		t.Fatal(err)
	}
}

// left counts deliveries, journal rows and notes.
func left(t *testing.T, s *Store) (keys, rows, notes int) {
	t.Helper()
	err := s.Append(context.Background(), "b", nil) // what may lag is written by then
	if err == nil {
		err = s.read.QueryRow(`SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM journal), (SELECT count(*) FROM note)`).Scan(&keys, &rows, &notes)
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys, rows, notes
}

func forget(t *testing.T, s *Store, now time.Time) Hold {
	t.Helper()
	h, err := s.Forget(context.Background(), now, testKeep)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// run lets kith look again and again. It looks every hour; four times a day is
// enough to see that it is right.
func run(t *testing.T, s *Store, from time.Time, d time.Duration) (now time.Time, h Hold) {
	step := 6 * time.Hour
	if s.shared() { // a server takes longer
		step = 12 * time.Hour
	}
	for now = from; now.Before(from.Add(d)); {
		now = now.Add(step)
		h = forget(t, s, now)
	}
	return now, h
}

func TestForgetByASteadyClock(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		s := p.open(t)
		start := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		put(t, s, "old", start)
		now, h := run(t, s, start, 6*testDay)
		if h != (Hold{}) {
			t.Fatalf("a steady clock is held: %+v", h)
		}
		put(t, s, "new", now)
		if keys, rows, notes := left(t, s); keys != 2 || rows != 2 || notes != 2 {
			t.Fatalf("after six days %d keys, %d rows, %d notes, want 2 of each", keys, rows, notes)
		}
		now, _ = run(t, s, now, 2*testDay)
		if keys, rows, notes := left(t, s); keys != 1 || rows != 2 || notes != 1 {
			t.Errorf("after eight days %d keys, %d rows, %d notes, want 1, 2, 1", keys, rows, notes)
		}
		run(t, s, now, 90*testDay)
		if keys, rows, notes := left(t, s); keys != 0 || rows != 0 || notes != 0 {
			t.Errorf("after 98 days %d keys, %d rows, %d notes, want none", keys, rows, notes)
		}
	})
}

// A clock that leaps years ahead, for minutes or for days, drops nothing that
// an MTA may still come back for.
func TestALeapAheadDropsNothing(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		s := p.open(t)
		start := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		now, _ := run(t, s, start, testDay)
		put(t, s, "mail", now)
		wrong := now.AddDate(10, 0, 0)
		put(t, s, "by-the-wrong-clock", wrong)
		h := forget(t, s, wrong)
		if !h.Fresh || h.Left != testKeep.Keys || !h.From.Equal(now) || !h.To.Equal(wrong) {
			t.Fatalf("hold is %+v, want a fresh one of %v from %v to %v", h, testKeep.Keys, now, wrong)
		}
		if held, err := s.Held(context.Background()); err != nil || held.Left != h.Left {
			t.Errorf("who looks on reads %+v, %v", held, err)
		}
		_, h = run(t, s, wrong, 6*testDay)
		if h.Fresh || h.Left != testDay {
			t.Errorf("after six steady days the hold is %+v, want one more day", h)
		}
		if keys, rows, _ := left(t, s); keys != 2 || rows != 2 {
			t.Fatalf("%d keys and %d rows are left of 2", keys, rows)
		}
		// The mend: the clock is set back. That is a leap, too.
		right := now.Add(6 * testDay)
		if h = forget(t, s, right); !h.Fresh {
			t.Errorf("the leap back is not seen: %+v", h)
		}
		right, _ = run(t, s, right, 8*testDay)
		// Now rows go by their time again, and the one from 2036 is dated today.
		if keys, rows, _ := left(t, s); keys != 1 || rows != 2 {
			t.Errorf("%d keys and %d rows are left, want the one of 2036 and both rows", keys, rows)
		}
		run(t, s, right, 8*testDay)
		if keys, _, _ := left(t, s); keys != 0 {
			t.Errorf("%d keys are left: the one from 2036 stays for ten years", keys)
		}
	})
}

// A machine that starts in 1970 and is set right a minute later.
func TestALeapBackAndForthDropsNothing(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		s := p.open(t)
		start := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		now, _ := run(t, s, start, testDay)
		put(t, s, "mail", now)
		s.Close()
		s = p.open(t)
		forget(t, s, time.Unix(60, 0))
		put(t, s, "in-1970", time.Unix(90, 0))
		now, h := run(t, s, now, 7*testDay-time.Hour)
		if h.Left == 0 {
			t.Error("the clock is trusted again too early")
		}
		if keys, rows, _ := left(t, s); keys != 2 || rows != 2 {
			t.Errorf("%d keys and %d rows are left of 2", keys, rows)
		}
		if p, err := s.Begin(context.Background(), "b", now, []Intent{{Key: Key{'m', 'a', 'i', 'l'}, Record: rec("mail", "x@o")}}); err != nil || p[0].State != Confirmed {
			t.Errorf("a retry after the leap is not known: %+v %v", p, err)
		}
	})
}

// Whatever the clock does, a delivery is remembered for as long as the ledger
// promises, in time that really passed.
func TestTheLedgersPromiseHoldsByAnyClock(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		s, err := Open(filepath.Join(dir, fmt.Sprint(n)), Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		shown := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		forget(t, s, shown)
		put(t, s, "mail", shown)
		queue := 5 * testDay // an MTA gives up then
		for passed := time.Duration(0); passed < queue; {
			step := 12 * time.Hour // between two looks; sometimes kith is stopped for longer
			if rapid.IntRange(0, 9).Draw(rt, "stopped") == 0 {
				step = time.Duration(rapid.IntRange(1, 200).Draw(rt, "hours")) * time.Hour
			}
			passed, shown = passed+step, shown.Add(step)
			if passed >= queue {
				break
			}
			if rapid.IntRange(0, 9).Draw(rt, "leaps") == 0 {
				shown = time.Unix(rapid.Int64Range(0, 1<<33).Draw(rt, "to"), 0)
			}
			forget(t, s, shown)
			if keys, rows, _ := left(t, s); keys != 1 || rows != 1 {
				rt.Fatalf("after %v by a clock that shows %v: %d keys, %d rows", passed, shown, keys, rows)
			}
		}
	})
}

func TestForgetWorksInPieces(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		s := p.open(t)
		old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		recs := make([]kith.Record, 2*forgetBatch+1)
		for i := range recs {
			recs[i] = rec(fmt.Sprint(i), "x@o")
			recs[i].Arrived = old
		}
		if err := s.Append(ctx, "b", recs); err != nil {
			t.Fatal(err)
		}
		forget(t, s, old.AddDate(1, 0, 0))
		if _, rows, _ := left(t, s); rows != 0 {
			t.Errorf("%d rows are left", rows)
		}
	})
}

func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k.db")
	if used, err := InUse(path); used || err != nil {
		t.Errorf("no store: %v %v", used, err)
	}
	s := place{path: path}.open(t)
	for range 2 { // asking takes nothing
		if used, err := InUse(path); !used || err != nil {
			t.Errorf("open store: %v %v", used, err)
		}
	}
	s.Close()
	if used, err := InUse(path); used || err != nil {
		t.Errorf("closed store: %v %v", used, err)
	}
	release, err := Reserve(path)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if used, _ := InUse(path); !used {
		t.Error("a reserved store looks free")
	}
}
