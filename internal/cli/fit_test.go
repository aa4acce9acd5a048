package cli

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"kith/internal/baseline"
	"kith/internal/judge"
)

// labelledSet is a benchmark set of letters that one known author writes, with
// some that only look like his.
func labelledSet(t *testing.T, readme string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "toy")
	if err := os.MkdirAll(filepath.Join(dir, "mail"), 0o755); err != nil {
		t.Fatal(err)
	}
	var events, labels, archive bytes.Buffer
	w := tar.NewWriter(&archive)
	start := time.Date(2001, 3, 2, 9, 0, 0, 0, time.UTC)
	const genuine, attacks = 160, 16
	for i := range genuine + attacks {
		from, label, kind, auth := "ann@vendor.example", "genuine", "", `,"auth":{"spf":"pass","dkim":"pass","dkim_d":"vendor.example","dmarc":"pass"}`
		if i%11 == 10 {
			from, label, kind, auth = "tim@c0rp.test", "attack", `,"kind":"lookalike","template":"t`+fmt.Sprint(i%3)+`"`, `,"auth":{"spf":"none","dkim":"none","dmarc":"none"}`
		}
		letter := fmt.Sprintf("From: Tim Ott <%s>\r\nTo: tim@corp.test\r\nSubject: letter %d\r\nMessage-ID: <%d.x@y.example>\r\nX-Mailer: Quill 1\r\n\r\nHi Tim,\r\nmore of it.\r\n", from, i, i)
		if err := w.WriteHeader(&tar.Header{Name: fmt.Sprintf("m%d.eml", i), Size: int64(len(letter)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(letter))
		fmt.Fprintf(&events, `{"id":"e%d","t":%q,"kind":"deliver","mail":"m%d","rcpt":["tim@corp.test"],"from":%q,"q":true,"client":{"ip":"192.0.2.7","helo":"mx.vendor.example"}%s}`+"\n",
			i, start.AddDate(0, 0, i).Format(time.RFC3339), i, from, auth)
		fmt.Fprintf(&labels, `{"id":"e%d","label":%q%s}`+"\n", i, label, kind)
	}
	w.Close()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"README.md": []byte(readme), "org.json": []byte(`{"domains":["corp.test"],"employees":[{"address":"tim@corp.test","names":["Tim Ott"]}]}`),
		"events.jsonl.zst": z.EncodeAll(events.Bytes(), nil), "labels.jsonl.zst": z.EncodeAll(labels.Bytes(), nil), "mail/a.tar.zst": z.EncodeAll(archive.Bytes(), nil)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// alone runs one command without the root.
func alone(cmd *cobra.Command, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetOut(&o)
	cmd.SetErr(&e)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	if err := cmd.Execute(); err != nil {
		var c coded
		if code = exitUsage; errors.As(err, &c) {
			code = c.code
		}
		e.WriteString(err.Error())
	}
	return code, o.String(), e.String()
}

const mayFit = "Weights that ship may be fitted on it: yes, it is made up.\n"

func TestFit(t *testing.T) {
	set := labelledSet(t, mayFit)
	file, samples := filepath.Join(t.TempDir(), "weights.toml"), filepath.Join(t.TempDir(), "samples.gz")
	code, out, errs := alone(fitCommand(), set, "-o", file, "--samples", samples, "--draw", "0.1")
	if code != exitDone || out != "" || !strings.Contains(errs, "## strict: ") || !strings.Contains(errs, "toy, delivered") {
		t.Fatalf("exit %d %q\n%s", code, out, errs)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w, err := judge.ReadWeights(text)
	if err != nil || len(w.Beliefs.Kinds) != len(w.Kinds) || !strings.Contains(string(text), "`fit toy --draw 0.1`") || strings.Contains(string(text), "PROVISIONAL") {
		t.Errorf("%v\n%s", err, text)
	}
	// Fitted again from what was kept, and from the fitted file: the same.
	code, _, errs = alone(fitCommand(), set, "-o", file+"2", "--samples", samples, "--draw", "0.1", "--from", file)
	again, _ := os.ReadFile(file + "2")
	if code != exitDone || strings.Contains(errs, "messages of") || !bytes.Equal(text, again) {
		t.Errorf("exit %d %s\n%s", code, errs, again)
	}
	code, out, errs = alone(judgementCommand(), set, "--samples", samples, "--weights", file)
	if code != exitDone || !strings.Contains(out, "load average") || !strings.Contains(out, "| (group) all history |") || !strings.Contains(out, "lookalike") {
		t.Errorf("exit %d %s\n%s", code, errs, out)
	}
}

func TestFitHabitsAndCalibration(t *testing.T) {
	set := labelledSet(t, mayFit)
	file := filepath.Join(t.TempDir(), "params.toml")
	code, _, errs := alone(fitCommand(), "habits", set, "-o", file)
	text, err := os.ReadFile(file)
	if code != exitDone || err != nil {
		t.Fatalf("exit %d %v %s", code, err, errs)
	}
	if _, err := baseline.ReadParams(text); err != nil || !strings.Contains(string(text), "[families.mailer]") {
		t.Errorf("%v\n%s", err, text)
	}
	code, out, errs := alone(calibrationCommand(), set, "--every", "2")
	if code != exitDone || !strings.Contains(out, "### toy") || !strings.Contains(out, "| mailer |") {
		t.Errorf("exit %d %s\n%s", code, errs, out)
	}
}

func TestFitRefuses(t *testing.T) {
	set, closed := labelledSet(t, mayFit), labelledSet(t, "Weights that ship may be fitted on it: no – a test set.\n")
	file := filepath.Join(t.TempDir(), "w.toml")
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{exitUsage, []string{set}, "say where to"},
		{exitNotHeld, []string{closed, "-o", file}, "may not be fitted on toy (no – a test set)"},
		{exitNotHeld, []string{set, closed, "-o", file}, "--try fits and writes nothing"},
		{exitNotHeld, []string{set + "x", "-o", file}, "must say what may be fitted"},
		{exitUsage, []string{set, "-o", file, "--from", set}, "fit: "},
		{exitNotHeld, []string{"habits", closed, "-o", file}, "may not be fitted"},
		{exitUsage, []string{"habits", set}, "say where to"},
	} {
		code, out, errs := alone(fitCommand(), c.args...)
		if code != c.code || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit %d, %q %q", c.args, code, out, errs)
		}
	}
	if code, _, errs := alone(fitCommand(), closed, "--try", "--draw", "0.1"); code != exitDone || !strings.Contains(errs, "## strict") {
		t.Errorf("exit %d %s", code, errs)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a refused fit wrote a file")
	}
}
