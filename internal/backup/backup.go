// Package backup packs what a site cannot make again into one file and puts it
// back: the store, the site key (without which what was learned is noise) and,
// for reference, the configuration. The file is a gzipped tar archive, so that
// it can be looked into without kith.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"kith/internal/store"
)

// Sources says where the parts are. Config may be "".
type Sources struct{ Database, SiteKey, Config string }

// Names of the members.
const (
	nameStore  = "kith.db"
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
	copied := filepath.Join(tmp, nameStore)
	if err := store.Backup(ctx, s.Database, copied); err != nil {
		return 0, err
	}
	z := gzip.NewWriter(out)
	t := tar.NewWriter(z)
	for _, m := range []struct {
		name, from string
		may        bool // may be missing
	}{{nameStore, copied, false}, {nameKey, s.SiteKey, false}, {nameConfig, s.Config, true}} {
		if err := add(t, m.name, m.from); err != nil && !(m.may && (m.from == "" || errors.Is(err, os.ErrNotExist))) {
			return 0, fmt.Errorf("backup %s: %w", path, err)
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
	dir := filepath.Dir(to.Database)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("restore %s: %w", path, cause(err))
	}
	tmp, err := os.MkdirTemp(dir, ".kith-restore-")
	if err != nil {
		return fmt.Errorf("restore %s: %w: run it as kith's user", path, cause(err))
	}
	defer os.RemoveAll(tmp)
	if err := unpack(path, tmp); err != nil {
		return fmt.Errorf("restore %s: %w: this is no backup made by 'kith backup', or it is damaged", path, err)
	}
	if err := store.Verify(ctx, filepath.Join(tmp, nameStore)); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	release, err := store.Reserve(to.Database)
	if err != nil {
		return err
	}
	defer release()
	return place(path, tmp, to)
}

// place moves the parts in. The store's own log files belong to the old store
// and go aside with it.
func place(path, tmp string, to Sources) error {
	for _, old := range []string{to.Database, to.Database + "-wal", to.Database + "-shm", to.SiteKey} {
		if err := os.Rename(old, old+".before-restore"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("restore %s: %w", path, cause(err))
		}
	}
	if err := os.Rename(filepath.Join(tmp, nameStore), to.Database); err != nil {
		return fmt.Errorf("restore %s: %w", path, cause(err))
	}
	if err := copyFile(filepath.Join(tmp, nameKey), to.SiteKey); err != nil {
		return fmt.Errorf("restore %s: %w", path, cause(err))
	}
	if err := copyFile(filepath.Join(tmp, nameConfig), to.Database+".kith.toml"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore %s: %w", path, cause(err))
	}
	return own(to)
}

// own gives what was put back to the owner of the folder: root restores for
// kith's user.
func own(to Sources) error {
	st, err := os.Stat(filepath.Dir(to.Database))
	if err != nil || os.Getuid() != 0 {
		return err
	}
	sys := st.Sys().(*syscall.Stat_t)
	for _, f := range []string{to.Database, to.SiteKey, to.Database + ".lock", to.Database + ".kith.toml"} {
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
	return os.WriteFile(to, b, 0o600)
}

// unpack takes the known members and no others: a name in an archive is never
// used as a path.
func unpack(path, dir string) error {
	f, err := os.Open(path)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if h.Name != nameStore && h.Name != nameKey && h.Name != nameConfig || h.Typeflag != tar.TypeReg || seen[h.Name] || h.Size > maxMember {
			return fmt.Errorf("unexpected member %q", h.Name)
		}
		seen[h.Name] = true
		out, err := os.OpenFile(filepath.Join(dir, h.Name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, t)
		if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
			return err
		}
	}
	if !seen[nameStore] || !seen[nameKey] {
		return errors.New("store or site key is missing")
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
