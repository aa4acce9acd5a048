package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"kith/internal/baseline"
)

// Two nodes fold into the same rows. A fold reads a row, adds to it and writes it
// back, so it must hold the row from its reading to its commit, or the later of
// two would overwrite what the earlier added. A row that is not there cannot be
// held (SELECT … FOR UPDATE finds nothing), so Get inserts an empty one, and where
// the row is there, INSERT … ON CONFLICT DO UPDATE … WHERE false locks it and
// leaves it as it is (PostgreSQL, "INSERT": all rows are locked, whatever the
// condition says). Rows that the fold leaves empty are dropped at its end.
//
// Rows are held in the order of level and key within one Get, and package
// baseline asks with rising levels, so no two folds wait for each other in a
// circle. Where they do all the same, the server ends one, and Fold runs it again.
//
// SQLite has one writer and needs none of this.

// HabitTx is a fold under way: it implements baseline.Rows. What is written is
// kept back until the fold ends and then written in key order. Not safe for
// concurrent use.
type HabitTx struct {
	h       *Habits
	ctx     context.Context
	tx      *sql.Tx
	stmt    map[string]*sql.Stmt
	changed map[baseline.Row][]byte // nil = dropped
	empty   map[baseline.Row]bool   // put in place by Get, and not in changed
}

// Fold runs f in one transaction: all of it holds, or nothing. f may be run more
// than once, each time in a transaction that knows nothing of the one before.
func (h *Habits) Fold(ctx context.Context, f func(tx *HabitTx) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.retry(func() (bool, error) {
		return h.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			t := &HabitTx{h: h, ctx: ctx, tx: tx, stmt: make(map[string]*sql.Stmt), changed: make(map[baseline.Row][]byte), empty: make(map[baseline.Row]bool)}
			if err := f(t); err != nil {
				return err
			}
			return t.flush()
		})
	})
	if err != nil {
		return h.failed(err)
	}
	return nil
}

func (t *HabitTx) exec(q string, args ...any) error {
	s, err := t.prepared(q)
	if err == nil {
		_, err = s.ExecContext(t.ctx, t.h.clean(args)...)
	}
	return err
}

// prepared prepares a statement once for the transaction: a fold touches many
// rows.
func (t *HabitTx) prepared(q string) (*sql.Stmt, error) {
	if s := t.stmt[q]; s != nil {
		return s, nil
	}
	s, err := t.tx.PrepareContext(t.ctx, t.h.sql(q))
	if err == nil {
		t.stmt[q] = s
	}
	return s, err
}

// Get reads rows for the fold, and holds them until it ends.
func (t *HabitTx) Get(rows []baseline.Row) (map[baseline.Row][]byte, error) {
	out := make(map[baseline.Row][]byte, len(rows))
	rows = slices.Clone(rows)
	slices.SortFunc(rows, byRow)
	err := inPieces(slices.Compact(rows), func(piece []baseline.Row) error { return t.getPiece(piece, out) })
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if data, ok := t.changed[r]; ok && data != nil {
			out[r] = data
		} else if ok || t.empty[r] {
			delete(out, r)
		}
	}
	return out, nil
}

// getPiece holds rows and reads them. One statement takes hold of those that are
// there and of those that are not, row after row: were it two, two folds could
// take them in different orders.
func (t *HabitTx) getPiece(piece []baseline.Row, out map[baseline.Row][]byte) error {
	if t.h.shared() {
		q, args := putQuery(piece, func(baseline.Row) []byte { return []byte{} }, "UPDATE SET data = habit.data WHERE false")
		if err := t.exec(q, args...); err != nil {
			return err
		}
	}
	q, args := rowsQuery(piece)
	s, err := t.prepared(q)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(t.ctx, args...)
	if err != nil {
		return err
	}
	if err := scanRows(rows, out); err != nil {
		return err
	}
	for _, r := range piece {
		if data, there := out[r]; there && len(data) == 0 {
			t.empty[r] = true
		}
	}
	return nil
}

// Put writes a row. data must not be changed afterwards, and not be empty.
func (t *HabitTx) Put(r baseline.Row, data []byte) error {
	t.changed[r] = data
	return nil
}

// Delete drops a row.
func (t *HabitTx) Delete(r baseline.Row) error {
	t.changed[r] = nil
	return nil
}

// Mark returns up to which lesson a node has folded, and holds the mark until the
// fold ends. Who folds what was read before the fold began compares it with the
// mark that was read then: where they differ, another has folded it.
func (t *HabitTx) Mark(node string) (seq int64, err error) {
	if t.h.shared() {
		if err := t.exec(qMarkNew, node); err != nil {
			return 0, err
		}
	}
	s, err := t.prepared(qMarkGet)
	if err != nil {
		return 0, err
	}
	err = s.QueryRowContext(t.ctx, node).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

// SetMark writes down up to which lesson the node has folded.
func (t *HabitTx) SetMark(node string, seq int64) error { return t.exec(qMarkPut, node, seq) }

// PutWord keeps a readable value under an id; one that is there stays.
func (t *HabitTx) PutWord(id []byte, text string) error { return t.exec(qWordPut, id, text) }

// DropWord forgets a readable value.
func (t *HabitTx) DropWord(id []byte) error { return t.exec(qWordDel, id) }

// flush writes what the fold changed, in key order.
func (t *HabitTx) flush() error {
	var put, drop []baseline.Row
	for r, data := range t.changed {
		if data == nil {
			drop = append(drop, r)
		} else {
			put = append(put, r)
		}
	}
	for r := range t.empty {
		if _, changed := t.changed[r]; !changed {
			drop = append(drop, r)
		}
	}
	slices.SortFunc(put, byRow)
	slices.SortFunc(drop, byRow)
	err := inPieces(put, func(piece []baseline.Row) error {
		q, args := putQuery(piece, func(r baseline.Row) []byte { return t.changed[r] }, "UPDATE SET data = excluded.data")
		return t.exec(q, args...)
	})
	if err != nil {
		return err
	}
	return inPieces(drop, func(piece []baseline.Row) error {
		q, args := dropQuery(piece)
		return t.exec(q, args...)
	})
}

func byRow(a, b baseline.Row) int {
	return cmp.Or(cmp.Compare(a.Level, b.Level), bytes.Compare(a.Key[:], b.Key[:]))
}

// pieces are the numbers of rows that one statement may take. They are few, so
// that each statement is prepared once and found again.
var pieces = [...]int{64, 16, 4, 1}

// inPieces calls f for runs of rows of these lengths.
func inPieces(rows []baseline.Row, f func([]baseline.Row) error) error {
	for _, n := range pieces {
		for len(rows) >= n {
			if err := f(rows[:n]); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	return nil
}

// values spells "(?1, ?2), (?3, ?4), …" from a pattern with % for each number.
func values(b *strings.Builder, n int, pattern string) {
	arg := 0
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for _, c := range []byte(pattern) {
			b.WriteByte(c)
			if c == '?' {
				arg++
				b.WriteString(strconv.Itoa(arg))
			}
		}
	}
}

// rowsQuery asks for rows. CROSS JOIN makes SQLite begin with the list.
func rowsQuery(rows []baseline.Row) (string, []any) {
	var b strings.Builder
	b.WriteString("WITH want(level, key) AS (VALUES ")
	values(&b, len(rows), "(CAST(? AS INTEGER), CAST(? AS BLOB))")
	b.WriteString(") SELECT habit.level, habit.key, habit.data FROM want CROSS JOIN habit WHERE habit.level = want.level AND habit.key = want.key")
	return b.String(), rowArgs(rows)
}

func rowArgs(rows []baseline.Row) []any {
	args := make([]any, 0, 2*len(rows))
	for i := range rows {
		args = append(args, int64(rows[i].Level), rows[i].Key[:])
	}
	return args
}

func putQuery(rows []baseline.Row, data func(baseline.Row) []byte, conflict string) (string, []any) {
	var b strings.Builder
	b.WriteString("INSERT INTO habit(level, key, data) VALUES ")
	values(&b, len(rows), "(?, ?, ?)")
	b.WriteString(" ON CONFLICT(level, key) DO " + conflict)
	args := make([]any, 0, 3*len(rows))
	for i := range rows {
		args = append(args, int64(rows[i].Level), rows[i].Key[:], data(rows[i]))
	}
	return b.String(), args
}

func dropQuery(rows []baseline.Row) (string, []any) {
	var b strings.Builder
	b.WriteString("DELETE FROM habit WHERE (level, key) IN (VALUES ")
	values(&b, len(rows), "(CAST(? AS INTEGER), CAST(? AS BLOB))")
	b.WriteString(")")
	return b.String(), rowArgs(rows)
}

func scanRows(rows *sql.Rows, out map[baseline.Row][]byte) error {
	defer rows.Close()
	for rows.Next() {
		var level int64
		var key, data []byte
		if err := rows.Scan(&level, &key, &data); err != nil {
			return err
		}
		r := baseline.Row{Level: baseline.Level(level)}
		copy(r.Key[:], key)
		out[r] = data
	}
	return rows.Err()
}
