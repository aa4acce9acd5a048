// Package storetest runs a private PostgreSQL for tests: real servers on
// loopback ports, in a temporary folder, that touch no cluster of the system.
//
// PostgreSQL does not run as root; where the tests do, the servers run as user
// postgres. Where no PostgreSQL is installed, the test that asks is skipped and
// says so (Debian: apt-get install postgresql-15).
package storetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Role and Password are those of the databases' owner.
const (
	Role     = "kith"
	Password = "open:s@same/%20"
)

// Server is one PostgreSQL server. Its methods fail the test that they are
// called for; none may run beside another of the same server.
type Server struct {
	Port int

	dir, data, bin string
	as             *syscall.Credential
	databases      int
	standbys       int
}

// Start makes a server and starts it. It ends with the test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s, err := start(tb)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.close)
	return s
}

var shared struct {
	once   sync.Once
	mu     sync.Mutex
	server *Server
	err    error
}

// Shared returns the server that all tests of the process use, each with a
// database of its own. Close ends it.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	installed(tb)
	shared.once.Do(func() { shared.server, shared.err = start(tb) })
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.server
}

// Close ends the shared server; call it in TestMain.
func Close() {
	if shared.server != nil {
		shared.server.close()
	}
}

// installed finds the programs of the newest version.
func installed(tb testing.TB) string {
	tb.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		tb.Skip("PostgreSQL is not installed, so nothing is proven here: apt-get install postgresql-15")
	}
	return filepath.Dir(found[len(found)-1])
}

func start(tb testing.TB) (*Server, error) {
	bin := installed(tb)
	dir, err := os.MkdirTemp("", "kith-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, data: filepath.Join(dir, "data"), bin: bin}
	if err := s.unprivileged(); err != nil {
		return nil, err
	}
	if s.Port, err = freePort(); err != nil {
		return nil, err
	}
	if err := s.run("initdb", "-D", s.data, "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return nil, err
	}
	// fsync is off: a killed server loses nothing, only a machine without power
	// does. Few connections, so that tests that leak them fail.
	conf := fmt.Sprintf("listen_addresses = '127.0.0.1'\nunix_socket_directories = '%s'\nfsync = off\nmax_connections = 40\nshared_buffers = 32MB\ndeadlock_timeout = 100ms\nwal_level = replica\nmax_wal_senders = 4\nlog_min_messages = fatal\n", dir)
	if err := s.append("postgresql.conf", conf); err != nil {
		return nil, err
	}
	if err := s.append("pg_hba.conf", "host replication all 127.0.0.1/32 scram-sha-256\n"); err != nil {
		return nil, err
	}
	if err := s.up(); err != nil {
		s.close()
		return nil, err
	}
	if err := s.sql("postgres", fmt.Sprintf("CREATE ROLE %s LOGIN REPLICATION PASSWORD '%s'", Role, Password)); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// unprivileged finds a user to run as, and gives the folder to him.
func (s *Server) unprivileged() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, uid, gid)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// run runs one of PostgreSQL's programs. Its output goes to a file: a server that
// pg_ctl starts would keep a pipe open.
func (s *Server) run(program string, args ...string) error {
	out, err := os.CreateTemp("", "kith-pg-out-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, out, out
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "PGPASSWORD=" + Password, "HOME=" + s.dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("%s: %w: %s%s", program, err, said, log)
	}
	return nil
}

func (s *Server) append(name, text string) error {
	f, err := os.OpenFile(filepath.Join(s.data, name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

func (s *Server) up() error {
	return s.run("pg_ctl", "-D", s.data, "-l", filepath.Join(s.dir, "log"), "-o", "-p "+strconv.Itoa(s.Port), "-w", "-t", "60", "start")
}

func (s *Server) sql(database, q string) error {
	return s.run("psql", "-X", "-q", "-h", s.dir, "-p", strconv.Itoa(s.Port), "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-c", q)
}

func (s *Server) close() {
	s.kill() // nothing of it is needed any more
	os.RemoveAll(s.dir)
}

// kill ends the postmaster as a crash would, and waits until its port is free.
func (s *Server) kill() {
	b, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
	if err != nil {
		return
	}
	first, _, _ := strings.Cut(string(b), "\n")
	if pid, err := strconv.Atoi(first); err == nil && pid > 1 {
		syscall.Kill(pid, syscall.SIGQUIT) // an immediate shutdown takes the children along
	}
	for range 200 {
		if _, err := os.Stat(filepath.Join(s.data, "postmaster.pid")); err != nil {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// Stop ends the server at once, as a crash would.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	s.kill()
}

// Restart starts a stopped server again.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	if err := s.up(); err != nil {
		tb.Fatal(err)
	}
}

// SQL runs statements in a database as superuser.
func (s *Server) SQL(tb testing.TB, database, q string) {
	tb.Helper()
	if err := s.sql(database, q); err != nil {
		tb.Fatal(err)
	}
}

// Database makes an empty database and returns its name and its URL without the
// password.
func (s *Server) Database(tb testing.TB) (name, url string) {
	tb.Helper()
	shared.mu.Lock()
	s.databases++
	name = fmt.Sprintf("kith%d", s.databases)
	shared.mu.Unlock()
	s.SQL(tb, "postgres", "CREATE DATABASE "+name+" OWNER "+Role)
	return name, s.URL(name)
}

// URL spells the URL of a database on this server and, as further hosts, on
// others.
func (s *Server) URL(database string, others ...*Server) string {
	hosts := []string{"127.0.0.1:" + strconv.Itoa(s.Port)}
	for _, o := range others {
		hosts = append(hosts, "127.0.0.1:"+strconv.Itoa(o.Port))
	}
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", Role, strings.Join(hosts, ","), database)
}

// PasswordFile writes the password into a file of the test.
func PasswordFile(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "password")
	if err := os.WriteFile(path, []byte(Password+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Standby makes a hot standby of the server and starts it; commits wait for it
// from then on (synchronous replication). It ends with the test.
func (s *Server) Standby(tb testing.TB) *Server {
	tb.Helper()
	s.standbys++
	dir, err := os.MkdirTemp("", "kith-pg-")
	if err != nil {
		tb.Fatal(err)
	}
	b := &Server{dir: dir, data: filepath.Join(dir, "data"), bin: s.bin}
	tb.Cleanup(b.close)
	if err := b.unprivileged(); err != nil {
		tb.Fatal(err)
	}
	if b.Port, err = freePort(); err != nil {
		tb.Fatal(err)
	}
	if err := b.run("pg_basebackup", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port), "-U", Role, "-D", b.data, "-R", "-X", "stream", "-c", "fast", "--no-sync"); err != nil {
		tb.Fatal(err)
	}
	if err := b.append("postgresql.conf", "unix_socket_directories = '"+dir+"'\n"); err != nil {
		tb.Fatal(err)
	}
	if err := b.up(); err != nil {
		tb.Fatal(err)
	}
	s.SQL(tb, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")
	s.SQL(tb, "postgres", "SELECT pg_reload_conf()")
	return b
}

// Promote makes a standby the primary.
func (s *Server) Promote(tb testing.TB) {
	tb.Helper()
	if err := s.run("pg_ctl", "-D", s.data, "-w", "-t", "60", "promote"); err != nil {
		tb.Fatal(err)
	}
}
