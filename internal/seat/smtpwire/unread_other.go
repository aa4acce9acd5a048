//go:build !unix

package smtpwire

import "net"

// unread cannot look into the kernel here; early talkers are then found by
// what stands in our own buffer only.
func unread(net.Conn) bool { return false }
