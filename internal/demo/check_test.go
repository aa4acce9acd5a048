package demo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"kith/internal/directory"
	"kith/internal/kith"
)

func people(t *testing.T) *directory.Directory {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.toml")
	if err := os.WriteFile(path, peopleFile, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := directory.Load(path, directory.Options{Domains: []string{ourDomain}, Delimiter: "+"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const (
	paul   = "paul.vogt@" + ourDomain
	sample = "Received: from a by b\r\nSubject: x\r\n\r\ntext\r\n"
	block  = "X-Kith-Id: 1\r\nX-Kith-Verdict: calm;\r\n class=normal\r\nAuthentication-Results: " + ourMX + ";\r\n spf=pass\r\n"
)

// TestMailboxesAreCompared: the check finds each way in which a copy can go
// wrong. Without this a demo that always holds would prove nothing.
func TestMailboxesAreCompared(t *testing.T) {
	tests := []struct {
		name          string
		files         []string // as kith hands them to the mail store
		lost, strange int
	}{
		{"as sent", []string{block + sample}, 0, 0},
		{"without a block", []string{sample}, 0, 0},
		{"gone", nil, 1, 0},
		{"twice", []string{block + sample, block + sample}, 0, 1},
		{"a byte more", []string{block + sample + "\r\n"}, 1, 1},
		{"a bare line feed", []string{block + strings.Replace(sample, "x\r\n", "x\n", 1)}, 1, 1},
		{"a field that is not ours", []string{"X-Other: 1\r\n" + block + sample}, 1, 1},
		{"somebody else's results", []string{strings.Replace(block, ourMX, "mx.other.example", 1) + sample}, 1, 1},
		{"our field below the trace", []string{block + strings.Replace(sample, "Subject", "X-Kith-Id: 2\r\nSubject", 1)}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &site{people: people(t)}
			s.store = &mailStore{root: t.TempDir(), dir: s.people}
			for _, raw := range tt.files {
				if err := s.store.file("a@b.example", paul, []byte(raw)); err != nil {
					t.Fatal(err)
				}
			}
			x := &sent{letter: letter{scene: &scene{name: "one"}}, want: []byte(sample), replies: map[string]*smtp.SMTPError{paul: {Code: 250}}}
			rep := &Report{}
			if err := rep.compare(s, []*sent{x}); err != nil {
				t.Fatal(err)
			}
			if len(rep.Lost) != tt.lost || len(rep.Strange) != tt.strange {
				t.Errorf("lost %v, strange %v", rep.Lost, rep.Strange)
			}
			if held := tt.lost+tt.strange == 0; rep.Held() != held {
				t.Errorf("held is %v", rep.Held())
			}
		})
	}
}

func TestVerdictsAreChecked(t *testing.T) {
	said := func(rcpt string, b kith.Band, bits float64, kinds ...string) kith.Record {
		r := kith.Record{Rcpt: rcpt, Judged: kith.Judgement{Verdict: kith.Verdict{Band: b}}}
		for _, k := range kinds {
			r.Judged.Verdict.Reasons = append(r.Judged.Verdict.Reasons, kith.Contribution{Finding: kith.Finding{Kind: k}, Bits: bits})
		}
		return r
	}
	verdict := func(b kith.Band, kinds ...string) []kith.Record { return []kith.Record{said(paul, b, 1, kinds...)} }
	was, meant := expectations, quiet
	defer func() { expectations, quiet = was, meant }()
	expectations = []expectation{
		{scene: "lure", least: kith.Suspicious, kinds: []string{"a", "b"}},
		{scene: "grave", least: kith.Harm, kinds: []string{"a"}},
		{scene: "later", least: kith.Suspicious, later: "history"},
		{scene: "both", least: kith.Suspicious, kinds: []string{"a"}, apart: []apart{{paul, "b"}}},
	}
	quiet = []struct{ scene, kind string }{{"new", "a"}}
	lure, grave := scene{name: "lure", what: "a lure"}, scene{name: "grave", what: "a lure"}
	later, both := scene{name: "later", what: "a lure"}, scene{name: "both", what: "a lure"}
	other := func(kinds ...string) kith.Record { return said("other@"+ourDomain, kith.Suspicious, 1, kinds...) }
	tests := []struct {
		name    string
		scene   scene
		records []kith.Record
		code    int
		want    string // caught, missed, wrong, later, refused or ""
	}{
		{"ordinary and calm", scene{}, verdict(kith.Calm, "a"), 250, ""},
		{"ordinary and warned of", scene{}, verdict(kith.Suspicious, "a"), 250, "wrong"},
		{"caught", lure, verdict(kith.Harm, "b", "a", "c"), 250, "caught"},
		{"caught for another reason", lure, verdict(kith.Harm, "a", "c"), 250, "missed"},
		{"seen and not weighed enough", lure, verdict(kith.Calm, "a", "b"), 250, "missed"},
		{"a reason that adds nothing", lure, []kith.Record{said(paul, kith.Harm, 0, "a", "b")}, 250, "missed"},
		{"grave enough", grave, verdict(kith.Harm, "a"), 250, "caught"},
		{"not grave enough", grave, verdict(kith.Suspicious, "a"), 250, "missed"},
		{"told apart", both, []kith.Record{said(paul, kith.Suspicious, 1, "a", "b"), other("a")}, 250, "caught"},
		{"told to both", both, []kith.Record{said(paul, kith.Suspicious, 1, "a", "b"), other("a", "b")}, 250, "missed"},
		{"told to the wrong one", both, []kith.Record{said(paul, kith.Suspicious, 1, "a"), other("a", "b")}, 250, "missed"},
		{"told to nobody", both, []kith.Record{said(paul, kith.Suspicious, 1, "a"), other("a")}, 250, "missed"},
		{"the one is not there", both, []kith.Record{other("a", "b")}, 250, "missed"},
		{"new, seen, and calm", scene{name: "new"}, verdict(kith.Calm, "a"), 250, ""},
		{"new and not seen", scene{name: "new"}, verdict(kith.Calm, "b"), 250, "missed"},
		{"new and warned of", scene{name: "new"}, verdict(kith.Suspicious, "a"), 250, "wrong"},
		{"no row in the journal", lure, nil, 250, "missed"},
		{"not yet", later, verdict(kith.Calm), 250, "later"},
		{"earlier than promised", later, verdict(kith.Suspicious, "z"), 250, "caught"},
		{"refused", scene{}, verdict(kith.Calm), 451, "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rep := &Report{history: &lessons{}}
			rep.count(&result{records: tt.records, sent: &sent{letter: letter{scene: &tt.scene}, inside: true, replies: map[string]*smtp.SMTPError{paul: {Code: tt.code}}}})
			got := map[string]int{"caught": rep.Caught, "missed": len(rep.Missed), "wrong": len(rep.Wrong), "later": rep.NotYet, "refused": len(rep.Refused)}
			for what, n := range got {
				if (n == 1) != (what == tt.want) {
					t.Errorf("%s: %d", what, n)
				}
			}
			if bad := slices.Contains([]string{"missed", "wrong", "refused"}, tt.want); rep.Held() == bad {
				t.Errorf("held is %v", rep.Held())
			}
		})
	}
}

func TestMailStore(t *testing.T) {
	m := &mailStore{root: t.TempDir(), dir: people(t)}
	s := &storing{store: m}
	for to, ok := range map[string]bool{paul: true, "Paul.Vogt+holz@" + ourDomain: true, "info@" + ourDomain: true, "nobody@" + ourDomain: false, "paul.vogt@other.example": false} {
		if err := s.Rcpt(to, nil); (err == nil) != ok {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := m.file("", paul, []byte("X-Kith-Folder: Junk\r\nSubject: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := m.file("", paul, []byte("Subject: x\r\n\r\nX-Kith-Folder: Junk\r\n")); err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"new", ".Junk/new"} {
		if got, _ := filepath.Glob(filepath.Join(m.boxOf(paul), sub, "*")); len(got) != 1 {
			t.Errorf("%s has %d mails", sub, len(got))
		}
	}
}
