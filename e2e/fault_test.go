//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/e2e/load"
	"kith/e2e/stack"
)

// TestDovecotAway: stopped, started, and hung for a while. Nobody kills kith,
// so nothing doubles but what Dovecot itself was stopped in.
func TestDovecotAway(t *testing.T) {
	for _, rule := range []bool{false, true} {
		s := startStack(t, stack.Options{Users: 30, DuplicateRule: rule})
		startKith(t, s, setup{})
		t.Run(fmt.Sprintf("stopped/rule=%v", rule), func(t *testing.T) { dovecotAway(t, s) })
		t.Run(fmt.Sprintf("hung/rule=%v", rule), func(t *testing.T) { noDoubles(t, dovecotHung(t, s)) })
	}
}

// dovecotHung stops Dovecot's processes for eight seconds under load.
func dovecotHung(t *testing.T, s *stack.Stack) *load.Result {
	clearMail(t, s)
	resumed := make(chan error)
	go func() {
		time.Sleep(500 * time.Millisecond)
		if err := s.PauseDovecot(); err != nil {
			resumed <- err
			return
		}
		time.Sleep(8 * time.Second)
		resumed <- s.ResumeDovecot()
	}()
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 100, Tag: "hung", MaxRcpts: 5, Seed: 9})
	if err := <-resumed; err != nil {
		t.Fatal(err)
	}
	return settle(t, s, load.Check{}, m)
}

// TestKithHung: kith stands still for eight seconds under load and goes on.
func TestKithHung(t *testing.T) {
	s := startStack(t, stack.Options{Users: 30})
	k := startKith(t, s, setup{})
	go func() {
		time.Sleep(time.Second)
		k.pause()
		time.Sleep(8 * time.Second)
		k.resume()
	}()
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 100, Tag: "still", MaxRcpts: 5, Seed: 13})
	noDoubles(t, settle(t, s, load.Check{}, m))
}

// TestSlowNext: each answer of the next hop takes 200 ms. Mail is slow, and
// whole.
func TestSlowNext(t *testing.T) {
	s := startStack(t, stack.Options{Users: 20})
	p := passThrough(t, s.LMTP, "-delay", "200ms")
	p.start()
	startKith(t, s, setup{next: p.listen})
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 60, Tag: "slow", MaxRcpts: 5, Seed: 10})
	noDoubles(t, settle(t, s, load.Check{}, m))
}

// TestDNSBlackHole: the resolver never answers. The gap is kith's to note, and
// the mail flows without being deferred once.
func TestDNSBlackHole(t *testing.T) {
	s := startStack(t, stack.Options{Users: 20})
	addr, stop, err := stack.BlackHole()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	startKith(t, s, setup{resolver: addr, deadline: "1s"})
	begin := time.Now()
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 100, Tag: "dns", MaxRcpts: 3, Seed: 11})
	noDoubles(t, settle(t, s, load.Check{}, m))
	t.Logf("100 messages in %.1f s without DNS", time.Since(begin).Seconds())
	if strings.Contains(s.Log("postfix"), "status=deferred") {
		t.Error("Postfix had to defer mail since DNS was away")
	}
}

// failures are the two ways to go on without the store.
var failures = []string{"open", "defer"}

// TestDiskFull: the disk of store and spool fills up under kith and is freed
// again, without a restart. Nothing is lost in either way; "open" goes on
// delivering in the meantime, "defer" does not.
func TestDiskFull(t *testing.T) {
	for _, fail := range failures {
		t.Run(fail, func(t *testing.T) {
			s := startStack(t, stack.Options{Users: 20})
			disk, err := s.SmallDisk("kith", 24<<20)
			if err != nil {
				t.Fatal(err)
			}
			k := startKith(t, s, setup{dir: disk, fail: fail})
			var free func() error
			storeFault(t, s, k, fail,
				func() error { free, err = stack.Fill(disk); return err },
				func() error { return free() })
		})
	}
}

// TestStoreReadOnly: the database can no longer be written, from one moment to
// the next. It needs a file system with the immutable attribute.
func TestStoreReadOnly(t *testing.T) {
	for _, fail := range failures {
		t.Run(fail, func(t *testing.T) {
			s := startStack(t, stack.Options{Users: 20})
			k := startKith(t, s, setup{fail: fail})
			files, err := filepath.Glob(filepath.Join(k.dir, "kith.db*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no store at %s: %v", k.dir, err)
			}
			set := func(on bool) error {
				for _, f := range append(files, k.dir) {
					if err := stack.Immutable(f, on); err != nil {
						return err
					}
				}
				return nil
			}
			t.Cleanup(func() { set(false) })
			storeFault(t, s, k, fail, func() error { return set(true) }, func() error { return set(false) })
		})
	}
}

// storeGone is what kith logs when its store can not be written.
const storeGone = "store is gone"

// storeFault sends before, during and after a fault of the store.
func storeFault(t *testing.T, s *stack.Stack, k *kith, fail string, begin, end func() error) {
	t.Helper()
	send := func(tag string) *load.Manifest {
		return sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 40, Tag: tag, MaxRcpts: 4, Seed: 12})
	}
	before := send("before")
	settle(t, s, load.Check{}, before)
	if err := begin(); err != nil {
		t.Fatal(err)
	}
	during := send("during")
	if fail == "open" {
		noDoubles(t, settle(t, s, load.Check{}, before, during))
	} else {
		time.Sleep(5 * time.Second)
		if n := s.QueueLen(); n < len(during.Entries) {
			t.Errorf("%d of %d messages are in the queue: kith delivered without its store", n, len(during.Entries))
		}
	}
	if !k.process().Running() {
		t.Errorf("kith ended: %s", k.process().Status())
	}
	if !strings.Contains(k.words(1<<20), storeGone) {
		t.Errorf("kith did not log %q: the fault did not reach it, or it hides it", storeGone)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	after := send("after")
	noDoubles(t, settle(t, s, load.Check{}, before, during, after))
	k.traced(s, after.Entries[0])
	k.healthy()
}

// mixed is the stack of the drill with a hundred recipients, of whom one is
// over quota, one has no mailbox and one is slow.
func mixed(t *testing.T, rule bool) (s *stack.Stack, slow *daemon) {
	s = startStack(t, stack.Options{Users: 99, Ghosts: 1, Quota: map[string]int64{"u050": 10}, DuplicateRule: rule})
	slow = passThrough(t, s.LMTP, "-slow", s.User(70), "-delay", "3s")
	slow.start()
	return s, slow
}

// sendMixed sends messages for all hundred.
func sendMixed(t *testing.T, s *stack.Stack, tag string, n int) (*load.Manifest, load.Check) {
	t.Helper()
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.SMTP, To: append(s.Users(), s.Ghost(1)), Messages: n, Tag: tag, Connections: n})
	return m, load.Check{Bounces: func(rcpt string) bool { return rcpt == s.User(50) || rcpt == s.Ghost(1) }}
}

// killBetween kills d after the first answers and before the slow one. Dovecot
// answers only when it has stored every copy.
func killBetween(t *testing.T, s *stack.Stack, d *daemon) (*load.Manifest, *load.Result) {
	t.Helper()
	m, check := sendMixed(t, s, "between", 1)
	waitCopies(t, s, 98)
	time.Sleep(time.Second)
	d.kill()
	d.start()
	r := settle(t, s, check, m)
	t.Logf("killed between the answers: %d of %d copies doubled", r.Doubled, r.Expected)
	return m, r
}

// TestMixedOutcomes: each of a hundred recipients gets what is his, also when
// kith is killed between their answers.
func TestMixedOutcomes(t *testing.T) {
	for _, rule := range []bool{false, true} {
		s, slow := mixed(t, rule)
		k := startKith(t, s, setup{next: slow.listen})
		t.Run(fmt.Sprintf("quiet/rule=%v", rule), func(t *testing.T) {
			m, check := sendMixed(t, s, "mixed", 3)
			noDoubles(t, settle(t, s, check, m))
			k.traced(s, m.Entries[0])
		})
		t.Run(fmt.Sprintf("killed/rule=%v", rule), func(t *testing.T) {
			m, r := killBetween(t, s, k.daemon)
			if rule && r.Doubled > 0 {
				t.Errorf("%d copies doubled in spite of the duplicate rule", r.Doubled)
			}
			k.traced(s, m.Entries[0])
		})
	}
}

// TestMixedPassThrough is the same with the yardstick in kith's place.
func TestMixedPassThrough(t *testing.T) {
	s, slow := mixed(t, false)
	rewire(t, s, func(o *stack.Options) { o.Deliver = "lmtp:inet:" + slow.listen })
	t.Run("quiet", func(t *testing.T) {
		m, check := sendMixed(t, s, "mixed", 3)
		noDoubles(t, settle(t, s, check, m))
	})
	t.Run("killed", func(t *testing.T) { killBetween(t, s, slow) })
}

// waitCopies waits until n copies are in the mailboxes.
func waitCopies(t *testing.T, s *stack.Stack, n int) {
	t.Helper()
	for range 1000 {
		if countCopies(s) >= n {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("no %d copies within twenty seconds", n)
}
