package habits

import (
	"context"

	"kith/internal/baseline"
	"kith/internal/facts"
)

// Know puts what is known into a case: one view for the message, one for each
// recipient. Call it after facts.Gather and before any detector. An error means
// that the store did not answer; the case then knows nothing, which is a gap.
func (k *Keeper) Know(ctx context.Context, c *facts.Case) error {
	want := k.rowsOf(c)
	k.touch(Touches{Copies: int64(len(c.Rcpts))})
	var all []baseline.Row
	all = append(all, want.shared...)
	for i, r := range want.rcpts {
		all = append(append(all, r...), want.threads[i]...)
	}
	if len(all) == 0 {
		return nil
	}
	got, err := k.get(ctx, all)
	if err != nil {
		return err
	}
	day := baseline.DayOf(c.Envelope.Arrived.In(k.zone))
	c.Known = baseline.NewView(k.keys, k.params, day)
	for _, r := range want.shared {
		c.Known.Set(r, got[r])
	}
	if err := k.alike(ctx, c); err != nil {
		return err
	}
	for i, rs := range want.rcpts {
		c.Rcpts[i].Known = c.Known.Fork()
		for _, r := range rs {
			c.Rcpts[i].Known.Set(r, got[r])
		}
		for _, r := range want.threads[i] {
			if hop, ok := got[r].Any(baseline.Hop); ok {
				c.Rcpts[i].Line = hop
			}
		}
	}
	return nil
}
