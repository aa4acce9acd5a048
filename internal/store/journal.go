package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"kith/internal/kith"
)

const (
	qJournal = `INSERT INTO journal(id, rcpt, boot, arrived, state, queue_id, message_id, mail_from, author, login, data)
		VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
		ON CONFLICT(id, rcpt) DO UPDATE SET state = ?5, queue_id = ?6, message_id = ?7, mail_from = ?8, author = ?9, login = ?10, data = ?11`
	qMetaPut = `INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2`
	qNote    = `INSERT INTO note(kind, key, at, data) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(kind, key) DO UPDATE SET at = ?3, data = ?4`
)

// The questions of those who look. ?2 is how many rows at most.
const (
	qByQueue   = `SELECT data, state FROM journal WHERE queue_id = ?1 AND queue_id <> '' ORDER BY arrived DESC, id, rcpt LIMIT ?2`
	qByID      = `SELECT data, state FROM journal WHERE id = ?1 ORDER BY arrived DESC, id, rcpt LIMIT ?2`
	qByMessage = `SELECT data, state FROM journal WHERE message_id = ?1 AND message_id <> '' ORDER BY arrived DESC, id, rcpt LIMIT ?2`
	qByAddress = `SELECT data, state FROM journal WHERE row IN (SELECT row FROM journal
		WHERE mail_from = ?1 OR author = ?1 OR login = ?1 OR lower(rcpt) = ?1 ORDER BY arrived DESC LIMIT ?2) ORDER BY arrived DESC, id, rcpt`
	qRecent = `SELECT data, state FROM journal WHERE arrived >= ?1 ORDER BY arrived DESC LIMIT ?2`
	qStates = `SELECT state, count(*) FROM journal WHERE arrived >= ?1 GROUP BY state`
	qLast   = `SELECT (SELECT max(arrived) FROM journal), (SELECT max(arrived) FROM journal WHERE login <> ''), (SELECT count(*) FROM delivery WHERE state = 0)`
)

// writes lists every statement of the writer, to be prepared once.
var writes = []string{qFirst, qPrior, qAgain, qSettle, qDoubtDelivery, qDoubtJournal, qForgetKeys, qForgetJournal, qForgetNotes,
	qAheadKeys, qAheadJournal, qJournal, qMetaGet, qMetaPut, qNote, qNode, qAlive, qNodeGone, qNodeLeave,
	qOrder, qLearn, qUnlearn, qEraseLessons, qForgetLessons}

// encode cannot fail: Record holds only plain values.
func encode(r *kith.Record) []byte {
	b, _ := json.Marshal(r)
	return b
}

func (w *writer) putJournal(boot string, r *kith.Record, data []byte) error {
	n := w.s.name
	_, err := w.exec(qJournal, n(r.ID), n(r.Rcpt), boot, r.Arrived.UnixMilli(), string(r.State), n(r.QueueID), n(r.MessageID),
		n(fold(r.MailFrom)), n(fold(r.From)), n(fold(r.Login)), data)
	return err
}

func fold(s string) string { return strings.ToLower(s) }

// Append writes journal rows durably.
func (s *Store) Append(ctx context.Context, boot string, recs []kith.Record) error {
	return s.submit(ctx, true, func(w *writer) error { return w.journal(boot, recs) })
}

// queueWait is how long Later waits for a place in the queue.
const queueWait = 100 * time.Millisecond

// Later writes journal rows and lessons without waiting for the disk, which they
// reach a little later (see Options.Lag). It waits for a place in a full queue, a
// tenth of a second at most.
func (s *Store) Later(boot string, recs []kith.Record, lessons []Lesson) error {
	c := change{do: func(w *writer) error {
		if err := w.journal(boot, recs); err != nil {
			return err
		}
		return w.learn(lessons)
	}}
	err := s.enqueue(context.Background(), c, false)
	if errors.Is(err, errFull) {
		ctx, cancel := context.WithTimeout(context.Background(), queueWait)
		defer cancel()
		err = s.enqueue(ctx, c, true)
	}
	return err
}

func (w *writer) journal(boot string, recs []kith.Record) error {
	for i := range recs {
		if err := w.putJournal(boot, &recs[i], encode(&recs[i])); err != nil {
			return err
		}
	}
	return nil
}

// Trace finds the journal rows of what: a queue id, kith's own id, a Message-ID
// (with or without angle brackets), or an address (author, sender, login or
// recipient). Newest first, at most limit rows.
func (s *Store) Trace(ctx context.Context, what string, limit int) ([]kith.Record, error) {
	what = strings.TrimSpace(what)
	bare := strings.Trim(what, "<>")
	tries := []struct{ query, arg string }{{qByQueue, what}, {qByID, what}, {qByMessage, bare}}
	if strings.Contains(bare, "@") {
		tries = append(tries, struct{ query, arg string }{qByAddress, fold(bare)})
	}
	for _, t := range tries {
		rows, err := s.query(ctx, t.query, s.name(t.arg), limit)
		if err != nil {
			return nil, s.unread(err)
		}
		recs, err := scanRecords(rows)
		if err != nil {
			return nil, s.unread(err)
		}
		if len(recs) > 0 {
			return recs, nil
		}
	}
	return nil, nil
}

func scanRecords(rows *sql.Rows) ([]kith.Record, error) {
	defer rows.Close()
	var out []kith.Record
	for rows.Next() {
		var data []byte
		var state string
		if err := rows.Scan(&data, &state); err != nil {
			return nil, err
		}
		var r kith.Record
		if err := json.Unmarshal(data, &r); err != nil {
			return nil, err
		}
		r.State = kith.State(state) // a death changes the column, not the row's text
		out = append(out, r)
	}
	return out, rows.Err()
}

// Recent returns the newest rows since a time, newest first.
func (s *Store) Recent(ctx context.Context, since time.Time, limit int) ([]kith.Record, error) {
	rows, err := s.query(ctx, qRecent, since.UnixMilli(), limit)
	if err != nil {
		return nil, s.unread(err)
	}
	recs, err := scanRecords(rows)
	if err != nil {
		return nil, s.unread(err)
	}
	return recs, nil
}

// Counts is what status shows of a span of time.
type Counts struct {
	ByState     map[kith.State]int
	LastArrived time.Time // of anything
	LastLogin   time.Time // of anything that an employee sent signed in
	OpenKeys    int       // deliveries whose outcome is unknown
	Rows        int
}

// Count sums the journal up since a time.
func (s *Store) Count(ctx context.Context, since time.Time) (Counts, error) {
	c := Counts{ByState: make(map[kith.State]int)}
	rows, err := s.query(ctx, qStates, since.UnixMilli())
	if err != nil {
		return c, s.unread(err)
	}
	defer rows.Close()
	for rows.Next() {
		var st string
		var n int
		if err := rows.Scan(&st, &n); err != nil {
			return c, s.unread(err)
		}
		c.ByState[kith.State(st)] += n
		c.Rows += n
	}
	if err := rows.Err(); err != nil {
		return c, s.unread(err)
	}
	var last, login sql.NullInt64
	err = s.one(ctx, qLast).Scan(&last, &login, &c.OpenKeys)
	if err != nil {
		return c, s.unread(err)
	}
	c.LastArrived, c.LastLogin = milli(last), milli(login)
	return c, nil
}

func milli(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMilli(n.Int64).UTC()
}
