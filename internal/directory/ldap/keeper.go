package ldap

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"kith/internal/directory"
)

// Snapshot is one good answer of the server. Its entries are not changed after.
type Snapshot struct {
	Entries []directory.Entry
	At      time.Time // when the server gave it
	Cached  bool      // from the cache file: the server has not answered since the start
	Notes   Notes     // empty when cached
}

// Care is how a Keeper keeps.
type Care struct {
	Cache string        // file of the last good snapshot; "" = memory only
	Every time.Duration // between two questions; 0 = 15 min
	// Changed is called with each snapshot whose entries differ from those
	// before, one call at a time; nil = nobody is told.
	Changed func(Snapshot)
	Log     *slog.Logger // nil = silent
}

// firstRetry is the wait after a first failure; it doubles up to Care.Every.
const firstRetry = 30 * time.Second

// Keeper has the last good snapshot and renews it. It is safe for concurrent
// use.
type Keeper struct {
	plan *plan
	care Care

	asking sync.Mutex // one question at a time

	mu    sync.Mutex
	now   Snapshot
	tried time.Time
	err   error // of the last try
}

// NewKeeper checks the options and reads the cache file, without asking the
// server. A cache that is not there, broken, or of another server leaves the
// Keeper empty; that is no error, since the server is asked soon.
func NewKeeper(o Options, c Care) (*Keeper, error) {
	p, err := compile(o)
	if err != nil {
		return nil, err
	}
	if c.Every <= 0 {
		c.Every = 15 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	k := &Keeper{plan: p, care: c}
	if c.Cache == "" {
		return k, nil
	}
	s, err := loadCache(c.Cache, o.Source())
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			c.Log.Warn("the last list from LDAP is not used", "error", err.Error())
		}
		return k, nil
	}
	s.Entries = readmit(s.Entries, p.own)
	k.now = s
	return k, nil
}

// Snapshot returns the last good snapshot; one without entries and with a zero
// time when there never was one.
func (k *Keeper) Snapshot() Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

// Refresh asks the server once, now. On an error (a *Fault) the snapshot stays
// as it was. A new one is in memory even when its cache file cannot be written.
func (k *Keeper) Refresh(ctx context.Context) error {
	k.asking.Lock()
	defer k.asking.Unlock()
	entries, notes, err := Fetch(ctx, k.plan.o)
	at := time.Now()
	if err != nil {
		k.mu.Lock()
		k.tried, k.err = at, err
		old := k.now
		k.mu.Unlock()
		k.care.Log.Warn("no answer from LDAP; kith goes on with what it knows", "error", err.Error(), "entries", len(old.Entries), "age", age(old.At, at))
		return err
	}
	next := Snapshot{Entries: entries, At: at, Notes: notes}
	k.mu.Lock()
	was := len(k.now.Entries)
	changed := k.now.At.IsZero() || !sameEntries(k.now.Entries, entries)
	k.now, k.tried, k.err = next, at, nil
	k.mu.Unlock()
	if k.care.Cache != "" {
		if err := writeCache(k.care.Cache, next, k.plan.o.Source()); err != nil {
			k.care.Log.Warn("the list from LDAP is not kept for the next start; look at the state folder", "error", err.Error())
		}
	}
	if changed {
		k.care.Log.Info("the list from LDAP has changed", "entries", len(entries), "before", was, "read", notes.Read, "twice", notes.Twice)
		if k.care.Changed != nil {
			k.care.Changed(next)
		}
	}
	return nil
}

func sameEntries(a, b []directory.Entry) bool {
	return slices.EqualFunc(a, b, func(x, y directory.Entry) bool {
		return x.Address == y.Address && x.Name == y.Name && reflect.DeepEqual(x, y)
	})
}

// Run asks at once and then at every interval, sooner after a failure, until
// the context ends.
func (k *Keeper) Run(ctx context.Context) {
	retry := firstRetry
	for {
		wait := k.care.Every
		if err := k.Refresh(ctx); err != nil {
			wait = min(retry, k.care.Every)
			retry = min(2*retry, k.care.Every)
		} else {
			retry = firstRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Status is what a Keeper can say of itself.
type Status struct {
	Source  string
	Entries int
	At      time.Time // of the snapshot; zero = there is none
	Cached  bool
	Tried   time.Time // last question; zero = not asked yet
	Err     error     // of the last question
	Notes   Notes
}

// Status returns the state of this moment.
func (k *Keeper) Status() Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	return Status{Source: k.plan.o.Source(), Entries: len(k.now.Entries), At: k.now.At, Cached: k.now.Cached,
		Tried: k.tried, Err: k.err, Notes: k.now.Notes}
}

// Line says in one line what is known, how old it is, and what is wrong.
func (s Status) Line(now time.Time) string {
	var line string
	switch {
	case s.At.IsZero():
		line = "LDAP: no list yet"
	case s.Cached:
		line = fmt.Sprintf("LDAP: %d entries, %s old, kept from before the start", s.Entries, age(s.At, now))
	default:
		line = fmt.Sprintf("LDAP: %d entries, %s old", s.Entries, age(s.At, now))
	}
	if s.Err != nil {
		line += fmt.Sprintf("; asked %s ago: %v", age(s.Tried, now), s.Err)
	}
	return line
}

// age is a time span as people say it.
func age(from, to time.Time) string {
	d := max(to.Sub(from), 0)
	switch {
	case from.IsZero():
		return "never"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
