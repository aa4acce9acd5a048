package stack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// SmallDisk mounts a tmpfs of the given size under the stack's directory and
// returns its path: a disk that a drill can fill. Stop unmounts it.
func (s *Stack) SmallDisk(name string, bytes int64) (string, error) {
	dir := filepath.Join(s.Dir, "disk-"+name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	options := fmt.Sprintf("size=%d,mode=0755", bytes)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		return "", fmt.Errorf("mount a small disk at %s: %w", dir, err)
	}
	return dir, nil
}

// unmountAll unmounts every small disk, also one that is still in use.
func (s *Stack) unmountAll() {
	dirs, _ := filepath.Glob(filepath.Join(s.Dir, "disk-*"))
	for _, d := range dirs {
		syscall.Unmount(d, syscall.MNT_DETACH)
	}
}

// Remount makes a small disk read-only, or writable again. It fails while a
// file is open for writing there, so use Immutable under a running program.
func Remount(dir string, readOnly bool) error {
	var flags uintptr = syscall.MS_REMOUNT
	if readOnly {
		flags |= syscall.MS_RDONLY
	}
	return syscall.Mount("tmpfs", dir, "tmpfs", flags, "")
}

// Fill writes a file into dir until the disk is full, and returns what frees
// the space again.
func Fill(dir string) (free func() error, err error) {
	path := filepath.Join(dir, ".fill")
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			break // full, which is what was wanted
		}
	}
	return func() error { return os.Remove(path) }, nil
}

// Immutable sets or clears the immutable attribute of a file, which even root
// may then not write. It returns an error on file systems without attributes.
func Immutable(path string, on bool) error {
	flag := "-i"
	if on {
		flag = "+i"
	}
	if out, err := exec.Command("chattr", flag, path).CombinedOutput(); err != nil {
		return fmt.Errorf("chattr %s %s: %w: %s", flag, path, err, out)
	}
	return nil
}
