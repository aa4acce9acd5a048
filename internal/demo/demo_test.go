package demo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/internal/kith"
)

// played runs the demo as --once does and returns what it said.
func played(t *testing.T, o Options) (*Report, string) {
	t.Helper()
	var out bytes.Buffer
	o.Once, o.Out, o.Command, o.Version = true, &out, "kith", "test"
	start := time.Now()
	rep, err := Run(context.Background(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if took := time.Since(start); took > 20*time.Second && !raced {
		t.Errorf("it took %v", took)
	}
	return rep, out.String()
}

// TestRun plays the whole demo: what should be noticed is noticed for its
// reasons, nothing else is, and every mail arrives as it was sent.
func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made by the demo")
	rep, text := played(t, Options{Dir: dir})
	if rep.Mails < 60 || rep.Mails > 80 || rep.Copies < rep.Mails || rep.Outside == 0 {
		t.Errorf("%d mails, %d copies, %d outside", rep.Mails, rep.Copies, rep.Outside)
	}
	if rep.Expected < 10 || rep.Caught != rep.Expected || rep.Inbox+rep.Junk != rep.Copies || rep.Junk == 0 || !rep.Held() {
		t.Errorf("%+v", rep)
	}
	for _, r := range rep.results {
		checkResult(t, r)
	}
	for line := range strings.Lines(text) {
		if n := columns(strings.TrimSuffix(line, "\n")); n > maxWidth && !strings.Contains(line, "--config ") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, want := range []string{"hwpx.jse’ 파일은 숨겨진", "In English:", "of 17 harmful", "0 lost", "0 wrong"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("colours where there is no terminal")
	}
	if _, err := os.Stat(filepath.Join(dir, "kith.toml")); err != nil {
		t.Error(err)
	}
	if h := rep.history; h == nil || h.took > 10*time.Second && !raced || h.copies < 1500 || h.copies > 2500 || h.boxes != 14 {
		t.Errorf("the history: %+v", h)
	}
	golden(t, "run", steady(strings.ReplaceAll(text, dir, "DIR")))
}

// TestWithoutMemory: what is said to take memory takes it. The same mails, and
// nothing learned before: the run fails, and each of these incidents goes through
// or is warned of for fewer reasons.
func TestWithoutMemory(t *testing.T) {
	rep, err := Run(context.Background(), Options{Dir: filepath.Join(t.TempDir(), "d"), Once: true, Out: new(bytes.Buffer), unlearned: true})
	if !errors.Is(err, ErrNotHeld) || rep.Held() {
		t.Fatalf("it holds: %v", err)
	}
	for _, r := range rep.results {
		e := expected(r.name)
		switch {
		case !r.incident() && r.band() != kith.Calm:
			t.Errorf("%s: %s", r.name, r.band())
		case mustNotice(r.name) != "" && r.unseen() == "":
			t.Errorf("%s: what is new in it is seen without memory", r.name)
		case r.incident() && e.later == "" && r.caught() == e.learned:
			t.Errorf("%s: caught without memory is %v (%s, not told: %v)", r.name, r.caught(), r.band(), r.missing())
		}
	}
}

// TestAbout: who is none of the twelve is refused, and nothing is left behind.
func TestAbout(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	_, err := Run(context.Background(), Options{About: "nobody", Once: true, Out: new(bytes.Buffer)})
	if !errors.Is(err, ErrNobody) || !strings.Contains(err.Error(), "--about nobody") {
		t.Errorf("got %v", err)
	}
	if list, _ := os.ReadDir(tmp); len(list) != 0 {
		t.Errorf("left behind: %v", list)
	}
}

// checkResult holds a result against what the scene says of its way: that the
// seats really told each other who signed in, and from where a mail came.
func checkResult(t *testing.T, r *result) {
	t.Helper()
	if len(r.records) != len(r.rcpts()) {
		t.Fatalf("%s: %d journal rows for %d recipients", r.name, len(r.records), len(r.rcpts()))
	}
	rec := r.records[0]
	want, why := kith.Inbound, "did not sign in"
	switch {
	case r.login != "" && r.inside:
		want, why = kith.Internal, "signed in as "+r.login
	case r.login != "":
		want, why = kith.Outbound, "signed in as "+r.login
	case r.via == "scanner":
		want, why = kith.Internal, "own sender"
	}
	if rec.Direction != want || !strings.Contains(rec.Why, why) {
		t.Errorf("%s: %s (%s), want %s (%s)", r.name, rec.Direction, rec.Why, want, why)
	}
	switch {
	case rec.Gap != "":
		t.Errorf("%s: judged with a gap: %s", r.name, rec.Gap)
	case !r.incident() && r.band() != kith.Calm:
		t.Errorf("%s: %s for %+v", r.name, r.band(), rec.Judged.Verdict.Reasons)
	case r.incident() && expected(r.name).later == "" && !r.caught():
		t.Errorf("%s: %s, not told: %v", r.name, r.band(), r.missing())
	case r.incident() && expected(r.name).later != "" && r.caught():
		t.Errorf("%s is noticed now: take its mark out of the table", r.name)
	case r.unseen() != "":
		t.Errorf("%s: %s is not seen", r.name, r.unseen())
	case r.band() == kith.Harm && rec.State != kith.StateJunked:
		t.Errorf("%s: harmful and %s", r.name, rec.State)
	}
}

// TestOneLanguage: with a language and on a terminal.
func TestOneLanguage(t *testing.T) {
	_, text := played(t, Options{Lang: "en", About: "yuki.tanaka", Color: true, Live: true})
	if strings.Contains(text, "In English:") || strings.Contains(text, "파일은 숨겨진") || !strings.Contains(text, "Please do not open its files") {
		t.Error("--lang en is not said in English alone")
	}
	if !strings.Contains(text, "What kith has learned about 田中 由紀") || !strings.Contains(text, "demo --once --dir kith-demo") {
		t.Error("it is not told what was learned about Yuki Tanaka")
	}
	if !strings.Contains(text, "\x1b[31;1m") || !strings.Contains(text, "/68") {
		t.Error("no colours or no progress on a terminal")
	}
}

// TestFolderInUse: what lies in a folder is not touched.
func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Run(context.Background(), Options{Dir: dir, Once: true, Out: new(bytes.Buffer)})
	if !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%d files", len(list))
	}
}

// stopper ends a run when it says that some mail is read.
type stopper struct {
	bytes.Buffer
	stop func()
}

func (s *stopper) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("1,000 of")) {
		s.stop()
	}
	return s.Buffer.Write(b)
}

// TestStopped: who stops the demo in the middle leaves nothing behind.
func TestStopped(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := Run(ctx, Options{Out: &stopper{stop: cancel}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if list, _ := os.ReadDir(tmp); len(list) != 0 {
		t.Errorf("left behind: %v", list)
	}
}

// TestStaysUp: the demo stays until it is told to stop, and then ends well but for
// what the check found.
func TestStaysUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out := &stayer{stop: cancel}
	_, err := Run(ctx, Options{Dir: filepath.Join(t.TempDir(), "d"), Out: out, Command: "kith", unlearned: true})
	if !errors.Is(err, ErrNotHeld) || err.Error() != ErrNotHeld.Error() {
		t.Fatal(err)
	}
	if out.metrics == "" {
		t.Error("it did not answer under the address that it named")
	}
}

// stayer asks for the metrics when their address is said, and ends the run with
// its last line.
type stayer struct {
	stop    func()
	metrics string
}

func (s *stayer) Write(b []byte) (int, error) {
	if _, url, ok := strings.Cut(string(b), "metrics    "); ok {
		if r, err := http.Get(strings.TrimSpace(url)); err == nil {
			text, _ := io.ReadAll(r.Body)
			r.Body.Close()
			if bytes.Contains(text, []byte("kith_")) {
				s.metrics = url
			}
		}
	}
	if bytes.Contains(b, []byte("kith stays up")) {
		s.stop()
	}
	return len(b), nil
}
