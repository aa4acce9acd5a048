package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"kith/internal/kith"
	"kith/internal/store"
)

// run runs a command in this process.
func run(in string, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = Main("test", args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

func TestHelpOfEveryCommand(t *testing.T) {
	n := 0
	var visit func(c *cobra.Command, path []string)
	visit = func(c *cobra.Command, path []string) {
		n++
		code, out, errs := run("", append(path, "--help")...)
		name := strings.Join(append([]string{"kith"}, path...), " ")
		if code != 0 || errs != "" {
			t.Errorf("%s --help: exit %d, %s", name, code, errs)
		}
		for line := range strings.Lines(out) {
			if w := utf8.RuneCountInString(strings.TrimRight(line, "\n")); w > 100 {
				t.Errorf("%s --help has a line of %d columns: %s", name, w, line)
			}
		}
		if bad := unprintable(strings.ReplaceAll(out, "\t", " ")); bad != "" {
			t.Errorf("%s --help holds %s", name, bad)
		}
		if c.Short == "" || c.Example == "" && len(strings.Fields(c.Long)) < 10 && !c.HasSubCommands() && !c.Hidden {
			t.Errorf("%s has neither an example nor a text that explains it", name)
		}
		for _, sub := range c.Commands() {
			visit(sub, append(path[:len(path):len(path)], sub.Name()))
		}
	}
	root := newRoot("test")
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	visit(root, nil)
	if n < 15 {
		t.Errorf("only %d commands were found", n)
	}
}

// evil is text that would rename the window, clear it, colour it, write over
// what stands there, turn the writing direction, and hide; in UTF-8, so that it
// comes through every decoding.
const evil = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\b\b\u009b31m\u0085\u202egpj.exe\u2066\u200b\ufeff\U000e0041\x7f"

// hostile is a mail that has it wherever a reader would be shown something.
func hostile(t *testing.T) string {
	t.Helper()
	word := "=?utf-8?B?" + b64(evil) + "?="
	text := "From: " + word + " <\"" + evil + "\"@vendor.example>\n" +
		"Reply-To: " + word + " <x@" + evil + "elsewhere.example>\n" +
		"To: tim@corp.test\nSubject: " + word + " " + evil + "\nMessage-ID: <" + evil + "@vendor.example>\n" +
		"Received: from " + evil + " (" + evil + " [192.0.2.7]) by mx.corp.test with ESMTPSA id " + evil + "; Wed, 25 Nov 2026 10:00:00 +0000\n" +
		"Return-Path: <" + evil + "@vendor.example>\nDelivered-To: " + evil + "@corp.test\n" +
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--b\nContent-Type: text/html; charset=utf-8\n\n" +
		"<a href=\"https://login.example/" + evil + "\">https://bank.example/" + evil + "</a><span style=\"display:none\">" + evil + "</span>\n" +
		"--b\nContent-Type: text/" + evil + "; charset=" + evil + "\nContent-Disposition: attachment; filename*=utf-8''" + percent(evil) + ".pdf.vbe\n\n#@~^DgAAAA==\\ko$K6,JCV^GJqAQAAA==^#~@\n--b--\n"
	path := filepath.Join(t.TempDir(), "hostile.eml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func b64(s string) string { b, _ := json.Marshal([]byte(s)); return strings.Trim(string(b), `"`) }

func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// siteFile is a configuration without network.
func siteFile(t *testing.T) (conf, database string) {
	t.Helper()
	dir := t.TempDir()
	conf, database = filepath.Join(dir, "kith.toml"), filepath.Join(dir, "kith.db")
	text := fmt.Sprintf("[org]\ndomains = [\"corp.test\"]\n[auth]\nenabled = false\n[store]\npath = %q\n[web]\nlisten = \"\"\n", database)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return conf, database
}

func TestHostileMailReachesNoTerminal(t *testing.T) {
	mail := hostile(t)
	conf, _ := siteFile(t)
	odd := filepath.Join(t.TempDir(), "a\x1b[2J\u202e.eml") // its name is hostile, too
	if text, err := os.ReadFile(mail); err != nil || os.WriteFile(odd, text, 0o600) != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"judge", mail}, {"judge", "-v", mail}, {"judge", "--json", mail}, {"judge", mail, odd},
		{"judge", "--lang", "de", mail}, {"judge", "--lang", "ja", "-v", mail}, {"judge", "--lang", "ko", mail},
		{"judge", "-v", "--to", evil + "@corp.test", "--mail-from", evil, "--helo", evil, "--login", evil, "--client", "192.0.2.7", mail},
		{"inspect", mail}, {"inspect", "--json", mail}, {"inspect", odd},
	} {
		code, out, errs := run("", append([]string{"--config", conf}, args...)...)
		if code != 0 || len(out) < 20 {
			t.Errorf("%q: exit %d, %d bytes, %s", args, code, len(out), errs)
		}
		if bad := unprintable(out + errs); bad != "" {
			t.Errorf("%q lets through %s", args, bad)
		}
	}
	for _, args := range [][]string{{"judge", "no\x1b[2Jsuch.eml"}, {"inspect", "no\u202esuch.eml"}, {"trace", evil}, {"judge", "--client", evil, mail}, {evil}, {"--" + evil}} {
		code, out, errs := run("", append([]string{"--config", conf}, args...)...)
		if bad := unprintable(out + errs); bad != "" || code == 0 || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, %s lets through %s", args, code, errs, bad)
		}
	}
}

func TestHostileMailInTheJournal(t *testing.T) {
	conf, database := siteFile(t)
	st, err := store.Open(database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := kith.Record{ID: "k1", Seat: kith.SeatLMTP, QueueID: "Q" + evil, Arrived: time.Now(), Direction: kith.Inbound, Why: evil, MailFrom: evil, From: evil, Rcpt: evil,
		Login: evil, MessageID: evil, Subject: evil, Client: evil, Auth: evil, Gap: evil, State: kith.StateRefused, Reply: "550 " + evil,
		Judged: kith.Judgement{Rcpt: evil, Verdict: kith.Verdict{Class: kith.Malware, Band: kith.Harm, Reasons: []kith.Contribution{{Bits: 3,
			Finding: kith.Finding{Kind: "attachment.encoded-script", Evidence: []kith.Evidence{{Key: "file", Type: kith.EvFile, Text: evil}}}}}}}}
	if err := st.Append(context.Background(), "b", []kith.Record{r}); err != nil {
		t.Fatal(err)
	}
	st.Close()
	for _, args := range [][]string{{"trace", "k1"}, {"trace", "--json", "k1"}, {"trace", "--lang", "ja", "k1"}} {
		code, out, errs := run("", append([]string{"--config", conf}, args...)...)
		if code != 0 || len(out) < 100 {
			t.Errorf("%q: exit %d, %s", args, code, errs)
		}
		if bad := unprintable(out); bad != "" {
			t.Errorf("%q lets through %s", args, bad)
		}
		if args[1] == "--json" {
			var back kith.Record
			if err := json.Unmarshal([]byte(out), &back); err != nil || back.Subject != evil {
				t.Errorf("the JSON says %q, %v, want what was written", back.Subject, err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(database), "paused"), []byte("2026-11-25T10:00:00Z "+evil), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out, _ := run("", "--config", conf, "status"); unprintable(out) != "" {
		t.Errorf("status lets through %s", unprintable(out))
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain\n": "plain\n", "": "", "äöü 漢字 😀": "äöü 漢字 😀",
		"a\u009bb": `a\u009bb`, "\u202e": `\u202e`, "\U000e0041": `\udb40\udc41`, "x\x7f": `x\u007f`,
	} {
		if got := string(printable([]byte(in))); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// pseudoTerminal makes one: what is written to tty can be read from master.
func pseudoTerminal(t *testing.T) (master, tty *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return master, tty
}

// Colours stand on a terminal and nowhere else, and can be switched off.
func TestColours(t *testing.T) {
	conf, _ := siteFile(t)
	mail := hostile(t)
	shown := func() string {
		master, tty := pseudoTerminal(t)
		if code := Main("test", []string{"--config", conf, "judge", mail}, strings.NewReader(""), tty, tty); code != 0 {
			t.Fatalf("exit %d", code)
		}
		b := make([]byte, 1<<16)
		n, err := master.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	coloured := shown()
	if !strings.HasPrefix(coloured, "\x1b[31;1m") || strings.Count(coloured, "\x1b") != 2 {
		t.Errorf("on a terminal: %q", coloured)
	}
	t.Setenv("TERM", "dumb")
	if s := shown(); strings.Contains(s, "\x1b") {
		t.Errorf("on a dumb terminal: %q", s)
	}
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	if s := shown(); strings.Contains(s, "\x1b") {
		t.Errorf("with NO_COLOR: %q", s)
	}
	t.Setenv("NO_COLOR", "")
	if _, out, _ := run("", "--config", conf, "judge", mail); strings.Contains(out, "\x1b") {
		t.Errorf("in a pipe: %q", out)
	}
}
