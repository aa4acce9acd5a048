//go:build e2e

package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kith/e2e/stack"
)

// daemon is a program in the path of the mail which drills kill, stop and start
// again: kith, or the pass-through.
type daemon struct {
	t       *testing.T
	program string // path
	args    []string
	env     []string // of the first starts only: how the drills arm kith
	armed   int      // how many starts these are
	log     string
	listen  string   // host:port that answers when it is ready
	ready   []string // further addresses that do; "" is none

	mu     sync.Mutex
	p      *stack.Process
	starts int
}

// start starts it and waits until it answers; it fails the test otherwise.
func (d *daemon) start() {
	d.t.Helper()
	if err := d.tryStart(); err != nil {
		d.t.Fatalf("start %s: %v\n%s", filepath.Base(d.program), err, d.words(3000))
	}
}

func (d *daemon) tryStart() error {
	env := d.env
	if d.starts >= d.armed {
		env = nil
	}
	p, err := stack.StartProcess(d.log, env, d.program, d.args...)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.p = p
	d.starts++
	d.mu.Unlock()
	return d.wait()
}

// wait waits until it answers at every address; it gives up early when the
// program has ended.
func (d *daemon) wait() error {
	for _, a := range append([]string{d.listen}, d.ready...) {
		network := "tcp"
		if path, ok := strings.CutPrefix(a, "unix:"); ok {
			network, a = "unix", path
		}
		if a == "" {
			continue
		}
		var err error
		for range 100 {
			if err = stack.WaitPort(network, a, 200*time.Millisecond); err == nil || !d.process().Running() {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count is how often it was started.
func (d *daemon) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.starts
}

func (d *daemon) process() *stack.Process {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.p
}

// kill is SIGKILL: no goodbye, nothing flushed.
func (d *daemon) kill() { d.process().Kill() }

// stop is SIGTERM. A program that does not end by itself fails the test.
func (d *daemon) stop() {
	if p := d.process(); p != nil && !p.Stop() {
		d.t.Errorf("%s did not end within ten seconds of SIGTERM", filepath.Base(d.program))
	}
}

func (d *daemon) pause()  { d.process().Signal(syscall.SIGSTOP) }
func (d *daemon) resume() { d.process().Signal(syscall.SIGCONT) }

// words is the end of what it logged.
func (d *daemon) words(n int) string {
	b, _ := os.ReadFile(d.log)
	return end(string(b), n)
}

// keepAlive starts it again whenever it has ended, as systemd would, until the
// returned function is called, which says how often it had to.
func (d *daemon) keepAlive() (finish func() int) {
	quit, done := make(chan struct{}), make(chan struct{})
	var again atomic.Int64
	go func() {
		defer close(done)
		for inRow := 0; ; {
			select {
			case <-quit:
				return
			case <-d.process().Done():
			}
			select { // a moment of absence, so that the MTA notices
			case <-quit:
				return
			case <-time.After(100 * time.Millisecond):
			}
			again.Add(1)
			err := d.tryStart()
			switch {
			case err == nil:
				inRow = 0
			case !d.process().Running() && inRow < 5:
				inRow++ // a drill may kill it before it answers; a loop is a fault
			default:
				d.t.Errorf("start %s again: %v\n%s", filepath.Base(d.program), err, d.words(2000))
				return
			}
		}
	}()
	return func() int {
		close(quit)
		<-done
		return int(again.Load())
	}
}

// endAtRandom ends it with end (kill or stop) up to n times at random moments,
// starting it again each time, until done is closed. It returns how often it
// did.
func (d *daemon) endAtRandom(end func(), n int, seed uint64, done <-chan struct{}) int {
	finish := d.keepAlive()
	defer finish()
	rnd := rand.New(rand.NewPCG(seed, 9))
	for k := range n {
		select {
		case <-done:
			return k
		case <-time.After(200*time.Millisecond + time.Duration(rnd.Int64N(int64(pause())))):
		}
		dead := d.count()
		end()
		for d.count() == dead && !d.t.Failed() {
			time.Sleep(20 * time.Millisecond)
		}
		if err := d.wait(); err != nil {
			d.t.Errorf("%s does not answer after its end %d: %v", filepath.Base(d.program), k+1, err)
			return k
		}
	}
	return n
}

// newDaemon describes a program; it is stopped when the test ends.
func newDaemon(t *testing.T, program, listen string, args ...string) *daemon {
	d := &daemon{t: t, program: filepath.Join(binaries, program), args: args, listen: listen,
		log: filepath.Join(t.TempDir(), program+".log")}
	t.Cleanup(func() {
		d.process().Stop()
		if t.Failed() {
			t.Logf("end of the log of %s:\n%s", program, d.words(4000))
		}
	})
	return d
}

// passThrough is the yardstick between Postfix and Dovecot (or kith and
// Dovecot), at a new port. It is not started.
func passThrough(t *testing.T, next string, flags ...string) *daemon {
	t.Helper()
	listen, err := stack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return newDaemon(t, "passthrough", listen, append([]string{"-listen", listen, "-next", next}, flags...)...)
}

// untilClosed runs f while a test goes on, and returns a function that tells f
// to end and waits for its result.
func untilClosed(f func(done <-chan struct{}) int) func() int {
	done, result := make(chan struct{}), make(chan int)
	go func() { result <- f(done) }()
	return func() int {
		close(done)
		return <-result
	}
}
