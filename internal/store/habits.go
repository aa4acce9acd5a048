package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"kith/internal/baseline"
)

// Habits keeps the rows of counts. They stand in a file of their own beside the
// store, with synchronous=NORMAL: a crash of the machine may lose the last
// moments, never the order, and what is lost is folded again from the lessons,
// for the mark stands in the same file. Safe for concurrent use.
type Habits struct {
	path string
	db   *sql.DB
	mu   sync.Mutex // one fold at a time
}

var habitSchema = []string{`
CREATE TABLE mark (node TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE habit (level INTEGER NOT NULL, key BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (level, key)) WITHOUT ROWID;
CREATE TABLE word (id BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
`}

// HabitsPath is where the habits of a store stand.
func HabitsPath(database string) string {
	ext := filepath.Ext(database)
	return database[:len(database)-len(ext)] + ".habits" + ext
}

// OpenHabits opens or makes the habits beside the store at path. A file that is
// damaged is an error that names the mend: they can be rebuilt.
func OpenHabits(path string, readOnly bool) (*Habits, error) {
	if readOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, (&Store{path: path}).absent(err)
		}
	}
	db, err := sql.Open("sqlite", habitDSN(path, readOnly))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	h := &Habits{path: path, db: db}
	if err := h.migrate(readOnly); err != nil {
		db.Close()
		return nil, err
	}
	return h, nil
}

func habitDSN(path string, readOnly bool) string {
	s := "file:" + path + "?_pragma=busy_timeout(5000)&_pragma=cache_size(-16384)&_txlock=immediate"
	if readOnly {
		return s + "&_pragma=query_only(1)"
	}
	return s + "&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(67108864)"
}

func (h *Habits) migrate(readOnly bool) error {
	v, err := version(h.db)
	if err != nil {
		return h.failed(err)
	}
	if v > len(habitSchema) {
		return fmt.Errorf("habits %s: %w (version %d, this one knows %d): install that kith again", h.path, ErrNewer, v, len(habitSchema))
	}
	if readOnly {
		return nil
	}
	for ; v < len(habitSchema); v++ {
		if _, err := h.db.Exec("BEGIN IMMEDIATE;" + habitSchema[v] + "; PRAGMA user_version = " + strconv.Itoa(v+1) + "; COMMIT"); err != nil {
			return h.failed(err)
		}
	}
	return nil
}

func (h *Habits) failed(err error) error {
	if damaged(err) {
		return fmt.Errorf("habits %s: %w: stop kith, move the file away, and start it again: it is rebuilt from what is still remembered", h.path, ErrBroken)
	}
	return fmt.Errorf("habits %s: %w: free the disk or mend its permissions; mail flows, judged with less", h.path, err)
}

// Close closes the file.
func (h *Habits) Close() error { return h.db.Close() }

// Get reads rows; what is not there is not in the answer.
func (h *Habits) Get(ctx context.Context, rows []baseline.Row) (map[baseline.Row][]byte, error) {
	out := make(map[baseline.Row][]byte, len(rows))
	for _, r := range rows {
		var data []byte
		switch err := h.db.QueryRowContext(ctx, qHabit, int(r.Level), r.Key[:]).Scan(&data); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, h.failed(err)
		default:
			out[r] = data
		}
	}
	return out, nil
}

const (
	qHabit    = `SELECT data FROM habit WHERE level = ?1 AND key = ?2`
	qHabitPut = `INSERT INTO habit(level, key, data) VALUES(?1, ?2, ?3) ON CONFLICT(level, key) DO UPDATE SET data = ?3`
	qHabitDel = `DELETE FROM habit WHERE level = ?1 AND key = ?2`
	qMark     = `SELECT seq FROM mark WHERE node = ?1`
	qMarkPut  = `INSERT INTO mark(node, seq) VALUES(?1, ?2) ON CONFLICT(node) DO UPDATE SET seq = ?2`
	qWordPut  = `INSERT INTO word(id, text) VALUES(?1, ?2) ON CONFLICT(id) DO NOTHING`
	qWordDel  = `DELETE FROM word WHERE id = ?1`
)

// Mark returns up to which lesson a node has folded.
func (h *Habits) Mark(ctx context.Context, node string) (seq int64, err error) {
	switch err := h.db.QueryRowContext(ctx, qMark, node).Scan(&seq); {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, h.failed(err)
	}
	return seq, nil
}

// HabitTx is a fold under way: it implements baseline.Rows. Its statements are
// prepared once for the transaction: a fold touches many rows.
type HabitTx struct {
	ctx  context.Context
	tx   *sql.Tx
	stmt map[string]*sql.Stmt
}

func (t *HabitTx) prepared(q string) (*sql.Stmt, error) {
	if s := t.stmt[q]; s != nil {
		return s, nil
	}
	s, err := t.tx.PrepareContext(t.ctx, q)
	if err == nil {
		t.stmt[q] = s
	}
	return s, err
}

func (t *HabitTx) exec(q string, args ...any) error {
	s, err := t.prepared(q)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(t.ctx, args...)
	return err
}

// Get reads rows for the fold.
func (t *HabitTx) Get(rows []baseline.Row) (map[baseline.Row][]byte, error) {
	s, err := t.prepared(qHabit)
	if err != nil {
		return nil, err
	}
	out := make(map[baseline.Row][]byte, len(rows))
	for _, r := range rows {
		var data []byte
		switch err := s.QueryRowContext(t.ctx, int(r.Level), r.Key[:]).Scan(&data); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, err
		default:
			out[r] = data
		}
	}
	return out, nil
}

// Put writes a row.
func (t *HabitTx) Put(r baseline.Row, data []byte) error {
	return t.exec(qHabitPut, int(r.Level), r.Key[:], data)
}

// Delete drops a row.
func (t *HabitTx) Delete(r baseline.Row) error { return t.exec(qHabitDel, int(r.Level), r.Key[:]) }

// SetMark writes down up to which lesson the node has folded.
func (t *HabitTx) SetMark(node string, seq int64) error { return t.exec(qMarkPut, node, seq) }

// PutWord keeps a readable value; DropWord forgets it.
func (t *HabitTx) PutWord(id []byte, text string) error { return t.exec(qWordPut, id, text) }

// DropWord forgets a readable value.
func (t *HabitTx) DropWord(id []byte) error { return t.exec(qWordDel, id) }

// Fold runs f in one transaction: all of it holds, or nothing.
func (h *Habits) Fold(ctx context.Context, f func(tx *HabitTx) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return h.failed(err)
	}
	t := &HabitTx{ctx: ctx, tx: tx, stmt: make(map[string]*sql.Stmt)}
	if err := f(t); err != nil {
		tx.Rollback()
		return h.failed(err)
	}
	if err := tx.Commit(); err != nil {
		tx.Rollback()
		return h.failed(err)
	}
	return nil
}

// Word returns a readable value, "" when it is not kept.
func (h *Habits) Word(ctx context.Context, id []byte) (text string, err error) {
	switch err := h.db.QueryRowContext(ctx, `SELECT text FROM word WHERE id = ?1`, id).Scan(&text); {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", h.failed(err)
	}
	return text, nil
}

// Size returns how many rows there are and how many bytes they hold.
func (h *Habits) Size(ctx context.Context) (rows, bytes int64, err error) {
	if err := h.db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length(data) + 17), 0) FROM habit`).Scan(&rows, &bytes); err != nil {
		return 0, 0, h.failed(err)
	}
	return rows, bytes, nil
}

// Each calls f for each row of a level whose key begins with prefix.
func (h *Habits) Each(ctx context.Context, l baseline.Level, prefix []byte, f func(baseline.Row, []byte) error) error {
	rows, err := h.db.QueryContext(ctx, `SELECT key, data FROM habit WHERE level = ?1 AND key >= ?2 ORDER BY key`, int(l), notNil(prefix))
	if err != nil {
		return h.failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, data []byte
		if err := rows.Scan(&key, &data); err != nil {
			return h.failed(err)
		}
		if len(key) != 16 {
			continue
		}
		if string(key[:len(prefix)]) != string(prefix) {
			return nil
		}
		if err := f(baseline.Row{Level: l, Key: baseline.Key(key)}, data); err != nil {
			return err
		}
	}
	return rows.Err()
}
