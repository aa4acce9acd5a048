package note

import (
	"context"
	"encoding/json"
	"time"

	"kith/internal/store"
)

// Kind names the kept notes in the store.
const Kind = "login"

// Save keeps a note in the store, so that a restart between the two seats does
// not lose it. The store may write it a little later.
func Save(st *store.Store, n Note) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return st.PutNote(Kind, n.QueueID, n.At, b)
}

// Load puts the kept notes on the board, but those that are stale. It drops
// none: the clock may be wrong just now (see store.Forget).
func Load(ctx context.Context, st *store.Store, b *Board, now time.Time) error {
	return st.Notes(ctx, Kind, now.Add(-b.keep), func(_ string, at time.Time, data []byte) error {
		var n Note
		if json.Unmarshal(data, &n) == nil && at.Sub(now) <= ahead {
			b.Put(n)
		}
		return nil
	})
}
