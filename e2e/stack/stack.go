// Package stack runs a private Postfix and Dovecot for the end-to-end tests.
//
// The promises that kith makes to a mail administrator (nothing lost, nothing
// doubled without need, bytes kept) are promises about what Postfix and Dovecot
// do with kith between them, and a hand-made peer can not stand in for them:
// their retries, their concurrency and their oddities are the test. So a Stack
// is the real programs of the distribution under one temporary directory, with
// their own configuration, queue, mail, logs and free ports on 127.0.0.1. It
// touches no system service, sends nothing outside the machine (mail to
// strangers and every bounce end in a Sink), and Stop leaves nothing behind.
//
// The programs are children of the test and carry a parent-death signal, so
// that even a test that is killed leaves no daemon running; its directory then
// stays for the curious.
//
// It must run as root: Postfix and Dovecot change to users of their own. The
// retry times are seconds, which is right for drills and wrong for production.
package stack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Domain is the one domain of the made-up organisation.
const Domain = "corp.test"

// Options says how a stack is wired. The zero value is a plain Postfix that
// delivers to Dovecot. Start takes all of them; Rewire those of Postfix only.
type Options struct {
	// Users is how many employees u001…, each with a mailbox; 0 means 50.
	Users int
	// Ghosts is how many addresses g001… Postfix accepts and Dovecot refuses
	// at RCPT: the mail of an employee whose mailbox is gone.
	Ghosts int
	// Quota limits the mailbox of a user (name without domain) in bytes.
	// A message beyond it is refused after the data, for that user only.
	Quota map[string]int64
	// DuplicateRule installs the Sieve rule that stores a second copy with
	// the same X-Kith-Id zero times.
	DuplicateRule bool

	// Deliver is where Postfix delivers the domain's mail, in Postfix's words:
	// "lmtp:inet:127.0.0.1:2425", "lmtp:unix:/path", "smtp:[127.0.0.1]:2600".
	// "" means Dovecot's LMTP.
	Deliver string
	// Fallback is lmtp_fallback_relay, "" for none.
	Fallback string
	// NoXforward switches lmtp_send_xforward_command off.
	NoXforward bool
	// Milters25 and Milters587 are smtpd_milters of port 25 and of submission.
	Milters25, Milters587 []string
	// MilterDefault is milter_default_action; "" means tempfail.
	MilterDefault string
	// Aliases are virtual aliases: full address to full addresses.
	Aliases map[string][]string
	// Extra are further lines of main.cf, which win over the stack's own.
	Extra []string

	// Second adds a second Postfix behind the first seat's next hop, for the
	// proxy between two MTAs: its port is Stack.SMTP2.
	Second bool
	// SecondDeliver is as Deliver, for the second Postfix.
	SecondDeliver string
}

// Stack is a running mail system. Its methods are for one test goroutine; only
// QueueLen and the Sink may be used from several.
type Stack struct {
	// Dir holds everything. Mail is under Dir/mail/DOMAIN/USER/Maildir.
	Dir string
	// SMTP, Submission, LMTP, IMAP, Out are host:port of Postfix's port 25 and
	// 587, of Dovecot and of the sink; SMTP2 is "" without a second Postfix.
	SMTP, Submission, LMTP, IMAP, Out, SMTP2 string
	// Sink holds the mail to strangers.
	Sink *Sink

	opt     Options
	first   *postfix
	second  *postfix
	dovecot *Process
}

// Start builds and starts a stack in a new temporary directory. It takes about
// two seconds. On an error everything that was started is stopped again.
func Start(o Options) (*Stack, error) {
	if err := installed(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kith-stack-")
	if err != nil {
		return nil, fmt.Errorf("make the stack's directory: %w", err)
	}
	// The daemons' own users must be able to walk through it.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	if o.Users == 0 {
		o.Users = 50
	}
	s := &Stack{Dir: dir, opt: o}
	if err := s.start(); err != nil {
		logs := s.tail()
		s.Stop()
		return nil, fmt.Errorf("start the stack: %w\n%s", err, logs)
	}
	return s, nil
}

func (s *Stack) start() error {
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	s.SMTP, s.Submission, s.LMTP, s.IMAP = ports[0], ports[1], ports[2], ports[3]
	for _, d := range []string{"log", "tls"} {
		if err := os.MkdirAll(filepath.Join(s.Dir, d), 0o755); err != nil {
			return err
		}
	}
	if err := writeCertificate(filepath.Join(s.Dir, "tls")); err != nil {
		return err
	}
	if s.Sink, err = StartSink(ports[4]); err != nil {
		return err
	}
	s.Out = ports[4]
	s.first = s.newPostfix("postfix", s.SMTP, s.Submission)
	if s.opt.Second {
		s.SMTP2 = ports[5]
		s.second = s.newPostfix("postfix2", s.SMTP2, "")
	}
	if err := s.configure(); err != nil {
		return err
	}
	for _, p := range s.instances() {
		if err := p.prepare(); err != nil {
			return err
		}
	}
	// Dovecot makes its SASL socket inside the queue that Postfix prepared.
	if err := s.prepareDovecot(); err != nil {
		return err
	}
	if err := s.StartDovecot(); err != nil {
		return err
	}
	for _, p := range s.instances() {
		if err := p.start(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stack) instances() []*postfix {
	all := []*postfix{s.first, s.second}
	return slices.DeleteFunc(all, func(p *postfix) bool { return p == nil })
}

func (s *Stack) configure() error {
	deliver := s.opt.Deliver
	if deliver == "" {
		deliver = "lmtp:inet:" + s.LMTP
	}
	if err := s.first.configure(s.opt, deliver); err != nil {
		return err
	}
	if s.second == nil {
		return nil
	}
	deliver = s.opt.SecondDeliver
	if deliver == "" {
		deliver = "lmtp:inet:" + s.LMTP
	}
	o := s.opt
	o.Milters25, o.Milters587, o.Extra, o.Fallback = nil, nil, nil, ""
	return s.second.configure(o, deliver)
}

// Rewire applies changed Postfix options (Deliver, Fallback, milters, aliases,
// Extra) to the running stack. Users, Ghosts, Quota, DuplicateRule and Second
// stay as they were started.
func (s *Stack) Rewire(o Options) error {
	o.Users, o.Ghosts, o.Quota = s.opt.Users, s.opt.Ghosts, s.opt.Quota
	o.DuplicateRule, o.Second = s.opt.DuplicateRule, s.opt.Second
	s.opt = o
	if err := s.configure(); err != nil {
		return err
	}
	for _, p := range s.instances() {
		if err := p.reload(); err != nil {
			return err
		}
	}
	return nil
}

// Options returns the options that are in force, as a base for Rewire.
func (s *Stack) Options() Options { return s.opt }

// User returns the address of employee n, counted from 1.
func (s *Stack) User(n int) string { return fmt.Sprintf("u%03d@%s", n, Domain) }

// Ghost returns the n-th address that Postfix takes and Dovecot refuses.
func (s *Stack) Ghost(n int) string { return fmt.Sprintf("g%03d@%s", n, Domain) }

// Users returns the addresses of all employees.
func (s *Stack) Users() []string {
	all := make([]string, s.opt.Users)
	for i := range all {
		all[i] = s.User(i + 1)
	}
	return all
}

// Password returns the password of an employee's address.
func Password(address string) string { return "pw-" + address[:len(address)-len(Domain)-1] }

// The Dovecot master user: log in as "u001@corp.test*MasterUser".
const (
	MasterUser     = "kith"
	MasterPassword = "master-secret"
)

// MailDir is the root of the mailboxes: MailDir/DOMAIN/USER/Maildir.
func (s *Stack) MailDir() string { return filepath.Join(s.Dir, "mail") }

// ClearMail empties every mailbox and the sink. Nothing may be in delivery.
// The duplicate rule's memory is kept beside the mailboxes and goes, too.
func (s *Stack) ClearMail() error {
	s.Sink.Clear()
	return os.RemoveAll(filepath.Join(s.MailDir(), Domain))
}

// QueueLen counts the messages in the queues of all Postfix instances.
func (s *Stack) QueueLen() int {
	n := 0
	for _, p := range s.instances() {
		n += p.queueLen()
	}
	return n
}

// WaitQueueEmpty waits until no message is queued. From the fifth second on it
// asks Postfix now and then to try deferred mail at once, as an administrator
// would after a fault. An error says what is left.
func (s *Stack) WaitQueueEmpty(timeout time.Duration) error {
	begin := time.Now()
	flush := begin.Add(5 * time.Second)
	// A message is for a moment in no counted place while it moves from one
	// queue to the next: only twice empty is empty.
	for quiet := 0; quiet < 2; time.Sleep(100 * time.Millisecond) {
		if s.QueueLen() == 0 {
			quiet++
			continue
		}
		quiet = 0
		if time.Since(begin) > timeout {
			return fmt.Errorf("%d messages are still queued after %v:\n%s", s.QueueLen(), timeout, s.QueueText())
		}
		if time.Now().After(flush) {
			flush = time.Now().Add(3 * time.Second)
			if err := s.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// QueueText is what postqueue -p prints, for messages of failed tests.
func (s *Stack) QueueText() string {
	var text string
	for _, p := range s.instances() {
		text += p.queueText()
	}
	return text
}

// Flush asks Postfix to try deferred mail now.
func (s *Stack) Flush() error {
	var errs []error
	for _, p := range s.instances() {
		errs = append(errs, p.run("postqueue", "-c", p.etc, "-f"))
	}
	return errors.Join(errs...)
}

// Log returns the whole log of Postfix, or of Dovecot for name "dovecot".
func (s *Stack) Log(name string) string {
	b, _ := os.ReadFile(filepath.Join(s.Dir, "log", name+".log"))
	return string(b)
}

// Stop ends everything and removes the directory. It is safe to call twice.
func (s *Stack) Stop() {
	for _, p := range s.instances() {
		p.stop()
	}
	s.StopDovecot()
	if s.Sink != nil {
		s.Sink.Close()
	}
	s.unmountAll()
	os.RemoveAll(s.Dir)
}

// tail returns the ends of all logs, for the error of a failed start.
func (s *Stack) tail() string {
	var text string
	logs, _ := filepath.Glob(filepath.Join(s.Dir, "log", "*.log"))
	for _, name := range logs {
		b, _ := os.ReadFile(name)
		if len(b) > 2000 {
			b = b[len(b)-2000:]
		}
		text += fmt.Sprintf("-- %s\n%s", filepath.Base(name), b)
	}
	return text
}
