package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kith/internal/kith"
)

// Key is a delivery key: see package ledger.
type Key [16]byte

// DeliveryState is the ledger's word for one delivery key.
type DeliveryState int

const (
	Begun     DeliveryState = 0 // begun, outcome unknown
	Confirmed DeliveryState = 1 // the next hop said 2xx
	Failed    DeliveryState = 2 // the next hop, or kith, said 4xx or 5xx
)

// Prior is what the ledger knew of a delivery before it was begun again.
type Prior struct {
	State    DeliveryState
	Seen     bool   // false: never begun before, the other fields are zero
	Doubt    bool   // the last attempt ended without a known outcome
	Attempts int    // before this one
	Deaths   int    // attempts that ended with the process
	Reply    string // of a confirmed one
}

// Intent is a delivery about to be begun, with its first journal row.
type Intent struct {
	Key    Key
	Record kith.Record
}

// Settled is the outcome of a delivery. Doubt leaves the delivery open: the
// next hop went away between the final dot and its reply. Attempt is the one
// that this outcome belongs to (1 = first): an outcome that is told late, after
// a newer attempt was begun, changes nothing. 0 is the outcome of an attempt
// that could not be begun in the store.
type Settled struct {
	Key     Key
	Attempt int
	State   DeliveryState
	Doubt   bool
	Reply   string
	Record  kith.Record
	Lessons []Lesson // what the copy taught; written in the same transaction
}

const (
	qPrior  = `SELECT state, boot, attempts, deaths, reply FROM delivery WHERE key = ?1`
	qIntent = `INSERT INTO delivery(key, begun, boot, state, attempts, deaths, reply) VALUES(?1, ?2, ?3, 0, 1, 0, '')
		ON CONFLICT(key) DO UPDATE SET begun = ?2, boot = ?3, state = 0, attempts = attempts + 1`
	qSettle = `INSERT INTO delivery(key, begun, boot, state, attempts, deaths, reply) VALUES(?1, ?2, ?3, ?4, 1, 0, ?5)
		ON CONFLICT(key) DO UPDATE SET boot = ?3, state = ?4, reply = ?5 WHERE ?6 = 0 OR attempts = ?6`
	qDoubtDelivery = `UPDATE delivery SET deaths = deaths + 1, boot = 'ended' WHERE state = 0 AND boot <> ?1 AND boot <> 'ended'`
	qDoubtJournal  = `UPDATE journal SET state = 'in-doubt' WHERE state = 'received' AND boot <> ?1`
)

// Begin writes the intents durably and returns, for each, what was known
// before. A delivery that is confirmed already is not begun again.
// Boot names this process.
func (s *Store) Begin(ctx context.Context, boot string, now time.Time, in []Intent) ([]Prior, error) {
	out := make([]Prior, len(in))
	rows := make([][]byte, len(in))
	for i := range in {
		rows[i] = encode(in[i].Record)
	}
	err := s.submit(ctx, true, func(w *writer) error {
		for i, it := range in {
			p, err := w.prior(it.Key, boot)
			if err != nil {
				return err
			}
			out[i] = p
			if p.State == Confirmed && p.Seen {
				continue
			}
			if err := w.exec(qIntent, it.Key[:], now.UnixMilli(), boot); err != nil {
				return err
			}
			if err := w.putJournal(boot, &it.Record, rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (w *writer) prior(k Key, boot string) (Prior, error) {
	row, err := w.row(qPrior, k[:])
	if err != nil {
		return Prior{}, err
	}
	var p Prior
	var by string
	switch err := row.Scan(&p.State, &by, &p.Attempts, &p.Deaths, &p.Reply); {
	case errors.Is(err, sql.ErrNoRows):
		return Prior{}, nil
	case err != nil:
		return Prior{}, err
	}
	p.Seen, p.Doubt = true, p.State == Begun
	return p, nil
}

// Settle writes outcomes durably, with their full journal rows (none where the
// record has no id).
func (s *Store) Settle(ctx context.Context, boot string, now time.Time, out []Settled) error {
	rows := make([][]byte, len(out))
	for i := range out {
		rows[i] = encode(out[i].Record)
	}
	return s.submit(ctx, true, func(w *writer) error {
		for i, o := range out {
			state := o.State
			by := boot
			if o.Doubt { // open, but not by a death: nobody will settle it
				state, by = Begun, "ended"
			}
			if err := w.exec(qSettle, o.Key[:], now.UnixMilli(), by, int(state), o.Reply, o.Attempt); err != nil {
				return err
			}
			if err := w.learn(o.Lessons); err != nil {
				return err
			}
			if o.Record.ID == "" {
				continue
			}
			if err := w.putJournal(boot, &o.Record, rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Doubt marks what processes before this one left open. It returns how many
// journal rows became in doubt.
func (s *Store) Doubt(ctx context.Context, boot string) (n int, err error) {
	err = s.submit(ctx, true, func(w *writer) error {
		if err := w.exec(qDoubtDelivery, boot); err != nil {
			return err
		}
		row, err := w.row(qChanges)
		if err != nil {
			return err
		}
		if err := row.Scan(&n); err != nil {
			return err
		}
		return w.exec(qDoubtJournal, boot)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
