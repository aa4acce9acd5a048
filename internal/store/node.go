package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Several nodes may share one PostgreSQL database. What a dead process left open
// is in doubt; what a living one is at work on is not. So the store must know who
// is alive.
//
// A node is who holds its lock file: the same kind of lock as of a store in a
// file, which the kernel takes back however the process ends. The node's name is
// random and stands in that file. In the database each node has one row: its
// name, the boot that runs now, and when it last said so, by the server's clock.
// A boot is alive while its row is there and younger than Lease. A process that
// is started again replaces its own row, so what its predecessor left open is in
// doubt at once; what a node left open that never comes back, after Lease.
//
// A session lock of PostgreSQL (pg_advisory_lock by boot) would need no clock.
// It was not taken because it belongs to a connection: each failover and each
// restart of the server drops it, and all nodes would look dead to the first one
// that is back; the session of a machine that lost its power holds it until TCP
// gives up, two hours by default; and behind a pooler such as PgBouncer there is
// no session to hold it.
//
// A node that cannot reach the database for longer than Lease is taken for dead
// though it lives. That costs little: its open deliveries count one death more,
// and its outcomes are still taken when they come.
//
// SQLite has one node, by the lock file of the store; its row is of no weight.

// Lease is how long a node counts as alive after its last sign.
const Lease = time.Minute

// oneNode is the name of the only node of a store in a file.
const oneNode = "one"

const (
	qNode      = `INSERT INTO node(node, boot, seen) VALUES(?1, ?2, NOW_MS) ON CONFLICT(node) DO UPDATE SET boot = ?2, seen = NOW_MS`
	qAlive     = `INSERT INTO node(node, boot, seen) VALUES(?1, ?2, NOW_MS) ON CONFLICT(node) DO UPDATE SET seen = NOW_MS WHERE node.boot = ?2`
	qNodeLeave = `UPDATE node SET seen = 0 WHERE node = ?1 AND boot = ?2`
	qNodeGone  = `DELETE FROM node WHERE seen < NOW_MS - ?1`
	qAbsent    = `WITH RECURSIVE n(node) AS (SELECT min(node) FROM learned
		UNION ALL SELECT (SELECT min(learned.node) FROM learned WHERE learned.node > n.node) FROM n WHERE n.node IS NOT NULL)
		SELECT node FROM n WHERE node IS NOT NULL AND node <> ?1 AND node NOT IN (SELECT node FROM node WHERE seen > NOW_MS - ?2)`
)

// nodeGone is when the row of a node that never came back is dropped.
const nodeGone = 30 * 24 * time.Hour

// heart says that the node is alive until it is stopped.
type heart struct {
	mu   sync.Mutex
	stop context.CancelFunc
	done chan struct{}
	boot string
	twin atomic.Bool // another process took the node's row: a copied lock file
}

// Node returns the name of this node: its lessons and its mark stand under it. It
// is "" for who looks at a server and is no node of it.
func (s *Store) Node() string { return s.node }

// observe finds the node's name for who only looks.
func (s *Store) observe() {
	s.node = oneNode
	if s.shared() {
		b, _ := os.ReadFile(s.lockFile())
		s.node = string(b[:min(len(b), 16)])
	}
}

// enlist takes the node's lock and its name.
func (s *Store) enlist() error {
	s.node = oneNode
	name := s.lockFile()
	if name == "" { // a node for this once; what it leaves open is in doubt after Lease
		s.node = newNode()
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return fmt.Errorf("store %s: cannot make its folder: %w: check [store] path and its owner", s.where(), unwrapPath(err))
	}
	if err := s.takeLock(name); err != nil {
		return err
	}
	if !s.shared() {
		return nil
	}
	if err := s.readNode(); err != nil {
		s.dropLock()
		return fmt.Errorf("store %s: its lock file %s: %w: check the disk", s.where(), name, unwrapPath(err))
	}
	return nil
}

func newNode() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// readNode reads the name from the lock file, or gives one.
func (s *Store) readNode() error {
	b, err := io.ReadAll(io.LimitReader(s.lock, 64))
	if err != nil {
		return err
	}
	if id, err := hex.DecodeString(string(b)); err == nil && len(id) == 8 {
		s.node = string(b)
		return nil
	}
	s.node = newNode()
	if err := s.lock.Truncate(0); err != nil {
		return err
	}
	if _, err := s.lock.WriteAt([]byte(s.node), 0); err != nil {
		return err
	}
	return s.lock.Sync()
}

// live begins to say that this boot is alive, and looks who is not any more.
func (s *Store) live(boot string) {
	s.beat.mu.Lock()
	defer s.beat.mu.Unlock()
	if !s.shared() || s.beat.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	s.beat.stop, s.beat.done, s.beat.boot = stop, make(chan struct{}), boot
	go func() {
		defer close(s.beat.done)
		t := time.NewTicker(s.opt.lease / 4)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				s.sign(ctx, boot) // an error is that of every other write
			}
		}
	}()
}

func (s *Store) sign(ctx context.Context, boot string) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.lease/2)
	defer cancel()
	return s.submit(ctx, true, func(w *writer) error {
		n, err := w.exec(qAlive, s.node, boot)
		if err != nil {
			return err
		}
		if n == 0 {
			s.beat.twin.Store(true)
			return nil
		}
		if _, err := w.exec(qNodeGone, nodeGone.Milliseconds()); err != nil {
			return err
		}
		_, err = w.doubt(boot)
		return err
	})
}

// leave says that this boot ends.
func (s *Store) leave() {
	s.beat.mu.Lock()
	defer s.beat.mu.Unlock()
	if s.beat.stop == nil {
		return
	}
	s.beat.stop()
	<-s.beat.done
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.submit(ctx, true, func(w *writer) error {
		_, err := w.exec(qNodeLeave, s.node, s.beat.boot)
		return err
	})
}

// Absent returns the nodes that are not alive and whose lessons are still kept:
// somebody else may have to fold them.
func (s *Store) Absent(ctx context.Context) ([]string, error) {
	rows, err := s.query(ctx, qAbsent, s.node, s.opt.lease.Milliseconds())
	if err != nil {
		return nil, s.unread(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, s.unread(err)
		}
		out = append(out, n)
	}
	if err := rows.Err(); err != nil {
		return nil, s.unread(err)
	}
	return out, nil
}
