package stack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Install is the command that brings the programs that a stack needs.
const Install = "apt-get install -y --no-install-recommends postfix dovecot-core dovecot-imapd dovecot-lmtpd dovecot-sieve"

const masterProgram = "/usr/lib/postfix/sbin/master"

// installed says in one line what is missing for a stack, and the mend.
func installed() error {
	if os.Geteuid() != 0 {
		return errors.New("the mail stack needs root, since Postfix and Dovecot change users: run the test as root")
	}
	for _, name := range []string{"postfix", "postqueue", "dovecot", "sievec"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is not installed: %s", name, Install)
		}
	}
	for _, path := range []string{masterProgram, "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/imap"} {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("%s is missing: %s", path, Install)
		}
	}
	return nil
}

// Process is a daemon in the foreground, in a session of its own so that its
// children can be signalled with it. It is safe for concurrent use.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// StartProcess runs a daemon with its output appended to a log file and env
// added to the environment. The kernel sends it SIGTERM when the test ends in
// whatever way.
func StartProcess(log string, env []string, name string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &Process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	started := make(chan error)
	go func() {
		// The parent-death signal belongs to the thread that forked: keep it
		// until the child is gone, or the child gets the signal too early.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.cmd.Wait()
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(name), err)
	}
	return p, nil
}

// Running reports whether the process has not ended yet.
func (p *Process) Running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Status says how an ended process ended: "exit status 1", "signal: killed".
func (p *Process) Status() string { return p.cmd.ProcessState.String() }

// Pid returns the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Signal sends a signal to the process and all its children.
func (p *Process) Signal(sig syscall.Signal) error {
	if !p.Running() {
		return errors.New("the process is not running")
	}
	return syscall.Kill(-p.Pid(), sig)
}

// Kill ends the process with SIGKILL and waits for its end.
func (p *Process) Kill() {
	if p.Running() {
		syscall.Kill(-p.Pid(), syscall.SIGKILL)
		<-p.done
	}
}

// Stop ends the process: SIGTERM, ten seconds of patience, SIGKILL. It reports
// whether the process ended by itself.
func (p *Process) Stop() bool {
	if !p.Running() {
		return true
	}
	syscall.Kill(-p.Pid(), syscall.SIGCONT) // a stopped process hears no SIGTERM
	syscall.Kill(p.Pid(), syscall.SIGTERM)
	willing := true
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		willing = false
	}
	syscall.Kill(-p.Pid(), syscall.SIGKILL) // also children that outlived their master
	<-p.done
	return willing
}

// Ports are taken below the range from which the kernel gives ports to clients:
// a daemon that is down for a moment in a drill would lose one of those.
const firstPort, lastPort = 10_000, 32_000

// freePorts returns n different host:port on 127.0.0.1 that were free a moment
// ago.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range 1000 {
		if len(ports) == n {
			return ports, nil
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(lastPort-firstPort)))
		if err != nil {
			continue
		}
		defer l.Close()
		ports = append(ports, l.Addr().String())
	}
	return nil, fmt.Errorf("find a free port: a thousand between %d and %d were taken", firstPort, lastPort)
}

// FreePort returns a host:port on 127.0.0.1 that was free a moment ago.
func FreePort() (string, error) {
	ports, err := freePorts(1)
	if err != nil {
		return "", err
	}
	return ports[0], nil
}

// WaitPort waits until somebody listens at network and address.
func WaitPort(network, address string, timeout time.Duration) error {
	end := time.Now().Add(timeout)
	for {
		c, err := net.DialTimeout(network, address, time.Second)
		if err == nil {
			c.Close()
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("nobody listens at %s after %v: %w", address, timeout, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
