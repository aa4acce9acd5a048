//go:build drill

// Package drill lets a test stop the program at a named step: KITH_DRILL_KILL
// names the step, KITH_DRILL_KILL_AT the how-manieth passing of it (default 1).
// The process then kills itself with SIGKILL, as a power cut or the kernel's
// out-of-memory killer would.
package drill

import (
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
)

var (
	step   = os.Getenv("KITH_DRILL_KILL")
	at     = number(os.Getenv("KITH_DRILL_KILL_AT"))
	passed atomic.Int64
)

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// At marks a step of the ledger.
func At(name string) {
	if name == step && passed.Add(1) == at {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
}
