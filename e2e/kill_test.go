//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"kith/e2e/load"
	"kith/e2e/stack"
)

// steps are the places of the ledger at which a kill is drilled, in the order
// in which a message passes them, and how many of the message's copies may be
// doubled by it without the duplicate rule: all after the next hop has them and
// before kith has that on disk, none elsewhere.
var steps = []struct {
	name    string
	inDoubt bool
}{
	{"spooled", false}, // the data is here, nothing is written
	{"intent", false},  // the intents are on disk
	{"judged", false},  // the next hop has the recipients, not the data
	{"dot", true},      // the next hop has the data and has not answered
	{"sent", false},    // the next hop has said 250 and kith has written that down, not yet in the store
	{"outcome", false}, // the outcomes are on disk, nobody has been answered
}

const stepRcpts = 4

// TestKillAtStep kills kith at each step of one message among others that come
// one after the other, so that exactly one message is under way.
func TestKillAtStep(t *testing.T) {
	for _, rule := range []bool{false, true} {
		s := startStack(t, stack.Options{Users: 20, DuplicateRule: rule,
			Extra: []string{"lmtp_destination_concurrency_limit = 1", "default_process_limit = 20"}})
		for _, step := range steps {
			t.Run(fmt.Sprintf("%s/rule=%v", step.name, rule), func(t *testing.T) {
				doubles := killAt(t, s, step.name)
				allowed := 0
				if step.inDoubt && !rule {
					allowed = stepRcpts
				}
				if doubles > allowed {
					t.Errorf("%d copies doubled, at most %d may be", doubles, allowed)
				}
			})
		}
	}
}

// killAt returns the number of doubled copies.
func killAt(t *testing.T, s *stack.Stack, step string) int {
	clearMail(t, s)
	k := startKith(t, s, setup{env: []string{"KITH_DRILL_KILL=" + step, "KITH_DRILL_KILL_AT=10"}})
	finish := k.keepAlive()
	m := sendAll(t, load.Sender{Addr: s.SMTP, To: s.Users()[:stepRcpts], Messages: 20, Tag: step, Connections: 1, Seed: 7})
	err := s.WaitQueueEmpty(time.Minute)
	if deaths := finish(); deaths != 1 {
		t.Errorf("kith died %d times, the drill wants once", deaths)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := settle(t, s, load.Check{}, m)
	t.Logf("killed at %s: %d of %d copies doubled", step, r.Doubled, r.Expected)
	for _, e := range m.Entries {
		k.traced(s, e)
	}
	k.stop()
	return r.Doubled
}

// TestKillTwiceSameMessage: a message with which kith dies twice must get
// through all the same (the poison rule), and its story tells of the tries.
func TestKillTwiceSameMessage(t *testing.T) {
	s := startStack(t, stack.Options{Users: 5})
	k := startKith(t, s, setup{env: []string{"KITH_DRILL_KILL=intent"}, armed: 3})
	finish := k.keepAlive()
	m := sendAll(t, load.Sender{Addr: s.SMTP, To: s.Users()[:2], Messages: 1, Tag: "poison"})
	err := s.WaitQueueEmpty(time.Minute)
	if deaths := finish(); deaths != 3 {
		t.Errorf("kith died %d times, the drill wants three", deaths)
	}
	if err != nil {
		t.Fatal(err)
	}
	noDoubles(t, settle(t, s, load.Check{}, m))
	k.traced(s, m.Entries[0])
}

// TestKillMidData: kith dies while a large message is coming in. The next hop
// must not see any of it, and nothing is left in the spool after the restart.
func TestKillMidData(t *testing.T) {
	s := startStack(t, stack.Options{Users: 5})
	k := startKith(t, s, setup{})
	half, err := load.HalfLMTP(k.lmtp, "half@outside.test", s.User(1), 10_000_000)
	if err != nil {
		t.Fatal(err)
	}
	k.kill()
	half.Close()
	k.start()
	m := sendAll(t, load.Sender{Addr: s.SMTP, To: s.Users()[:2], Messages: 3, Tag: "mid", Kinds: []load.Kind{load.Big}, Connections: 3})
	noDoubles(t, settle(t, s, load.Check{}, m))
	if left := k.spooled(); len(left) > 0 {
		t.Errorf("files are left in the spool: %v", left)
	}
}

// long is from how many messages on the doubles of two runs can be compared:
// with the few kills of a short run, chance decides.
const long = 5000

// TestKillAtRandom is the long drill: kills at any moment under load. The
// yardstick is the pass-through proxy under the same kills. Without the
// duplicate rule only what was in doubt may double, and less than at the
// yardstick; with it, nothing.
func TestKillAtRandom(t *testing.T) {
	yardstick := -1
	t.Run("pass-through", func(t *testing.T) {
		s := startStack(t, stack.Options{Users: 50})
		p := passThrough(t, s.LMTP)
		p.start()
		rewire(t, s, func(o *stack.Options) { o.Deliver = "lmtp:inet:" + p.listen })
		yardstick = killedUnderLoad(t, s, p).Doubled
	})
	for _, c := range []struct {
		name string
		rule bool
	}{{"no rule", false}, {"rule", true}} {
		t.Run(c.name, func(t *testing.T) {
			s := startStack(t, stack.Options{Users: 50, DuplicateRule: c.rule})
			k := startKith(t, s, setup{})
			r := killedUnderLoad(t, s, k.daemon)
			switch {
			case c.rule && r.Doubled > 0:
				t.Errorf("%d copies doubled in spite of the duplicate rule: %v", r.Doubled, r.Doubles)
			case !c.rule && messages() >= long && r.Doubled >= yardstick:
				t.Errorf("%d copies doubled, the pass-through proxy doubles %d", r.Doubled, yardstick)
			}
			k.healthy()
		})
	}
}

// TestRestart: an orderly stop under load ends what is under way, so nothing is
// in doubt, and a reload disturbs nobody.
func TestRestart(t *testing.T) {
	s := startStack(t, stack.Options{Users: 30})
	k := startKith(t, s, setup{})
	t.Run("reload", func(t *testing.T) {
		reloaded := untilClosed(func(done <-chan struct{}) int {
			for n := 0; ; n++ {
				select {
				case <-done:
					return n
				case <-time.After(300 * time.Millisecond):
					k.process().Signal(syscall.SIGHUP)
				}
			}
		})
		ordinary(t, s, "")
		if n := reloaded(); !k.process().Running() {
			t.Fatalf("kith ended in one of %d reloads: %s", n, k.process().Status())
		}
		if strings.Contains(s.Log("postfix"), "status=deferred") {
			t.Error("Postfix had to defer mail while kith reloaded")
		}
	})
	t.Run("stop", func(t *testing.T) {
		clearMail(t, s)
		stopped := untilClosed(func(done <-chan struct{}) int { return k.endAtRandom(k.stop, 10, 3, done) })
		m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 200, Tag: "stop", MaxRcpts: 5, Seed: 8})
		err := s.WaitQueueEmpty(patience())
		t.Logf("stopped %d times", stopped())
		if err != nil {
			t.Error(err)
		}
		noDoubles(t, settle(t, s, load.Check{}, m))
	})
}
