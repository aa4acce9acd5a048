package serve

import (
	"context"
	"time"

	"kith/internal/baseline"
	"kith/internal/note"
	"kith/internal/store"
)

// Housekeep forgets what is older than its keeping time, at start and then
// every hour, until ctx ends.
func (a *App) Housekeep(ctx context.Context) {
	t := time.NewTicker(time.Hour)
	defer t.Stop()
	a.housekeep(ctx, time.Now(), true)
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			a.housekeep(ctx, now, false)
		}
	}
}

func (a *App) housekeep(ctx context.Context, now time.Time, first bool) {
	const day = 24 * time.Hour
	c := a.Config.Store
	hold, err := a.store.Forget(ctx, now, store.Keep{
		Keys: time.Duration(c.LedgerDays) * day, Journal: time.Duration(c.RetentionDays) * day, Notes: map[string]time.Duration{note.Kind: noteKeep},
	})
	switch {
	case err != nil && ctx.Err() == nil:
		a.Log.Warn("old rows could not be dropped", "error", err)
	case hold.Fresh || first && hold.Left > 0:
		a.Log.Warn("the clock leapt, or kith was stopped for long: nothing is forgotten until the clock has been steady; if it is wrong, set it (timedatectl)",
			"from", hold.From, "to", hold.To, "steady_for_another", hold.Left)
	}
	if err == nil && hold.Left == 0 {
		a.forgetLessons(ctx, now)
	}
	a.saveLines()
	if err := a.watch.save(ctx, a.store); err != nil && ctx.Err() == nil {
		a.Log.Warn("what was seen could not be kept", "error", err)
	}
}

// forgetLessons drops what nobody may ask to be taken back any more.
func (a *App) forgetLessons(ctx context.Context, now time.Time) {
	if a.habits == nil {
		return
	}
	if err := a.habits.Forget(ctx, now.AddDate(0, 0, -a.Config.Learn.KeepDays)); err != nil && ctx.Err() == nil {
		a.Log.Warn("old lessons could not be dropped", "error", err)
	}
	if err := a.retire(ctx, now); err != nil && ctx.Err() == nil {
		a.Log.Warn("old counts could not be folded away", "error", err)
	}
}

// retireKind names the note of when old counts were last folded away; retireEvery is
// how often that is done, since it reads all rows.
const (
	retireKind  = "retire"
	retireEvery = 30 * 24 * time.Hour
)

func (a *App) retire(ctx context.Context, now time.Time) error {
	done := false
	err := a.store.Notes(ctx, retireKind, now.Add(-retireEvery), func(string, time.Time, []byte) error { done = true; return nil })
	if err != nil || done {
		return err
	}
	if _, err := a.habits.Retire(ctx, baseline.DayOf(now.In(a.habits.Zone()))); err != nil {
		return err
	}
	return a.store.PutNote(retireKind, OrgKey, now, []byte("done"))
}
