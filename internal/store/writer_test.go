package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// stranger locks the store as another program may.
func stranger(t *testing.T, path string) (free func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback(); db.Close() }
}

// Those who wait together for a store that is locked hear of it together, not
// one after another, and the store works again when it is free.
func TestLockedStoreIsToldToAllAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "k.db")
	s := place{path: path}.open(t)
	free := stranger(t, path)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := s.Begin(context.Background(), "b", time.Now(), []Intent{{Key: Key{byte(i)}, Record: rec("a", "x@o")}}); err == nil || errors.Is(err, ErrBroken) || strings.Contains(err.Error(), "\n") {
				t.Errorf("a locked store: %v", err)
			}
		})
	}
	wg.Wait()
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %s", d)
	}
	free()
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// What its waiter has given up is not carried out behind his back: a seat that
// was told "no intent" delivers without one, or not at all.
func TestGivenUpChangeIsDropped(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		s := p.open(t)
		hold, held := make(chan bool), make(chan bool)
		go s.submit(context.Background(), true, func(*writer) error { close(held); <-hold; return nil })
		<-held
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		in := []Intent{{Key: Key{1}, Record: rec("a", "x@o")}}
		if _, err := s.Begin(ctx, "b", time.Now(), in); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a store that hangs: %v", err)
		}
		close(hold)
		prior, err := s.Begin(context.Background(), "b", time.Now(), in)
		if err != nil || prior[0].Seen {
			t.Errorf("the ledger knows an attempt that never was: %+v %v", prior, err)
		}
	})
}

// A change that cannot be made fails alone.
func TestBadChangeFailsAlone(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		s := p.open(t)
		hold, held := make(chan bool), make(chan bool)
		go s.submit(context.Background(), true, func(*writer) error { close(held); <-hold; return nil })
		<-held
		bad := errors.New("bad change")
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				err := s.submit(context.Background(), true, func(w *writer) error {
					if i == 3 {
						return bad
					}
					_, err := w.exec(qMetaPut, string(rune(97+i)), "v")
					return err
				})
				if (i == 3) != errors.Is(err, bad) {
					t.Errorf("change %d: %v", i, err)
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		close(hold)
		wg.Wait()
		n := 0
		if err := s.read.QueryRow(`SELECT count(*) FROM meta WHERE value = 'v'`).Scan(&n); err != nil || n != 9 {
			t.Errorf("%d of 9 changes are there: %v", n, err)
		}
	})
}

// Nobody who waits is held up by the patience of changes that may lag, also where
// more of those stand before him than one batch takes.
func TestWaiterBehindManyThatMayLag(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		o := p.options()
		o.Lag = time.Minute
		s, err := Open(p.path, o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		hold, held := make(chan bool), make(chan bool)
		go s.submit(context.Background(), true, func(*writer) error { close(held); <-hold; return nil })
		<-held
		for range maxBatch + 10 {
			if err := s.Later("b", nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		answered := make(chan error, 1)
		go func() { answered <- s.Check(ctx) }()
		for len(s.queue) < maxBatch+11 {
			time.Sleep(time.Millisecond)
		}
		close(hold)
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
}
