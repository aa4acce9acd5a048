package store

import (
	"bytes"
	"context"
	"slices"
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

	// Elsewhere says that another node that is alive is at work on it. It was not
	// begun here: the sender must come again later.
	Elsewhere bool
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

// underWay is how long a delivery that another node began counts as under way.
// No transaction of a relay takes as long; and where the node never told the
// outcome, because it gave its store up in the middle, somebody must deliver.
const underWay = 10 * time.Minute

// A row that is not there cannot be locked, so a delivery is first put down as if
// it were new. Who finds a row there reads it under its lock.
const (
	qFirst = `INSERT INTO delivery(key, begun, boot, state, attempts, deaths, reply) VALUES(?1, ?2, ?3, 0, 1, 0, '') ON CONFLICT(key) DO NOTHING`
	qPrior = `SELECT state, boot, attempts, deaths, reply, begun, boot IN (SELECT boot FROM node WHERE seen > NOW_MS - ?2)
		FROM delivery WHERE key = ?1 FOR UPDATE`
	qAgain  = `UPDATE delivery SET begun = ?2, boot = ?3, state = 0, attempts = attempts + 1 WHERE key = ?1`
	qSettle = `INSERT INTO delivery(key, begun, boot, state, attempts, deaths, reply) VALUES(?1, ?2, ?3, ?4, 1, 0, ?5)
		ON CONFLICT(key) DO UPDATE SET boot = ?3, state = ?4, reply = ?5 WHERE ?6 = 0 OR delivery.attempts = ?6`
	qDoubtDelivery = `UPDATE delivery SET deaths = deaths + 1, boot = 'ended'
		WHERE state = 0 AND boot <> ?1 AND boot <> 'ended' AND boot NOT IN (SELECT boot FROM node WHERE seen > NOW_MS - ?2)`
	qDoubtJournal = `UPDATE journal SET state = 'in-doubt'
		WHERE state = 'received' AND boot <> ?1 AND boot NOT IN (SELECT boot FROM node WHERE seen > NOW_MS - ?2)`
)

// Begin writes the intents durably and returns, for each, what was known
// before. A delivery that is confirmed already, or under way elsewhere, is not
// begun again.
// Boot names this process.
func (s *Store) Begin(ctx context.Context, boot string, now time.Time, in []Intent) ([]Prior, error) {
	out := make([]Prior, len(in))
	rows := make([][]byte, len(in))
	for i := range in {
		rows[i] = encode(&in[i].Record)
	}
	err := s.submit(ctx, true, func(w *writer) error {
		for _, i := range byKey(len(in), func(i int) Key { return in[i].Key }) {
			p, err := w.open(in[i].Key, boot, now)
			if err != nil {
				return err
			}
			out[i] = p
			if p.State == Confirmed && p.Seen || p.Elsewhere {
				continue
			}
			if err := w.putJournal(boot, &in[i].Record, rows[i]); err != nil {
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

// byKey orders what touches several deliveries: two nodes that write the same
// ones then wait for each other in one direction only.
func byKey(n int, key func(int) Key) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		ka, kb := key(a), key(b)
		return bytes.Compare(ka[:], kb[:])
	})
	return order
}

// open begins a delivery and returns what was known before.
func (w *writer) open(k Key, boot string, now time.Time) (Prior, error) {
	n, err := w.exec(qFirst, k[:], now.UnixMilli(), boot)
	if err != nil || n > 0 {
		return Prior{}, err
	}
	row, err := w.row(qPrior, k[:], w.s.opt.lease.Milliseconds())
	if err != nil {
		return Prior{}, err
	}
	p := Prior{Seen: true}
	var by string
	var begun int64
	var alive bool
	if err := row.Scan(&p.State, &by, &p.Attempts, &p.Deaths, &p.Reply, &begun, &alive); err != nil {
		return Prior{}, err
	}
	p.Doubt = p.State == Begun
	p.Elsewhere = p.Doubt && alive && by != boot && now.Sub(time.UnixMilli(begun)).Abs() < underWay
	if p.State == Confirmed || p.Elsewhere {
		return p, nil
	}
	_, err = w.exec(qAgain, k[:], now.UnixMilli(), boot)
	return p, err
}

// Settle writes outcomes durably, with their full journal rows (none where the
// record has no id).
func (s *Store) Settle(ctx context.Context, boot string, now time.Time, out []Settled) error {
	rows := make([][]byte, len(out))
	for i := range out {
		rows[i] = encode(&out[i].Record)
	}
	return s.submit(ctx, true, func(w *writer) error {
		for _, i := range byKey(len(out), func(i int) Key { return out[i].Key }) {
			o := &out[i]
			state, by := o.State, boot
			if o.Doubt { // open, but not by a death: nobody will settle it
				state, by = Begun, "ended"
			}
			if _, err := w.exec(qSettle, o.Key[:], now.UnixMilli(), by, int(state), o.Reply, o.Attempt); err != nil {
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

// Doubt marks what processes before this one left open: all that is not of a
// boot that is alive. It returns how many deliveries that were. From then on the
// node says that it is alive under this boot.
func (s *Store) Doubt(ctx context.Context, boot string) (n int, err error) {
	err = s.submit(ctx, true, func(w *writer) error {
		if _, err := w.exec(qNode, s.node, boot); err != nil {
			return err
		}
		n, err = w.doubt(boot)
		return err
	})
	if err != nil {
		return 0, err
	}
	s.live(boot)
	return n, nil
}

func (w *writer) doubt(boot string) (int, error) {
	n, err := w.exec(qDoubtDelivery, boot, w.s.opt.lease.Milliseconds())
	if err != nil {
		return 0, err
	}
	_, err = w.exec(qDoubtJournal, boot, w.s.opt.lease.Milliseconds())
	return n, err
}
