package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kith/internal/config"
	"kith/internal/habits"
	"kith/internal/pipeline"
	"kith/internal/store"
)

// Memory is a learned normal of its own in a temporary folder: what replays and
// fits learn from, gone when it is closed.
type Memory struct {
	Keeper *habits.Keeper
	Rows   *store.Habits
	Store  *store.Store
	dir    string
}

// Scratch makes an empty memory: in a temporary folder, or, when url is given, in
// that PostgreSQL database, which must be empty.
func Scratch(c *config.Config, url, passwordFile string) (*Memory, error) {
	dir, err := os.MkdirTemp("", "kith-memory-")
	if err != nil {
		return nil, err
	}
	m := &Memory{dir: dir}
	path := filepath.Join(dir, "kith.db")
	if url != "" {
		path = url
	}
	o := store.Options{Scratch: true, PasswordFile: passwordFile, Lock: filepath.Join(dir, "node.lock")}
	if m.Store, err = store.Open(path, o); err == nil {
		m.Rows, err = store.OpenHabits(store.HabitsPath(path), o)
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	// No secret: the memory lives for one run, and a replay must come out the same
	// twice.
	m.Keeper = Keeper(c, m.Store, m.Rows, []byte("the same set gives the same file"), habits.Options{})
	return m, m.Keeper.Load(context.Background())
}

// Learn keeps what a judged message teaches, as if all its copies had been
// delivered, and folds it at once.
func (m *Memory) Learn(ctx context.Context, out *pipeline.Outcome) error {
	var lessons []store.Lesson
	for i := range out.Judgements {
		lessons = append(lessons, out.Lessons.Take(i)...)
	}
	if len(lessons) == 0 {
		return nil
	}
	if err := m.Store.Learn(ctx, lessons); err != nil {
		return err
	}
	_, err := m.Keeper.Fold(ctx)
	return err
}

// Tell says in one line what learning cost so far, in rows and bytes.
func (m *Memory) Tell(ctx context.Context) (string, error) {
	rows, bytes, err := m.Rows.Size(ctx)
	if err != nil {
		return "", err
	}
	n, _, _, _, err := m.Store.LessonCount(ctx)
	if err != nil {
		return "", err
	}
	t := m.Keeper.Touches()
	copies := float64(max(t.Copies, 1))
	return fmt.Sprintf("learned: %d lessons, %d rows of habits in %d kB; for each copy %.1f rows wanted, %.2f read from the store, %.1f touched by folding",
		n, rows, bytes>>10, float64(t.Asked)/copies, float64(t.Read)/copies, float64(t.Folded)/copies), nil
}

// Close drops the memory.
func (m *Memory) Close() error {
	var errs []error
	if m.Rows != nil {
		errs = append(errs, m.Rows.Close())
	}
	if m.Store != nil {
		errs = append(errs, m.Store.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(m.dir))...)
}
