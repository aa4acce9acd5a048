package learn

import (
	"context"
	"errors"
	"fmt"
	"maps"
)

// ErrSkip may be returned (or wrapped) by the function given to Run: the item is
// counted as passed over, and the run goes on.
var ErrSkip = errors.New("passed over")

// Report is what a run did.
type Report struct {
	// Handed is what was handed over; Bytes are those of Raw.
	Handed Count
	// Skipped counts messages that were not, by reason.
	Skipped map[Reason]int64
	// Folders counts the folders that were read to their end.
	Folders int
	// Left lists the folders that were left out because of their role.
	Left []Folder
	// Failed holds a folder's fault by its key: it was not read to its end.
	Failed map[string]error
	// Positions holds the position behind the last item of each folder that was
	// handled without an error.
	Positions map[string]string
}

// Run reads the source and hands over one item after the other. It ends when each
// returns an error other than ErrSkip, when ctx ends, when a server is lost for good,
// or when all is read; the report is good in each case. When no folder at all
// could be read, the first fault is returned.
func Run(ctx context.Context, src *Source, each func(context.Context, Item) error) (Report, error) {
	r := Report{Skipped: map[Reason]int64{}, Failed: map[string]error{}, Positions: map[string]string{}}
	maps.Copy(r.Positions, src.opt.Resume)
	var first error
	for _, f := range src.folders {
		if src.skips(f.role) {
			r.Left = append(r.Left, Folder{Key: f.key, Name: f.name, Owner: f.owner, Role: f.role, Skipped: true})
			continue
		}
		var stop error
		err := f.mailbox.read(ctx, src.opt.Resume[f.key], func(m stored) error {
			stop = src.hand(ctx, f, m, each, &r)
			return stop
		})
		switch {
		case stop != nil:
			return r, stop
		case ctx.Err() != nil:
			return r, ctx.Err()
		case err == nil:
			r.Folders++
			continue
		}
		r.Failed[f.key] = err
		src.opt.Report(f.name, err)
		if first == nil {
			first = err
		}
		if errors.Is(err, errLost) {
			return r, err
		}
	}
	if first != nil && r.Folders == 0 && r.Handed.Messages == 0 {
		return r, first
	}
	return r, nil
}

// hand makes an item of a stored message and gives it on.
func (s *Source) hand(ctx context.Context, f folder, m stored, each func(context.Context, Item) error, r *Report) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer s.pass(m.size)
	role := f.role
	if m.role != "" {
		role = m.role
	}
	if m.skip == "" && m.role != "" && s.skips(m.role) {
		m.skip = Marked
		if m.role == Junk {
			m.skip = InJunk
		}
	}
	if m.skip != "" {
		r.Skipped[m.skip]++
		if m.err != nil {
			s.opt.Report(m.where, m.err)
		}
		r.forward(f.key, m.position)
		return nil
	}
	raw := crlf(m.raw)
	it := Item{
		Source: s.name, Key: f.key, Folder: f.name, Role: role, Owner: f.owner,
		At: arrival(m.at, m.zoneless, raw, s.opt.Now()), Raw: raw, Position: m.position,
	}
	err := each(ctx, it)
	switch {
	case errors.Is(err, ErrSkip):
		r.Skipped[Declined]++
	case err != nil:
		return fmt.Errorf("%s: %w", m.where, err)
	default:
		r.Handed.add(Count{1, int64(len(raw))})
	}
	r.forward(f.key, m.position)
	return nil
}

func (r *Report) forward(key, position string) {
	if position != "" {
		r.Positions[key] = position
	}
}

func (s *Source) pass(size int64) {
	s.mu.Lock()
	s.passed.add(Count{1, size})
	s.mu.Unlock()
}
