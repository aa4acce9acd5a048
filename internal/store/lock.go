package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Commands of fcntl(2) for locks that belong to an open file and not to a
// process: they go when the process goes, however it ends, and who holds one
// can be asked without taking it.
const (
	getLock = 36 // F_OFD_GETLK
	setLock = 37 // F_OFD_SETLK
)

func lockName(path string) string { return path + ".lock" }

func wholeFile() *syscall.Flock_t {
	return &syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
}

// takeLock keeps a second writing process away: from a file, or from being the
// same node.
func (s *Store) takeLock(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return fmt.Errorf("store %s: cannot make its lock file: %w: check [store] path and its owner", s.where(), unwrapPath(err))
	}
	err = syscall.FcntlFlock(f.Fd(), setLock, wholeFile())
	switch {
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES):
		f.Close()
		return fmt.Errorf("store %s: %w: stop the other one (systemctl stop kith), or give this one its own [store] path", s.where(), ErrInUse)
	case err != nil:
		f.Close()
		return fmt.Errorf("store %s: cannot lock: %w: put it on a local disk", s.where(), err)
	}
	s.lock = f
	return nil
}

func (s *Store) dropLock() {
	if s.lock != nil {
		s.lock.Close()
		s.lock = nil
	}
}

// Reserve takes the lock of the store in the file at path without opening it, for
// who puts another file in its place. release gives it back.
func Reserve(path string) (release func(), err error) {
	s := &Store{engine: engine{dialect: sqlite{path: path}, noun: "store"}}
	if err := s.takeLock(s.lockFile()); err != nil {
		return nil, err
	}
	return s.dropLock, nil
}

// InUse reports whether a process writes to the store at path, a file, or holds
// the lock of a node (Options.Lock without its ".lock"). It takes nothing and makes nothing, so that asking never stops a kith that starts.
func InUse(path string) (bool, error) {
	f, err := os.Open(lockName(path))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	lock := wholeFile()
	if err := syscall.FcntlFlock(f.Fd(), getLock, lock); err != nil {
		return false, err
	}
	return lock.Type != syscall.F_UNLCK, nil
}
