//go:build unix

package smtpwire

import (
	"net"
	"syscall"
)

// unread tells whether the kernel holds bytes of the peer, without taking them
// and without waiting.
func unread(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	n := 0
	err = rc.Read(func(fd uintptr) bool {
		var b [1]byte
		n, _, _ = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		return true // do not wait for more
	})
	return err == nil && n > 0
}
