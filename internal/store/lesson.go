package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Lesson is the learning record of one judged copy: what it taught, in the form
// of package baseline. Key names what was learned from: the same key is learned
// once, however often and by whatever way the copy comes again, at any node.
type Lesson struct {
	Key   []byte    `json:"key"`             // up to 32 bytes
	Owner []byte    `json:"owner,omitempty"` // the employee it is about; empty = everybody's
	At    time.Time `json:"at"`              // when the mail arrived
	Data  []byte    `json:"data"`
}

// Kept is a lesson as it stands in the store. Seq rises in the order in which the
// lessons of one node became durable: none appears below one that was read
// already. Between nodes there is no order: a transaction that drew a lower
// number may be committed after one with a higher, so each node's lessons are
// read, and marked as folded, by themselves.
type Kept struct {
	Lesson
	Seq  int64
	Undo bool // takes back an earlier lesson
}

// qOrder makes transactions of one node that hold lessons follow each other. A
// node has one writer, which commits one transaction at a time, so the lock is
// free; but a process that was killed may have left a COMMIT behind that the
// server is still at work on when the next one begins.
const (
	qOrder = `SELECT NODE_LOCK(?1)`
	qLearn = `INSERT INTO learned(node, key, owner, at, undo, data) VALUES(?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT(key) DO NOTHING`
	// One lesson takes back another once: its key is made of the other's.
	qUnlearn = `INSERT INTO learned(node, key, owner, at, undo, data)
		SELECT ?1, ?2, owner, at, 1, data FROM learned WHERE key = ?3 AND undo = 0 ON CONFLICT(key) DO NOTHING`
	// What was folded for good and is older than people may ask for is dropped.
	qForgetLessons = `DELETE FROM learned WHERE seq IN (SELECT seq FROM learned WHERE node = ?1 AND at < ?2 AND seq <= ?3 LIMIT ?4)`
	qEraseLessons  = `DELETE FROM learned WHERE owner = ?1 AND length(owner) > 0`

	qLessons    = `SELECT seq, key, owner, at, undo, data FROM learned WHERE node = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3`
	qLessonsOf  = `SELECT seq, key, owner, at, undo, data FROM learned WHERE owner = ?1 AND length(owner) > 0 ORDER BY seq LIMIT ?2`
	qLessonSpan = `SELECT count(*), min(at), max(at), (SELECT coalesce(max(seq), 0) FROM learned WHERE node = ?1) FROM learned`
)

// Learn keeps lessons durably; one whose key is there changes nothing.
func (s *Store) Learn(ctx context.Context, lessons []Lesson) error {
	return s.submit(ctx, true, func(w *writer) error { return w.learn(lessons) })
}

func (w *writer) learn(lessons []Lesson) error {
	if len(lessons) == 0 {
		return nil
	}
	if err := w.inOrder(); err != nil {
		return err
	}
	for i := range lessons {
		l := &lessons[i]
		if _, err := w.exec(qLearn, w.s.node, l.Key, notNil(l.Owner), l.At.UnixMilli(), notNil(l.Data)); err != nil {
			return err
		}
	}
	return nil
}

// inOrder waits for the node's transaction before, once in each transaction.
func (w *writer) inOrder() error {
	if w.ordered || !w.s.shared() {
		return nil
	}
	w.ordered = true
	_, err := w.exec(qOrder, w.s.node)
	return err
}

// notNil keeps NULL out of columns that hold bytes.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Unlearn takes back what the lesson with a key taught, wherever it was learned.
// It reports whether there was anything to take back; a second time there is not.
func (s *Store) Unlearn(ctx context.Context, key []byte) (found bool, err error) {
	err = s.submit(ctx, true, func(w *writer) error {
		if err := w.inOrder(); err != nil {
			return err
		}
		n, err := w.exec(qUnlearn, s.node, undoKey(key), key)
		found = n > 0
		return err
	})
	return found, err
}

// undoKey is the key under which a lesson is taken back: there is one for each.
func undoKey(key []byte) []byte { return append([]byte("u"), key...) }

// Lessons returns up to limit lessons of this node after a sequence number, in
// order.
func (s *Store) Lessons(ctx context.Context, after int64, limit int) ([]Kept, error) {
	return s.LessonsFrom(ctx, s.node, after, limit)
}

// LessonsFrom returns those of any node.
func (s *Store) LessonsFrom(ctx context.Context, node string, after int64, limit int) ([]Kept, error) {
	return s.lessons(s.query(ctx, qLessons, node, after, limit))
}

// LessonsOf returns the lessons of one employee that are still kept, of all
// nodes, oldest first.
func (s *Store) LessonsOf(ctx context.Context, owner []byte, limit int) ([]Kept, error) {
	return s.lessons(s.query(ctx, qLessonsOf, notNil(owner), limit))
}

func (s *Store) lessons(rows *sql.Rows, err error) ([]Kept, error) {
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

// LessonCount returns how many lessons are kept, of all nodes, the number of this
// node's last one, and when the mail of the oldest and the newest arrived.
func (s *Store) LessonCount(ctx context.Context) (n, last int64, from, to time.Time, err error) {
	var lo, hi sql.NullInt64
	if err = s.one(ctx, qLessonSpan, s.node).Scan(&n, &lo, &hi, &last); err != nil {
		return 0, 0, from, to, s.unread(err)
	}
	return n, last, milli(lo), milli(hi), nil
}

// EraseLessons drops all lessons about one employee, of all nodes.
func (s *Store) EraseLessons(ctx context.Context, owner []byte) (n int, err error) {
	err = s.submit(ctx, true, func(w *writer) (err error) {
		n, err = w.exec(qEraseLessons, notNil(owner))
		return err
	})
	return n, err
}

// ForgetLessons drops lessons of this node from before a time that are folded up
// to mark, a bounded number in each transaction. What they taught stays; it can
// then only decay, no more be taken back.
func (s *Store) ForgetLessons(ctx context.Context, before time.Time, mark int64) error {
	return s.ForgetLessonsFrom(ctx, s.node, before, mark)
}

// ForgetLessonsFrom drops those of any node.
func (s *Store) ForgetLessonsFrom(ctx context.Context, node string, before time.Time, mark int64) error {
	if err := s.drop(ctx, qForgetLessons, node, before.UnixMilli(), mark); err != nil {
		return fmt.Errorf("forgetting lessons: %w", err)
	}
	return nil
}
