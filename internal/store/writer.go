package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// maxBatch bounds one transaction, so that a commit stays short and a failed
// batch is cheap to try again piece by piece.
const maxBatch = 512

// writer is what a change sees: statements inside the transaction of its batch.
type writer struct {
	s   *Store
	tx  *sql.Tx
	ctx context.Context

	ordered bool // see inOrder
}

// exec runs a statement that is prepared once and kept, and returns how many
// rows it touched.
func (w *writer) exec(query string, args ...any) (int, error) {
	st, err := w.s.stmt(query)
	if err != nil {
		return 0, err
	}
	res, err := w.tx.StmtContext(w.ctx, st).ExecContext(w.ctx, w.s.clean(args)...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// row asks for one row with a kept statement.
func (w *writer) row(query string, args ...any) (*sql.Row, error) {
	st, err := w.s.stmt(query)
	if err != nil {
		return nil, err
	}
	return w.tx.StmtContext(w.ctx, st).QueryRowContext(w.ctx, w.s.clean(args)...), nil
}

// stmt is called by the writer goroutine only.
func (s *Store) stmt(query string) (*sql.Stmt, error) {
	if st := s.stmts[query]; st != nil {
		return st, nil
	}
	return nil, fmt.Errorf("statement was not prepared: %s", query)
}

// prepareAll prepares what writers use, before the first transaction: with one
// connection a statement cannot be prepared beside an open transaction. After a
// lost connection package sql prepares them again on the next one.
func (s *Store) prepareAll() error {
	s.stmts = make(map[string]*sql.Stmt)
	for _, q := range writes {
		st, err := s.write.Prepare(s.sql(q))
		if err != nil && s.kind(err) == kindLost {
			return s.gone(err)
		}
		if err != nil {
			return s.broken(err)
		}
		s.stmts[q] = st
	}
	return nil
}

// writeLoop is the one writer. It ends when the queue is closed and empty.
func (s *Store) writeLoop() {
	defer close(s.done)
	for c := range s.queue {
		batch := s.gather(c)
		start := time.Now()
		err := s.commit(batch)
		if err != nil && len(batch) > 1 && !s.kind(err).away() {
			s.oneByOne(batch)
		} else {
			for _, one := range batch {
				one.tell(err)
			}
		}
		if s.opt.Observe != nil {
			s.opt.Observe(len(batch), time.Since(start), err)
		}
	}
}

// oneByOne commits each change by itself: one that is bad must not fail its
// neighbours. When the store itself goes away meanwhile, that is the answer to
// the rest: each try may take as long as the busy time-out.
func (s *Store) oneByOne(batch []change) {
	var gone error
	for _, one := range batch {
		if gone == nil {
			err := s.commit([]change{one})
			one.tell(err)
			if s.kind(err).away() {
				gone = err
			}
			continue
		}
		one.tell(gone)
	}
}

// gather takes what else waits. A first change that nobody waits for gives
// others Lag to come along; one that somebody waits for takes just what is
// there: while it commits, the next batch gathers by itself.
func (s *Store) gather(first change) []change {
	if first.wait == nil && !s.behind { // somebody may wait behind a full batch
		s.linger()
	}
	batch := []change{first}
	defer func() { s.behind = len(batch) == maxBatch }()
	for len(batch) < maxBatch {
		select {
		case c, ok := <-s.queue:
			if !ok {
				return batch
			}
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// linger waits for Lag without looking at the queue, so that a change which may
// lag wakes nobody: at one mail at a time that costs more than to write it down.
func (s *Store) linger() {
	t := time.NewTimer(s.opt.Lag)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.hurry:
	}
}

// commit carries a batch out in one transaction.
func (s *Store) commit(batch []change) error {
	err := s.retry(func() (bool, error) { return s.try(batch) })
	if err != nil {
		return s.failed(err)
	}
	return nil
}

func (s *Store) try(batch []change) (undone bool, err error) {
	return s.transact(context.Background(), func(ctx context.Context, tx *sql.Tx) error {
		w := &writer{s: s, tx: tx, ctx: ctx}
		for _, c := range batch {
			if c.ctx != nil && c.ctx.Err() != nil {
				continue // its waiter has given it up, and does without
			}
			if err := c.do(w); err != nil {
				return err
			}
		}
		return nil
	})
}

// transact runs f in one transaction of the writing connection. undone says that
// nothing of it was surely kept; where it is false beside an error, the
// connection was lost between COMMIT and its answer, and nobody knows.
func (e *engine) transact(ctx context.Context, f func(context.Context, *sql.Tx) error) (undone bool, err error) {
	if d := e.patience(); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	tx, err := e.write.BeginTx(ctx, nil)
	if err != nil {
		return true, err
	}
	defer tx.Rollback()
	if err := f(ctx, tx); err != nil {
		return true, late(ctx, err)
	}
	if err := tx.Commit(); err != nil {
		var sure interface{ SafeToRetry() bool } // nothing was sent
		return e.kind(err) != kindLost || errors.As(err, &sure) && sure.SafeToRetry(), late(ctx, err)
	}
	return false, nil
}

// errLate is a transaction that had no more time.
type errLate struct{ error }

func (e errLate) Unwrap() error { return e.error }

func late(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errLate{err}
	}
	return err
}

// retries is how often a transaction is tried again that the engine rolled back
// for a neighbour's sake.
const retries = 12

// retry runs a transaction until it holds, as far as that is safe: once more
// after a lost connection, a few times after a deadlock, and never when it may
// have been committed, for a delivery would then be begun twice.
func (e *engine) retry(f func() (undone bool, err error)) error {
	lost, start := false, time.Now()
	for i := 1; ; i++ {
		undone, err := f()
		if err == nil {
			return nil
		}
		switch k := e.kind(err); {
		case k == kindLost:
			e.renew()
			if !undone || lost || time.Since(start) > e.patience()/2 { // a server that hangs would hang again
				return err
			}
			lost = true
		case k != kindAgain || i >= retries:
			return err
		default:
			time.Sleep(time.Duration(rand.IntN(4<<min(i, 8))) * time.Millisecond) // so that two do not meet again
		}
	}
}

func (c change) tell(err error) {
	if c.wait != nil {
		c.wait <- err
	}
}
