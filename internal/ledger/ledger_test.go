package ledger

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/internal/kith"
	"kith/internal/store"
)

type world struct {
	t   *testing.T
	dir string
	st  *store.Store
	l   *Ledger
}

// start opens store and ledger as one boot of kith would.
func start(t *testing.T, dir string) (*world, int) {
	t.Helper()
	st, err := store.Open(filepath.Join(dir, "k.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, doubts, err := Open(context.Background(), Options{Store: st, Key: []byte("secret"), Overflow: filepath.Join(dir, "overflow"), Log: slog.New(slog.DiscardHandler), Retry: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, dir, st, l}, doubts
}

// die ends the process without any farewell.
func (w *world) die() {
	w.st.Close()
	for _, s := range w.l.over.segs {
		s.f.Close()
	}
	close(w.l.stop)
}

func (w *world) heard(s store.Settled) { w.l.Watch().Heard(s) }

func (w *world) begin(k store.Key) store.Prior {
	w.t.Helper()
	p, err := w.l.Begin(context.Background(), []store.Intent{{Key: k, Record: kith.Record{ID: "m", Rcpt: "x@o", State: kith.StateReceived}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return p[0]
}

func TestHeardReplySurvivesADeath(t *testing.T) {
	dir := t.TempDir()
	w, _ := start(t, dir)
	k := w.l.Key([32]byte{1}, "a@b", "x@o", "Q1")
	w.begin(k)
	w.heard(store.Settled{Key: k, Attempt: 1, State: store.Confirmed, Reply: "saved"})
	w.die()

	w, doubts := start(t, dir)
	defer w.die()
	if doubts != 0 {
		t.Errorf("%d in doubt, want 0: the reply was heard", doubts)
	}
	if p := w.begin(k); p.State != store.Confirmed || p.Reply != "saved" {
		t.Errorf("after the death: %+v", p)
	}
}

func TestLateOutcomeDoesNotOverrideNewerAttempt(t *testing.T) {
	dir := t.TempDir()
	w, _ := start(t, dir)
	k := store.Key{5}
	w.begin(k)
	w.heard(store.Settled{Key: k, Attempt: 1, State: store.Failed, Reply: "busy"})
	w.begin(k) // second attempt, dies open
	w.die()
	w, doubts := start(t, dir)
	defer w.die()
	if doubts != 1 {
		t.Errorf("%d in doubt, want 1: the second attempt has no outcome", doubts)
	}
}

func TestOutcomeWaitsWhileStoreIsGone(t *testing.T) {
	dir := t.TempDir()
	w, _ := start(t, dir)
	k := store.Key{7}
	w.begin(k)
	w.st.Close() // the store is gone
	err := w.l.Watch().Settle(context.Background(), []store.Settled{{Key: k, Attempt: 1, State: store.Confirmed, Reply: "saved", Record: kith.Record{ID: "m", Rcpt: "x@o", State: kith.StateDelivered}}})
	if err == nil || !w.l.Waiting() {
		t.Fatalf("settle without a store: %v, waiting %v", err, w.l.Waiting())
	}
	w.die()
	w, doubts := start(t, dir)
	defer w.die()
	if p := w.begin(k); doubts != 0 || p.State != store.Confirmed {
		t.Errorf("after the store came back: %d doubts, %+v", doubts, p)
	}
	recs, err := w.st.Trace(context.Background(), "m", 5)
	if err != nil || len(recs) != 1 || recs[0].State != kith.StateDelivered {
		t.Errorf("journal row was not brought in: %v %v", recs, err)
	}
}

func TestCutLineIsIgnored(t *testing.T) {
	dir := t.TempDir()
	w, _ := start(t, dir)
	k := store.Key{8}
	w.begin(k)
	w.heard(store.Settled{Key: k, Attempt: 1, State: store.Confirmed})
	seg := w.l.over.segs[0]
	seg.f.WriteAt([]byte(`{"k":"0900`), seg.off)
	w.die()
	w, _ = start(t, dir)
	defer w.die()
	if p := w.begin(k); p.State != store.Confirmed {
		t.Errorf("%+v", p)
	}
}

func TestOldSegmentsGo(t *testing.T) {
	dir := t.TempDir()
	w, _ := start(t, dir)
	defer w.die()
	long := strings.Repeat("r", 4000)
	first := w.l.Watch() // a slow transaction
	for i := range 600 {
		k := store.Key{byte(i), byte(i >> 8), 1}
		tx := w.l.Watch()
		if err := tx.Settle(context.Background(), []store.Settled{{Key: k, State: store.Confirmed, Reply: long}}); err != nil {
			t.Fatal(err)
		}
		tx.Release()
	}
	if n := len(w.l.over.segs); n < 3 {
		t.Errorf("%d segments while the first is still used, want them kept", n)
	}
	first.Release()
	files, _ := os.ReadDir(filepath.Join(dir, "overflow"))
	if len(w.l.over.segs) != 1 || len(files) != 1 {
		t.Errorf("%d segments, %d files left, want 1", len(w.l.over.segs), len(files))
	}
}

func TestNamesDependOnWhatTheyShould(t *testing.T) {
	l := &Ledger{key: []byte("k")}
	d := [32]byte{1}
	if l.KithID(d, "a", "") == l.KithID(d, "b", "") || l.KithID(d, "a", "") == l.KithID(d, "a", "x") || l.KithID(d, "a", "") != l.KithID(d, "a", "") {
		t.Error("X-Kith-Id")
	}
	if l.Key(d, "ab", "c", "") == l.Key(d, "a", "bc", "") {
		t.Error("two lists of parts gave one key")
	}
	if (&Ledger{key: []byte("other")}).KithID(d, "a", "") == l.KithID(d, "a", "") {
		t.Error("id without the key")
	}
}

func TestSiteKey(t *testing.T) {
	p := filepath.Join(t.TempDir(), "d", "site.key")
	a, err := SiteKey(p)
	if err != nil {
		t.Fatal(err)
	}
	b, err := SiteKey(p)
	if err != nil || string(a) != string(b) {
		t.Error("second read differs", err)
	}
	if st, _ := os.Stat(p); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	os.WriteFile(p, []byte("short"), 0o600)
	if _, err := SiteKey(p); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}
