//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kith/e2e/load"
	"kith/e2e/stack"
)

// TestBaseline: what the path without kith keeps, kith has to keep; what it
// does to mail when Dovecot is away, kith can not do better.
func TestBaseline(t *testing.T) {
	s := startStack(t, stack.Options{Users: 30})
	t.Run("ordinary", func(t *testing.T) { ordinary(t, s, "") })
	t.Run("big", func(t *testing.T) { big(t, s) })
	t.Run("submission", func(t *testing.T) { submission(t, s) })
	t.Run("xclient", func(t *testing.T) { strangers(t, s) })
	t.Run("dovecot away", func(t *testing.T) { dovecotAway(t, s) })
}

// TestPassThrough puts the yardstick into the path. It keeps every byte, and
// each kill under load may double what was under way.
func TestPassThrough(t *testing.T) {
	s := startStack(t, stack.Options{Users: 30})
	torture := tortureTexts(t, s)
	p := passThrough(t, s.LMTP)
	p.start()
	rewire(t, s, func(o *stack.Options) { o.Deliver = "lmtp:inet:" + p.listen })
	t.Run("ordinary", func(t *testing.T) { ordinary(t, s, "") })
	t.Run("torture", func(t *testing.T) { tortured(t, s, torture, nil) })
	t.Run("dovecot away", func(t *testing.T) { dovecotAway(t, s) })
	t.Run("killed", func(t *testing.T) {
		clearMail(t, s)
		killedUnderLoad(t, s, p)
	})
}

// killedUnderLoad kills what stands in the path ten times for each 600 messages
// while these come in and are delivered. Nothing may be lost; the doubles are
// for the caller to judge.
func killedUnderLoad(t *testing.T, s *stack.Stack, d *daemon) *load.Result {
	t.Helper()
	clearMail(t, s)
	killed := untilClosed(func(done <-chan struct{}) int { return d.endAtRandom(d.kill, max(10, messages()/60), 1, done) })
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: messages(), Tag: "kill", MaxRcpts: 10, Seed: 3})
	err := s.WaitQueueEmpty(patience())
	n := killed()
	if err != nil {
		t.Error(err)
	}
	r := settle(t, s, load.Check{}, m)
	t.Logf("killed %d times: %d of %d copies doubled", n, r.Doubled, r.Expected)
	return r
}

// TestDuplicateRule measures what the rule of kith's manual can do: every second
// copy is caught when a mailbox gets one mail at a time. When several come at
// once, Dovecot 2.3 loses entries of its duplicate database, and so catches few.
func TestDuplicateRule(t *testing.T) {
	const n = 200
	files := map[string][]byte{}
	for i := range n {
		files[fmt.Sprintf("%03d", i)] = fmt.Appendf(nil, "X-Kith-Id: %d\r\nSubject: x\r\n\r\nbody\r\n", i)
	}
	for _, atOnce := range []int{1, 20} {
		s := startStack(t, stack.Options{Users: 1, DuplicateRule: true,
			Extra: []string{fmt.Sprintf("lmtp_destination_concurrency_limit = %d", atOnce)}})
		for _, tag := range []string{"first", "second"} {
			sendAll(t, load.Sender{Addr: s.SMTP, To: s.Users(), Messages: n, Tag: tag, Kinds: []load.Kind{load.File}, Files: files})
			if err := s.WaitQueueEmpty(time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		copies := countCopies(s)
		t.Logf("%d at once: %d of %d second copies are stored", atOnce, copies-n, n)
		if copies < n || atOnce == 1 && copies > n {
			t.Errorf("%d at once: %d copies of %d messages", atOnce, copies, n)
		}
	}
}

// countCopies counts what lies in the inboxes.
func countCopies(s *stack.Stack) int {
	found, _ := filepath.Glob(filepath.Join(s.MailDir(), stack.Domain, "*", "Maildir", "new", "*"))
	return len(found)
}

// TestThroughput measures messages a second, from the first byte sent to the
// last queue file gone: without anything between, and with the yardstick.
func TestThroughput(t *testing.T) {
	s := startStack(t, stack.Options{Users: 50})
	p := passThrough(t, s.LMTP)
	p.start()
	for _, way := range []struct{ name, deliver string }{
		{"direct", ""}, {"pass-through", "lmtp:inet:" + p.listen}, {"direct again", ""},
	} {
		t.Run(way.name, func(t *testing.T) {
			rewire(t, s, func(o *stack.Options) { o.Deliver = way.deliver })
			throughput(t, s)
		})
	}
}

// throughput sends one mail each to single recipients, the common case.
func throughput(t *testing.T, s *stack.Stack) {
	t.Helper()
	clearMail(t, s)
	begin := time.Now()
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 400, Tag: "speed", Connections: 6,
		Kinds: []load.Kind{load.Plain, load.HTML, load.Attachment}, Seed: 4})
	if err := s.WaitQueueEmpty(2 * time.Minute); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.0f messages/s", float64(len(m.Entries))/time.Since(begin).Seconds())
	noDoubles(t, settle(t, s, load.Check{}, m))
}

// clearMail begins a subtest with empty mailboxes.
func clearMail(t *testing.T, s *stack.Stack) {
	t.Helper()
	if err := s.WaitQueueEmpty(time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := s.ClearMail(); err != nil {
		t.Fatal(err)
	}
}

// ordinary sends each kind of mail and demands every byte back, once.
func ordinary(t *testing.T, s *stack.Stack, addr string) {
	clearMail(t, s)
	if addr == "" {
		addr = s.SMTP
	}
	m := sendAll(t, load.Sender{Addr: addr, Users: s.Users(), Messages: 200, Tag: "ordinary", MaxRcpts: 10, Seed: 1})
	noDoubles(t, settle(t, s, load.Check{}, m))
}

// big sends 25 MB.
func big(t *testing.T, s *stack.Stack) {
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 3, Tag: "big", MaxRcpts: 2,
		Kinds: []load.Kind{load.Big}, Connections: 3})
	noDoubles(t, settle(t, s, load.Check{}, m))
}

// submission sends as employees who sign in, to colleagues and strangers.
func submission(t *testing.T, s *stack.Stack) {
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.Submission, Users: s.Users(), Messages: 60, Tag: "submit", MaxRcpts: 3,
		Password: stack.Password, Strangers: 30, Seed: 2})
	noDoubles(t, settle(t, s, load.Check{}, m))
	if len(s.Sink.Letters()) == 0 {
		t.Error("no mail to strangers reached the sink")
	}
	forged := load.Sender{Addr: s.Submission, Users: s.Users(), Messages: 1, Tag: "forged",
		Password: func(string) string { return "wrong" }, Dir: t.TempDir()}
	m = sendAll(t, forged)
	if m.Entries[0].Accepted() {
		t.Error("submission took a message with a wrong password")
	}
}

// strangers presents false client addresses with XCLIENT.
func strangers(t *testing.T, s *stack.Stack) {
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 20, Tag: "xclient",
		XClient: "ADDR=203.0.113.7 NAME=mx.stranger.test HELO=mx.stranger.test"})
	noDoubles(t, settle(t, s, load.Check{}, m))
}

// dovecotAway stops Dovecot under load for three seconds. A copy may double
// even without a filter: Dovecot stored it and was stopped before it could say
// so.
func dovecotAway(t *testing.T, s *stack.Stack) *load.Result {
	clearMail(t, s)
	stopped := make(chan error)
	go func() {
		time.Sleep(500 * time.Millisecond)
		s.StopDovecot()
		time.Sleep(3 * time.Second)
		stopped <- s.StartDovecot()
	}()
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 150, Tag: "away", MaxRcpts: 5, Seed: 5})
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	r := settle(t, s, load.Check{}, m)
	t.Logf("Dovecot stopped under load: %d of %d copies doubled", r.Doubled, r.Expected)
	return r
}

// tortureFiles are the malformed messages of this tree, and those of a
// benchmark set where KITH_BENCH names one.
func tortureFiles(t *testing.T) map[string][]byte {
	t.Helper()
	all := load.Tortures()
	dir := os.Getenv("KITH_BENCH")
	if dir == "" {
		return all
	}
	more, err := load.ReadFiles(filepath.Join(dir, "public", "mime", "mail"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range more {
		all[name] = b
	}
	return all
}

// tortureTexts sends the malformed messages on the bare path and returns what
// arrives, which any other path must deliver, too.
func tortureTexts(t *testing.T, s *stack.Stack) map[string][]byte {
	t.Helper()
	return sendTorture(t, s, load.Check{}).Texts
}

// tortured sends the malformed messages on the path as it is wired now.
func tortured(t *testing.T, s *stack.Stack, want map[string][]byte, added []string) {
	t.Helper()
	noDoubles(t, sendTorture(t, s, load.Check{Against: want, Added: added}))
}

func sendTorture(t *testing.T, s *stack.Stack, c load.Check) *load.Result {
	t.Helper()
	clearMail(t, s)
	files := tortureFiles(t)
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: len(files), Tag: "torture",
		Kinds: []load.Kind{load.File}, Files: files})
	r := settle(t, s, c, m)
	if r.Unaccepted > 0 {
		t.Errorf("Postfix refused %d messages, so they tell nothing: %v", r.Unaccepted, r.Examples)
	}
	return r
}
