package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var builtDir string // removed at the end

// built is the program as it is shipped, built once, where every user may
// run it.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kith-built-")
	if err != nil {
		return "", err
	}
	builtDir = dir
	bin := filepath.Join(dir, "kith")
	out, err := exec.Command("go", "build", "-ldflags", "-X main.version=built", "-o", bin, "kith/cmd/kith").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, os.Chmod(dir, 0o755)
})

func program(t *testing.T) string {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// notices is systemd's end of NOTIFY_SOCKET.
type notices struct {
	t    *testing.T
	conn *net.UnixConn
	seen []string
}

func listenNotices(t *testing.T) (*notices, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &notices{t: t, conn: conn}, path
}

// wait reads until a notice comes that begins with want, and returns it.
func (n *notices) wait(want string) string {
	n.t.Helper()
	b := make([]byte, 4096)
	n.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	for {
		k, err := n.conn.Read(b)
		if err != nil {
			n.t.Fatalf("no notice %q: %v; came before: %q", want, err, n.seen)
		}
		n.seen = append(n.seen, string(b[:k]))
		if strings.HasPrefix(string(b[:k]), want) {
			return string(b[:k])
		}
	}
}

// systemd starts the program as a unit with Type=notify, a watchdog and two
// sockets would.
func systemd(t *testing.T, conf, notify string, sockets ...*os.File) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	// LISTEN_PID must be the program's own (sd_listen_fds(3)): the shell becomes it.
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$0" "$@"`, program(t), "--config", conf, "serve")
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+notify, "WATCHDOG_USEC=400000", fmt.Sprintf("LISTEN_FDS=%d", len(sockets)), "LISTEN_FDNAMES=kith-lmtp:kith-web")
	cmd.ExtraFiles = sockets
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &log
}

// socket opens a port as a .socket unit does.
func socket(t *testing.T) (*os.File, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, ln.Addr().String()
}

func writeConf(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "kith.toml")
	text = fmt.Sprintf("%s\n[auth]\nenabled = false\n[store]\npath = %q\n", text, filepath.Join(dir, "state", "kith.db"))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSystemd: sockets that systemd opened, sd_notify's words at the start, a
// reload and the stop, and the watchdog's beat in between.
func TestSystemd(t *testing.T) {
	n, notify := listenNotices(t)
	lmtp, at := socket(t)
	web, _ := socket(t)
	next, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go serveSink(next)
	defer next.Close()
	conf := writeConf(t, t.TempDir(), fmt.Sprintf("[web]\nlisten = \"systemd:kith-web\"\n[lmtp]\nlisten = \"systemd:kith-lmtp\"\nnext = %q\n", next.Addr()))
	cmd, log := systemd(t, conf, notify, lmtp, web)
	defer func() {
		cmd.Process.Kill()
		if t.Failed() {
			t.Logf("%q\n%s", n.seen, log)
		}
	}()
	n.wait("READY=1")
	var said strings.Builder
	if err := sendLMTP(&said, at, "Subject: x\n\nx\n", []string{"tim@corp.test"}); err != nil || !strings.Contains(said.String(), "kith k") {
		t.Errorf("through systemd's socket: %q, %v", said.String(), err)
	}
	n.wait("WATCHDOG=1")
	n.wait("WATCHDOG=1")

	cmd.Process.Signal(syscall.SIGHUP)
	if r := n.wait("RELOADING=1"); !strings.Contains(r, "\nMONOTONIC_USEC=") || strings.Contains(r, "MONOTONIC_USEC=0") {
		t.Errorf("a reload says %q", r)
	}
	n.wait("READY=1")

	cmd.Process.Signal(syscall.SIGTERM)
	n.wait("STOPPING=1")
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	// The socket stays with systemd: nobody is refused while kith is away.
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Errorf("the socket went with kith: %v", err)
	} else {
		c.Close()
	}
}

// A socket of systemd's that can be reached from outside needs TLS and peers
// like any other.
func TestSystemdSocketToTheWorld(t *testing.T) {
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, notify := listenNotices(t)
	conf := writeConf(t, t.TempDir(), "[web]\nlisten = \"\"\n[lmtp]\nlisten = \"systemd:kith-lmtp\"\nnext = \"127.0.0.1:1\"\n")
	cmd, log := systemd(t, conf, notify, f)
	var e *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &e) || e.ExitCode() != exitConfig || !strings.Contains(log.String(), "can be reached from outside this machine") {
		t.Errorf("%v, %s", err, log)
	}
}

// asNobody runs the program as a user who owns nothing.
func asNobody(t *testing.T, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t), args...)
	cmd.Dir = "/"
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	var e *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), log.String()
}

// TestWithoutPermission: what a user may not touch is said in one line, with
// the mend and the documented exit code. An owner is shut out by the mode, root
// plays nobody.
func TestWithoutPermission(t *testing.T) {
	top := t.TempDir()
	for dir := top; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	shut := filepath.Join(top, "shut")
	if err := os.MkdirAll(filepath.Join(shut, "state"), 0o755); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(top, "secret.toml")
	if err := os.WriteFile(secret, nil, 0o000); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(top, "open")
	if err := os.Mkdir(open, 0o777); err != nil {
		t.Fatal(err)
	}
	os.Chmod(open, 0o777)
	inShut := writeConf(t, shut, "[web]\nlisten = \"\"\n")
	database := filepath.Join(shut, "state", "kith.db")
	if err := os.WriteFile(database, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	os.Chmod(shut, 0o555)
	os.Chmod(filepath.Join(shut, "state"), 0o000)
	t.Cleanup(func() { os.Chmod(shut, 0o755); os.Chmod(filepath.Join(shut, "state"), 0o755) })
	sock := writeConf(t, open, fmt.Sprintf("[web]\nlisten = \"\"\n[lmtp]\nlisten = \"unix:%s/lmtp.sock\"\nnext = \"127.0.0.1:1\"\n", shut))
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"configuration", []string{"--config", secret, "config", "check"}, exitConfig, "this user may not read it; run as the user kith"},
		{"store, status", []string{"--config", inShut, "status"}, exitStore, "permission denied: run this as kith's user (sudo -u kith …)"},
		{"store, serve", []string{"--config", inShut, "serve"}, exitStore, "permission denied"},
		{"store, pause", []string{"--config", inShut, "pause"}, exitStore, "run it as kith's user or root"},
		{"socket", []string{"--config", sock, "serve"}, exitNetwork, "permission denied: kith's user may not; use a port above 1023, or a folder that it may write to"},
		{"backup", []string{"--config", sock, "backup", filepath.Join(shut, "b")}, exitStore, "a folder that you may write to"},
	} {
		code, out := asNobody(t, c.args...)
		last := out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]
		if code != c.code || !strings.HasPrefix(last, "kith: ") || !strings.Contains(last, c.want) {
			t.Errorf("%s: exit %d, %q; want %d and %q", c.name, code, last, c.code, c.want)
		}
	}
}

func TestVersionOfTheBinary(t *testing.T) {
	out, err := exec.Command(program(t), "--version").Output()
	if err != nil || string(out) != "kith built\n" {
		t.Errorf("%q, %v", out, err)
	}
}
