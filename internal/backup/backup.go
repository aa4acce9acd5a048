// Package backup packs what a site cannot make again into one file and puts it
// back: the store, the habits that were learned, the site key (without which what was learned is noise) and,
// for reference, the configuration. The file is a gzipped tar archive, so that
// it can be looked into without kith.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"kith/internal/store"
)

// Sources says where the parts are. Config may be "".
type Sources struct{ Database, SiteKey, Config string }

// Names of the members.
const (
	nameStore  = "kith.db"
	nameHabits = "kith.habits.db"
	nameKey    = "site.key"
	nameConfig = "kith.toml"
)

// maxMember bounds one member at restore, bytes.
const maxMember = 1 << 40

// Write makes a backup at path, which must not exist, and returns its size.
func Write(ctx context.Context, path string, s Sources) (n int64, err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("backup %s: %w: give a new name in a folder that you may write to", path, cause(err))
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	tmp, err := os.MkdirTemp(filepath.Dir(path), ".kith-backup-")
	if err != nil {
		return 0, fmt.Errorf("backup %s: %w", path, cause(err))
	}
	defer os.RemoveAll(tmp)
	copied, habits := filepath.Join(tmp, nameStore), filepath.Join(tmp, nameHabits)
	// The habits go first: they may then lack a lesson of the store, never have one more.
	if err := store.BackupHabits(ctx, store.HabitsPath(s.Database), habits); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	if err := store.Backup(ctx, s.Database, copied); err != nil {
		return 0, err
	}
	z := gzip.NewWriter(out)
	t := tar.NewWriter(z)
	for _, m := range []struct {
		name, from string
		may        bool // may be missing
	}{{nameStore, copied, false}, {nameHabits, habits, true}, {nameKey, s.SiteKey, false}, {nameConfig, s.Config, true}} {
		if err := add(t, m.name, m.from); err != nil && !(m.may && (m.from == "" || errors.Is(err, os.ErrNotExist))) {
			return 0, fmt.Errorf("backup %s: %s %s: %w: check that file and the free space here", path, m.name, m.from, cause(err))
		}
	}
	if err := errors.Join(t.Close(), z.Close(), out.Sync()); err != nil {
		return 0, fmt.Errorf("backup %s: %w: check free space there", path, err)
	}
	st, err := out.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func add(t *tar.Writer, name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: st.Size(), ModTime: time.Now(), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// Restore puts store and site key back. Nothing is changed unless the backup is
// whole and of a version that this kith knows, and nobody uses the store.
func Restore(ctx context.Context, path string, to Sources) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("restore %s: %w: give a file made by 'kith backup'", path, cause(err))
	}
	defer in.Close()
	dir := filepath.Dir(to.Database)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore %s: cannot make %s: %w: run it as kith's user or root", path, dir, cause(err))
	}
	tmp, err := os.MkdirTemp(dir, ".kith-restore-")
	if err != nil {
		return fmt.Errorf("restore %s: cannot write in %s: %w: run it as kith's user or root", path, dir, cause(err))
	}
	defer os.RemoveAll(tmp)
	if err := unpack(in, tmp); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	if err := checkKey(filepath.Join(tmp, nameKey)); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	switch err := store.Verify(ctx, filepath.Join(tmp, nameStore)); {
	case errors.Is(err, store.ErrNewer):
		return fmt.Errorf("restore %s: it was %w: install that one, or take an older backup", path, store.ErrNewer)
	case errors.Is(err, store.ErrBroken):
		return fmt.Errorf("restore %s: the store in it is %w: take another backup", path, store.ErrBroken)
	case err != nil:
		return fmt.Errorf("restore %s: %w", path, err)
	}
	if err := store.VerifyHabits(ctx, filepath.Join(tmp, nameHabits)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore %s: the habits in it: %w", path, err)
	}
	release, err := store.Reserve(to.Database)
	if err != nil {
		return err
	}
	defer release()
	if err := place(tmp, to); err != nil {
		return fmt.Errorf("restore %s: %w: nothing was changed; check owner and free space of %s", path, err, dir)
	}
	if err := own(to); err != nil {
		return fmt.Errorf("restore %s: it is in place, but not its owner: %w: chown it to kith's user", path, err)
	}
	return nil
}

// checkKey refuses a site key that kith would refuse at its start.
func checkKey(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return cause(err)
	}
	if key, err := hex.DecodeString(strings.TrimSpace(string(b))); err != nil || len(key) != 32 {
		return errors.New("the site key in it is damaged: take another backup")
	}
	return nil
}

// place moves the parts in, and everything back when one of them cannot be
// moved. The store's own log files belong to the old store and go aside with
// it.
func place(tmp string, to Sources) (err error) {
	newKey, newConfig := to.SiteKey+".restoring", to.Database+".kith.toml"
	if err := copyFile(filepath.Join(tmp, nameKey), newKey); err != nil {
		return cause(err)
	}
	var undo []func()
	defer func() {
		if err == nil {
			return
		}
		for _, f := range slices.Backward(undo) {
			f()
		}
		os.Remove(newKey)
	}()
	move := func(from, to string) error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		undo = append(undo, func() { os.Rename(to, from) })
		return nil
	}
	aside := freeSuffix(to)
	for _, old := range parts(to) {
		if err := move(old, old+aside); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := move(filepath.Join(tmp, nameStore), to.Database); err != nil {
		return err
	}
	// A backup without habits leaves none: they are counted anew from the store's lessons.
	if err := move(filepath.Join(tmp, nameHabits), store.HabitsPath(to.Database)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := move(newKey, to.SiteKey); err != nil {
		return err
	}
	if err := copyFile(filepath.Join(tmp, nameConfig), newConfig); err != nil && !errors.Is(err, os.ErrNotExist) {
		return cause(err)
	}
	return errors.Join(syncDir(filepath.Dir(to.Database)), syncDir(filepath.Dir(to.SiteKey)))
}

// parts lists what a restore puts aside.
func parts(to Sources) []string {
	habits := store.HabitsPath(to.Database)
	return []string{to.Database, to.Database + "-wal", to.Database + "-shm", habits, habits + "-wal", habits + "-shm", to.SiteKey}
}

// freeSuffix names what is put aside, so that a second restore does not write
// over what the first one kept.
func freeSuffix(to Sources) string {
	suffix := ".before-restore"
	for n := 2; ; n++ {
		taken := false
		for _, p := range parts(to) {
			_, err := os.Lstat(p + suffix)
			taken = taken || err == nil
		}
		if !taken {
			return suffix
		}
		suffix = fmt.Sprintf(".before-restore-%d", n)
	}
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// own gives what was put back to the owner of the folder: root restores for
// kith's user.
func own(to Sources) error {
	st, err := os.Stat(filepath.Dir(to.Database))
	if err != nil || os.Getuid() != 0 {
		return err
	}
	sys := st.Sys().(*syscall.Stat_t)
	for _, f := range []string{to.Database, store.HabitsPath(to.Database), to.SiteKey, to.Database + ".lock", to.Database + ".kith.toml"} {
		if err := os.Chown(f, int(sys.Uid), int(sys.Gid)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// errDamaged is what every fault of the archive itself comes to.
var errDamaged = errors.New("this is no backup made by 'kith backup', or it is damaged: take another one")

// unpack takes the known members and no others: a name in an archive is never
// used as a path. It reads to the end, where the checksum stands.
func unpack(in io.Reader, dir string) error {
	damaged := func(err error) error { return fmt.Errorf("%w (%v)", errDamaged, err) }
	z, err := gzip.NewReader(in)
	if err != nil {
		return damaged(err)
	}
	seen := map[string]bool{}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return damaged(err)
		}
		if h.Name != nameStore && h.Name != nameHabits && h.Name != nameKey && h.Name != nameConfig || h.Typeflag != tar.TypeReg || seen[h.Name] || h.Size > maxMember {
			return damaged(fmt.Errorf("unexpected member %q", h.Name))
		}
		seen[h.Name] = true
		if err := writeMember(filepath.Join(dir, h.Name), t); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, z); err != nil {
		return damaged(err)
	}
	if !seen[nameStore] || !seen[nameKey] {
		return damaged(errors.New("store or site key is missing"))
	}
	return nil
}

// writeMember tells a damaged archive from a full disk.
func writeMember(path string, from io.Reader) error {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return cause(err)
	}
	_, err = io.Copy(out, from)
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("cannot unpack in %s: %w: check free space there", filepath.Dir(path), cause(err))
	}
	var full *os.PathError
	if errors.As(err, &full) {
		return fmt.Errorf("cannot unpack in %s: %w: check free space there", filepath.Dir(path), full.Err)
	}
	if err != nil {
		return fmt.Errorf("%w (%v)", errDamaged, err)
	}
	return nil
}

func cause(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
