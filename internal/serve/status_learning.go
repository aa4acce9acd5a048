package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"kith/internal/baseline"
	"kith/internal/config"
	"kith/internal/store"
)

// Learning is what status says about the learned normal.
type Learning struct {
	Lessons int64     `json:"lessons"` // learning records that are kept
	From    time.Time `json:"from,omitzero"`
	To      time.Time `json:"to,omitzero"`
	Waiting int64     `json:"waiting"` // lessons that do not count yet
	Rows    int64     `json:"rows"`
	Bytes   int64     `json:"bytes"`
	Authors int64     `json:"authors"` // people known as authors
	Pairs   int64     `json:"pairs"`   // relations between an author and an employee
}

// lookAtLearning says what is learned from and what is missing.
func (s *Status) lookAtLearning(ctx context.Context, c *config.Config, st *store.Store, p config.Paths) {
	if !c.Learn.Enabled {
		s.Notes = append(s.Notes, "learning is switched off ([learn] enabled): only what needs no history is noticed")
		return
	}
	l := &Learning{}
	s.Learning = l
	var err error
	var last int64
	if l.Lessons, last, l.From, l.To, err = st.LessonCount(ctx); err != nil {
		s.mend("what was learned cannot be read: %v", err)
		return
	}
	rows, err := OpenRows(p, true)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return
	case err != nil:
		s.mend("%v", err)
		return
	}
	defer rows.Close()
	mark, err := rows.Mark(ctx, st.Node())
	if err == nil {
		l.Waiting = max(0, last-mark)
		l.Rows, l.Bytes, err = rows.Size(ctx)
	}
	if err == nil {
		l.Authors, err = rows.Count(ctx, baseline.Author)
	}
	if err == nil {
		l.Pairs, err = rows.Count(ctx, baseline.Pair)
	}
	if err != nil {
		s.mend("habits cannot be read: %v", err)
	}
	s.adviseLearning(l)
}

// Little history: below this span most habits are unknown.
const littleHistory = 14 * 24 * time.Hour

func (s *Status) adviseLearning(l *Learning) {
	switch {
	case l.Pairs == 0:
		s.Notes = append(s.Notes, "nothing is known of anybody yet: 'kith learn' reads the mail that people already have, with kith stopped")
	case l.To.Sub(l.From) < littleHistory:
		s.Notes = append(s.Notes, fmt.Sprintf("kith has learned for %d days only: most habits are still unknown, and what is unknown is not called unusual", int(l.To.Sub(l.From).Hours()/24)+1))
	}
	if l.Waiting > 10_000 {
		s.mend("%d lessons wait to be counted: is the disk slow or full? (kith's log says)", l.Waiting)
	}
}
