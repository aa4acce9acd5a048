// Package note remembers, for a short while, what the milter seat learned about
// a queue id, so that the LMTP seat can join it when the same mail comes by.
//
// Postfix tells a milter who signed in, and tells the LMTP client only the
// queue id (XFORWARD IDENT). Neither seat alone knows both the login and the
// final recipients. The milter writes a Note under the queue id, the LMTP seat
// reads it; notes with a login are also kept in the store (Save, Load), so
// that a restart between the two seats does not turn an employee's own mail
// into a stranger's.
//
// A queue id can be used again by the MTA: a note older than its keeping time
// is no note. Nor is one from the future, which a clock that was wrong has left
// behind: it would lend its login to a stranger's mail for years. Within one
// process a clock that leaps does not matter, for Go measures by the monotonic
// clock there.
package note

import (
	"sync"
	"time"

	"kith/internal/kith"
	"kith/internal/mailauth"
)

// ahead is how far the clock may have been set back and a note still be one.
const ahead = 24 * time.Hour

// Note is what the milter seat saw of one message.
type Note struct {
	QueueID  string
	Login    string // SASL login, "" when nobody signed in
	Client   kith.Client
	MailFrom string
	Rcpts    []string         // as the milter saw them, before virtual aliases
	Auth     *mailauth.Result // checked at port 25, nil when not checked
	At       time.Time
}

// Board holds notes. It is safe for concurrent use and bounded: beyond Max the
// oldest are dropped.
type Board struct {
	keep time.Duration
	max  int

	mu    sync.Mutex
	notes map[string]Note
	order []string // queue ids, oldest first; may name notes already gone
}

// NewBoard returns a board that keeps a note for keep and at most max of them.
func NewBoard(keep time.Duration, max int) *Board {
	return &Board{keep: keep, max: max, notes: make(map[string]Note)}
}

// Put writes a note. A second note under the same id replaces the first.
func (b *Board) Put(n Note) {
	if n.QueueID == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, again := b.notes[n.QueueID]; !again {
		b.order = append(b.order, n.QueueID)
	}
	b.notes[n.QueueID] = n
	for len(b.order) > b.max || len(b.order) > 0 && b.stale(b.order[0], n.At) {
		delete(b.notes, b.order[0])
		b.order = b.order[1:]
	}
}

func (b *Board) stale(id string, now time.Time) bool {
	n, ok := b.notes[id]
	return !ok || now.Sub(n.At) > b.keep
}

// Get reads the note under a queue id; now decides whether it is still valid.
func (b *Board) Get(queueID string, now time.Time) (Note, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.notes[queueID]
	if !ok || now.Sub(n.At) > b.keep || n.At.Sub(now) > ahead {
		return Note{}, false
	}
	return n, true
}
