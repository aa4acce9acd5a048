package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"kith/internal/kith"
)

func TestANewerSchemaIsRefused(t *testing.T) {
	for _, what := range []string{storePart, habitPart} {
		each(t, func(t *testing.T, p place) {
			s, h := p.open(t), p.habits(t)
			db, q := s.write, "PRAGMA user_version = 99"
			if what == habitPart {
				db = h.write
			}
			if p.server != nil {
				q = "UPDATE kith_version SET version = 99 WHERE part = '" + what + "'"
			}
			if _, err := db.Exec(q); err != nil {
				t.Fatal(err)
			}
			s.Close()
			h.Close()
			for _, opt := range []Options{p.options(), p.look()} {
				var err error
				if what == storePart {
					_, err = Open(p.path, opt)
				} else {
					_, err = OpenHabits(HabitsPath(p.path), opt)
				}
				if !errors.Is(err, ErrNewer) {
					t.Errorf("%s: %v", what, err)
				}
				oneLine(t, err)
			}
		})
	}
}

// A URL, a password or a server that does not fit is told in one line that says
// the mend and shows no password.
func TestServersThatCannotBeUsed(t *testing.T) {
	p := on(t, server(t))
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := dead.Addr().String()
	dead.Close()
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("open:s@same\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := func(url, file string) (string, Options) {
		return url, Options{PasswordFile: file, Lock: filepath.Join(t.TempDir(), "l")}
	}
	for name, c := range map[string]struct {
		url, file string
		away      bool
		want      string
	}{
		"wrong password":        {p.path, wrong, false, "password"},
		"no password":           {p.path, "", false, "password"},
		"no file":               {p.path, wrong + "er", false, "password file"},
		"no such database":      {strings.Replace(p.path, p.database, "nothere", 1), p.password, false, "database"},
		"nobody listens":        {"postgres://kith@" + nobody + "/kith?sslmode=disable", p.password, true, "start PostgreSQL"},
		"two, nobody listens":   {"postgres://kith:open%3As%40same@" + nobody + "," + nobody + "/kith", "", true, "start PostgreSQL"},
		"a host without a port": {"postgres://kith:open:s@same@" + nobody + ",db2/kith", "", false, ""},
		"nonsense":              {"postgres://kith:open:s@same/x@host/db?port=many", "", false, "cannot be understood"},
		"a slash in a password": {"postgres://kith:1/open:s@same@host/db", "", false, "cannot be understood"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, readOnly := range []bool{false, true} {
				url, opt := in(c.url, c.file)
				opt.ReadOnly = readOnly
				_, err := Open(url, opt)
				oneLine(t, err)
				if err == nil || errors.Is(err, ErrAway) != c.away && c.want != "" || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrBroken) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

func TestOnlyAnEmptyOrOwnDatabaseIsTaken(t *testing.T) {
	p := on(t, server(t))
	if _, err := Open(p.path, p.look()); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty one, looked at: %v", err)
	}
	p.open(t).Close()
	p.server.SQL(t, p.database, "DROP TABLE delivery")
	_, err := Open(p.path, p.options())
	if !errors.Is(err, ErrBroken) {
		t.Errorf("a table is gone: %v", err)
	}
	oneLine(t, err)
	if err := Backup(context.Background(), p.path, filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("backup: %v", err)
	}
}

// The server is upgraded from the schema before the lessons, by two nodes that
// start at once, and keeps what it holds.
func TestAServerOfVersionTwoIsBroughtUpToDate(t *testing.T) {
	p := on(t, server(t))
	ctx := context.Background()
	d, err := dialectOf(p.path, "", p.options())
	if err != nil {
		t.Fatal(err)
	}
	old := &engine{dialect: d, noun: "store"}
	if err := old.connect(storePart, schema[:2], p.options()); err != nil {
		t.Fatal(err)
	}
	if _, err := old.write.Exec(old.sql(qJournal), "old", "x@o", "b", int64(5), "received", "Qold", "m", "ann@vendor.example", "", "", encode(&kith.Record{ID: "old", Rcpt: "x@o"})); err != nil {
		t.Fatal(err)
	}
	old.close()
	if _, err := Open(p.path, p.look()); err == nil || !strings.Contains(err.Error(), "older kith") {
		t.Errorf("looked at: %v", err)
	}
	var wg sync.WaitGroup
	stores := make([]*Store, 2)
	for i := range stores {
		wg.Go(func() { stores[i] = p.node(t, fmt.Sprint("n", i)) })
	}
	wg.Wait()
	for _, s := range stores {
		if got, err := s.Trace(ctx, "Qold", 10); err != nil || len(got) != 1 || got[0].ID != "old" {
			t.Errorf("the row is %v %v", got, err)
		}
		if err := s.Learn(ctx, []Lesson{lesson(s.Node(), "", "x")}); err != nil {
			t.Error(err)
		}
	}
}

// The server stops in the middle and starts again: writers hear that it is away,
// and go on without a restart when it is back. What was answered is there.
func TestTheServerStopsAndComesBack(t *testing.T) {
	pg := privately(t)
	p := on(t, pg)
	ctx := context.Background()
	s, h := p.open(t), p.habits(t)
	var mu sync.Mutex
	answered := map[string]bool{}
	away := 0
	write := func(id string) {
		err := s.Append(ctx, "b", []kith.Record{rec(id, "x@o")})
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			answered[id] = true
		case errors.Is(err, ErrAway):
			oneLine(t, err)
			away++
		default:
			t.Errorf("%v", err)
		}
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					write(fmt.Sprintf("%d-%d", w, i))
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	pg.Stop(t)
	time.Sleep(200 * time.Millisecond)
	if _, err := s.Trace(ctx, "0-0", 1); !errors.Is(err, ErrAway) {
		t.Errorf("a question: %v", err)
	}
	err := h.Fold(ctx, func(tx *HabitTx) error { return tx.SetMark("n", 1) })
	if !errors.Is(err, ErrAway) {
		t.Errorf("a fold: %v", err)
	}
	oneLine(t, err)
	pg.Restart(t)
	if err := s.Check(ctx); err != nil {
		t.Errorf("first write after the start: %v", err)
	}
	if err := h.Fold(ctx, func(tx *HabitTx) error { return tx.SetMark("n", 1) }); err != nil {
		t.Errorf("first fold after the start: %v", err)
	}
	time.Sleep(100 * time.Millisecond)
	close(stop)
	wg.Wait()
	if away == 0 || len(answered) == 0 {
		t.Errorf("%d answered, %d away", len(answered), away)
	}
	for id := range answered {
		if got, err := s.Trace(ctx, id, 1); err != nil || len(got) != 1 {
			t.Fatalf("%s was answered and is lost: %v", id, err)
		}
	}
}

// A connection that is cut inside a transaction costs nothing: the batch was not
// committed and is carried out again, once.
func TestACutConnectionIsTriedAgain(t *testing.T) {
	p := on(t, server(t))
	ctx := context.Background()
	s := p.open(t)
	cut := func() {
		p.server.SQL(t, p.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kith' AND datname = '"+p.database+"'")
	}
	k, runs := Key{1}, 0
	err := s.submit(ctx, true, func(w *writer) error {
		if runs++; runs == 1 {
			cut()
		}
		_, err := w.open(k, "b", time.Now())
		return err
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
	if prior, err := s.Begin(ctx, "b", time.Now(), []Intent{{Key: k, Record: rec("a", "x@o")}}); err != nil || prior[0].Attempts != 1 {
		t.Errorf("%+v %v", prior, err)
	}
	runs = 0
	err = s.submit(ctx, true, func(w *writer) error {
		runs++
		cut()
		return w.doNothing()
	})
	if !errors.Is(err, ErrAway) || runs != 2 {
		t.Errorf("cut each time: %d runs, %v", runs, err)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
}

func (w *writer) doNothing() error { _, err := w.exec(qAlive, "nobody", "none"); return err }

// Doubt concerns the dead only. A node that starts again leaves the others' open
// deliveries alone, and finds its own at once; those of a node that never comes
// back are found when its time is over.
func TestDoubtConcernsTheDeadOnly(t *testing.T) {
	p := on(t, server(t))
	ctx, now := context.Background(), time.Now()
	begin := func(s *Store, boot string, k byte) Prior {
		t.Helper()
		prior, err := s.Begin(ctx, boot, now, []Intent{{Key: Key{k}, Record: rec(string(rune('a'+k)), "x@o")}})
		if err != nil {
			t.Fatal(err)
		}
		return prior[0]
	}
	doubt := func(s *Store, boot string, want int) {
		t.Helper()
		if n, err := s.Doubt(ctx, boot); err != nil || n != want {
			t.Errorf("%s: %d in doubt, want %d: %v", boot, n, want, err)
		}
	}
	a, b := p.open(t), p.node(t, "b")
	doubt(a, "a1", 0)
	doubt(b, "b1", 0)
	begin(a, "a1", 1)
	begin(b, "b1", 2)
	if pr := begin(b, "b1", 1); !pr.Elsewhere || pr.Attempts != 1 {
		t.Errorf("under way at a: %+v", pr)
	}
	die(a)
	a = p.open(t)
	doubt(a, "a2", 1) // its own, not b's
	if pr := begin(b, "b1", 1); pr.Elsewhere || !pr.Doubt || pr.Deaths != 1 {
		t.Errorf("left by the dead: %+v", pr)
	}
	if err := b.Settle(ctx, "b1", now, []Settled{{Key: Key{1}, Attempt: 2, State: Confirmed}}); err != nil {
		t.Fatal(err)
	}
	die(b) // for good
	if _, err := a.write.Exec(`UPDATE node SET seen = seen - $1 WHERE node = $2`, 2*Lease.Milliseconds(), b.Node()); err != nil {
		t.Fatal(err)
	}
	if err := a.sign(ctx, "a2"); err != nil {
		t.Fatal(err)
	}
	if pr := begin(a, "a2", 2); pr.Elsewhere || pr.Deaths != 1 {
		t.Errorf("b never came back: %+v", pr)
	}
	if got, err := a.Trace(ctx, string(rune('a'+2)), 1); err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
}

// die ends a store as a killed process would: without a word to the server.
func die(s *Store) {
	s.beat.stop()
	<-s.beat.done
	s.beat.stop = nil
	s.Close()
}

// Two processes of one node: the second is refused, by its lock; and where the
// lock file was copied, the first stops when it finds out.
func TestOneProcessANode(t *testing.T) {
	p := on(t, server(t))
	ctx := context.Background()
	a := p.open(t)
	_, err := Open(p.path, p.options())
	if !errors.Is(err, ErrInUse) {
		t.Errorf("second process: %v", err)
	}
	oneLine(t, err)
	if _, err := a.Doubt(ctx, "a1"); err != nil {
		t.Fatal(err)
	}
	name, err := os.ReadFile(p.lock)
	if err != nil || string(name) != a.Node() {
		t.Fatalf("%q %v", name, err)
	}
	copied := p
	copied.lock = filepath.Join(t.TempDir(), "copied.lock")
	if err := os.WriteFile(copied.lock, name, 0o600); err != nil {
		t.Fatal(err)
	}
	twin := copied.open(t)
	if _, err := twin.Doubt(ctx, "a2"); err != nil {
		t.Fatal(err)
	}
	if err := a.sign(ctx, "a1"); err != nil {
		t.Fatal(err)
	}
	if err := a.Check(ctx); !errors.Is(err, ErrInUse) {
		t.Errorf("the first goes on: %v", err)
	}
	if err := twin.Check(ctx); err != nil {
		t.Error(err)
	}
}

// Nodes that begin the same deliveries in different orders do not stop each
// other, and each delivery is begun once.
func TestNodesBeginTheSameDeliveries(t *testing.T) {
	p := on(t, server(t))
	ctx := context.Background()
	stores := []*Store{p.open(t), p.node(t, "b")}
	const n = 12
	var mu sync.Mutex
	first := map[Key]int{}
	var wg sync.WaitGroup
	for i, s := range stores {
		boot := fmt.Sprint("boot", i)
		if _, err := s.Doubt(ctx, boot); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			wg.Go(func() {
				for round := range 5 {
					in := make([]Intent, n)
					for j := range in {
						k := j
						if i == 1 {
							k = n - 1 - j
						}
						in[j] = Intent{Key: Key{byte(k), byte(round)}, Record: rec(fmt.Sprint(k, "-", round), "x@o")}
					}
					prior, err := s.Begin(ctx, boot, time.Now(), in)
					if err != nil {
						t.Errorf("%s: %v", boot, err)
						return
					}
					mu.Lock()
					for j := range in {
						if !prior[j].Seen {
							first[in[j].Key]++
						}
					}
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	for k, times := range first {
		if times != 1 {
			t.Errorf("%x was begun for the first time %d times", k[:2], times)
		}
	}
	if len(first) != 5*n {
		t.Errorf("%d deliveries of %d", len(first), 5*n)
	}
}

// Texts of outside bytes never fail a write, however bad or long they are, and
// are found again by the same bytes.
func TestOutsideBytesAreTaken(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		s := p.open(t)
		for i, text := range []string{"nul\x00in\x00side", "bad \xff\xfe utf-8", "\x00", strings.Repeat("\x00", 4000), strings.Repeat("long-", 4000), strings.Repeat("\xff", 9000), strings.Repeat("é", 900) + "\xc3", "ø"} {
			id := fmt.Sprint("id", i)
			r := kith.Record{ID: id, Rcpt: text + "@o", Arrived: lessonTime, QueueID: text + "q", MessageID: text + "m", MailFrom: text + "@from", From: text + "@author", Login: text, Subject: text, Reply: text, State: kith.StateReceived}
			if _, err := s.Begin(ctx, "b", time.Now(), []Intent{{Key: Key{byte(i)}, Record: r}}); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			if err := s.Settle(ctx, "b", time.Now(), []Settled{{Key: Key{byte(i)}, Attempt: 1, State: Confirmed, Reply: text, Record: r}}); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			asks := []string{id, text + "q", text + "m", text + "@from", text + "@author"}
			if p.server != nil || utf8.ValidString(text) { // SQLite keeps a recipient's bad bytes, and who asks folds his
				asks = append(asks, text+"@o")
			}
			for _, ask := range asks {
				if got, err := s.Trace(ctx, ask, 2); err != nil || len(got) != 1 || got[0].ID != id {
					t.Errorf("%d: %.20q finds %d: %v", i, ask, len(got), err)
				}
			}
			if err := s.PutNote("login", text, lessonTime, nil); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		if err := s.Append(ctx, "b", nil); err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := s.Notes(ctx, "login", lessonTime, func(string, time.Time, []byte) error { n++; return nil }); err != nil || n != 8 {
			t.Errorf("%d notes: %v", n, err)
		}
		h := p.habits(t)
		folded(t, h, func(tx *HabitTx) error { return tx.PutWord([]byte{9}, "w\x00\xff") })
	})
}
