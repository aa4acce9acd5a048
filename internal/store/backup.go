package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// Backup writes a consistent copy of the store in the file at path to the new file to,
// while kith may be serving (VACUUM INTO reads one snapshot).
func Backup(ctx context.Context, path, to string) error {
	if Remote(path) {
		return remoteBackup(path)
	}
	s, err := Open(path, Options{ReadOnly: true, older: true})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.copyFile(ctx, path, to)
}

// BackupHabits does the same for the habits beside a store in a file. Copy them
// before their store: then none counts a lesson that the store's copy lacks.
func BackupHabits(ctx context.Context, path, to string) error {
	h, err := OpenHabits(path, Options{ReadOnly: true, older: true})
	if err != nil {
		return err
	}
	defer h.Close()
	return h.copyFile(ctx, path, to)
}

// copyFile writes a snapshot of the database in the file at path to the new file
// to.
func (e *engine) copyFile(ctx context.Context, path, to string) error {
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("backup %s: there already: give a new name", to)
	}
	if err := os.WriteFile(to, nil, 0o600); err != nil { // made here so that nobody else may read it
		return fmt.Errorf("backup %s: %w: choose a folder that you may write to", to, unwrapPath(err))
	}
	// VACUUM INTO does not write to the source, but query_only forbids it too.
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()+"?mode=rw&_pragma=busy_timeout(5000)")
	if err != nil {
		return e.broken(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?1`, to); err != nil {
		os.Remove(to)
		if e.kind(err) == kindDamaged {
			return e.broken(err)
		}
		return fmt.Errorf("backup %s: %w: check free space there", to, err)
	}
	return nil
}

// remoteBackup says whose task it is: a copy of what one node reads is no backup
// of a cluster.
func remoteBackup(path string) error {
	d, err := newPostgres(path, Options{})
	if err != nil {
		return err
	}
	return fmt.Errorf("store %s: a server is saved with its own tools: use pg_dump or pg_basebackup, and keep the site key with it", d.where())
}

// Verify checks that path is a whole store, in a file, that this kith can use.
func Verify(ctx context.Context, path string) error {
	if Remote(path) {
		return remoteBackup(path)
	}
	s, err := Open(path, Options{ReadOnly: true, older: true})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.whole(ctx)
}

// VerifyHabits checks that path is a whole file of habits that this kith can use.
func VerifyHabits(ctx context.Context, path string) error {
	h, err := OpenHabits(path, Options{ReadOnly: true, older: true})
	if err != nil {
		return err
	}
	defer h.Close()
	return h.whole(ctx)
}

// whole reads a file to its end.
func (e *engine) whole(ctx context.Context) error {
	var said string
	switch err := e.read.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); {
	case err != nil:
		return e.unread(err)
	case said != "ok":
		return e.broken(errors.New(said))
	}
	return nil
}
