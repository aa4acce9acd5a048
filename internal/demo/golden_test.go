package demo

import (
	"flag"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s (-update writes it anew):\n%s", file, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
	}
}

// What differs from run to run: times and dates, and whether the mail of today is
// counted already.
var (
	someDays = regexp.MustCompile(`\b1[34]( days| früheren|日|일)`)
	aTime    = regexp.MustCompile(`\d+\.\d (ms|seconds)`)
	aDate    = regexp.MustCompile(`\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December)( \d{4})?`)
)

// steady takes out of a text what differs from run to run. What was learned about
// one person has dates all over and a golden file of its own.
func steady(text string) string {
	text, _, _ = strings.Cut(text, "What kith has learned about")
	text = someDays.ReplaceAllString(text, "13$1")
	return aDate.ReplaceAllString(aTime.ReplaceAllString(text, "0.0 $1"), "1 January")
}

func must(t *testing.T, address string) *netmail.Address {
	t.Helper()
	a, err := netmail.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
