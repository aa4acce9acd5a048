package cli

import (
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is how much later than asked a sleeping thread may be woken. Go's
// watching thread (sysmon) sleeps 20 µs at a time while anything runs, an idle one
// that looks for work 3 µs; with the kernel's default of 50 µs they wake some
// twenty times during one message, and on a virtual machine each of those costs as
// much as a small system call. Five milliseconds take a quarter off the CPU for one
// message at a time and nothing off the throughput (docs/benchmarks.md), and no
// timer of a mail server needs to be nearer than that.
const timerSlack = 5 * time.Millisecond

// slackIsSet keeps a kernel that forgets the value from starting kith for ever.
const slackIsSet = "KITH_TIMER_SLACK=set"

// relaxTimers gives every thread of this process the slack. A thread inherits it
// from the one that made it (prctl(2), PR_SET_TIMERSLACK), and Go has made its
// watching thread before any of our code runs, so the process sets the value and
// executes itself again: same process id, same files, nothing is open yet. It
// returns where the value stands already (TimerSlackNSec= of systemd does that
// too) or cannot be set; kith is then dearer and nothing else.
func relaxTimers() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if slack() >= timerSlack || os.Getenv("KITH_TIMER_SLACK") != "" {
		return
	}
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack), 0, 0, 0); err != nil || slack() < timerSlack {
		return
	}
	if self, err := os.Executable(); err == nil {
		syscall.Exec(self, os.Args, append(os.Environ(), slackIsSet)) // returns only when it failed
	}
}

// slack is that of this thread.
func slack() time.Duration {
	ns, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil {
		return 0
	}
	return time.Duration(ns)
}
