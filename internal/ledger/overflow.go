package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"syscall"

	"kith/internal/kith"
	"kith/internal/store"
)

// overflow is the append-only log of outcomes that the store may not have yet.
//
// Lines are written at once and fsynced only when the store failed: against a
// killed process the page cache is enough, and against a power cut the store's
// own fsync is what counts.
//
// The log is a row of files ("segments"), named by rising numbers. A
// transaction pins the segment that is newest when it starts and writes all its
// lines there; when a segment is long a new one is begun, and an old one is
// removed when its last transaction is over, since every line of it is in the
// store then. While the store owes us something no segment is removed.
//
// A segment's space is allocated beforehand, so that a full disk does not stop
// the writing; unused bytes are zero, and the first zero byte ends the file for
// a reader.
type overflow struct {
	dir string

	draining sync.Mutex // one drain at a time

	mu      sync.Mutex
	segs    []*segment // oldest first; the last one is written to by new transactions
	next    int
	owes    bool // the store missed something
	reading bool // a drain is under way: nothing is removed
}

type segment struct {
	f     *os.File
	off   int64
	users int
}

const (
	reserve = 1 << 20 // allocated for each segment
	long    = reserve / 2
)

// line is one outcome in the file.
type line struct {
	Key     string         `json:"k"`
	Attempt int            `json:"a,omitempty"`
	State   int            `json:"s"`
	Doubt   bool           `json:"d,omitempty"`
	Reply   string         `json:"r,omitempty"`
	Record  *kith.Record   `json:"j,omitempty"`
	Lessons []store.Lesson `json:"lessons,omitempty"`
}

// openOverflow finds the segments that the last process left in dir and begins
// a new one behind them.
func openOverflow(dir string) (*overflow, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("overflow folder %s: %w: check its owner", dir, err)
	}
	o := &overflow{dir: dir, next: 1}
	names, _ := filepath.Glob(filepath.Join(dir, "outcomes-*"))
	sort.Strings(names)
	for _, n := range names {
		f, err := os.OpenFile(n, os.O_RDWR, 0o600)
		if err != nil {
			o.close()
			return nil, fmt.Errorf("overflow file %s: %w: check its owner", n, err)
		}
		s := &segment{f: f}
		b, err := s.content()
		if err != nil {
			f.Close()
			o.close()
			return nil, fmt.Errorf("overflow file %s: %w: check the disk", n, err)
		}
		s.off = int64(len(b)) // where writing goes on, should there be no room for a new one
		o.segs = append(o.segs, s)
		o.owes = true
		fmt.Sscanf(filepath.Base(n), "outcomes-%d", &o.next)
		o.next++
	}
	if err := o.begin(); err != nil && len(o.segs) == 0 {
		return nil, err
	}
	return o, nil
}

// begin starts a new segment. A file system that cannot reserve still gets one.
func (o *overflow) begin() error {
	name := filepath.Join(o.dir, fmt.Sprintf("outcomes-%09d", o.next))
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("overflow file %s: %w: check the folder's owner", name, err)
	}
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, reserve); errors.Is(err, syscall.ENOSPC) && len(o.segs) > 0 {
		f.Close()
		os.Remove(name)
		return err // the older segment still has room in its reserve
	}
	o.next++
	o.segs = append(o.segs, &segment{f: f})
	return nil
}

// pin gives a transaction its segment.
func (o *overflow) pin() *segment {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.segs) == 0 { // closed: what is written to it fails
		return new(segment)
	}
	if o.segs[len(o.segs)-1].off > long {
		_ = o.begin() // on failure the long one goes on
	}
	s := o.segs[len(o.segs)-1]
	s.users++
	return s
}

func (o *overflow) unpin(s *segment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s.users--
	o.sweep()
}

// sweep removes old segments that nobody needs. The caller holds mu.
func (o *overflow) sweep() {
	for len(o.segs) > 1 && o.segs[0].users == 0 && !o.owes && !o.reading {
		o.remove(o.segs[0])
		o.segs = o.segs[1:]
	}
}

func (o *overflow) remove(s *segment) {
	s.f.Close()
	os.Remove(s.f.Name())
}

func (o *overflow) append(s *segment, out store.Settled) error {
	l := line{Key: hex.EncodeToString(out.Key[:]), Attempt: out.Attempt, State: int(out.State), Doubt: out.Doubt, Reply: out.Reply}
	if out.Record.ID != "" {
		l.Record = &out.Record
	}
	l.Lessons = out.Lessons
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	o.mu.Lock()
	defer o.mu.Unlock()
	if n, err := s.f.WriteAt(b, s.off); err != nil {
		// off stays: a cut line must not stand before later ones.
		return fmt.Errorf("overflow file: %w after %d bytes", err, n)
	}
	s.off += int64(len(b))
	return nil
}

// owe says that the store missed what s holds; s is put on the disk.
func (o *overflow) owe(s *segment) error {
	o.mu.Lock()
	o.owes = true
	o.mu.Unlock()
	return s.f.Sync()
}

func (o *overflow) owing() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.owes
}

// drain hands all lines of all segments to put, in batches and in order. When
// all were taken, nothing is owed but what came meanwhile.
func (o *overflow) drain(put func([]store.Settled) error) error {
	o.draining.Lock()
	defer o.draining.Unlock()
	o.mu.Lock()
	segs := append([]*segment(nil), o.segs...)
	was := o.owes
	o.owes, o.reading = false, true // what fails from now on sets owes again
	o.mu.Unlock()
	err := drainAll(segs, put)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reading = false
	if err != nil {
		o.owes = o.owes || was
		return err
	}
	if !o.owes && o.segs[len(o.segs)-1].off > long {
		_ = o.begin()
	}
	o.sweep()
	return nil
}

func drainAll(segs []*segment, put func([]store.Settled) error) error {
	for _, s := range segs {
		if err := drainOne(s, put); err != nil {
			return err
		}
	}
	return nil
}

func drainOne(s *segment, put func([]store.Settled) error) error {
	b, err := s.content()
	if err != nil {
		return err
	}
	var batch []store.Settled
	for _, raw := range bytes.Split(b, []byte("\n")) {
		out, ok := parse(raw)
		if !ok {
			continue
		}
		if batch = append(batch, out); len(batch) == 200 {
			if err := put(batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return put(batch)
}

// content returns the bytes before the first zero, whole lines only: the last
// line may have been cut by a crash.
func (s *segment) content() ([]byte, error) {
	st, err := s.f.Stat()
	if err != nil {
		return nil, err
	}
	b := make([]byte, st.Size())
	n, _ := s.f.ReadAt(b, 0)
	b = b[:n]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b[:bytes.LastIndexByte(b, '\n')+1], nil
}

func parse(raw []byte) (store.Settled, bool) {
	var l line
	if len(raw) == 0 || json.Unmarshal(raw, &l) != nil {
		return store.Settled{}, false
	}
	k, err := hex.DecodeString(l.Key)
	if err != nil || len(k) != len(store.Key{}) {
		return store.Settled{}, false
	}
	s := store.Settled{Attempt: l.Attempt, State: store.DeliveryState(l.State), Doubt: l.Doubt, Reply: l.Reply}
	copy(s.Key[:], k)
	if l.Record != nil {
		s.Record = *l.Record
	}
	s.Lessons = l.Lessons
	return s, true
}

// close leaves the files for the next process, but those that nobody needs. A
// transaction that outlives the patience of a stop goes on writing to its own:
// what it hears yet is brought in at the next start.
func (o *overflow) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var err error
	for _, s := range o.segs {
		switch {
		case s.users > 0:
		case o.owes:
			err = errors.Join(err, s.f.Close())
		default:
			o.remove(s)
		}
	}
	o.segs = nil
	return err
}
