package baseline

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/habits.md anew")

// ofEmployee are the levels whose rows belong to one employee; all others are shared.
var ofEmployee = []Level{Pair, Person, User, Circle}

// meaning says for each level whose context it is.
var meaning = []struct {
	l    Level
	says string
}{
	{Pair, "one author and one employee"},
	{Author, "one author, by the address that a mail shows"},
	{Domain, "all authors of one domain"},
	{Org, "everybody's mail"},
	{Person, "what one employee gets"},
	{Name, "one display name, whoever bears it"},
	{User, "what one employee sends"},
	{Probation, "mail of an author that nothing proved to be his; no surprise reads it"},
	{Thread, "one mail: by which server it came, so that an answer can vouch for that way"},
	{Circle, "who stands beside whom on what one employee sends"},
	{Likeness, "one of the forms under which a domain is found by its looks"},
}

func teachers(e Event) string {
	switch e {
	case Received:
		return "mail received"
	case Sent:
		return "mail sent"
	}
	return "mail received and sent"
}

func owner(f *Family) string {
	if slices.Contains(ofEmployee, f.Chain[0]) {
		return "the employee"
	}
	return "shared"
}

// TestDocs keeps docs/habits.md equal to the declarations.
func TestDocs(t *testing.T) {
	var b strings.Builder
	b.WriteString("# What kith learns\n\n")
	b.WriteString("Written by `go generate ./internal/baseline` from the declarations of the families; change those.\n\n")
	b.WriteString("A *habit* is a count of a value in a context over days: how often, in mail from this author, an answer would have gone\n")
	b.WriteString("there. No text of a mail is kept: values are keyed fingerprints, but for those of the families marked *shown*, which\n")
	b.WriteString("may be kept readable for a sentence to people. Contexts are asked from narrow to wide; only the first of a family is\n")
	b.WriteString("taught, the others count in how many of the narrower ones a value is present. *Owner* says whose the rows of the first\n")
	b.WriteString("context are: an employee's are erased with the employee.\n\n")
	b.WriteString("| habit | what it sees | contexts | taught by | privacy | owner |\n|---|---|---|---|---|---|\n")
	for _, f := range Families() {
		chain := make([]string, len(f.Chain))
		for i, l := range f.Chain {
			chain[i] = l.String()
		}
		privacy := string(f.Privacy)
		if f.Loud {
			privacy += ", shown"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", f.ID, f.Sees, strings.Join(chain, " → "), teachers(f.Teach), privacy, owner(f))
	}
	b.WriteString("\n## Contexts\n\n| context | what it is |\n|---|---|\n")
	for _, m := range meaning {
		fmt.Fprintf(&b, "| %s | %s |\n", m.l, m.says)
	}
	b.WriteString("\n## Privacy\n\n*technical*: how programs and hosts are set up. *relation*: who writes to whom. *behaviour*: when and how a person\n")
	b.WriteString("writes. *content*: words and numbers out of a mail, as fingerprints.\n")
	b.WriteString("\n## Figures\n\nHow fast each habit is forgotten and how far it trusts the wider contexts stands in `internal/baseline/params.toml`.\n")

	name := filepath.Join("..", "..", "docs", "habits.md")
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s is not what the families declare; run go generate ./internal/baseline", name)
	}
}

// Every family says what it is, and its first context has a name.
func TestDeclarations(t *testing.T) {
	said := map[Level]bool{}
	for _, m := range meaning {
		said[m.l] = true
	}
	ids := map[string]bool{}
	for _, f := range Families() {
		if f.ID == "" || ids[f.ID] || f.Sees == "" || f.Privacy == "" || f.Teach == 0 || len(f.Chain) == 0 || len(f.Chain) > 3 {
			t.Errorf("family %d (%s) is not whole, or its name is taken", f.Num, f.ID)
		}
		ids[f.ID] = true
		for _, l := range f.Chain {
			if !said[l] || l.String() == "unknown" {
				t.Errorf("family %s: context %d has no name", f.ID, l)
			}
		}
		if FamilyNamed(f.ID) != f {
			t.Errorf("family %s is not found by its name", f.ID)
		}
	}
	if Level(99).String() != "unknown" {
		t.Error("a level that is none has a name")
	}
}
