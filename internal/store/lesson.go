package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Lesson is the learning record of one judged copy: what it taught, in the form
// of package baseline. Key names what was learned from: the same key is learned
// once, however often and by whatever way the copy comes again.
type Lesson struct {
	Key   []byte    `json:"key"`             // up to 32 bytes
	Owner []byte    `json:"owner,omitempty"` // the employee it is about; empty = everybody's
	At    time.Time `json:"at"`              // when the mail arrived
	Data  []byte    `json:"data"`
}

// Kept is a lesson as it stands in the store. Seq rises in the order in which
// lessons became durable; one writer hands it out, so none appears below one that
// was read already.
type Kept struct {
	Lesson
	Seq  int64
	Undo bool // takes back an earlier lesson
}

const (
	qLearn = `INSERT INTO learned(key, owner, at, undo, data) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(key) DO NOTHING`
	qTaken = `SELECT owner, at, data FROM learned WHERE key = ?1 AND undo = 0`
	// What was folded for good and is older than people may ask for is dropped.
	qForgetLessons = `DELETE FROM learned WHERE seq IN (SELECT seq FROM learned WHERE at < ?1 AND seq <= ?2 LIMIT ?3)`
)

// Learn keeps lessons; one whose key is there changes nothing. With wait false it
// returns at once and they reach the disk a little later.
func (s *Store) Learn(ctx context.Context, wait bool, lessons []Lesson) error {
	return s.submit(ctx, wait, func(w *writer) error { return w.learn(lessons) })
}

func (w *writer) learn(lessons []Lesson) error {
	for i := range lessons {
		l := &lessons[i]
		if err := w.exec(qLearn, l.Key, notNil(l.Owner), l.At.UnixMilli(), 0, l.Data); err != nil {
			return err
		}
	}
	return nil
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Unlearn takes back what the lesson with a key taught. It reports whether there
// was anything to take back; a second time there is not.
func (s *Store) Unlearn(ctx context.Context, key []byte) (found bool, err error) {
	err = s.submit(ctx, true, func(w *writer) error {
		row, err := w.row(qTaken, key)
		if err != nil {
			return err
		}
		var l Lesson
		var at int64
		switch err := row.Scan(&l.Owner, &at, &l.Data); {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return err
		}
		if err := w.exec(qLearn, undoKey(key), notNil(l.Owner), at, 1, l.Data); err != nil {
			return err
		}
		changes, err := w.row(qChanges)
		if err != nil {
			return err
		}
		var n int
		err = changes.Scan(&n)
		found = n > 0
		return err
	})
	return found, err
}

// undoKey is the key under which a lesson is taken back: there is one for each.
func undoKey(key []byte) []byte { return append([]byte("u"), key...) }

// Lessons returns up to limit lessons after a sequence number, in order.
func (s *Store) Lessons(ctx context.Context, after int64, limit int) ([]Kept, error) {
	return s.lessons(ctx, `SELECT seq, key, owner, at, undo, data FROM learned WHERE seq > ?1 ORDER BY seq LIMIT ?2`, after, limit)
}

// LessonsOf returns the lessons of one employee that are still kept, oldest first.
func (s *Store) LessonsOf(ctx context.Context, owner []byte, limit int) ([]Kept, error) {
	return s.lessons(ctx, `SELECT seq, key, owner, at, undo, data FROM learned WHERE owner = ?1 ORDER BY seq LIMIT ?2`, owner, limit)
}

func (s *Store) lessons(ctx context.Context, query string, args ...any) ([]Kept, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.unread(err)
	}
	defer rows.Close()
	var out []Kept
	for rows.Next() {
		var k Kept
		var at int64
		if err := rows.Scan(&k.Seq, &k.Key, &k.Owner, &at, &k.Undo, &k.Data); err != nil {
			return nil, s.unread(err)
		}
		k.At = time.UnixMilli(at).UTC()
		out = append(out, k)
	}
	if err := rows.Err(); err != nil {
		return nil, s.unread(err)
	}
	return out, nil
}

// ForgetLessons drops lessons from before a time that are folded up to mark, a
// bounded number in each transaction. What they taught stays; it can then only
// decay, no more be taken back.
func (s *Store) ForgetLessons(ctx context.Context, before time.Time, mark int64) error {
	for {
		n := 0
		err := s.submit(ctx, true, func(w *writer) error {
			if err := w.exec(qForgetLessons, before.UnixMilli(), mark, forgetBatch); err != nil {
				return err
			}
			row, err := w.row(qChanges)
			if err != nil {
				return err
			}
			return row.Scan(&n)
		})
		if err != nil {
			return fmt.Errorf("forgetting lessons: %w", err)
		}
		if n < forgetBatch {
			return nil
		}
	}
}
