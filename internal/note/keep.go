package note

import (
	"context"
	"encoding/json"
	"time"

	"kith/internal/store"
)

const kind = "login"

// Save keeps a note in the store, so that a restart between the two seats does
// not lose it. The store may write it a little later.
func Save(st *store.Store, n Note) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return st.PutNote(kind, n.QueueID, n.At, b)
}

// Load puts the kept notes on the board and drops those that are stale.
func Load(ctx context.Context, st *store.Store, b *Board, now time.Time) error {
	since := now.Add(-b.keep)
	err := st.Notes(ctx, kind, since, func(_ string, _ time.Time, data []byte) error {
		var n Note
		if json.Unmarshal(data, &n) == nil {
			b.Put(n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return st.ForgetNotes(ctx, kind, since)
}
