// Package door opens the places at which seats listen: TCP ports, unix sockets,
// and sockets that systemd has opened already. It is one room so that each seat
// has the same care: a socket of a dead process is replaced and one that lives
// is not, a port that is taken is said plainly, and a socket is never more open
// than was asked for.
package door

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
)

// Door is one place to listen at.
type Door struct {
	Name    string      // for people: "lmtp.listen"
	Network string      // "tcp", "unix" or "systemd"
	Addr    string      // host:port, path, or the socket unit's FileDescriptorName
	Mode    fs.FileMode // of a unix socket
}

// Opener opens doors. It holds the sockets that systemd handed over, which can
// be taken from the environment only once.
type Opener struct{ given map[string][]net.Listener }

// New takes what systemd handed over (sd_listen_fds(3)), if anything.
func New() (*Opener, error) {
	given, err := activation.ListenersWithNames()
	if err != nil {
		return nil, fmt.Errorf("systemd's sockets cannot be used: %w: check the .socket unit", err)
	}
	return &Opener{given: given}, nil
}

// Open opens a door.
func (o *Opener) Open(d Door) (net.Listener, error) {
	switch d.Network {
	case "systemd":
		ls := o.given[d.Addr]
		if len(ls) == 0 {
			return nil, fmt.Errorf("%s: systemd handed over no socket named %q: start kith by its .socket unit with FileDescriptorName=%s", d.Name, d.Addr, d.Addr)
		}
		o.given[d.Addr] = ls[1:]
		return ls[0], nil
	case "unix":
		return openUnix(d)
	}
	ln, err := net.Listen("tcp", d.Addr)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen at %s: %w: %s", d.Name, d.Addr, cause(err), mend(err))
	}
	return ln, nil
}

func openUnix(d Door) (net.Listener, error) {
	if err := removeStale(d); err != nil {
		return nil, err
	}
	// The umask makes the socket with no more rights than its mode from its first
	// moment; kith opens its doors one after another, before it serves.
	old := syscall.Umask(0o777 &^ int(d.Mode.Perm()))
	ln, err := net.Listen("unix", d.Addr)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen at %s: %w: %s", d.Name, d.Addr, cause(err), mend(err))
	}
	return ln, nil
}

// removeStale removes the socket that a dead process left, and nothing else.
func removeStale(d Door) error {
	info, err := os.Lstat(d.Addr)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w: let kith's user reach that folder", d.Name, d.Addr, cause(err))
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s: %s is there and is no socket: remove it, or choose another path", d.Name, d.Addr)
	}
	c, err := net.DialTimeout("unix", d.Addr, 2*time.Second)
	if err == nil {
		c.Close()
		return fmt.Errorf("%s: another process answers at %s: stop it first", d.Name, d.Addr)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s: cannot tell whether %s is in use: %w: stop what uses it, or remove it", d.Name, d.Addr, cause(err))
	}
	return os.Remove(d.Addr)
}

// cause is the last link of an error of package net: the system's own words.
func cause(err error) error {
	var se *os.SyscallError
	if errors.As(err, &se) {
		return se.Err
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func mend(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process has it; stop that one, or give kith another address"
	case errors.Is(err, syscall.EACCES):
		return "kith's user may not; use a port above 1023, or a folder that it may write to"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address"
	case errors.Is(err, syscall.ENOENT):
		return "make its folder first"
	case strings.Contains(err.Error(), "invalid argument"):
		return "a socket's path may have at most 107 characters"
	}
	return "check the address"
}
