package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Sentinel errors that callers decide on. Errors of this package are one line
// for people: what, where, the mend.
var (
	ErrNewer  = errors.New("made by a newer kith")
	ErrBroken = errors.New("not a readable store")
	ErrInUse  = errors.New("in use by another kith")
	ErrClosed = errors.New("store is closed")
	ErrAway   = errors.New("the server is away") // PostgreSQL cannot be reached, or is not primary
)

var errNoSchema = errors.New("it has no schema")

// line is an error whose text is one line: drivers say where they tried to
// connect on a line each.
type line struct{ err error }

func (l line) Error() string { return strings.Join(strings.Fields(l.err.Error()), " ") }
func (l line) Unwrap() error { return l.err }

func (e *engine) broken(err error) error {
	return fmt.Errorf("%s %s: %w (%w): %s", e.noun, e.where(), ErrBroken, line{err}, e.advice(kindDamaged))
}

// advice is the mend. The habits in a file can be made again, and mail goes on
// without them.
func (e *engine) advice(k kind) string {
	switch {
	case e.noun != habitPart || e.shared():
		return e.mend(k)
	case k == kindDamaged:
		return "stop kith, move the file away, and start it again: it is rebuilt from what is still remembered"
	}
	return "free the disk or mend its permissions; mail flows, judged with less"
}

func (e *engine) newer(v, known int) error {
	return fmt.Errorf("%s %s: %w (version %d, this one knows %d): install that kith again", e.noun, e.where(), ErrNewer, v, known)
}

// failed is the error of a write.
func (e *engine) failed(err error) error {
	switch k := e.kind(err); {
	case k == kindDamaged:
		return e.broken(err)
	case k == kindLost:
		return e.gone(err)
	default:
		return fmt.Errorf("%s %s: cannot write: %w: %s", e.noun, e.where(), line{err}, e.advice(k))
	}
}

func (e *engine) gone(err error) error {
	return fmt.Errorf("%s %s: %w (%w): %s", e.noun, e.where(), ErrAway, line{err}, e.advice(kindLost))
}

// unread is the error of a look.
func (e *engine) unread(err error) error {
	k := e.kind(err)
	switch {
	case k == kindDamaged:
		return e.broken(err)
	case k == kindLost:
		return e.gone(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s %s: cannot be read in time: %w: try again when it is less busy", e.noun, e.where(), line{err})
	case e.shared():
		return fmt.Errorf("%s %s: cannot be read: %w: %s", e.noun, e.where(), line{err}, e.advice(k))
	}
	return fmt.Errorf("%s %s: cannot be read: %w: run this as kith's user (sudo -u kith …), or check the disk", e.noun, e.where(), line{err})
}

// present looks for a store that is only to be looked at.
func (e *engine) present() error {
	err := e.find()
	if err == nil {
		return nil
	}
	mend := "start kith once, or check [store] path"
	if errors.Is(err, fs.ErrPermission) {
		mend = "run this as kith's user (sudo -u kith …)"
	}
	return fmt.Errorf("%s %s: %w: %s", e.noun, e.where(), unwrapPath(err), mend)
}

func unwrapPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
