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

)

// Options of Open. The zero value of a field means its default.
type Options struct {
	ReadOnly bool                                           // for commands that only look: no lock, no migration, no writer
	Lag      time.Duration                                  // how long a change that may lag waits for company; default 100 ms
	Scratch  bool                                           // nothing in it need outlive a crash: commits do not wait for the disk
	Observe  func(batch int, took time.Duration, err error) // called after each commit; may be nil

	PasswordFile string // of a PostgreSQL server: the file that holds kith's password, read at each connection
	Lock         string // of a PostgreSQL server: the local file that makes this process one node, see package comment

	lease time.Duration // how long a node counts as alive without a sign; default Lease
	older bool          // with ReadOnly: take a store of an older schema, to be copied or checked as it is
}

// Store is an open store. All methods are safe for concurrent use.
type Store struct {
	engine
	path  string // or the server, without its password
	node  string
	opt   Options
	stmts map[string]*sql.Stmt // of the writing connection, used by the writer goroutine only
	lock  *os.File

	queue  chan change
	done   chan struct{}
	closing, closed, usurped atomic.Bool
	beat    heart
	mu     sync.RWMutex // held for reading while a change is put into the queue
}

// change is one unit of work for the writer. wait is nil when nobody waits; ctx
// is the waiter's.
type change struct {
	do   func(w *writer) error
	wait chan error
	ctx  context.Context
}

// Open opens or makes the store at path, a file or the URL of a PostgreSQL
// server (postgres://kith@host1,host2/kith). It refuses a store of a newer schema
// (ErrNewer), one that is not a store or is damaged (ErrBroken), one that another
// process writes to (ErrInUse; of a server: another process of this node), and a
// server that is away (ErrAway).
func Open(path string, opt Options) (*Store, error) {
	if opt.Lag == 0 {
		opt.Lag = 100 * time.Millisecond
	}
	if opt.lease == 0 {
		opt.lease = Lease
	}
	d, err := dialectOf(path, "FULL", opt)
	if err != nil {
		return nil, err
	}
	s := &Store{engine: engine{dialect: d, noun: "store"}, path: d.where(), opt: opt, queue: make(chan change, 4096), done: make(chan struct{})}
	if opt.ReadOnly {
		if err := d.present(); err != nil {
			return nil, s.absent(err)
		}
	} else if err := s.enlist(); err != nil {
		return nil, err
	}
	if err := s.connect(storePart, schema, opt.ReadOnly, opt.older); err != nil {
		s.dropLock()
		return nil, err
	}
	if !opt.ReadOnly {
		if err := s.prepareAll(); err != nil {
			s.close()
			s.dropLock()
			return nil, err
		}
		go s.writeLoop()
	}
	return s, nil
}

// Path returns where the store is; of a server, its URL without the password.
func (s *Store) Path() string { return s.path }

// Close commits what is queued and closes the store.
func (s *Store) Close() error {
	if s.closing.Swap(true) {
		return nil
	}
	if !s.opt.ReadOnly {
		s.leave()
		s.mu.Lock() // nobody is putting anything into the queue now
		s.closed.Store(true)
		close(s.queue)
		s.mu.Unlock()
		<-s.done
		for _, st := range s.stmts {
			st.Close()
		}
	}
	err := s.engine.close()
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
	if s.usurped.Load() {
		return s.twin()
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
		_, err := w.exec(qMetaPut, "checked", time.Now().UTC().Format(time.RFC3339))
		return err
	})
}
