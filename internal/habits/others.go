package habits

import (
	"context"
	"time"
)

// Several nodes on one database each fold their own lessons. What a node left
// behind that does not come back is folded by whoever sees it; the mark of each
// node, read under a lock in the transaction of the fold, keeps two from doing it
// twice.

// Bounds of how fresh one node is to another.
const (
	forgetRows = 5 * time.Second // rows of others are read anew after this
	lookAround = time.Minute     // how often it is asked who has gone
)

// others keeps up with the other nodes: it lets go of rows that they may have
// changed, and folds what the dead left.
func (k *Keeper) others(ctx context.Context) error {
	now := time.Now()
	if now.Sub(k.forgot) >= forgetRows {
		k.forgot = now
		k.cache.clear()
	}
	if now.Sub(k.looked) < lookAround {
		return nil
	}
	k.looked = now
	gone, err := k.lessons.Absent(ctx)
	if err != nil {
		return err
	}
	k.folding.Lock()
	defer k.folding.Unlock()
	for _, node := range gone {
		for {
			n, err := k.foldSome(ctx, node)
			if err != nil {
				return err
			}
			if n < foldBatch {
				break
			}
		}
	}
	return nil
}
