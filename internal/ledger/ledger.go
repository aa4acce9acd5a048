// Package ledger keeps the promise that no accepted mail is lost and none is
// doubled without need. It stands between a relaying seat and the store.
//
// # The idea
//
// A relay that answers 250 after its next hop said 250 loses nothing, whatever
// kills it: the sender still has the mail and sends it again. It doubles mail,
// though: when it dies after the next hop stored the copy and before the sender
// heard of it. No protocol can close that gap from the middle; what a relay can
// do is to make it small, to know when it happened, and to make the second copy
// recognisable:
//
//  1. Before a delivery begins, an intent is on the disk (Begin).
//  2. Each reply of the next hop is written to a file at once, without an fsync
//     (Heard): a killed process leaves it to the kernel, which still writes it.
//  3. When the transaction is over, the outcomes are in the store, fsynced
//     (Settle). Only then the sender is answered.
//
// An intent without an outcome is in doubt. A sender that comes again with a
// confirmed delivery is answered from memory and nothing is sent; one that comes
// with a delivery in doubt is served again, under the same X-Kith-Id, so that a
// Sieve duplicate rule at the next hop stores the second copy zero times.
//
// # Invariants
//
//   - Nothing but a 2xx of the next hop makes a delivery confirmed.
//   - X-Kith-Id depends on the message's bytes, its reverse-path and (where the
//     recipient is an alias or carries a tag) the recipient, and on nothing that
//     differs between two attempts.
//   - If an outcome cannot be stored after a 2xx, the sender is still answered
//     250 (the next hop has the mail); the outcome waits in the overflow file and
//     is brought in later. Its space is reserved beforehand, so that a full disk
//     does not stop it.
//   - No two attempts at one delivery run side by side (Watch).
//   - An outcome told late never overrides a newer attempt.
package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kith/internal/store"
)

// Ledger is safe for concurrent use.
type Ledger struct {
	st   *store.Store
	key  []byte
	boot string
	over *overflow
	air  flights
	log  *slog.Logger

	stop context.CancelFunc
	done chan struct{}
}

// Options of Open.
type Options struct {
	Store    *store.Store
	Key      []byte // site key, see SiteKey
	Overflow string // folder of the overflow files
	Log      *slog.Logger
	Retry    time.Duration // how often waiting outcomes are tried again; default 5 s
}

// Open brings in what the last process left behind (waiting outcomes first,
// then doubts) and returns how many deliveries are in doubt through its death.
func Open(ctx context.Context, o Options) (*Ledger, int, error) {
	if o.Retry == 0 {
		o.Retry = 5 * time.Second
	}
	var b [6]byte
	rand.Read(b[:])
	l := &Ledger{st: o.Store, key: o.Key, boot: hex.EncodeToString(b[:]), log: o.Log, done: make(chan struct{})}
	var err error
	if l.over, err = openOverflow(o.Overflow); err != nil {
		return nil, 0, err
	}
	if err := l.replay(ctx); err != nil {
		l.over.close()
		return nil, 0, err
	}
	n, err := o.Store.Doubt(ctx, l.boot)
	if err != nil {
		l.over.close()
		return nil, 0, err
	}
	var until context.Context
	until, l.stop = context.WithCancel(context.Background())
	go l.retry(until, o.Retry)
	return l, n, nil
}

// Boot names this process in the store.
func (l *Ledger) Boot() string { return l.boot }

// Waiting reports whether outcomes wait in the overflow file for the store.
func (l *Ledger) Waiting() bool { return l.over.owing() }

// Close tries the waiting outcomes once more and closes the overflow files.
func (l *Ledger) Close(ctx context.Context) error {
	l.stop()
	<-l.done
	var err error
	if l.over.owing() {
		err = l.replay(ctx)
	}
	return errors.Join(err, l.over.close())
}

// Key is the name of one delivery: the same bytes from the same reverse-path to
// the same recipient under the same queue id. ident is "" where the MTA does not
// tell it.
func (l *Ledger) Key(digest [32]byte, mailFrom, rcpt, ident string) store.Key {
	var k store.Key
	copy(k[:], l.mac("delivery", digest[:], []byte(mailFrom), []byte(rcpt), []byte(ident)))
	return k
}

// KithID is the value of X-Kith-Id. part is "" for a plain recipient; for an
// alias or a tagged address it is the recipient, since two of them may end in
// one mailbox and both copies are then wanted.
func (l *Ledger) KithID(digest [32]byte, mailFrom, part string) string {
	sum := l.mac("id", digest[:], []byte(mailFrom), []byte(part))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// mac hashes the parts with their lengths, so that no two lists of parts are
// the same bytes.
func (l *Ledger) mac(what string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(what))
	var n [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	return h.Sum(nil)
}

// Begin makes the intents durable. On an error nothing may be assumed of the
// store; the seat then goes by its failure policy.
func (l *Ledger) Begin(ctx context.Context, in []store.Intent) ([]store.Prior, error) {
	return l.st.Begin(ctx, l.boot, time.Now(), in)
}

// Watch is one transaction's hold on its deliveries, and its way to tell their
// outcomes. Release it when the transaction is over.
type Watch struct {
	l      *Ledger
	seg    *segment
	keys   []store.Key
	claims []claim
}

// Watch begins to watch a transaction with these deliveries. Those that Mine
// does not grant must not be begun.
func (l *Ledger) Watch(keys ...store.Key) *Watch {
	return &Watch{l: l, seg: l.over.pin(), keys: keys, claims: l.air.take(keys)}
}

// Mine says whether delivery i belongs to this transaction. Otherwise another
// transaction of this process is at work on it, or is done with it and Known has
// its end.
func (w *Watch) Mine(i int) bool { return w.claims[i].mine }

// Known returns the next hop's words about delivery i when it is confirmed and
// the store could not be told yet.
func (w *Watch) Known(i int) (reply string, confirmed bool) {
	return w.claims[i].reply, w.claims[i].known
}

// Release ends the watch.
func (w *Watch) Release() {
	w.l.air.land(w.keys, w.claims)
	w.l.over.unpin(w.seg)
}

// Heard notes one reply of the next hop at once, without waiting for the disk.
func (w *Watch) Heard(s store.Settled) {
	if err := w.l.over.append(w.seg, s); err != nil {
		w.l.log.Warn("ledger: a reply could not be noted", "error", err)
	}
}

// Settle makes outcomes durable. Its error is for the log and the counters: the
// outcomes are then waiting in the overflow file.
func (w *Watch) Settle(ctx context.Context, out []store.Settled) error {
	var lost error
	for _, s := range out {
		if err := w.l.over.append(w.seg, s); err != nil {
			lost = err
		}
	}
	err := w.l.st.Settle(ctx, w.l.boot, time.Now(), out)
	if err == nil {
		return nil
	}
	w.l.air.owe(out)
	if serr := w.l.over.owe(w.seg); lost == nil {
		lost = serr
	}
	if lost != nil {
		return fmt.Errorf("%w; and the overflow file failed too: %v", err, lost)
	}
	return err
}

// replay brings the overflow files' outcomes into the store, in their order. After
// a long outage that takes its time: it is each batch that must not take long.
func (l *Ledger) replay(ctx context.Context) error {
	round := l.air.replaying()
	err := l.over.drain(func(out []store.Settled) error {
		ctx, cancel := context.WithTimeout(ctx, replayWait)
		defer cancel()
		return l.st.Settle(ctx, l.boot, time.Now(), out)
	})
	if err == nil {
		l.air.paid(round)
	}
	return err
}

// replayWait is how long the store may take for one batch of a replay.
const replayWait = 10 * time.Second

func (l *Ledger) retry(ctx context.Context, every time.Duration) {
	defer close(l.done)
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if !l.over.owing() {
				continue
			}
			if err := l.replay(ctx); err != nil {
				l.log.Warn("ledger: outcomes still wait for the store", "error", err)
			} else {
				l.log.Info("ledger: waiting outcomes are stored")
			}
		}
	}
}

// SiteKey reads the site's secret from path, or makes one at the first start.
// It is 32 random bytes in hex, readable by kith alone.
func SiteKey(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		key, err := newSiteKey(path)
		if err != nil {
			return nil, fmt.Errorf("site key %s: %w: check the folder's owner", path, err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("site key %s: %w: let kith's user read it", path, err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("site key %s: not 64 hex digits: restore it from your backup", path)
	}
	return key, nil
}

// newSiteKey makes the key so that a power cut leaves all of it or nothing.
func newSiteKey(path string) ([]byte, error) {
	key := make([]byte, 32)
	rand.Read(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return key, os.Rename(path+".new", path)
}
