package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// dialect is what differs between SQLite and PostgreSQL, and nothing else does:
// every query stands once, in the words that both know, and sql spells the rest.
// Queries use
//
//	?1, ?2         the arguments
//	NOW_MS         the engine's own clock, unix milliseconds
//	FOR UPDATE     where a row is read to be changed; SQLite has one writer and
//	               needs no row locks
//	NODE_LOCK(?1)  see inOrder
//	HABIT_BYTES    how much room the habits take
//
// and the column types BLOB, TEXT, INTEGER and "INTEGER PRIMARY KEY
// AUTOINCREMENT", which ddl spells.
type dialect interface {
	where() string // the store's name in errors; never with a password
	lockFile() string
	shared() bool            // several nodes may write
	patience() time.Duration // for one transaction; 0: no bound
	find() error             // looks for a store that is only to be looked at

	open(readOnly bool) (*sql.DB, error)
	check(db *sql.DB) error // a quick look whether the store is whole
	enter(ctx context.Context, tx *sql.Tx) error
	version(ctx context.Context, q querier, part string) (int, error)
	raise(ctx context.Context, tx *sql.Tx, part string, to int) error

	sql(query string) string
	ddl(step string) string
	clean(args []any) []any // what the engine can take; may be the same slice
	name(s string) string   // a text from outside as it stands in an index

	kind(err error) kind
	mend(k kind) string
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// kind is what an error means to a writer.
type kind int

const (
	kindForeign kind = iota // not the engine's: the change's own error, a context that ended
	kindChange              // this change cannot be made; its neighbours may
	kindAgain               // rolled back for a neighbour's sake: try again
	kindDamaged
	kindLost    // the connection is gone, or leads to a server that does not write
	kindRefused // the server does not know us
	kindUnable  // full, busy, read-only
)

// away tells a store that cannot be written from a change that cannot be made.
func (k kind) away() bool { return k >= kindDamaged }

// engine is a dialect with its connections: one that writes and some that read.
type engine struct {
	dialect
	noun  string // "store" or "habits", for errors
	write *sql.DB
	read  *sql.DB
}

func dialectOf(path, sync string, opt Options) (dialect, error) {
	if Remote(path) {
		return newPostgres(path, opt)
	}
	return sqlite{path: path, sync: sync}, nil
}

// Remote tells the URL of a PostgreSQL server from the path of a file.
func Remote(path string) bool {
	return strings.HasPrefix(path, "postgres://") || strings.HasPrefix(path, "postgresql://")
}

// query asks the reading connections.
func (e *engine) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return e.read.QueryContext(ctx, e.sql(query), e.clean(args)...)
}

// one asks the reading connections for one row.
func (e *engine) one(ctx context.Context, query string, args ...any) *sql.Row {
	return e.read.QueryRowContext(ctx, e.sql(query), e.clean(args)...)
}

// renew drops idle connections, so that the next one finds the server that is
// primary now.
func (e *engine) renew() {
	for _, db := range []*sql.DB{e.write, e.read} {
		if db != nil && e.shared() {
			db.SetMaxIdleConns(0)
			db.SetMaxIdleConns(idleConns)
		}
	}
}

// idleConns is how many connections of a pool stay open unused.
const idleConns = 2

func (e *engine) close() error {
	if e.write != nil {
		e.write.Close()
	}
	if e.read != nil {
		return e.read.Close()
	}
	return nil
}

// connect opens the connections and brings an older schema up to date.
func (e *engine) connect(part string, steps []string, opt Options) (err error) {
	if e.read, err = e.open(true); err != nil {
		return e.broken(err)
	}
	e.read.SetMaxOpenConns(4)
	e.read.SetMaxIdleConns(idleConns)
	if opt.ReadOnly {
		if err := e.checkVersion(part, steps, opt.older); err != nil {
			e.read.Close()
			return err
		}
		return nil
	}
	if e.write, err = e.open(false); err != nil {
		return e.broken(err)
	}
	e.write.SetMaxOpenConns(1)
	e.write.SetMaxIdleConns(1)
	if err := e.migrate(part, steps); err != nil {
		e.close()
		return err
	}
	return nil
}

func (e *engine) checkVersion(part string, steps []string, older bool) error {
	v, err := e.version(context.Background(), e.read, part)
	switch {
	case err != nil:
		return e.unread(err)
	case v > len(steps):
		return e.newer(v, len(steps))
	case v < 1 && e.shared():
		return fmt.Errorf("%s %s: it is empty: start kith once, or check [store] url", e.noun, e.where())
	case v < 1:
		return e.broken(errNoSchema)
	case v < len(steps) && !older:
		return fmt.Errorf("%s %s: made by an older kith (version %d, this one knows %d): start this kith once, it brings the %s up to date", e.noun, e.where(), v, len(steps), e.noun)
	}
	return nil
}

// migrate brings an older store up to date, each step in a transaction of its
// own, after a quick look whether the store is whole. The version is read again
// inside the transaction: another node may have been quicker.
func (e *engine) migrate(part string, steps []string) error {
	v, err := e.version(context.Background(), e.write, part)
	if err != nil {
		return e.failed(err)
	}
	if v > len(steps) {
		return e.newer(v, len(steps))
	}
	if err := e.check(e.write); err != nil {
		return e.failed(err)
	}
	for v < len(steps) {
		if v, err = e.step(part, steps); err != nil {
			return err
		}
	}
	return nil
}

func (e *engine) step(part string, steps []string) (v int, err error) {
	ctx := context.Background() // a large store may take its time
	tx, err := e.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, e.failed(err)
	}
	defer tx.Rollback()
	if err := e.enter(ctx, tx); err != nil {
		return 0, e.failed(err)
	}
	if v, err = e.version(ctx, tx, part); err != nil {
		return 0, e.failed(err)
	}
	if v > len(steps) {
		return 0, e.newer(v, len(steps))
	}
	if v == len(steps) {
		return v, nil
	}
	if _, err := tx.ExecContext(ctx, e.ddl(steps[v])); err != nil {
		return 0, e.failed(err)
	}
	if err := e.raise(ctx, tx, part, v+1); err != nil {
		return 0, e.failed(err)
	}
	if err := tx.Commit(); err != nil {
		return 0, e.failed(err)
	}
	return v + 1, nil
}
