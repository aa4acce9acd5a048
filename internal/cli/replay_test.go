package cli

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// oneMailSet is a benchmark set with one arriving mail.
func oneMailSet(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "one")
	packed := func(data []byte) []byte {
		z, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return z.EncodeAll(data, nil)
	}
	const letter = "From: ann@vendor.example\r\nTo: tim@corp.test\r\nSubject: hello\r\n\r\nHi.\r\n"
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "m1.eml", Size: int64(len(letter)), Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(letter))
	w.Close()
	const event = `{"id":"e1","t":"2001-03-02T12:00:00Z","kind":"deliver","mail":"m1","rcpt":["tim@corp.test"],"q":true}` + "\n"
	if err := os.MkdirAll(filepath.Join(dir, "mail"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"events.jsonl.zst": packed([]byte(event)), "mail/a.tar.zst": packed(b.Bytes())} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReplay(t *testing.T) {
	set := oneMailSet(t)
	file := filepath.Join(t.TempDir(), "p.jsonl")
	code, out, errs := run("", "replay", set, "-o", file)
	b, err := os.ReadFile(file)
	if code != exitDone || out != "" || err != nil || !strings.HasPrefix(string(b), `{"id":"e1","rcpt":"tim@corp.test","score":`) || bytes.Count(b, []byte("\n")) != 1 {
		t.Errorf("exit %d, %q, %v: %s", code, out, err, b)
	}
	if strings.Count(errs, "\n") != 2 || !strings.HasPrefix(errs, "1 messages of 1 events in ") || !strings.Contains(errs, "messages/s; judging p50 ") || !strings.Contains(errs, "MiB of memory") {
		t.Errorf("the report is %q", errs)
	}
	if code, out, _ := run("", "replay", set, "-o", "-"); code != exitDone || out != string(b) {
		t.Errorf("exit %d; on standard output stands %q", code, out)
	}
}

func TestReplayRefuses(t *testing.T) {
	set := oneMailSet(t)
	file := filepath.Join(t.TempDir(), "p.jsonl")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{set}, `required flag(s) "output" not set`},
		{[]string{set + "x", "-o", file}, "is no folder"},
		{[]string{set, "-o", file, "--events", "labels.jsonl.zst"}, "is no event file"},
		{[]string{set, "-o", file, "--share", "2"}, "--share above 0 and at most 1"},
		{[]string{set, "-o", file, "--limit", "-1"}, "--limit is 1 or more"},
		{[]string{set, "-o", filepath.Join(file, "x")}, "name a file that can be written"},
	} {
		code, out, errs := run("", append([]string{"replay"}, c.args...)...)
		if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit %d, %q %q", c.args, code, out, errs)
		}
	}
	// A set that breaks in the middle leaves no half file, and an older one as it was.
	if err := os.WriteFile(file, []byte("older"), 0o644); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(set, "org.json"), []byte(`{"domains":["a b"]}`), 0o644)
	if code, _, errs := run("", "replay", set, "-o", file); code != exitUsage || !strings.Contains(errs, "org.json") {
		t.Errorf("exit %d %q", code, errs)
	}
	b, _ := os.ReadFile(file)
	if left, _ := filepath.Glob(file + "*"); len(left) != 1 || string(b) != "older" {
		t.Errorf("%v, %q", left, b)
	}
}
