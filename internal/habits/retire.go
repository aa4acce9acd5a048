package habits

import (
	"context"

	"kith/internal/baseline"
	"kith/internal/store"
)

// retireBatch bounds one transaction of Retire: deliveries never wait for it, but
// folds do.
const retireBatch = 200

// Retire folds away what weighs nothing any more, so that rows stay as small as what
// they can say. It reads all rows: call it once a month. It returns how many rows
// it made smaller.
func (k *Keeper) Retire(ctx context.Context, today baseline.Day) (n int, err error) {
	horizon := func(f *baseline.Family) baseline.Day { return k.params.Horizon(f, today) }
	for _, l := range baseline.Levels() {
		var old []baseline.Row
		err := k.rows.Each(ctx, l, nil, func(r baseline.Row, data []byte) error {
			if p, err := baseline.Decode(data); err == nil && p.Retire(l, horizon) {
				old = append(old, r)
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		for len(old) > 0 {
			batch := old[:min(retireBatch, len(old))]
			if err := k.retire(ctx, batch, l, horizon); err != nil {
				return n, err
			}
			n, old = n+len(batch), old[len(batch):]
		}
	}
	return n, nil
}

// retire rewrites some rows of a level, in key order.
func (k *Keeper) retire(ctx context.Context, batch []baseline.Row, l baseline.Level, horizon func(*baseline.Family) baseline.Day) error {
	k.folding.Lock()
	defer k.folding.Unlock()
	fresh := make(map[baseline.Row]*baseline.Profile, len(batch))
	err := k.rows.Fold(ctx, func(tx *store.HabitTx) error {
		clear(fresh)
		data, err := tx.Get(batch)
		if err != nil {
			return err
		}
		for _, r := range batch {
			p, err := baseline.Decode(data[r])
			if err != nil || !p.Retire(l, horizon) {
				continue
			}
			fresh[r] = p
			if p.Empty() {
				err = tx.Delete(r)
			} else {
				err = tx.Put(r, p.Append(nil))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		k.cache.replace(fresh)
	}
	return err
}
