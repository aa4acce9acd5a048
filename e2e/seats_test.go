//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"kith/e2e/load"
	"kith/e2e/stack"
)

// untouched is what may stand above a message where kith changes nothing.
var untouched = []string{"Return-Path", "Delivered-To", "Received"}

// TestKithLMTP: kith between Postfix and Dovecot, in shadow. It adds one field
// and changes no byte, and it offers what Dovecot offers.
func TestKithLMTP(t *testing.T) {
	s := startStack(t, stack.Options{Users: 30, Aliases: map[string][]string{
		"all@" + stack.Domain: {"u001@" + stack.Domain, "u002@" + stack.Domain},
	}})
	torture := load.WithoutKith(tortureTexts(t, s))
	k := startKith(t, s, setup{})
	k.healthy()
	t.Run("ordinary", func(t *testing.T) { ordinary(t, s, "") })
	t.Run("torture", func(t *testing.T) { tortured(t, s, torture, nil) })
	t.Run("big", func(t *testing.T) { big(t, s) })
	t.Run("submission", func(t *testing.T) { submission(t, s) })
	t.Run("xclient", func(t *testing.T) { strangers(t, s) })
	t.Run("one id each", func(t *testing.T) { oneID(t, s, k) })
	t.Run("tags and aliases", func(t *testing.T) { tags(t, s) })
	if left := k.spooled(); len(left) > 0 {
		t.Errorf("files are left in the spool: %v", left)
	}
	k.stop()
}

// oneID: each copy has X-Kith-Id exactly once, and trace tells of each message.
func oneID(t *testing.T, s *stack.Stack, k *kith) {
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 20, Tag: "id", MaxRcpts: 4})
	r := settle(t, s, load.Check{}, m)
	if r.Header["X-Kith-Id"] != r.Expected {
		t.Errorf("%d X-Kith-Id fields in %d copies", r.Header["X-Kith-Id"], r.Expected)
	}
	for _, e := range m.Entries[:5] {
		k.traced(s, e)
	}
}

// tags: two addresses of one mailbox in one message, and an alias with it.
// Postfix joins the alias's equal results; the tagged address is another one,
// and brings a copy of its own.
func tags(t *testing.T, s *stack.Stack) {
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.SMTP, To: []string{"u001+shop@" + stack.Domain, "all@" + stack.Domain}, Messages: 3, Tag: "tags"})
	r := settle(t, s, load.Check{Twins: true, Expand: func(rcpt string) []string {
		if strings.HasPrefix(rcpt, "all@") {
			return []string{s.User(1), s.User(2)}
		}
		return []string{rcpt}
	}}, m)
	if r.Extra != 3 {
		t.Errorf("%d second copies for u001, want one for each of the 3 messages", r.Extra)
	}
}

// TestKithUnixSocket: the usual wiring of a Debian system, with a socket file
// that a killed kith leaves behind.
func TestKithUnixSocket(t *testing.T) {
	s := startStack(t, stack.Options{Users: 10})
	k := startKith(t, s, setup{listen: "unix:" + s.Dir + "/kith.sock"})
	ordinary(t, s, "")
	k.kill()
	k.start()
	ordinary(t, s, "")
}

// TestKithMilter: kith beside Postfix only. In shadow it changes nothing.
func TestKithMilter(t *testing.T) {
	s := startStack(t, stack.Options{Users: 30})
	torture := tortureTexts(t, s)
	k := startKith(t, s, setup{listen: "none", milter: true})
	t.Run("ordinary", func(t *testing.T) { ordinary(t, s, "") })
	t.Run("torture", func(t *testing.T) { tortured(t, s, torture, untouched) })
	t.Run("submission", func(t *testing.T) { submission(t, s) })
	t.Run("killed", func(t *testing.T) { milterKilled(t, s, k) })
}

// milterKilled: while the milter is away Postfix says 4xx and the sender tries
// again. Postfix has the message or has not, so nothing doubles but what the
// sender itself had to send twice.
func milterKilled(t *testing.T, s *stack.Stack, k *kith) {
	clearMail(t, s)
	killed := untilClosed(func(done <-chan struct{}) int { return k.endAtRandom(k.kill, 10, 2, done) })
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 300, Tag: "milter", MaxRcpts: 5, Seed: 6, Patience: time.Minute})
	n := killed()
	r := settle(t, s, load.Check{}, m)
	t.Logf("milter killed %d times", n)
	if r.Unaccepted > 0 || r.Doubled > r.DoubledBefore {
		t.Errorf("%d never accepted, %d doubled: %v", r.Unaccepted, r.Doubled, r.Examples)
	}
}

// TestKithMilterAndLMTP: both seats; the milter tells the LMTP seat who signed
// in, and the story has it.
func TestKithMilterAndLMTP(t *testing.T) {
	s := startStack(t, stack.Options{Users: 10})
	k := startKith(t, s, setup{milter: true})
	ordinary(t, s, "")
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.Submission, Users: s.Users(), Messages: 5, Tag: "login", Password: stack.Password})
	noDoubles(t, settle(t, s, load.Check{}, m))
	story := k.traced(s, m.Entries[0])
	for _, want := range []string{"internal", m.Entries[0].From} {
		if !strings.Contains(story, want) {
			t.Errorf("the story of a mail of a signed-in employee does not say %q:\n%s", want, story)
		}
	}
}

// TestKithSMTP: kith between two Postfixes, as next hop of the first, and as
// its proxy before the queue.
func TestKithSMTP(t *testing.T) {
	s := startStack(t, stack.Options{Users: 30, Second: true})
	k := startKith(t, s, setup{listen: "none", smtpNext: s.SMTP2})
	rewire(t, s, func(o *stack.Options) { o.Deliver = "smtp:" + k.smtp })
	t.Run("ordinary", func(t *testing.T) { ordinary(t, s, "") })
	t.Run("big", func(t *testing.T) { big(t, s) })
	t.Run("killed", func(t *testing.T) { killedUnderLoad(t, s, k.daemon) })

	rewire(t, s, func(o *stack.Options) { o.SecondDeliver = "smtp:" + s.Out })
	t.Run("smtputf8", func(t *testing.T) { smtputf8(t, s) })

	rewire(t, s, func(o *stack.Options) {
		o.Deliver, o.SecondDeliver = "", ""
		o.Extra = []string{"smtpd_proxy_filter = " + k.smtp}
	})
	t.Run("before the queue", func(t *testing.T) { ordinary(t, s, "") })
	t.Run("smuggling", func(t *testing.T) { smuggling(t, s, k.smtp) })
}

// smtputf8: the extension is offered and passed on where the next hop has it.
func smtputf8(t *testing.T, s *stack.Stack) {
	clearMail(t, s)
	m := sendAll(t, load.Sender{Addr: s.SMTP, Users: s.Users(), Messages: 4, Tag: "utf8", Kinds: []load.Kind{load.SMTPUTF8}})
	noDoubles(t, settle(t, s, load.Check{Added: []string{"Received"}}, m))
	for _, l := range s.Sink.Letters() {
		if !l.UTF8 {
			t.Error("a letter came without SMTPUTF8")
		}
	}
}

// smuggling sends the forms of an end of data that servers read differently.
// kith either refuses them or passes on one message, never two.
func smuggling(t *testing.T, s *stack.Stack, addr string) {
	for name, end := range map[string]string{
		"LF.LF": "\n.\n", "LF.CRLF": "\n.\r\n", "CRLF.LF": "\r\n.\n", "CR.CR": "\r.\r", "CRLF.CR": "\r\n.\r", "CR.CRLF": "\r.\r\n",
	} {
		clearMail(t, s)
		inner := "MAIL FROM:<inner@outside.test>\r\nRCPT TO:<" + s.User(2) + ">\r\nDATA\r\n" + load.IDField + ": smuggled\r\n\r\nx\r\n.\r\n"
		reply, err := load.Raw(addr, "outer@outside.test", s.User(1), load.IDField+": outer\r\nSubject: x\r\n\r\nbody"+end+inner)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.WaitQueueEmpty(time.Minute); err != nil {
			t.Fatal(err)
		}
		c := load.Check{MailDir: s.MailDir()}
		r, err := c.Run()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Examples {
			if strings.Contains(e, "smuggled") {
				t.Errorf("%s smuggled a second message in (reply %q)", name, reply)
			}
		}
	}
}
