// Package store is the only room with SQL. It keeps what must not be lost (the
// ledger of deliveries, the journal) in one SQLite file and answers the
// questions of those who explain it later.
//
// # What it promises
//
// A write that returned nil is on the disk: the file is in WAL mode with
// synchronous=FULL, so that each commit is an fsync of the log (SQLite,
// "PRAGMA synchronous"). Because an fsync costs milliseconds and a busy server
// has many messages at once, writers do not commit for themselves: they hand
// their change to one writer goroutine that puts all waiting changes into one
// transaction (group commit), commits once, and tells each. A change that fails
// is rolled back alone; it does not take its neighbours with it.
//
// Changes that may lag (the milter seat's journal) are put into the same queue
// without a wait; they ride in the next commit, at the latest after Lag.
//
// There is one writing connection and a few reading ones; WAL lets them work
// side by side, also from another process (kith trace while kith serve runs).
// Two writing processes are kept apart by a lock file.
//
// # What it never does
//
// It decides nothing, and it holds no text of any mail but subjects.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the one import of the database driver
)

// Sentinel errors that callers decide on. Errors of this package are one line
// for people: what, where, the mend.
var (
	ErrNewer  = errors.New("made by a newer kith")
	ErrBroken = errors.New("not a readable store")
	ErrInUse  = errors.New("in use by another kith")
	ErrClosed = errors.New("store is closed")
)

// Options of Open. The zero value of a field means its default.
type Options struct {
	ReadOnly bool                                           // for commands that only look: no lock, no migration, no writer
	Lag      time.Duration                                  // how long a change that may lag waits for company; default 100 ms
	Scratch  bool                                           // nothing in it need outlive a crash: commits do not wait for the disk
	Observe  func(batch int, took time.Duration, err error) // called after each commit; may be nil

	older bool // with ReadOnly: take a store of an older schema, to be copied or checked as it is
}

// Store is an open store. All methods are safe for concurrent use.
type Store struct {
	path  string
	opt   Options
	write *sql.DB
	read  *sql.DB
	stmts map[string]*sql.Stmt // of the writing connection, used by the writer goroutine only
	lock  *os.File

	queue  chan change
	done   chan struct{}
	closed atomic.Bool
	mu     sync.RWMutex // held for reading while a change is put into the queue
}

// change is one unit of work for the writer. wait is nil when nobody waits; ctx
// is the waiter's.
type change struct {
	do   func(w *writer) error
	wait chan error
	ctx  context.Context
}

// Open opens or makes the store at path. It refuses a file of a newer schema
// (ErrNewer), one that is not a store or is damaged (ErrBroken), and one that
// another process writes to (ErrInUse).
func Open(path string, opt Options) (*Store, error) {
	if opt.Lag == 0 {
		opt.Lag = 100 * time.Millisecond
	}
	s := &Store{path: path, opt: opt, queue: make(chan change, 4096), done: make(chan struct{})}
	if opt.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, s.absent(err)
		}
	} else {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return nil, fmt.Errorf("store %s: cannot make its folder: %w: check [store] path and its owner", path, unwrapPath(err))
		}
		if err := s.takeLock(); err != nil {
			return nil, err
		}
	}
	if err := s.connect(); err != nil {
		s.dropLock()
		return nil, err
	}
	if !opt.ReadOnly {
		go s.writeLoop()
	}
	return s, nil
}

func (s *Store) connect() (err error) {
	if s.read, err = sql.Open("sqlite", dsn(s.path, true, s.opt.Scratch)); err != nil {
		return s.broken(err)
	}
	s.read.SetMaxOpenConns(4)
	if s.opt.ReadOnly {
		return s.checkVersion(s.read)
	}
	if s.write, err = sql.Open("sqlite", dsn(s.path, false, s.opt.Scratch)); err != nil {
		return s.broken(err)
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(); err != nil {
		s.write.Close()
		s.read.Close()
		return err
	}
	return nil
}

// dsn spells the pragmas that every connection needs. foreign keys are not
// used; the cache is bounded at 8 MB (negative cache_size is in KiB).
func dsn(path string, readOnly, scratch bool) string {
	sync := "synchronous(FULL)"
	if scratch {
		sync = "synchronous(OFF)"
	}
	q := url.Values{}
	for _, p := range []string{"busy_timeout(5000)", "journal_mode(WAL)", sync, "cache_size(-8192)", "wal_autocheckpoint(2000)", "journal_size_limit(67108864)", "temp_store(MEMORY)"} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q = url.Values{}
		q.Add("_pragma", "busy_timeout(5000)")
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// Path returns where the store is.
func (s *Store) Path() string { return s.path }

// Close commits what is queued and closes the store.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if !s.opt.ReadOnly {
		s.mu.Lock() // nobody is putting anything into the queue now
		close(s.queue)
		s.mu.Unlock()
		<-s.done
		for _, st := range s.stmts {
			st.Close()
		}
		s.write.Close()
	}
	err := s.read.Close()
	s.dropLock()
	return err
}

// submit queues a change and, when wait is true, waits until it is on the disk.
// A context that ends while waiting returns its error; the change is dropped
// then, unless its commit is under way already.
func (s *Store) submit(ctx context.Context, wait bool, do func(w *writer) error) error {
	c := change{do: do}
	if wait {
		c.wait, c.ctx = make(chan error, 1), ctx
	}
	if err := s.enqueue(ctx, c); err != nil || !wait {
		return err
	}
	select {
	case err := <-c.wait:
		return err
	case <-ctx.Done():
		return fmt.Errorf("store %s: %w", s.path, ctx.Err())
	}
}

func (s *Store) enqueue(ctx context.Context, c change) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed.Load() || s.opt.ReadOnly {
		return ErrClosed
	}
	select {
	case s.queue <- c:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("store %s: queue is full: %w", s.path, ctx.Err())
	}
}

// Check tries a write, for readiness.
func (s *Store) Check(ctx context.Context) error {
	return s.submit(ctx, true, func(w *writer) error {
		return w.exec(qMetaPut, "checked", time.Now().UTC().Format(time.RFC3339))
	})
}
