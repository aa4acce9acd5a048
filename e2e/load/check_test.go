package load

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/e2e/stack"
)

// world is a mailbox tree and a manifest made by hand.
type world struct {
	t        *testing.T
	mail     string
	manifest *Manifest
	files    int
}

func newWorld(t *testing.T) *world {
	m, err := NewManifest(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return &world{t: t, mail: t.TempDir(), manifest: m}
}

// sent puts a message into the manifest; text stands below X-Test-Id.
func (w *world) sent(id, text string, to ...string) {
	raw := IDField + ": " + id + "\r\n" + strings.ReplaceAll(text, "\n", "\r\n")
	if err := os.WriteFile(w.manifest.path(id), []byte(raw), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := w.manifest.add(Entry{ID: id, Kind: Plain, To: to, Code: 250}); err != nil {
		w.t.Fatal(err)
	}
}

// found puts a file into a mailbox.
func (w *world) found(user, text string) {
	dir := filepath.Join(w.mail, "corp.test", user, "Maildir", "new")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	w.files++
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(w.files)), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

const above = "Return-Path: <a@x.test>\nReceived: from a\n\tby b\nX-Kith-Id: k\n"

// TestCheck: each fault is counted as what it is, and only once.
func TestCheck(t *testing.T) {
	const text = "Subject: x\n\nbody\n"
	good := above + IDField + ": m1\n" + text
	for name, c := range map[string]struct {
		files []string // in the mailbox of u001
		want  Result
	}{
		"right":              {[]string{good}, Result{Expected: 1, Right: 1}},
		"missing":            {nil, Result{Expected: 1, Missing: 1}},
		"doubled":            {[]string{good, good, good}, Result{Expected: 1, Right: 1, Doubled: 1, Extra: 2}},
		"body":               {[]string{strings.Replace(good, "body", "bady", 1)}, Result{Expected: 1, Differ: 1}},
		"second copy wrong":  {[]string{good, strings.Replace(good, "body", "bady", 1)}, Result{Expected: 1, Differ: 1, Doubled: 1, Extra: 1}},
		"cut":                {[]string{strings.TrimSuffix(good, "ody\n")}, Result{Expected: 1, Differ: 1}},
		"unknown field":      {[]string{"X-Spam: no\n" + good}, Result{Expected: 1, Differ: 1}},
		"field below":        {[]string{strings.Replace(good, "Subject", "X-Kith-Id: k\nSubject", 1)}, Result{Expected: 1, Differ: 1}},
		"no id":              {[]string{good, "Subject: x\n\nbody\n"}, Result{Expected: 1, Right: 1, Strange: 1}},
		"never sent":         {[]string{good, strings.Replace(good, "m1", "m9", 1)}, Result{Expected: 1, Right: 1, Strange: 1}},
		"CRLF in the file":   {[]string{strings.ReplaceAll(good, "\n", "\r\n")}, Result{Expected: 1, Right: 1}},
		"no blank, no body?": {[]string{strings.Replace(good, "\n\nbody", "\nbody", 1)}, Result{Expected: 1, Differ: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sent("m1", text, "u001@corp.test")
			for _, f := range c.files {
				w.found("u001", f)
			}
			check := Check{MailDir: w.mail}
			r, err := check.Run(w.manifest)
			if err != nil {
				t.Fatal(err)
			}
			if r.String() != c.want.String() {
				t.Errorf("got  %s\nwant %s\n%v", r, &c.want, r.Examples)
			}
			if bad := c.want.Missing+c.want.Differ+c.want.Strange > 0; (r.Err() != nil) != bad {
				t.Errorf("Err is %v", r.Err())
			}
		})
	}
}

// TestCheckDropped: what Postfix and kith remove by design is no difference,
// wherever it stood and however it was folded.
func TestCheckDropped(t *testing.T) {
	w := newWorld(t)
	w.sent("m1", "X-KITH-Verdict: a\n b\nBcc: c\nSubject: x\nX-Kithless: stays\n\nX-Kith-Id: in the body\n", "u001+tag@corp.test")
	w.found("u001", above+IDField+": m1\nSubject: x\nX-Kithless: stays\n\nX-Kith-Id: in the body\n")
	check := Check{MailDir: w.mail}
	r, err := check.Run(w.manifest)
	if err != nil {
		t.Fatal(err)
	}
	if r.Err() != nil || r.Right != 1 {
		t.Errorf("%s: %v", r, r.Err())
	}
}

// TestCheckBounces: a recipient that must bounce and does not is a loss.
func TestCheckBounces(t *testing.T) {
	for name, bounced := range map[string]bool{"bounced": true, "lost": false} {
		w := newWorld(t)
		w.sent("m1", "Subject: x\n\nbody\n", "g001@corp.test")
		check := Check{MailDir: w.mail, Bounces: func(string) bool { return true }}
		if bounced {
			check.Letters = []stack.Letter{{Data: []byte("Subject: returned\r\n\r\nFinal-Recipient: rfc822; g001@corp.test\r\n\r\n" + IDField + ": m1\r\n")}}
		}
		r, err := check.Run(w.manifest)
		if err != nil {
			t.Fatal(err)
		}
		if (r.Bounced == 1) != bounced || (r.NotBounced == 1) == bounced || (r.Err() == nil) != bounced {
			t.Errorf("%s: %s, %v", name, r, r.Err())
		}
	}
}

// TestNothingAccepted: a drill in which no message was taken proves nothing.
func TestNothingAccepted(t *testing.T) {
	w := newWorld(t)
	if err := w.manifest.add(Entry{ID: "m1", Code: 451}); err != nil {
		t.Fatal(err)
	}
	check := Check{MailDir: w.mail}
	r, err := check.Run(w.manifest)
	if err != nil {
		t.Fatal(err)
	}
	if r.Err() == nil {
		t.Error("no error although nothing was accepted")
	}
}

func TestWriteStuffed(t *testing.T) {
	for in, want := range map[string]string{
		"":             "\r\n.\r\n",
		"a":            "a\r\n.\r\n",
		"a\r\n":        "a\r\n.\r\n",
		".\r\n":        "..\r\n.\r\n",
		"a\r\n.\r\n.b": "a\r\n..\r\n..b\r\n.\r\n",
		"a\n.\nb":      "a\n.\nb\r\n.\r\n", // a bare LF is no line end
		"\r\n.\r\n.":   "\r\n..\r\n..\r\n.\r\n",
	} {
		var b strings.Builder
		if err := writeStuffed(&b, []byte(in)); err != nil || b.String() != want {
			t.Errorf("%q becomes %q, want %q (%v)", in, b.String(), want, err)
		}
	}
}

// TestBuild: messages are the same for the same seed, end their lines with
// CRLF, and differ by kind.
func TestBuild(t *testing.T) {
	seen := map[string]Kind{}
	for _, k := range append([]Kind{SMTPUTF8}, Ordinary...) {
		a := string(build(k, "id", "a@x.test", []string{"b@x.test"}, 1))
		if a != string(build(k, "id", "a@x.test", []string{"b@x.test"}, 1)) {
			t.Errorf("%s is not the same twice", k)
		}
		if strings.Contains(strings.ReplaceAll(a, "\r\n", ""), "\n") {
			t.Errorf("%s has a bare LF", k)
		}
		if other, ok := seen[a]; ok && k != UTF8Header {
			t.Errorf("%s is the same as %s", k, other)
		}
		seen[a] = k
	}
	if n := len(build(Big, "id", "a@x.test", nil, 1)); n < bigBytes {
		t.Errorf("big has %d bytes, want at least %d", n, bigBytes)
	}
}
