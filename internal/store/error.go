package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// The first eight bits of an SQLite result code (sqlite.org/rescode.html) that
// say that the file itself is bad, and that one statement is.
const (
	sqliteCorrupt    = 11
	sqliteTooBig     = 18
	sqliteConstraint = 19
	sqliteMismatch   = 20
	sqliteRange      = 25
	sqliteNotADB     = 26
)

func codeOf(err error) (code int, ok bool) {
	var c interface{ Code() int }
	if !errors.As(err, &c) {
		return 0, false
	}
	return c.Code() & 0xff, true
}

// damaged tells a bad file from a disk or a user that cannot.
func damaged(err error) bool {
	code, ok := codeOf(err)
	return ok && (code == sqliteCorrupt || code == sqliteNotADB)
}

// away tells a store that cannot be written (full, busy, read-only, gone) from a
// change that cannot be made.
func away(err error) bool {
	code, ok := codeOf(err)
	switch code {
	case sqliteTooBig, sqliteConstraint, sqliteMismatch, sqliteRange:
		return false
	}
	return ok
}

func (s *Store) broken(err error) error {
	return fmt.Errorf("store %s: %w (%s): restore it with 'kith restore', or move it away to begin anew", s.path, ErrBroken, strings.Join(strings.Fields(err.Error()), " "))
}

// failed is the error of a write.
func (s *Store) failed(err error) error {
	if damaged(err) {
		return s.broken(err)
	}
	return fmt.Errorf("store %s: cannot write: %w: free the disk or mend its permissions; mail flows by [fail] meanwhile", s.path, err)
}

// unread is the error of a look.
func (s *Store) unread(err error) error {
	if damaged(err) {
		return s.broken(err)
	}
	return fmt.Errorf("store %s: cannot be read: %w: run this as kith's user (sudo -u kith …), or check the disk", s.path, err)
}

// absent is the error of a look at a file that cannot even be found.
func (s *Store) absent(err error) error {
	mend := "start kith once, or check [store] path"
	if errors.Is(err, fs.ErrPermission) {
		mend = "run this as kith's user (sudo -u kith …)"
	}
	return fmt.Errorf("store %s: %w: %s", s.path, unwrapPath(err), mend)
}

func unwrapPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
