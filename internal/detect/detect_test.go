package detect_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kith/internal/detect"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

var update = flag.Bool("update", false, "write docs/detectors.md anew")

// harbour is the made-up organisation of all fixtures.
func harbour(t testing.TB) *directory.Directory {
	t.Helper()
	person := func(addr, name string, roles ...string) directory.Entry {
		return directory.Entry{Address: addr, Name: name, Roles: roles, Kind: kith.KindPerson}
	}
	dir, err := directory.New(directory.Options{Domains: []string{"nordhafen.example"}}, []directory.Entry{
		person("karin.vogt@nordhafen.example", "Karin Vogt", "executive"),
		person("bob.lind@nordhafen.example", "Bob Lind"),
		person("tanaka@nordhafen.example", "田中 太郎"),
		person("minjun.kim@nordhafen.example", "김민준", "finance"),
		{Address: "support@nordhafen.example", Name: "Support", Kind: kith.KindShared},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// all runs both stages and returns what concerns the first recipient.
func all(c *facts.Case) []kith.Finding {
	return append(detect.Run(c, detect.Header).For(0), detect.Run(c, detect.Content).For(0)...)
}

func fixtures(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".eml") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestFixtures: each detector notices its mails in must and stays silent on
// those in mustnot, and each has both.
func TestFixtures(t *testing.T) {
	dir := harbour(t)
	for _, d := range detect.All {
		must, mustnot := fixtures(t, filepath.Join("testdata", d.ID, "must")), fixtures(t, filepath.Join("testdata", d.ID, "mustnot"))
		if len(must) == 0 || len(mustnot) == 0 {
			t.Errorf("%s has %d mails that must be noticed and %d that must not; give it at least one of each in testdata/%s", d.ID, len(must), len(mustnot), d.ID)
		}
		for _, name := range append(must, mustnot...) {
			want := slices.Contains(must, name)
			t.Run(strings.TrimPrefix(name, "testdata"+string(filepath.Separator)), func(t *testing.T) {
				var mine []kith.Finding
				var kinds []string
				for _, f := range all(caseOf(t, dir, read(t, name))) {
					kinds = append(kinds, f.Kind)
					if f.Kind == d.ID {
						mine = append(mine, f)
					}
				}
				if want != (len(mine) > 0) {
					t.Fatalf("noticed: %q", kinds)
				}
				for _, f := range mine {
					checkFinding(t, d, f)
				}
			})
		}
	}
}

func checkFinding(t *testing.T, d *detect.Detector, f kith.Finding) {
	t.Helper()
	if f.Group != d.Group {
		t.Errorf("group %s, declared %s", f.Group, d.Group)
	}
	for _, key := range d.Cites {
		e, ok := f.Find(key)
		if !ok || e.Text == "" && e.N == 0 {
			t.Errorf("the evidence %q is missing: %+v", key, f.Evidence)
		}
		if len(e.Text) > 400 {
			t.Errorf("the evidence %q has %d bytes", key, len(e.Text))
		}
	}
	for _, e := range f.Evidence {
		if !slices.Contains(d.Cites, e.Key) && !slices.Contains(d.May, e.Key) {
			t.Errorf("evidence %q, declared %q and %q", e.Key, d.Cites, d.May)
		}
	}
}

// TestOrdinary: mail that nobody should be bothered with is calm, whichever
// detector looks at it.
func TestOrdinary(t *testing.T) {
	dir := harbour(t)
	names := fixtures(t, filepath.Join("testdata", "ordinary"))
	if len(names) == 0 {
		t.Fatal("no ordinary mails")
	}
	for _, name := range names {
		var kinds []string
		for _, f := range all(caseOf(t, dir, read(t, name))) {
			kinds = append(kinds, f.Kind)
		}
		if kinds != nil {
			t.Errorf("%s: noticed %q", name, kinds)
		}
	}
}

func TestPerRecipient(t *testing.T) {
	dir := harbour(t)
	c := caseOf(t, dir, []byte("X-Case: rcpt=karin.vogt@nordhafen.example rcpt=bob.lind@nordhafen.example\nFrom: Karin Vogt <kvogt@example.org>\nTo: x@nordhafen.example\nSubject: notes\n\nhello\n"))
	f := detect.Run(c, detect.Header)
	if len(f.Message) != 0 || len(f.For(0)) != 0 {
		t.Errorf("what Karin sends to herself is noticed for her: %+v", f.For(0))
	}
	if got := f.For(1); len(got) != 1 || got[0].Kind != "sender.leader-name" {
		t.Errorf("for Bob: %+v", got)
	}
	if f.For(7) != nil {
		t.Error("findings for nobody")
	}
}

// TestNothingLearned: the fixtures break no detector where nothing was learned, no
// directory is there, or nobody knows how the mail came; and what asks for habits
// stays silent.
func TestNothingLearned(t *testing.T) {
	dir := harbour(t)
	for _, d := range detect.All {
		for _, name := range append(fixtures(t, filepath.Join("testdata", d.ID, "must")), fixtures(t, filepath.Join("testdata", d.ID, "mustnot"))...) {
			raw := read(t, name)
			for _, strip := range []func(*facts.Case){
				func(c *facts.Case) {
					c.Known = nil
					for i := range c.Rcpts {
						c.Rcpts[i].Known = nil
					}
				},
				func(c *facts.Case) { c.Dir = nil },
				func(c *facts.Case) { c.Envelope = nil },
				func(c *facts.Case) { c.Values = facts.Values{} },
			} {
				c := caseOf(t, dir, raw)
				strip(c)
				for _, f := range all(c) {
					what, _ := f.Find("what")
					if f.Kind == "message.could-not-look" && strings.Contains(what.Text, ".") {
						t.Errorf("%s breaks on %s", what.Text, name)
					}
					if _, ok := f.Find("days"); ok && c.Known == nil {
						t.Errorf("%s: %s knows of days where nothing was learned", name, f.Kind)
					}
				}
			}
		}
	}
}

// TestNobodyKnown: a case of which nothing is known breaks no detector.
func TestNobodyKnown(t *testing.T) {
	c := &facts.Case{Mail: mail.Parse(nil, mail.DefaultLimits()), Rcpts: make([]facts.RcptFacts, 2)}
	c.Mail.Look(context.Background())
	for _, f := range all(c) {
		t.Errorf("noticed %s %v", f.Kind, f.Evidence)
	}
}
