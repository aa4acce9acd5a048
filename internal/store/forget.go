package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Old rows are dropped by the clock, and a clock can be wrong: a dead battery
// starts a machine in 1970, a slip of the hand or a bad time server sets it
// years ahead. Whoever believed it then would drop the whole ledger (and deliver
// each retry twice) and the whole journal.
//
// So the store keeps a clock of its own: each Forget writes down what the time
// was. A step that is too large to be time that passed between two looks (kith
// looks every hour) is a leap, and after a leap nothing is dropped until the
// clock has gone on steadily for as long as the ledger must remember. A kith
// that was stopped for days looks the same and costs the same: rows live a few
// days longer.
const (
	leapForward = 24 * time.Hour // the ledger's keeping time is longer than an MTA's queue by more than this
	leapBack    = time.Hour
)

// Keep says how long rows are kept.
type Keep struct {
	Keys    time.Duration            // delivery keys, since their delivery was begun last
	Journal time.Duration            // journal rows, since the message arrived
	Notes   map[string]time.Duration // notes by their kind; other kinds are kept
}

// Hold says that nothing is dropped for now. The zero Hold means that the clock
// is trusted.
type Hold struct {
	From, To time.Time     // what the clock showed before and after it leapt
	Left     time.Duration // of steady clock until rows are dropped again
	Fresh    bool          // the leap was found by this call
}

// clock is what the store knows of the time, as kept in meta.
type clock struct {
	At   int64 `json:"at"` // unix milliseconds, the last look
	From int64 `json:"from,omitempty"`
	To   int64 `json:"to,omitempty"`
	Left int64 `json:"left,omitempty"` // milliseconds
}

const (
	metaClock = "clock"

	qMetaGet       = `SELECT value FROM meta WHERE key = ?1 FOR UPDATE`
	qClock         = `SELECT value FROM meta WHERE key = ?1`
	qForgetKeys    = `DELETE FROM delivery WHERE key IN (SELECT key FROM delivery WHERE begun < ?1 LIMIT ?2 FOR UPDATE SKIP LOCKED)`
	qForgetJournal = `DELETE FROM journal WHERE row IN (SELECT row FROM journal WHERE arrived < ?1 LIMIT ?2 FOR UPDATE SKIP LOCKED)`
	qForgetNotes   = `DELETE FROM note WHERE kind = ?1 AND at < ?2`
	qAheadKeys     = `UPDATE delivery SET begun = ?1 WHERE begun > ?2`
	qAheadJournal  = `UPDATE journal SET arrived = ?1 WHERE arrived > ?2`
)

// tick moves the clock on and reports whether it leapt. A leap in either
// direction counts: after a leap back, the time before it may have been wrong.
func (c *clock) tick(now time.Time, hold time.Duration) (leapt bool) {
	was := c.At
	c.At = now.UnixMilli()
	step := c.At - was
	switch {
	case was == 0: // the first look of all
	case step < -leapBack.Milliseconds() || step > leapForward.Milliseconds():
		c.From, c.To, c.Left = was, c.At, hold.Milliseconds()
		return true
	case c.Left > 0:
		c.Left = max(0, c.Left-max(0, step))
	}
	return false
}

func (c clock) hold() Hold {
	if c.Left <= 0 {
		return Hold{}
	}
	return Hold{From: time.UnixMilli(c.From).UTC(), To: time.UnixMilli(c.To).UTC(), Left: time.Duration(c.Left) * time.Millisecond}
}

// forgetBatch bounds one transaction of Forget, so that deliveries never wait
// long behind it.
const forgetBatch = 500

// Forget drops what is older than it is kept for, a bounded number of rows in
// each transaction. Call it at the start and every hour with the current time.
// While it does not trust the clock it drops nothing and returns why.
func (s *Store) Forget(ctx context.Context, now time.Time, k Keep) (Hold, error) {
	var h Hold
	err := s.submit(ctx, true, func(w *writer) error {
		c, err := w.clock()
		if err != nil {
			return err
		}
		fresh := c.tick(now, k.Keys)
		h = c.hold()
		h.Fresh = fresh
		return w.putClock(c)
	})
	if err != nil {
		return Hold{}, err
	}
	if h.Left > 0 {
		return h, nil
	}
	if err := s.redate(ctx, now); err != nil {
		return h, err
	}
	if err := s.drop(ctx, qForgetKeys, now.Add(-k.Keys).UnixMilli()); err != nil {
		return h, err
	}
	if err := s.drop(ctx, qForgetJournal, now.Add(-k.Journal).UnixMilli()); err != nil {
		return h, err
	}
	for kind, keep := range k.Notes {
		if err := s.ForgetNotes(ctx, kind, now.Add(-keep)); err != nil {
			return h, err
		}
	}
	return h, nil
}

// redate gives rows that a wrong clock dated into the future today's date, so
// that they are not kept for years beyond their time. The clock is trusted by
// then.
func (s *Store) redate(ctx context.Context, now time.Time) error {
	return s.submit(ctx, true, func(w *writer) error {
		for _, q := range []string{qAheadKeys, qAheadJournal} {
			if _, err := w.exec(q, now.UnixMilli(), now.Add(leapBack).UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// drop runs a query whose last argument bounds its rows until none is left.
func (s *Store) drop(ctx context.Context, query string, args ...any) error {
	for n := forgetBatch; n == forgetBatch; {
		err := s.submit(ctx, true, func(w *writer) (err error) {
			n, err = w.exec(query, append(slices.Clip(args), forgetBatch)...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ForgetNotes drops the notes of a kind that are older than before.
func (s *Store) ForgetNotes(ctx context.Context, kind string, before time.Time) error {
	return s.submit(ctx, false, func(w *writer) error {
		_, err := w.exec(qForgetNotes, kind, before.UnixMilli())
		return err
	})
}

// Held reads what the last Forget thought of the clock, for those who only
// look.
func (s *Store) Held(ctx context.Context) (Hold, error) {
	c, err := readClock(s.one(ctx, qClock, metaClock))
	if err != nil {
		return Hold{}, s.unread(err)
	}
	return c.hold(), nil
}

func (w *writer) clock() (clock, error) {
	row, err := w.row(qMetaGet, metaClock)
	if err != nil {
		return clock{}, err
	}
	return readClock(row)
}

// readClock takes what it cannot read for a first look: the next one mends it.
func readClock(row *sql.Row) (clock, error) {
	var text string
	switch err := row.Scan(&text); {
	case errors.Is(err, sql.ErrNoRows):
		return clock{}, nil
	case err != nil:
		return clock{}, err
	}
	var c clock
	if json.Unmarshal([]byte(text), &c) != nil {
		return clock{}, nil
	}
	return c, nil
}

func (w *writer) putClock(c clock) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = w.exec(qMetaPut, metaClock, string(b))
	return err
}
