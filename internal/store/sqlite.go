package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the one import of the database driver
)

// sqlite is a store in one file.
type sqlite struct {
	path string
	sync string // PRAGMA synchronous: FULL fsyncs each commit, NORMAL may lose the last ones in a power cut, never the file
}

func (d sqlite) where() string           { return d.path }
func (d sqlite) lockFile() string        { return lockName(d.path) }
func (d sqlite) shared() bool            { return false }
func (d sqlite) patience() time.Duration { return 0 }

func (d sqlite) find() error {
	_, err := os.Stat(d.path)
	return err
}

// open spells the pragmas that every connection needs. foreign keys are not
// used; the cache is bounded at 8 MB (negative cache_size is in KiB).
func (d sqlite) open(readOnly bool) (*sql.DB, error) {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(5000)")
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		for _, p := range []string{"journal_mode(WAL)", "synchronous(" + d.sync + ")", "cache_size(-8192)", "wal_autocheckpoint(2000)", "journal_size_limit(67108864)", "temp_store(MEMORY)"} {
			q.Add("_pragma", p)
		}
		q.Set("_txlock", "immediate")
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: d.path}).EscapedPath()+"?"+q.Encode())
}

// quickCheckTime bounds the look at the whole file: mail waits for it, and a
// store of many gigabytes takes minutes. 'kith backup' checks to the end.
const quickCheckTime = 3 * time.Second

// errUnwhole is what SQLite said about a file that is not whole.
type errUnwhole string

func (e errUnwhole) Error() string { return string(e) }

func (d sqlite) check(db *sql.DB) error {
	ctx, cancel := context.WithTimeout(context.Background(), quickCheckTime)
	defer cancel()
	var said string
	err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said)
	switch {
	case err != nil && ctx.Err() != nil: // too large to be read in time; nothing bad was seen so far
		return nil
	case err != nil:
		return err
	case said != "ok":
		return errUnwhole(said)
	}
	return nil
}

func (d sqlite) enter(context.Context, *sql.Tx) error { return nil } // BEGIN IMMEDIATE keeps others away

func (d sqlite) version(ctx context.Context, q querier, _ string) (v int, err error) {
	err = q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	return v, err
}

func (d sqlite) raise(ctx context.Context, tx *sql.Tx, _ string, to int) error {
	_, err := tx.ExecContext(ctx, "PRAGMA user_version = "+strconv.Itoa(to))
	return err
}

var sqliteWords = strings.NewReplacer("NOW_MS", "CAST(unixepoch('subsec') * 1000 AS INTEGER)", "NODE_LOCK(?1)", "?1",
	"HABIT_BYTES", "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())")

var rowLock = regexp.MustCompile(`\s+FOR UPDATE( SKIP LOCKED)?`)

func (d sqlite) sql(q string) string {
	if strings.Contains(q, " FOR UPDATE") {
		q = rowLock.ReplaceAllString(q, "")
	}
	return sqliteWords.Replace(q)
}

func (d sqlite) ddl(step string) string { return step }
func (d sqlite) clean(args []any) []any { return args }
func (d sqlite) name(s string) string   { return s }

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

func (d sqlite) kind(err error) kind {
	var bad errUnwhole
	if errors.As(err, &bad) {
		return kindDamaged
	}
	var c interface{ Code() int }
	if !errors.As(err, &c) {
		return kindForeign
	}
	switch c.Code() & 0xff {
	case sqliteCorrupt, sqliteNotADB:
		return kindDamaged
	case sqliteTooBig, sqliteConstraint, sqliteMismatch, sqliteRange:
		return kindChange
	}
	return kindUnable
}

func (d sqlite) mend(k kind) string {
	if k == kindDamaged {
		return "restore it with 'kith restore', or move it away to begin anew"
	}
	return "free the disk or mend its permissions; mail flows by [fail] meanwhile"
}
