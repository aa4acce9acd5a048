package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"kith/internal/baseline"
)

// Habits keeps the rows of counts. Beside a store in a file they stand in a file
// of their own, with synchronous=NORMAL: a crash of the machine may lose the last
// moments, never the order, and what is lost is folded again from the lessons,
// for the mark stands in the same file. On a server they stand in the same
// database as the store, and all nodes add to the same rows. Safe for concurrent
// use.
type Habits struct {
	engine
	mu sync.Mutex // one fold at a time
}

const habitPart = "habits"

var habitSchema = []string{`
CREATE TABLE mark (node TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE habit (level INTEGER NOT NULL, key BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (level, key)) WITHOUT ROWID;
CREATE TABLE word (id BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
`}

const (
	qMark    = `SELECT seq FROM mark WHERE node = ?1`
	qMarkNew = `INSERT INTO mark(node, seq) VALUES(?1, 0) ON CONFLICT(node) DO NOTHING`
	qMarkGet = `SELECT seq FROM mark WHERE node = ?1 FOR UPDATE`
	qMarkPut = `INSERT INTO mark(node, seq) VALUES(?1, ?2) ON CONFLICT(node) DO UPDATE SET seq = ?2`

	qWord    = `SELECT text FROM word WHERE id = ?1`
	qWordPut = `INSERT INTO word(id, text) VALUES(?1, ?2) ON CONFLICT(id) DO NOTHING`
	qWordDel = `DELETE FROM word WHERE id = ?1`

	qHabitCount = `SELECT count(*) FROM habit WHERE level = ?1`
	qHabitSize  = `SELECT count(*), HABIT_BYTES FROM habit`
	qHabitEach  = `SELECT key, data FROM habit WHERE level = ?1 AND key >= ?2 ORDER BY key`
)

// HabitsPath is where the habits of a store stand: a file beside its file, or the
// same database.
func HabitsPath(database string) string {
	if Remote(database) {
		return database
	}
	ext := filepath.Ext(database)
	return database[:len(database)-len(ext)] + ".habits" + ext
}

// OpenHabits opens or makes the habits at path (see HabitsPath) with the options of
// their store, of which only ReadOnly and PasswordFile count. What is damaged is an
// error that names the mend: they can be rebuilt.
func OpenHabits(path string, opt Options) (*Habits, error) {
	d, err := dialectOf(path, "NORMAL", opt)
	if err != nil {
		return nil, err
	}
	h := &Habits{engine: engine{dialect: d, noun: "habits"}}
	if opt.ReadOnly {
		if err := h.present(); err != nil {
			return nil, err
		}
	}
	if err := h.connect(habitPart, habitSchema, opt); err != nil {
		return nil, err
	}
	return h, nil
}

// Close closes the habits.
func (h *Habits) Close() error { return h.engine.close() }

// Get reads rows; what is not there is not in the answer.
func (h *Habits) Get(ctx context.Context, rows []baseline.Row) (map[baseline.Row][]byte, error) {
	out := make(map[baseline.Row][]byte, len(rows))
	err := inPieces(rows, func(piece []baseline.Row) error {
		q, args := rowsQuery(piece)
		found, err := h.query(ctx, q, args...)
		if err != nil {
			return err
		}
		return scanRows(found, out)
	})
	if err != nil {
		return nil, h.unread(err)
	}
	return out, nil
}

// Mark returns up to which lesson a node has folded.
func (h *Habits) Mark(ctx context.Context, node string) (seq int64, err error) {
	switch err := h.one(ctx, qMark, node).Scan(&seq); {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, h.unread(err)
	}
	return seq, nil
}

// Word returns a readable value, "" when it is not kept.
func (h *Habits) Word(ctx context.Context, id []byte) (text string, err error) {
	switch err := h.one(ctx, qWord, id).Scan(&text); {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", h.unread(err)
	}
	return text, nil
}

// Size returns how many rows there are and how many bytes they take.
func (h *Habits) Size(ctx context.Context) (rows, bytes int64, err error) {
	if err := h.one(ctx, qHabitSize).Scan(&rows, &bytes); err != nil {
		return 0, 0, h.unread(err)
	}
	return rows, bytes, nil
}

// Count returns how many rows a level has.
func (h *Habits) Count(ctx context.Context, l baseline.Level) (n int64, err error) {
	if err := h.one(ctx, qHabitCount, int(l)).Scan(&n); err != nil {
		return 0, h.unread(err)
	}
	return n, nil
}

// Each calls f for each row of a level whose key begins with prefix, in key
// order. An error of f ends it and is returned as it is.
func (h *Habits) Each(ctx context.Context, l baseline.Level, prefix []byte, f func(baseline.Row, []byte) error) error {
	rows, err := h.query(ctx, qHabitEach, int(l), notNil(prefix))
	if err != nil {
		return h.unread(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, data []byte
		if err := rows.Scan(&key, &data); err != nil {
			return h.unread(err)
		}
		if len(key) != len(baseline.Key{}) {
			return h.broken(fmt.Errorf("a row key of %d bytes", len(key)))
		}
		if string(key[:len(prefix)]) != string(prefix) {
			return nil
		}
		if err := f(baseline.Row{Level: l, Key: baseline.Key(key)}, data); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return h.unread(err)
	}
	return nil
}
