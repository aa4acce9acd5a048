package serve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kith/internal/config"
)

// A pause is a file beside the store: it works while the store is broken, it
// needs no connection to the running program, and it holds over restarts.

func pauseFile(p config.Paths) string { return filepath.Join(filepath.Dir(p.Database), "paused") }

// Pause makes a running kith pass all mail unjudged.
func Pause(p config.Paths, why string) error {
	text := time.Now().Format(time.RFC3339) + " " + strings.Join(strings.Fields(why), " ") + "\n"
	err := os.WriteFile(pauseFile(p), []byte(text), 0o644)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("pause: there is no folder %s: start kith once, or check [store] path", filepath.Dir(p.Database))
	case err != nil:
		return fmt.Errorf("pause: %w: run it as kith's user or root", err)
	}
	return nil
}

// Resume ends a pause and reports whether there was one.
func Resume(p config.Paths) (bool, error) {
	err := os.Remove(pauseFile(p))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("resume: %w: run it as kith's user or root", err)
	}
	return true, nil
}

// PausedSince returns when and why kith was paused; ok is false when it is not.
func PausedSince(p config.Paths) (since time.Time, why string, ok bool) {
	b, err := os.ReadFile(pauseFile(p))
	if err != nil {
		return time.Time{}, "", false
	}
	when, why, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	since, _ = time.Parse(time.RFC3339, when)
	return since, why, true
}

// pauseWatch looks for the file at most ten times a second.
type pauseWatch struct {
	path string

	mu  sync.Mutex
	at  time.Time
	yes bool
}

func (w *pauseWatch) paused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); now.Sub(w.at) > 100*time.Millisecond {
		_, err := os.Stat(w.path)
		w.yes, w.at = err == nil, now
	}
	return w.yes
}
