package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
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

	PasswordFile string // of a server: the file that holds kith's password, read for each new connection
	Lock         string // of a server: the local file that makes this process one node (see node.go); made when absent

	lease time.Duration // how long a node counts as alive without a sign; default Lease
	older bool          // with ReadOnly: take a store of an older schema, to be copied or checked as it is
}

// Store is an open store. All methods are safe for concurrent use.
type Store struct {
	engine
	opt   Options
	stmts map[string]*sql.Stmt // of the writing connection, used by the writer goroutine only
	lock  *os.File
	node  string

	queue   chan change
	behind  bool          // the last batch was full; the writer goroutine's
	hurry   chan struct{} // tells the writer that somebody waits, or that much is queued
	done    chan struct{}
	closing atomic.Bool
	closed  atomic.Bool  // set when the queue is closed
	mu      sync.RWMutex // held for reading while a change is put into the queue
	beat    heart
}

// change is one unit of work for the writer. wait is nil when nobody waits; ctx
// is the waiter's.
type change struct {
	do   func(w *writer) error
	wait chan error
	ctx  context.Context
}

// Open opens or makes the store at path, a file or the URL of a PostgreSQL
// database (postgres://kith@host1,host2/kith). It refuses a store of a newer
// schema (ErrNewer), one that is not a store or is damaged (ErrBroken), one that
// another process writes to (ErrInUse; of a server: another process of this
// node), and a server that is away (ErrAway).
func Open(path string, opt Options) (*Store, error) {
	if opt.Lag == 0 {
		opt.Lag = 100 * time.Millisecond
	}
	if opt.lease == 0 {
		opt.lease = Lease
	}
	sync := "FULL"
	if opt.Scratch {
		sync = "OFF"
	}
	d, err := dialectOf(path, sync, opt)
	if err != nil {
		return nil, err
	}
	s := &Store{engine: engine{dialect: d, noun: "store"}, opt: opt, queue: make(chan change, 4096), hurry: make(chan struct{}, 1), done: make(chan struct{})}
	if opt.ReadOnly {
		s.observe()
		err = s.present()
	} else {
		err = s.enlist()
	}
	if err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		s.dropLock()
		return nil, err
	}
	return s, nil
}

func (s *Store) start() error {
	if err := s.connect(storePart, schema, s.opt); err != nil {
		return err
	}
	if s.opt.ReadOnly {
		return nil
	}
	if err := s.prepareAll(); err != nil {
		s.engine.close()
		return err
	}
	go s.writeLoop()
	return nil
}

// Path returns where the store is: its file, or its server without a password.
func (s *Store) Path() string { return s.where() }

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
		close(s.hurry)
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
	if err := s.enqueue(ctx, c, true); err != nil || !wait {
		return err
	}
	select {
	case err := <-c.wait:
		return err
	case <-ctx.Done():
		return fmt.Errorf("store %s: %w", s.where(), ctx.Err())
	}
}

// errFull says that a change would have to wait for a place in the queue.
var errFull = errors.New("queue is full")

// enqueue puts a change into the queue. With patient it waits for a place until ctx
// ends, without it does not wait.
func (s *Store) enqueue(ctx context.Context, c change, patient bool) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed.Load() || s.opt.ReadOnly {
		return ErrClosed
	}
	if s.beat.twin.Load() {
		return fmt.Errorf("store %s: %w: another process has this node's name: give each node a lock file of its own, made by kith", s.where(), ErrInUse)
	}
	select {
	case s.queue <- c:
	default:
		if !patient {
			return errFull
		}
		select {
		case s.queue <- c:
		case <-ctx.Done():
			return fmt.Errorf("store %s: %w: %w", s.where(), errFull, ctx.Err())
		}
	}
	if c.wait != nil || len(s.queue) > cap(s.queue)/2 {
		select {
		case s.hurry <- struct{}{}:
		default: // it was told before
		}
	}
	return nil
}

// Check tries a write, for readiness.
func (s *Store) Check(ctx context.Context) error {
	return s.submit(ctx, true, func(w *writer) error {
		_, err := w.exec(qMetaPut, "checked", time.Now().UTC().Format(time.RFC3339))
		return err
	})
}
