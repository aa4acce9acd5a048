package note

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kith/internal/kith"
	"kith/internal/store"
)

const week = 7 * 24 * time.Hour

// The wall clock alone, as it is after a restart.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestBoard(t *testing.T) {
	b := NewBoard(time.Hour, 3)
	b.Put(Note{QueueID: "", Login: "nobody", At: noon})
	b.Put(Note{QueueID: "A", Login: "ann", At: noon})
	b.Put(Note{QueueID: "A", Login: "anna", At: noon.Add(time.Minute)})
	for _, c := range []struct {
		id    string
		at    time.Time
		login string
	}{
		{"A", noon.Add(2 * time.Minute), "anna"},
		{"A", noon.Add(61 * time.Minute), "anna"},
		{"A", noon.Add(62 * time.Minute), ""}, // the queue id may be another mail's by now
		{"A", noon.Add(-23 * time.Hour), "anna"},
		{"A", noon.AddDate(-1, 0, 0), ""}, // noted by a clock that was wrong
		{"B", noon, ""},
		{"", noon, ""},
	} {
		n, ok := b.Get(c.id, c.at)
		if ok != (c.login != "") || n.Login != c.login {
			t.Errorf("%q at %v: %q %v, want %q", c.id, c.at, n.Login, ok, c.login)
		}
	}
}

func TestBoardIsBounded(t *testing.T) {
	b := NewBoard(time.Hour, 100)
	for i := range 1000 {
		b.Put(Note{QueueID: fmt.Sprint(i), At: noon})
	}
	if len(b.notes) != 100 || len(b.order) != 100 {
		t.Errorf("%d notes, %d in order, want 100", len(b.notes), len(b.order))
	}
	if _, ok := b.Get("999", noon); !ok {
		t.Error("the newest note is gone")
	}
	b.Put(Note{QueueID: "later", At: noon.Add(2 * time.Hour)})
	if len(b.notes) != 1 {
		t.Errorf("%d notes after two hours, want the one that is not stale", len(b.notes))
	}
}

// Within one process a clock that is set does not matter: Go compares by the
// monotonic clock.
func TestBoardHeedsNoSetClock(t *testing.T) {
	b := NewBoard(time.Hour, 10)
	at := time.Now()
	b.Put(Note{QueueID: "A", Login: "ann", At: at})
	if _, ok := b.Get("A", at.Add(time.Minute)); !ok {
		t.Error("not found")
	}
	if at.Round(0) == at {
		t.Error("time.Now has no monotonic clock here: a leap would drop notes")
	}
}

func TestBoardIsSafe(t *testing.T) {
	b := NewBoard(time.Hour, 50)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 500 {
				b.Put(Note{QueueID: fmt.Sprint(i % 70), At: noon})
				b.Get(fmt.Sprint(i%90), noon)
			}
		})
	}
	wg.Wait()
}

func TestNotesSurviveARestart(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "k.db")
	open := func() *store.Store {
		st, err := store.Open(path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	st := open()
	for _, n := range []Note{
		{QueueID: "NEW", Login: "ann", MailFrom: "ann@corp.test", Rcpts: []string{"tim@corp.test"}, Client: kith.Client{Helo: "laptop"}, At: noon},
		{QueueID: "OLD", Login: "old", At: noon.Add(-2 * week)},
		{QueueID: "AHEAD", Login: "ahead", At: noon.AddDate(10, 0, 0)},
	} {
		if err := Save(st, n); err != nil {
			t.Fatal(err)
		}
	}
	st.Close()

	st = open()
	defer st.Close()
	load := func(now time.Time) *Board {
		b := NewBoard(week, 10)
		if err := Load(ctx, st, b, now); err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := load(noon.Add(time.Hour))
	if n, ok := b.Get("NEW", noon.Add(time.Hour)); !ok || n.Login != "ann" || n.Client.Helo != "laptop" || len(n.Rcpts) != 1 {
		t.Errorf("NEW came back as %+v, %v", n, ok)
	}
	if len(b.notes) != 1 {
		t.Errorf("%d notes came back, want only the one that is neither stale nor from the future", len(b.notes))
	}

	// A start by a clock that is years ahead finds nothing and destroys nothing.
	if b = load(noon.AddDate(9, 0, 0)); len(b.notes) != 0 {
		t.Errorf("%d notes by the wrong clock", len(b.notes))
	}
	if b = load(noon.Add(2 * time.Hour)); len(b.notes) != 1 {
		t.Errorf("%d notes after the clock was mended, want 1", len(b.notes))
	}
}
