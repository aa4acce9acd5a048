package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/internal/store/storetest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	storetest.Close()
	os.Exit(code)
}

// place is where a store of a test stands: the conformance suite asks the same of
// both engines.
type place struct {
	path     string
	lock     string
	password string
	database string // its name on the server
	server   *storetest.Server
}

func (p place) options() Options {
	return Options{Lag: 5 * time.Millisecond, PasswordFile: p.password, Lock: p.lock}
}

// open opens the store; it is closed at the end of the test at the latest.
func (p place) open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(p.path, p.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// node opens the store as another node of the same database.
func (p place) node(t testing.TB, name string) *Store {
	t.Helper()
	p.lock = filepath.Join(filepath.Dir(p.lock), name+".lock")
	return p.open(t)
}

func (p place) habits(t testing.TB) *Habits {
	t.Helper()
	h, err := OpenHabits(HabitsPath(p.path), p.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// only looks for reading.
func (p place) look() Options {
	o := p.options()
	o.ReadOnly = true
	return o
}

func file(t testing.TB) place {
	t.Helper()
	return place{path: filepath.Join(t.TempDir(), "k.db")}
}

// on makes an empty database on a server.
func on(t testing.TB, s *storetest.Server) place {
	t.Helper()
	p := place{lock: filepath.Join(t.TempDir(), "kith.lock"), password: storetest.PasswordFile(t), server: s}
	p.database, p.path = s.Database(t)
	return p
}

// each runs a test on both engines.
func each(t *testing.T, f func(t *testing.T, p place)) {
	t.Run("sqlite", func(t *testing.T) { f(t, file(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, on(t, server(t))) })
}

// oneLine checks that an error is for people: one line, and no password in it.
func oneLine(t testing.TB, err error) {
	t.Helper()
	if err == nil || strings.ContainsAny(err.Error(), "\n\t") || strings.Contains(err.Error(), "open:s") || strings.Contains(err.Error(), "s@same") {
		t.Errorf("error is not one line for people: %v", err)
	}
}
