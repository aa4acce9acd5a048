package fit

import (
	"context"
	"fmt"

	"kith/internal/kith"
	"kith/internal/pipeline"
	"kith/internal/replay"
)

// Judged is told of a message that was judged and is not yet learned.
type Judged func(ctx context.Context, ev *replay.Event, env *kith.Envelope, out *pipeline.Outcome) error

// Play plays a set once, from nothing known: it judges each message, calls the
// function, and then learns what the message teaches. It does not read labels. Who
// puts the program together makes it, since it needs a store.
type Play func(ctx context.Context, each Judged) (*replay.Report, error)

// Collect plays a set and sets what was found beside its labels. A message that
// the set's maker forbids to learn from gives no sample. Of a sent message the
// recipient for whom it looks worst speaks for the whole.
func Collect(ctx context.Context, source Source, labels map[string]Label, play Play) (*Set, error) {
	set := &Set{Source: source}
	_, err := play(ctx, func(_ context.Context, ev *replay.Event, _ *kith.Envelope, out *pipeline.Outcome) error {
		set.add(ev, labels[ev.ID], out)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(set.Samples) == 0 {
		return nil, fmt.Errorf("%s: no message of it was judged; fetch the set again", source.Name)
	}
	return set, nil
}

func (s *Set) add(ev *replay.Event, l Label, out *pipeline.Outcome) {
	x := Sample{Event: ev.ID, At: ev.At, Sent: ev.Kind == replay.Submit, Scored: ev.Scored, Truth: l.Truth, Kind: l.Kind, Template: l.Template, Campaign: l.Campaign}
	if x.Truth == "" {
		x.Truth = Other
	}
	if out.Case != nil {
		x.Author = hidden(out.Case.AuthorAddr)
	}
	if x.Sent {
		worst := 0
		for i := range out.Judgements {
			if out.Judgements[i].Verdict.Score > out.Judgements[worst].Verdict.Score {
				worst = i
			}
		}
		if len(out.Judgements) > 0 {
			x.Found = foundOf(out.Judgements[worst].Verdict)
		}
		s.Samples = append(s.Samples, x)
		return
	}
	for i, j := range out.Judgements {
		if i < len(ev.Rcpts) {
			x.Rcpt = hidden(ev.Rcpts[i])
		}
		x.Found = foundOf(j.Verdict)
		s.Samples = append(s.Samples, x)
	}
}

func foundOf(v kith.Verdict) []Found {
	out := make([]Found, len(v.Reasons))
	for i := range v.Reasons {
		f := &v.Reasons[i].Finding
		out[i] = Found{f.Kind, f.Group, f.Strength}
	}
	return out
}
