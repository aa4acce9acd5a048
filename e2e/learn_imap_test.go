//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"kith/e2e/stack"
	"kith/internal/learn"
)

// person is a signed-in mail program of an employee.
func person(t *testing.T, s *stack.Stack, n int) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(s.IMAP, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(s.User(n), stack.Password(s.User(n))).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// put appends a message with flags and an INTERNALDATE.
func put(t *testing.T, c *imapclient.Client, folder, subject string, at time.Time, flags ...imap.Flag) {
	t.Helper()
	text := fmt.Sprintf("Date: Thu, 1 Jan 2015 00:00:00 +0000\r\nSubject: %s\r\n\r\nbody\r\n", subject)
	cmd := c.Append(folder, int64(len(text)), &imap.AppendOptions{Time: at, Flags: flags})
	cmd.Write([]byte(text))
	cmd.Close()
	if _, err := cmd.Wait(); err != nil {
		t.Fatalf("append to %s: %v", folder, err)
	}
}

// learnAll reads a source to its end; the subjects stand by folder.
func learnAll(t *testing.T, source string, o learn.Options) (map[string][]string, []learn.Item, learn.Report) {
	t.Helper()
	o.Report = func(where string, err error) { t.Logf("%s: %v", where, err) }
	src, err := learn.Open(context.Background(), source, o)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	total, err := src.Count(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	var items []learn.Item
	r, err := learn.Run(context.Background(), src, func(_ context.Context, it learn.Item) error {
		_, rest, _ := strings.Cut(string(it.Raw), "Subject: ")
		subject, _, _ := strings.Cut(rest, "\r\n")
		key := it.Folder + " (" + string(it.Role) + ")"
		got[key] = append(got[key], subject)
		items = append(items, it)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.Resume == nil && src.Passed().Messages != total.Messages {
		t.Errorf("counted %d messages, passed %d", total.Messages, src.Passed().Messages)
	}
	return got, items, r
}

func secret(p string) func() (string, error) { return func() (string, error) { return p, nil } }

// fill puts mail into the folders of the first two employees.
func fill(t *testing.T, s *stack.Stack, at time.Time) *imapclient.Client {
	t.Helper()
	c := person(t, s, 1)
	for _, name := range []string{"Gesendete Objekte", "Projekte", "Projekte/Bücher", "Papierkorb", "Leer"} {
		if err := c.Create(name, nil).Wait(); err != nil {
			t.Fatal(err)
		}
	}
	put(t, c, "INBOX", "unread", at)
	put(t, c, "INBOX", "read", at.Add(time.Hour), imap.FlagSeen)
	put(t, c, "INBOX", "deleted", at, imap.FlagDeleted)
	put(t, c, "INBOX", "junk by keyword", at, "$Junk")
	put(t, c, "Sent", "sent", at)
	put(t, c, "Gesendete Objekte", "sent in German", at)
	put(t, c, "Junk", "spam", at)
	put(t, c, "Papierkorb", "thrown away", at)
	put(t, c, "Projekte/Bücher", "books", at)
	put(t, person(t, s, 2), "INBOX", "of the second", at)
	return c
}

// TestLearnIMAP reads accounts of a real Dovecot: roles, owners, INTERNALDATE,
// master user, resuming; and it leaves no trace.
func TestLearnIMAP(t *testing.T) {
	s := startStack(t, stack.Options{Users: 3})
	at := time.Date(2026, 3, 2, 9, 15, 0, 0, time.FixedZone("", 3600))
	c := fill(t, s, at)
	before := flags(t, c)
	source := "imap://" + s.User(1) + "@" + s.IMAP + "/"
	o := learn.Options{Password: secret(stack.Password(s.User(1)))}

	got, items, r := learnAll(t, source, o)
	want := map[string][]string{
		"INBOX (inbox)": {"unread", "read"}, "Sent (sent)": {"sent"}, "Gesendete Objekte (sent)": {"sent in German"}, "Projekte/Bücher (other)": {"books"},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if r.Skipped[learn.Marked] != 1 || r.Skipped[learn.InJunk] != 1 || len(r.Left) != 2 || len(r.Failed) != 0 {
		t.Errorf("%+v", r)
	}
	for _, it := range items {
		if it.Owner != s.User(1) || it.At.Sub(at) > time.Hour || it.At.Before(at) {
			t.Errorf("%s: owner %s, at %v", it.Folder, it.Owner, it.At)
		}
	}
	if after := flags(t, c); after != before {
		t.Errorf("the flags were changed:\n%s\n%s", before, after)
	}

	again := o
	again.Resume = r.Positions
	if got, _, _ := learnAll(t, source, again); len(got) != 0 {
		t.Errorf("twice is not once: %v", got)
	}
	put(t, c, "INBOX", "new", at)
	if got, _, _ := learnAll(t, source, again); !maps.EqualFunc(got, map[string][]string{"INBOX (inbox)": {"new"}}, slices.Equal) {
		t.Errorf("after one new mail: %v", got)
	}
	// A folder that was made anew has another UIDVALIDITY.
	for _, err := range []error{c.Delete("Projekte/Bücher").Wait(), c.Create("Projekte/Bücher", nil).Wait()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	put(t, c, "Projekte/Bücher", "other books", at)
	if got, _, _ := learnAll(t, source, again); !slices.Equal(got["Projekte/Bücher (other)"], []string{"other books"}) {
		t.Errorf("after a new UIDVALIDITY: %v", got)
	}

	// One administrator reads everybody's mail.
	owners := []string{s.User(1), s.User(2)}
	var both []string
	for _, src := range learn.Accounts("imap://*"+stack.MasterUser+"@"+s.IMAP+"/INBOX", owners) {
		_, items, _ := learnAll(t, src, learn.Options{Password: secret(stack.MasterPassword)})
		for _, it := range items {
			both = append(both, it.Owner)
		}
	}
	if !slices.Equal(slices.Compact(both), owners) {
		t.Errorf("the master user saw the mail of %v", both)
	}

	// The same mailboxes as Maildirs, by their paths: the same mail, the same bytes.
	onDisk, files, _ := learnAll(t, s.MailDir(), learn.Options{})
	// Their order is that of the folders new and cur, and when Dovecot moves a mail
	// from one to the other is its own affair.
	if !slices.Equal(slices.Sorted(slices.Values(onDisk["INBOX (inbox)"])), []string{"junk by keyword", "new", "of the second", "read", "unread"}) {
		t.Errorf("on the disk: %v", onDisk)
	}
	for _, it := range files {
		if strings.Contains(string(it.Raw), "Subject: unread") && (it.Owner != s.User(1) || !it.At.Equal(at) || string(it.Raw) != string(items[find(items, "unread")].Raw)) {
			t.Errorf("on the disk: %+v", it)
		}
	}
}

func find(items []learn.Item, subject string) int {
	return slices.IndexFunc(items, func(it learn.Item) bool { return strings.Contains(string(it.Raw), "Subject: "+subject) })
}

// flags lists the flags of the inbox, \Recent included.
func flags(t *testing.T, c *imapclient.Client) string {
	t.Helper()
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	list, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 4}}, &imap.FetchOptions{Flags: true, UID: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range list {
		f := slices.Sorted(slices.Values(m.Flags))
		all = append(all, fmt.Sprint(m.UID, f))
	}
	if err := c.Unselect().Wait(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// TestLearnIMAPFaults: each fault is one line with a mend, and a Dovecot that is
// away for a while is called again.
func TestLearnIMAPFaults(t *testing.T) {
	s := startStack(t, stack.Options{Users: 2})
	c := person(t, s, 1)
	for i := range 30 {
		put(t, c, "INBOX", fmt.Sprint(i), time.Now().Add(-time.Hour))
	}
	source := "imap://" + s.User(1) + "@" + s.IMAP + "/"
	_, err := learn.Open(context.Background(), source, learn.Options{Password: secret("wrong")})
	if !errors.Is(err, learn.ErrLogin) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong password: %v", err)
	}
	t.Log(err)

	// STARTTLS with the stack's certificate, first unknown, then trusted.
	o := learn.Options{Password: secret(stack.Password(s.User(1))), TLS: &tls.Config{RootCAs: x509.NewCertPool()}}
	if _, err := learn.Open(context.Background(), source, o); err == nil || !strings.Contains(err.Error(), "not trusted") {
		t.Errorf("an unknown certificate: %v", err)
	}
	pem, err := os.ReadFile(filepath.Join(s.Dir, "tls", "cert.pem"))
	if err != nil || !o.TLS.RootCAs.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate: ", err)
	}
	if got, _, _ := learnAll(t, source, o); len(got["INBOX (inbox)"]) != 30 {
		t.Errorf("over TLS: %v", got)
	}

	src, err := learn.Open(context.Background(), source, learn.Options{
		Password: secret(stack.Password(s.User(1))), Patience: 2 * time.Second,
		Report: func(where string, err error) { t.Logf("%s: %v", where, err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	n := 0
	s.StopDovecot()
	time.AfterFunc(2*time.Second, func() { s.StartDovecot() })
	r, err := learn.Run(context.Background(), src, func(context.Context, learn.Item) error { n++; return nil })
	if err != nil || n != 30 {
		t.Errorf("a Dovecot that was started anew: %d of 30, %v %v", n, err, r.Failed)
	}
}
