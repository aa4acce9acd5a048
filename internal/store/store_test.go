package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/internal/kith"
)

func rec(id, rcpt string) kith.Record {
	return kith.Record{ID: id, Rcpt: rcpt, Arrived: time.UnixMilli(1_700_000_000_000), QueueID: "Q" + id, MessageID: id + "@m", MailFrom: "Ann@Vendor.example", State: kith.StateReceived}
}

func TestLedgerTellsWhatWasKnown(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx, now := context.Background(), time.Now()
		s := p.open(t)
		k1, k2 := Key{1}, Key{2}
		in := []Intent{{Key: k1, Record: rec("a", "x@o")}, {Key: k2, Record: rec("a", "y@o")}}
		prior, err := s.Begin(ctx, "boot1", now, in)
		if err != nil || prior[0].Seen || prior[1].Seen {
			t.Fatalf("first begin: %v %v", prior, err)
		}
		if err := s.Settle(ctx, "boot1", now, []Settled{{Key: k1, State: Confirmed, Reply: "2.0.0 saved", Record: rec("a", "x@o")}}); err != nil {
			t.Fatal(err)
		}
		s.Close()

		// The process died with k2 open.
		s = p.open(t)
		n, err := s.Doubt(ctx, "boot2")
		if err != nil || n != 1 {
			t.Fatalf("doubt: %d %v, want 1", n, err)
		}
		prior, err = s.Begin(ctx, "boot2", now, in)
		if err != nil {
			t.Fatal(err)
		}
		if p := prior[0]; p.State != Confirmed || p.Reply != "2.0.0 saved" || p.Doubt {
			t.Errorf("confirmed one: %+v", p)
		}
		if p := prior[1]; !p.Doubt || p.Deaths != 1 || p.Attempts != 1 {
			t.Errorf("doubted one: %+v", p)
		}
		// A confirmed delivery is not begun again: a third asker still hears of it.
		prior, _ = s.Begin(ctx, "boot2", now, in[:1])
		if prior[0].State != Confirmed || prior[0].Attempts != 1 {
			t.Errorf("confirmed one was begun again: %+v", prior[0])
		}
	})
}

func TestDoubtWithoutDeathIsKept(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx, now := context.Background(), time.Now()
		s := p.open(t)
		k := Key{9}
		s.Begin(ctx, "b", now, []Intent{{Key: k, Record: rec("a", "x@o")}})
		s.Settle(ctx, "b", now, []Settled{{Key: k, Doubt: true, Record: rec("a", "x@o")}})
		if n, _ := s.Doubt(ctx, "later"); n != 0 {
			t.Errorf("a doubt without a death counted as %d deaths", n)
		}
		prior, err := s.Begin(ctx, "later", now, []Intent{{Key: k, Record: rec("a", "x@o")}})
		if err != nil || !prior[0].Doubt || prior[0].Deaths != 0 {
			t.Errorf("%+v %v", prior, err)
		}
	})
}

func TestTraceFindsByEachName(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		s := p.open(t)
		r := rec("abc", "Tim@corp.test")
		r.From, r.Login = "ann@vendor.example", "tim"
		if err := s.Append(ctx, "b", []kith.Record{r}); err != nil {
			t.Fatal(err)
		}
		for _, what := range []string{"abc", "Qabc", "abc@m", "<abc@m>", "ann@vendor.example", "ANN@vendor.example", "tim@corp.test"} {
			got, err := s.Trace(ctx, what, 10)
			if err != nil || len(got) != 1 || got[0].ID != "abc" {
				t.Errorf("trace %s: %v %v", what, got, err)
			}
		}
		if got, _ := s.Trace(ctx, "nobody@nowhere", 10); len(got) != 0 {
			t.Errorf("trace of nobody: %v", got)
		}
	})
}

func TestGroupCommitIsDurableForAll(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		var mu sync.Mutex
		commits, changes := 0, 0
		opt := p.options()
		opt.Observe = func(n int, _ time.Duration, _ error) { mu.Lock(); commits++; changes += n; mu.Unlock() }
		s, err := Open(p.path, opt)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if err := s.Append(ctx, "b", []kith.Record{rec(fmt.Sprint(i), "x@o")}); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		c, err := s.Count(ctx, time.Time{})
		if err != nil || c.Rows != 200 {
			t.Errorf("rows %d %v, want 200", c.Rows, err)
		}
		s.Close()
		if commits >= changes {
			t.Errorf("%d commits for %d changes: nothing was grouped", commits, changes)
		}
		if err := s.Append(ctx, "b", []kith.Record{rec("z", "x@o")}); !errors.Is(err, ErrClosed) {
			t.Errorf("after close: %v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "k.db")
	s := place{path: path}.open(t)
	if _, err := Open(path, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("second writer: %v", err)
	}
	if _, err := s.write.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(path, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("newer schema: %v", err)
	}
	bad := filepath.Join(dir, "bad.db")
	os.WriteFile(bad, []byte(strings.Repeat("this is not a database ", 400)), 0o600)
	if _, err := Open(bad, Options{}); !errors.Is(err, ErrBroken) {
		t.Errorf("corrupt: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "none.db"), Options{ReadOnly: true}); err == nil {
		t.Error("missing store was opened for reading")
	}
	for _, f := range []string{path, bad} {
		if _, err := Open(f, Options{}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("error is not one line: %v", err)
		}
	}
}

func TestBackupWhileOpen(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "k.db")
	s := place{path: path}.open(t)
	s.Append(ctx, "b", []kith.Record{rec("a", "x@o")})
	to := filepath.Join(dir, "copy.db")
	if err := Backup(ctx, path, to); err != nil {
		t.Fatal(err)
	}
	if err := Verify(ctx, to); err != nil {
		t.Fatal(err)
	}
	if err := Backup(ctx, path, to); err == nil {
		t.Error("backup wrote over a file")
	}
	c, err := Open(to, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, err := c.Trace(ctx, "a", 1); err != nil || len(got) != 1 {
		t.Errorf("backup lacks the row: %v %v", got, err)
	}
}
