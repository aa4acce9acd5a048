package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// maxBatch bounds one transaction, so that a commit stays short and a failed
// batch is cheap to try again piece by piece.
const maxBatch = 512

// writer is what a change sees: statements inside the transaction of its batch.
type writer struct {
	s  *Store
	tx *sql.Tx
}

// exec runs a statement that is prepared once and kept.
func (w *writer) exec(query string, args ...any) error {
	st, err := w.s.stmt(query)
	if err != nil {
		return err
	}
	_, err = w.tx.Stmt(st).Exec(args...)
	return err
}

// row asks for one row with a kept statement.
func (w *writer) row(query string, args ...any) (*sql.Row, error) {
	st, err := w.s.stmt(query)
	if err != nil {
		return nil, err
	}
	return w.tx.Stmt(st).QueryRow(args...), nil
}

// stmt is called by the writer goroutine only. The statement is prepared on the
// transaction's own connection: there is just one.
func (s *Store) stmt(query string) (*sql.Stmt, error) {
	if st := s.stmts[query]; st != nil {
		return st, nil
	}
	return nil, fmt.Errorf("statement was not prepared: %s", query)
}

// prepareAll prepares what writers use, before the first transaction: with one
// connection a statement cannot be prepared beside an open transaction.
func (s *Store) prepareAll() error {
	s.stmts = make(map[string]*sql.Stmt)
	for _, q := range writes {
		st, err := s.write.Prepare(q)
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
		if err != nil && len(batch) > 1 && !away(err) {
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
			if away(err) {
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
	batch := []change{first}
	var lag <-chan time.Time
	if first.wait == nil {
		t := time.NewTimer(s.opt.Lag)
		defer t.Stop()
		lag = t.C
	}
	for len(batch) < maxBatch {
		select {
		case c, ok := <-s.queue:
			if !ok {
				return batch
			}
			batch = append(batch, c)
			if c.wait != nil {
				lag = nil
			}
			continue
		default:
		}
		if lag == nil {
			return batch
		}
		select {
		case c, ok := <-s.queue:
			if !ok {
				return batch
			}
			batch = append(batch, c)
			if c.wait != nil {
				lag = nil
			}
		case <-lag:
			return batch
		}
	}
	return batch
}

func (s *Store) commit(batch []change) (err error) {
	tx, err := s.write.BeginTx(context.Background(), nil)
	if err != nil {
		return s.failed(err)
	}
	w := &writer{s: s, tx: tx}
	for _, c := range batch {
		if c.ctx != nil && c.ctx.Err() != nil {
			continue // its waiter has given it up, and does without
		}
		if err := c.do(w); err != nil {
			tx.Rollback()
			return s.failed(err)
		}
	}
	if err := tx.Commit(); err != nil {
		tx.Rollback()
		return s.failed(err)
	}
	return nil
}

func (c change) tell(err error) {
	if c.wait != nil {
		c.wait <- err
	}
}
