package serve

import (
	"context"
	"time"

	"kith/internal/budget"
	"kith/internal/config"
	"kith/internal/judge"
)

// Lines makes the budget of interruptions of a configuration.
func Lines(c *config.Config, j *judge.Judge) *budget.Lines {
	base, ceiling := j.Bands()
	return budget.New(budget.Options{PerThousand: float64(c.Policy.WarningsPer1000), Base: base, Ceiling: ceiling})
}

// budgetKind names the note that holds the lines over a restart.
const budgetKind = "budget"

func (a *App) loadLines(ctx context.Context) error {
	return a.store.Notes(ctx, budgetKind, time.Time{}, func(_ string, _ time.Time, data []byte) error {
		a.lines.Load(data)
		return nil
	})
}

func (a *App) saveLines() {
	if a.lines == nil {
		return
	}
	if err := a.store.PutNote(budgetKind, OrgKey, time.Now(), a.lines.Save()); err != nil {
		a.Log.Warn("the lines of the budget could not be kept", "error", err)
	}
}
