package store

import (
	"context"
	"time"
)

// Notes are small facts that a room wants to find again after a restart
// (who signed in under a queue id, discovered addresses, what was proposed in
// shadow). The room owns the form of data; kind names the room.

// PutNote keeps a note; it may lag. It waits for no more than a moment when the
// store has no time: a mail may be waiting behind it.
func (s *Store) PutNote(kind, key string, at time.Time, data []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	return s.submit(ctx, false, func(w *writer) error {
		_, err := w.exec(qNote, kind, s.name(key), at.UnixMilli(), notNil(data))
		return err
	})
}

// Notes calls f for each note of a kind that is not older than since.
func (s *Store) Notes(ctx context.Context, kind string, since time.Time, f func(key string, at time.Time, data []byte) error) error {
	rows, err := s.query(ctx, `SELECT key, at, data FROM note WHERE kind = ?1 AND at >= ?2 ORDER BY at`, kind, since.UnixMilli())
	if err != nil {
		return s.unread(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var at int64
		var data []byte
		if err := rows.Scan(&key, &at, &data); err != nil {
			return s.unread(err)
		}
		if err := f(key, time.UnixMilli(at), data); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return s.unread(err)
	}
	return nil
}
