package serve

import (
	"context"
	"time"

	"kith/internal/config"
	"kith/internal/habits"
	"kith/internal/ledger"
	"kith/internal/store"
)

// foldEvery is how far the counts may lag behind what was taught.
const foldEvery = 2 * time.Second

// OrgKey is the name under which the one organisation of a configuration is
// learned. It is not the name people know, which may change.
const OrgKey = "default"

// Keeper makes the keeper of the learned normal over open stores.
func Keeper(c *config.Config, st *store.Store, rows *store.Habits, siteKey []byte, o habits.Options) *habits.Keeper {
	o.Lessons, o.Rows, o.SiteKey, o.Org, o.Node, o.Zone = st, rows, siteKey, OrgKey, st.Node(), c.Learn.Location()
	return habits.New(o)
}

// openHabits opens what was learned and begins to fold what waits.
func (a *App) openHabits() error {
	if !a.Config.Learn.Enabled {
		return nil
	}
	key, err := ledger.SiteKey(a.Paths.SiteKey)
	if err != nil {
		return err
	}
	if a.rows, err = OpenRows(a.Paths, false); err != nil {
		return err
	}
	a.habits = Keeper(a.Config, a.store, a.rows, key, habits.Options{Log: a.Log, Shared: store.Remote(a.Paths.Store), Folded: a.metrics.Folded})
	if err := a.habits.Load(context.Background()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.folding, a.folded = cancel, make(chan struct{})
	go func() {
		defer close(a.folded)
		a.habits.Run(ctx, foldEvery)
	}()
	return nil
}

// closeHabits folds what waits and closes. Call it when no seat works any more.
func (a *App) closeHabits() {
	if a.folding != nil {
		a.folding()
		<-a.folded
	}
	if a.rows != nil {
		a.rows.Close()
	}
}
