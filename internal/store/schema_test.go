package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kith/internal/baseline"
	"kith/internal/kith"
)

// made makes a store of an older schema with one journal row.
func made(t *testing.T, path string, version int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, step := range schema[:version] {
		if _, err := db.Exec(step); err != nil {
			t.Fatal(err)
		}
	}
	r := rec("old", "x@o")
	data, _ := json.Marshal(r)
	if _, err := db.Exec(qJournal, r.ID, r.Rcpt, "b", r.Arrived.UnixMilli(), "received", r.QueueID, r.MessageID, "ann@vendor.example", "", "", data); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = " + string(rune('0'+version))); err != nil {
		t.Fatal(err)
	}
}

// A store of each older version is brought up to date with what it holds; who
// only looks is told to wait for that, and a backup takes it as it is.
func TestOlderStoresAreBroughtUpToDate(t *testing.T) {
	ctx := context.Background()
	for v := 1; v < Version(); v++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "k.db")
		made(t, path, v)
		if _, err := Open(path, Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "older kith") {
			t.Errorf("version %d, looked at: %v", v, err)
		}
		if err := Backup(ctx, path, filepath.Join(dir, "copy.db")); err != nil {
			t.Errorf("version %d: %v", v, err)
		}
		if err := Verify(ctx, filepath.Join(dir, "copy.db")); err != nil {
			t.Errorf("version %d: %v", v, err)
		}
		s := place{path: path}.open(t)
		if got, err := s.Trace(ctx, "Qold", 10); err != nil || len(got) != 1 || got[0].ID != "old" {
			t.Errorf("version %d: the row is %v %v", v, got, err)
		}
		if err := s.Settle(ctx, "b", time.Now(), []Settled{{Key: Key{1}, State: Confirmed, Record: rec("old", "x@o")}}); err != nil {
			t.Error(err)
		}
		if c, err := s.Count(ctx, time.Time{}); err != nil || c.Rows != 1 {
			t.Errorf("version %d: %+v %v", v, c, err)
		}
	}
}

// No question reads all rows: with a million of them that takes minutes.
func TestQuestionsUseAnIndex(t *testing.T) {
	ctx := context.Background()
	s := file(t).open(t)
	var recs []kith.Record
	for i := range 200 {
		recs = append(recs, rec(string(rune('a'+i%26))+string(rune('a'+i/26)), "x@o"))
	}
	if err := s.Append(ctx, "b", recs); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{qByQueue, qByID, qByMessage, qByAddress, qRecent, qStates, qLast, qDoubtDelivery, qDoubtJournal, qForgetKeys, qForgetJournal, qForgetNotes, qAheadKeys, qAheadJournal,
		qLessons, qLessonsOf, qForgetLessons, qUnlearn, qEraseLessons} {
		q = s.sql(q)
		args := []any{"x", 10, 10, 10}
		for n := 4; n > 0 && !strings.Contains(q, "?"+strconv.Itoa(n)); n-- {
			args = args[:n-1]
		}
		rows, err := s.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+q, args...)
		if err != nil {
			t.Fatal(q, err)
		}
		for rows.Next() {
			var id, parent, n int
			var step string
			if err := rows.Scan(&id, &parent, &n, &step); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "INDEX") && step != "SCAN CONSTANT ROW" && step != "SCAN node" {
				t.Errorf("%s\n%s", q, step)
			}
		}
		rows.Close()
	}
}

// The habits are found by their key, whatever the number of rows asked for.
func TestHabitsAreFoundByKey(t *testing.T) {
	h := file(t).habits(t)
	folded(t, h, func(tx *HabitTx) error { return tx.Put(row(1, 1), []byte{1}) })
	q, args := rowsQuery([]baseline.Row{row(1, 1), row(1, 2), row(2, 1)})
	rows, err := h.read.Query("EXPLAIN QUERY PLAN "+q, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := false
	for rows.Next() {
		var id, parent, n int
		var step string
		if err := rows.Scan(&id, &parent, &n, &step); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(step, "SCAN habit") {
			t.Error(step)
		}
		found = found || strings.HasPrefix(step, "SEARCH habit USING PRIMARY KEY (level=? AND key=?)")
	}
	if !found {
		t.Error("no search by key")
	}
}
