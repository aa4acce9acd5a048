//go:build e2e

package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// send hands one message to an SMTP port, without TLS.
func send(t *testing.T, addr, from string, to ...string) {
	t.Helper()
	sendWith(t, addr, "", from, to...)
}

// sendWith puts a field on top.
func sendWith(t *testing.T, addr, field, from string, to ...string) {
	t.Helper()
	msg := fmt.Sprintf("%sFrom: %s\r\nSubject: stack test\r\n\r\nhello\r\n", field, from)
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail(from, to, strings.NewReader(msg)); err != nil {
		t.Fatalf("send to %v: %v", to, err)
	}
}

func mailCount(s *Stack, user string) int {
	found, _ := filepath.Glob(filepath.Join(s.MailDir(), Domain, user, "Maildir", "new", "*"))
	return len(found)
}

// TestStack walks through what the drills rely on: delivery, tags, aliases,
// quota, a recipient that Dovecot refuses, the sink, stop, pause and rewire.
func TestStack(t *testing.T) {
	begin := time.Now()
	s, err := Start(Options{
		Users: 5, Ghosts: 1, Second: true, DuplicateRule: true,
		Quota:   map[string]int64{"u003": 10},
		Aliases: map[string][]string{"all@" + Domain: {"u001@" + Domain, "u002@" + Domain}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	t.Logf("up in %v", time.Since(begin))

	send(t, s.SMTP, "a@outside.test", s.User(1), "u002+tag@"+Domain, s.User(3), s.Ghost(1))
	send(t, s.SMTP2, "a@outside.test", s.User(4))
	send(t, s.SMTP, "a@outside.test", "all@"+Domain)
	if err := s.WaitQueueEmpty(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]int{"u001": 2, "u002": 2, "u003": 0, "u004": 1} {
		if got := mailCount(s, user); got != want {
			t.Errorf("%s has %d messages, want %d", user, got, want)
		}
	}
	if n := len(s.Sink.Letters()); n != 1 && n != 2 {
		t.Errorf("%d bounces for a full mailbox and an unknown user, want one or two", n)
	}

	s.StopDovecot()
	send(t, s.SMTP, "a@outside.test", s.User(5))
	time.Sleep(time.Second)
	if n := s.QueueLen(); n != 1 {
		t.Errorf("queue with Dovecot stopped: %d, want 1", n)
	}
	if err := s.StartDovecot(); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitQueueEmpty(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	if err := s.PauseDovecot(); err != nil {
		t.Fatal(err)
	}
	send(t, s.SMTP, "a@outside.test", s.User(5))
	time.Sleep(time.Second)
	if n := mailCount(s, "u005"); n != 1 {
		t.Errorf("a paused Dovecot delivered: %d messages, want 1", n)
	}
	if err := s.ResumeDovecot(); err != nil {
		t.Fatal(err)
	}
	o := s.Options()
	o.Deliver = "smtp:" + s.Out
	if err := s.Rewire(o); err != nil {
		t.Fatal(err)
	}
	send(t, s.SMTP, "a@outside.test", s.User(4))
	if err := s.WaitQueueEmpty(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	if n := mailCount(s, "u004"); n != 1 {
		t.Errorf("the rewired Postfix delivered to Dovecot: %d messages, want 1", n)
	}
	if l := s.Sink.Letters(); len(l) == 0 || l[len(l)-1].To[0] != s.User(4) {
		t.Errorf("the rewired Postfix did not deliver to the sink: %d letters", len(l))
	}
	end := time.Now()
	s.Stop()
	t.Logf("down in %v", time.Since(end))
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there", s.Dir)
	}
	if t.Failed() {
		for _, line := range strings.Split(s.Log("postfix"), "\n") {
			t.Log(line)
		}
	}
}

// TestDuplicateRule: a second copy with the same X-Kith-Id is stored zero times,
// for each user apart; mail without the field is not touched.
func TestDuplicateRule(t *testing.T) {
	s, err := Start(Options{Users: 2, DuplicateRule: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	sendWith(t, s.SMTP, "X-Kith-Id: one\r\n", "a@outside.test", s.User(1), s.User(2))
	if err := s.WaitQueueEmpty(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	sendWith(t, s.SMTP, "X-Kith-Id: one\r\n", "a@outside.test", s.User(1))
	sendWith(t, s.SMTP, "X-Kith-Id: two\r\n", "a@outside.test", s.User(2))
	send(t, s.SMTP, "a@outside.test", s.User(2))
	send(t, s.SMTP, "a@outside.test", s.User(2))
	if err := s.WaitQueueEmpty(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	if a, b := mailCount(s, "u001"), mailCount(s, "u002"); a != 1 || b != 4 {
		t.Errorf("u001 has %d messages, u002 %d; want 1 and 4", a, b)
	}
}

// TestSmallDisk: a disk that can be filled, freed, and made read-only.
func TestSmallDisk(t *testing.T) {
	s := &Stack{Dir: t.TempDir()}
	defer s.unmountAll()
	dir, err := s.SmallDisk("x", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	free, err := Fill(dir)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "a")
	if err := os.WriteFile(file, make([]byte, 5000), 0o600); err == nil {
		t.Error("a full disk took a file")
	}
	if err := free(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, make([]byte, 5000), 0o600); err != nil {
		t.Error(err)
	}
	if err := Remount(dir, true); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("b"), 0o600); err == nil {
		t.Error("a read-only disk took a file")
	}
}
