package ledger

import (
	"context"
	"errors"
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
	w.l.stop()
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

// A transaction that ends while waiting outcomes are brought in must not take
// the files away under the reader.
func TestSegmentsStayWhileTheyAreRead(t *testing.T) {
	o, err := openOverflow(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	old := o.pin()
	if err := o.append(old, store.Settled{Key: store.Key{1}, State: store.Confirmed}); err != nil {
		t.Fatal(err)
	}
	if err := o.owe(old); err != nil {
		t.Fatal(err)
	}
	o.unpin(old)
	o.begin()
	fails := errors.New("the store is away again")
	if err := o.drain(func([]store.Settled) error {
		o.unpin(o.pin()) // another transaction, meanwhile
		return fails
	}); !errors.Is(err, fails) {
		t.Fatal(err)
	}
	n := 0
	if err := o.drain(func(out []store.Settled) error { n += len(out); return nil }); err != nil || n != 1 {
		t.Errorf("%d outcomes came back, want 1: %v", n, err)
	}
}

// While the store is away the files stay small enough to be read at once.
func TestLongOutage(t *testing.T) {
	o, err := openOverflow(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	reply := strings.Repeat("r", 10_000)
	for i := range 300 {
		s := o.pin()
		if err := errors.Join(o.append(s, store.Settled{Key: store.Key{byte(i), byte(i >> 8)}, State: store.Confirmed, Reply: reply}), o.owe(s)); err != nil {
			t.Fatal(err)
		}
		o.unpin(s)
	}
	if len(o.segs) < 4 {
		t.Errorf("%d files for 3 MB", len(o.segs))
	}
	n := 0
	if err := o.drain(func(out []store.Settled) error { n += len(out); return nil }); err != nil || n != 300 || len(o.segs) != 1 {
		t.Errorf("%d outcomes, %d files left, %v", n, len(o.segs), err)
	}
}

func TestTwoAttemptsAtOnce(t *testing.T) {
	w, _ := start(t, t.TempDir())
	defer w.die()
	k, other := store.Key{1}, store.Key{2}
	first := w.l.Watch(k)
	second := w.l.Watch(k, other)
	if _, known := second.Known(0); !first.Mine(0) || second.Mine(0) || known || !second.Mine(1) {
		t.Error("the delivery is at work already")
	}
	second.Release()
	if again := w.l.Watch(k); again.Mine(0) {
		t.Error("the second one's end has freed the first one's delivery")
	}
	first.Release()
	third := w.l.Watch(k, other)
	if !third.Mine(0) || !third.Mine(1) {
		t.Error("a delivery that is over is not free")
	}
	third.Release()
}

// What the next hop has confirmed is known while the store cannot be told.
func TestConfirmedWhileTheStoreIsGone(t *testing.T) {
	dir := t.TempDir()
	w, _ := start(t, dir)
	k, refused := store.Key{1}, store.Key{2}
	w.st.Close()
	tx := w.l.Watch(k, refused)
	tx.Settle(context.Background(), []store.Settled{{Key: k, State: store.Confirmed, Reply: "saved"}, {Key: refused, State: store.Failed}})
	tx.Release()
	tx = w.l.Watch(k, refused)
	if reply, known := tx.Known(0); tx.Mine(0) || !known || reply != "saved" {
		t.Errorf("confirmed: mine %v, known %v, %q", tx.Mine(0), known, reply)
	}
	if !tx.Mine(1) {
		t.Error("a refused delivery is not free")
	}
	tx.Release()
	st, err := store.Open(filepath.Join(dir, "k.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.st, w.l.st = st, st
	if err := w.l.replay(context.Background()); err != nil {
		t.Fatal(err)
	}
	if tx = w.l.Watch(k); !tx.Mine(0) {
		t.Error("the store knows it, and memory still has it")
	}
	tx.Release()
	if p := w.begin(k); p.State != store.Confirmed {
		t.Errorf("%+v", p)
	}
	w.die()
}

func TestNamesDependOnWhatTheyShould(t *testing.T) {
	l := &Ledger{key: []byte("k")}
	d := [32]byte{1}
	first, again := l.KithID(d, "a", ""), l.KithID(d, "a", "")
	if first == l.KithID(d, "b", "") || first == l.KithID(d, "a", "x") || first != again {
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
