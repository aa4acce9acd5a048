package habits

import (
	"context"
	"encoding/binary"
	"sync"

	"kith/internal/baseline"
)

// there remembers roughly which rows the store has, so that nobody asks it for the
// relations of a stranger: most rows that a message wants do not exist. It is a
// Bloom filter (1970) of a megabyte: with a million rows one absent row in fifty is
// asked for in vain, and none that is there is missed. Keys are keyed hashes, so
// their own bytes serve as its hash functions.
//
// It is used by the only node of a store; several nodes do not know of each other's
// rows. Safe for concurrent use.
type there struct {
	mu   sync.RWMutex
	bits []uint64
}

const thereBits = 1 << 23

// load reads the keys of all rows. Until it has, every row is asked for.
func (t *there) load(ctx context.Context, k *Keeper) error {
	fresh := &there{bits: make([]uint64, thereBits/64)}
	for _, l := range baseline.Levels() {
		err := k.rows.Each(ctx, l, nil, func(r baseline.Row, _ []byte) error {
			fresh.set(r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bits = fresh.bits
	return nil
}

// spots are the four bits of a row.
func spots(r baseline.Row) (p [4]uint32) {
	for i := range p {
		p[i] = (binary.BigEndian.Uint32(r.Key[4*i:]) + uint32(r.Level)*0x9E3779B9*uint32(i+1)) % thereBits
	}
	return p
}

func (t *there) set(r baseline.Row) {
	for _, b := range spots(r) {
		t.bits[b/64] |= 1 << (b % 64)
	}
}

// add notes rows that a fold wrote.
func (t *there) add(rows map[baseline.Row]*baseline.Profile) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bits == nil {
		return
	}
	for r := range rows {
		t.set(r)
	}
}

// maybe reports whether a row may be there.
func (t *there) maybe(r baseline.Row) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.bits == nil {
		return true
	}
	for _, b := range spots(r) {
		if t.bits[b/64]&(1<<(b%64)) == 0 {
			return false
		}
	}
	return true
}
