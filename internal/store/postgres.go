package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres is a database of a PostgreSQL server or cluster.
type postgres struct {
	cfg      *pgx.ConnConfig
	url      string // user, hosts and database
	password string // the file that holds it, or ""
	lock     string
	anywhere bool // the URL says to which kind of server, for those who only look
}

// How long the server may take. Who waits has a time-out of his own; these end
// what nobody waits for any more.
const (
	pgConnect   = 3 * time.Second  // for one host
	pgStatement = 10 * time.Second // for one statement of a writer, waiting for locks included
	pgRead      = 60 * time.Second // for one question
	pgPatience  = 20 * time.Second // for one transaction, network included
)

// newPostgres reads the URL. No error of it may show the URL itself: a password
// may stand in it, and in a URL that is wrong nobody knows where.
func newPostgres(url string, opt Options) (*postgres, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil || strings.ContainsAny(cfg.User+cfg.Database+cfg.Host, "@:?#") {
		return nil, errors.New("store postgres: the URL cannot be understood: write it as postgres://kith@host:5432/kith, and the password into a file of its own")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = pgConnect
	}
	d := &postgres{cfg: cfg, url: pgName(cfg), password: opt.PasswordFile, lock: opt.Lock}
	if m := sessionAttrs.FindStringSubmatch(url); m != nil && m[1] != "read-write" {
		d.anywhere = opt.ReadOnly
	}
	if d.password != "" {
		if _, err := readPassword(d.password); err != nil {
			return nil, fmt.Errorf("store %s: %w", d.url, err)
		}
	}
	return d, nil
}

// pgName spells user, hosts and database, each as a word of a URL.
func pgName(cfg *pgx.ConnConfig) string {
	var hosts []string
	add := func(host string, port uint16) {
		h := net.JoinHostPort(host, strconv.Itoa(int(port)))
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	add(cfg.Host, cfg.Port)
	for _, f := range cfg.Fallbacks { // a host stands here again for each way to encrypt
		add(f.Host, f.Port)
	}
	return "postgres://" + cfg.User + "@" + strings.Join(hosts, ",") + "/" + cfg.Database
}

var sessionAttrs = regexp.MustCompile(`[?&]target_session_attrs=([\w-]+)`)

// maxPassword bounds what is read of a password file.
const maxPassword = 4096

func readPassword(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("password file %s: %w: give it to kith's user, mode 0600", path, unwrapPath(err))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPassword+1))
	word := strings.TrimRight(string(b), "\r\n")
	switch {
	case err != nil:
		return "", fmt.Errorf("password file %s: %w: give it to kith's user, mode 0600", path, unwrapPath(err))
	case word == "" || len(b) > maxPassword || strings.ContainsAny(word, "\n\x00"):
		return "", fmt.Errorf("password file %s: it must hold one line, the password", path)
	}
	return word, nil
}

func (d *postgres) where() string           { return d.url }
func (d *postgres) lockFile() string        { return d.lock }
func (d *postgres) shared() bool            { return true }
func (d *postgres) patience() time.Duration { return pgPatience }
func (d *postgres) find() error             { return nil }
func (d *postgres) check(*sql.DB) error     { return nil } // the server's own task

// open returns a pool whose connections all lead to a server that writes (one who
// only looks may say otherwise in the URL: target_session_attrs=any): after a
// failover a connection to the old primary must
// not be taken, even for questions, for they are asked about what was just
// written. A connection that breaks is dropped and the next one finds its way
// through all hosts of the URL again.
func (d *postgres) open(readOnly bool) (*sql.DB, error) {
	cfg := d.cfg.Copy()
	set := cfg.RuntimeParams
	if v := set["synchronous_commit"]; v != "remote_apply" {
		set["synchronous_commit"] = "on" // a commit that returned is on the disk, and on that of a synchronous standby
	}
	if set["application_name"] == "" {
		set["application_name"] = "kith"
	}
	timeout := pgStatement
	if readOnly {
		timeout = pgRead
		set["default_transaction_read_only"] = "on"
	}
	set["statement_timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	set["idle_in_transaction_session_timeout"] = strconv.FormatInt(pgPatience.Milliseconds(), 10)
	if !d.anywhere {
		cfg.ValidateConnect = primary
	}
	return stdlib.OpenDB(*cfg, stdlib.OptionBeforeConnect(func(_ context.Context, c *pgx.ConnConfig) error {
		if d.password == "" {
			return nil
		}
		var err error
		c.Password, err = readPassword(d.password)
		return err
	})), nil
}

// errStandby is a server that only follows another.
var errStandby = errors.New("it is a standby, not the primary")

// primary refuses a server that is in recovery. default_transaction_read_only is
// ours on reading connections, so target_session_attrs=read-write does not fit.
func primary(ctx context.Context, c *pgconn.PgConn) error {
	res, err := c.Exec(ctx, "SELECT pg_is_in_recovery()").ReadAll()
	if err != nil {
		return err
	}
	if len(res) == 1 && len(res[0].Rows) == 1 && string(res[0].Rows[0][0]) == "t" {
		return errStandby
	}
	return nil
}

// migrating is the advisory lock under which schemas are changed, one node at a
// time: "kith" in letters.
const migrating = 0x6b697468

func (d *postgres) enter(ctx context.Context, tx *sql.Tx) error {
	for _, q := range []string{
		"SET LOCAL statement_timeout = 0", // a large store may take its time
		"SET LOCAL idle_in_transaction_session_timeout = 0",
		"SELECT pg_advisory_xact_lock(" + strconv.Itoa(migrating) + ")",
		"CREATE TABLE IF NOT EXISTS kith_version (part text PRIMARY KEY, version bigint NOT NULL)",
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (d *postgres) version(ctx context.Context, q querier, part string) (v int, err error) {
	err = q.QueryRowContext(ctx, "SELECT version FROM kith_version WHERE part = $1", part).Scan(&v)
	if pgCode(err) == pgNoTable || errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

func (d *postgres) raise(ctx context.Context, tx *sql.Tx, part string, to int) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO kith_version(part, version) VALUES($1, $2) ON CONFLICT(part) DO UPDATE SET version = $2", part, to)
	return err
}
