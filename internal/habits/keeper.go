package habits

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"kith/internal/baseline"
	"kith/internal/store"
)

// Options of a Keeper. Lessons and Rows are open stores; the keeper does not close
// them.
type Options struct {
	Lessons *store.Store
	Rows    *store.Habits
	SiteKey []byte
	Org     string
	Node    string           // whose lessons this keeper folds; one keeper for each node
	Shared  bool             // other nodes fold into the same rows
	Zone    *time.Location   // of the organisation; nil = UTC
	Params  *baseline.Params // nil = as shipped
	Log     *slog.Logger     // nil = nothing is logged
	Folded  func(lessons, rows int, took time.Duration)
}

// Keeper keeps the learned normal of one organisation. Safe for concurrent use.
type Keeper struct {
	lessons *store.Store
	rows    *store.Habits
	keys    *baseline.Keyer
	params  *baseline.Params
	zone    *time.Location
	node    string
	shared  bool
	log     *slog.Logger
	folded  func(lessons, rows int, took time.Duration)
	cache   *cache
	there   there

	touched Touches // guarded by count
	count   sync.Mutex

	folding sync.Mutex
	forgot  time.Time // by Run alone
	looked  time.Time
}

// New returns a keeper.
func New(o Options) *Keeper {
	k := &Keeper{
		lessons: o.Lessons, rows: o.Rows, keys: baseline.NewKeyer(o.SiteKey, o.Org), params: o.Params, zone: o.Zone, node: o.Node, shared: o.Shared,
		log: o.Log, folded: o.Folded, cache: newCache(),
	}
	if k.params == nil {
		k.params = baseline.DefaultParams()
	}
	if k.zone == nil {
		k.zone = time.UTC
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.folded == nil {
		k.folded = func(int, int, time.Duration) {}
	}
	return k
}

// Zone is the time zone in which days and hours are cut.
func (k *Keeper) Zone() *time.Location { return k.zone }

// Touches counts what learning and knowing cost in rows. A row touch is a row read
// from the store or written to it.
type Touches struct {
	Copies  int64 // (message, recipient) that were looked up
	Asked   int64 // rows that a look-up wanted, most of them at hand
	Read    int64 // of these, rows read from the store
	Lessons int64 // lessons folded
	Folded  int64 // rows read and written by folds
}

// Touches returns the counts so far.
func (k *Keeper) Touches() Touches {
	k.count.Lock()
	defer k.count.Unlock()
	return k.touched
}

func (k *Keeper) touch(t Touches) {
	k.count.Lock()
	defer k.count.Unlock()
	k.touched.Copies += t.Copies
	k.touched.Asked += t.Asked
	k.touched.Read += t.Read
	k.touched.Lessons += t.Lessons
	k.touched.Folded += t.Folded
}

// get returns decoded rows, from the cache where they are.
func (k *Keeper) get(ctx context.Context, rows []baseline.Row) (map[baseline.Row]*baseline.Profile, error) {
	out := make(map[baseline.Row]*baseline.Profile, len(rows))
	var missing []baseline.Row
	for _, r := range rows {
		if _, ok := out[r]; ok {
			continue
		}
		if p, ok := k.cache.get(r); ok {
			out[r] = p
		} else if !k.there.maybe(r) {
			out[r] = nil
		} else {
			out[r] = nil
			missing = append(missing, r)
		}
	}
	k.touch(Touches{Asked: int64(len(rows)), Read: int64(len(missing))})
	if len(missing) == 0 {
		return out, nil
	}
	stamp := k.cache.stamp()
	data, err := k.rows.Get(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, r := range missing {
		p, err := baseline.Decode(data[r])
		if err != nil {
			return nil, fmt.Errorf("habits: row of level %d: %w", r.Level, err)
		}
		out[r] = p
		k.cache.put(r, p, len(data[r]), stamp)
	}
	return out, nil
}

// Fold bounds: how many lessons go into one transaction.
const foldBatch = 500

// Fold folds what waits, and returns how many lessons that were.
func (k *Keeper) Fold(ctx context.Context) (total int, err error) {
	k.folding.Lock()
	defer k.folding.Unlock()
	for {
		n, err := k.foldSome(ctx, k.node)
		total += n
		if err != nil || n < foldBatch {
			return total, err
		}
	}
}

// foldSome folds one batch of a node's lessons.
func (k *Keeper) foldSome(ctx context.Context, node string) (int, error) {
	mark, err := k.rows.Mark(ctx, node)
	if err != nil {
		return 0, err
	}
	kept, err := k.lessons.LessonsFrom(ctx, node, mark, foldBatch)
	if err != nil || len(kept) == 0 {
		return 0, err
	}
	start := time.Now()
	lessons := make([]*baseline.Lesson, 0, len(kept))
	for i := range kept {
		l, err := baseline.DecodeLesson(kept[i].Data)
		if err != nil { // nobody can mend it, and it must not stop the others
			k.log.Error("a learning record cannot be read and is left out", "seq", kept[i].Seq, "error", err)
			continue
		}
		l.Undo = kept[i].Undo
		lessons = append(lessons, l)
	}
	fresh := make(map[baseline.Row]*baseline.Profile)
	var st baseline.Stats
	moved := false
	err = k.rows.Fold(ctx, func(tx *store.HabitTx) error {
		clear(fresh) // the store may run this twice
		now, err := tx.Mark(node)
		if moved = now != mark; err != nil || moved {
			return err
		}
		if st, err = k.keys.Fold(tx, lessons, func(r baseline.Row, p *baseline.Profile) { fresh[r] = p }); err != nil {
			return err
		}
		return tx.SetMark(node, kept[len(kept)-1].Seq)
	})
	if err != nil || moved { // another has folded these meanwhile
		return 0, err
	}
	k.there.add(fresh)
	k.cache.replace(fresh)
	k.touch(Touches{Lessons: int64(len(kept)), Folded: int64(st.Read + st.Written)})
	k.folded(len(kept), st.Read+st.Written, time.Since(start))
	return len(kept), nil
}

// Forget drops lessons from before a time, of those that are folded.
func (k *Keeper) Forget(ctx context.Context, before time.Time) error {
	mark, err := k.rows.Mark(ctx, k.node)
	if err != nil {
		return err
	}
	return k.lessons.ForgetLessons(ctx, before, mark)
}

// Load learns which rows there are, so that others are not asked for. Without it,
// and where other nodes write too, everything is asked for.
func (k *Keeper) Load(ctx context.Context) error {
	if k.shared {
		return nil
	}
	k.folding.Lock()
	defer k.folding.Unlock()
	if err := k.lower(ctx); err != nil {
		return err
	}
	return k.there.load(ctx, k)
}

// lower brings the mark down to the last lesson there is: where the counts were put
// beside another store, lessons below it would never count.
func (k *Keeper) lower(ctx context.Context) error {
	_, last, _, _, err := k.lessons.LessonCount(ctx)
	if err != nil {
		return err
	}
	mark, err := k.rows.Mark(ctx, k.node)
	if err != nil || mark <= last {
		return err
	}
	return k.rows.Fold(ctx, func(tx *store.HabitTx) error { return tx.SetMark(k.node, last) })
}

// Run folds every moment until ctx ends, then once more. An error is logged and
// tried again: mail flows meanwhile, judged with what was known before.
func (k *Keeper) Run(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if _, err := k.Fold(last); err != nil {
				k.log.Warn("what was learned last is folded at the next start", "error", err)
			}
			return
		case <-t.C:
		}
		_, err := k.Fold(ctx)
		if k.shared && err == nil {
			err = k.others(ctx)
		}
		if err != nil && !told && ctx.Err() == nil {
			k.log.Error("habits cannot be written, learning waits", "error", err)
		}
		told = err != nil
	}
}
