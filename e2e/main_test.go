//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"kith/e2e/load"
	"kith/e2e/stack"
)

// binaries is where TestMain builds the programs under test.
var binaries string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kith-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binaries = dir
	if err := build("passthrough", "kith/e2e/cmd/passthrough"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return m.Run()
}

func build(name, pkg string) error {
	out, err := exec.Command("go", "build", "-o", filepath.Join(binaries, name), pkg).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// messages is the number of messages of the long drills.
func messages() int {
	if n, err := strconv.Atoi(os.Getenv("KITH_E2E_MESSAGES")); err == nil && n > 0 {
		return n
	}
	return 600
}

// pause is the longest time between two kills. kith waits ten seconds after a
// crash before it delivers again, so in the long drill (KITH_E2E_PAUSE=16s) about
// half of the kills meet it at work and half meet it waiting.
func pause() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("KITH_E2E_PAUSE")); err == nil && d > 0 {
		return d
	}
	return 1300 * time.Millisecond
}

// patience is how long the queue may take to empty in the long drills.
func patience() time.Duration {
	return 2*time.Minute + time.Duration(messages())*200*time.Millisecond
}

// startStack starts a mail system that ends with the test.
func startStack(t *testing.T, o stack.Options) *stack.Stack {
	t.Helper()
	s, err := stack.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("queue:\n%s\nend of Postfix's log:\n%s", s.QueueText(), end(s.Log("postfix"), 4000))
		}
		s.Stop()
	})
	return s
}

func end(s string, n int) string { return s[max(0, len(s)-n):] }

// rewire changes the way of the stack's mail.
func rewire(t *testing.T, s *stack.Stack, change func(*stack.Options)) {
	t.Helper()
	o := s.Options()
	change(&o)
	if err := s.Rewire(o); err != nil {
		t.Fatal(err)
	}
}

// sendAll runs a sender to its end and logs its speed.
func sendAll(t *testing.T, s load.Sender) *load.Manifest {
	t.Helper()
	if s.Dir == "" {
		s.Dir = t.TempDir()
	}
	begin := time.Now()
	m, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages sent in %.1f s", len(m.Entries), time.Since(begin).Seconds())
	return m
}

// settle waits for the queue and then checks the mailboxes.
// A message that Postfix did not take is no failure of settle.
func settle(t *testing.T, s *stack.Stack, c load.Check, m ...*load.Manifest) *load.Result {
	t.Helper()
	if err := s.WaitQueueEmpty(2 * time.Minute); err != nil {
		t.Fatal(err)
	}
	c.MailDir, c.Letters = s.MailDir(), s.Sink.Letters()
	r, err := c.Run(m...)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	return r
}

// noDoubles is for paths in which nobody was killed.
func noDoubles(t *testing.T, r *load.Result) {
	t.Helper()
	if r.Doubled > 0 {
		t.Errorf("%d copies doubled: nobody was killed, so none may be", r.Doubled)
	}
}
