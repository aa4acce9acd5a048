package detect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith/internal/detect"
	"kith/internal/judge"
	"kith/internal/plain"
)

var idForm = regexp.MustCompile(`^(sender|attachment|link|text|message|account|sending)\.[a-z]+(-[a-z]+)*$`)

// TestCatalogue holds every detector to its declaration, to its weight and to
// its sentences.
func TestCatalogue(t *testing.T) {
	if _, err := judge.Default(detect.Classes()); err != nil {
		t.Error(err)
	}
	w, err := judge.ReadWeights(judge.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, d := range detect.All {
		if !idForm.MatchString(d.ID) {
			t.Errorf("%q: an id is area.what in lower case", d.ID)
		}
		if seen[d.ID] {
			t.Errorf("%s stands twice in All", d.ID)
		}
		seen[d.ID] = true
		if (d.Look == nil) == (d.LookFor == nil) {
			t.Errorf("%s needs either Look or LookFor", d.ID)
		}
		if d.Sees == "" || len(d.Beware) == 0 || len(d.Classes) == 0 || d.Group == "" {
			t.Errorf("%s: what it sees, its false positives, its classes and its group must be said", d.ID)
		}
		for _, lang := range plain.Languages() {
			if !slices.Contains(plain.Kinds(), d.ID) {
				t.Errorf("package plain does not say %s", d.ID)
				break
			}
			for _, key := range plain.Cites(lang, d.ID) {
				if !slices.Contains(d.Cites, key) && !slices.Contains(d.May, key) {
					t.Errorf("the sentence for %s in %s asks for %q, which the detector does not give", d.ID, lang, key)
				}
			}
		}
	}
	for kind := range w.Kinds {
		if !seen[kind] {
			t.Errorf("weights.toml weighs %s, which no detector finds", kind)
		}
	}
	for _, kind := range plain.Kinds() {
		if !seen[kind] {
			t.Errorf("package plain says %s, which no detector finds", kind)
		}
	}
}

// TestDocs keeps docs/detectors.md equal to the declarations.
func TestDocs(t *testing.T) {
	w, err := judge.ReadWeights(judge.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# What kith notices\n\n")
	b.WriteString("Written by `go generate ./internal/detect` from the declarations of the detectors; change those.\n\n")
	b.WriteString("A finding is of one of three groups. *unlike*: who wrote, and how. *asks*: what the mail wants. *decisive*: enough by itself.\n")
	b.WriteString("Findings of one of the first two groups alone never lead to an action. The weights, in bits, are provisional\n")
	b.WriteString("(see `internal/judge/weights.toml`). “5 × 0.6” says that the finding measures itself: it weighs 0.6 times its own bits,\n")
	b.WriteString("how surprising it is for this author or this person, and 5 at most. What is asked of habits stands in\n")
	b.WriteString("[habits.md](habits.md); where little is known, or an author often changes, nothing is found.\n\n")
	fmt.Fprintf(&b, "A mail begins at %g bits. From %g it is *suspicious*, from %g *harmful*. *unlike* adds at most %g, *asks* at most %g.\n\n",
		w.Prior, w.Bands.Suspicious, w.Bands.Harmful, w.Caps.Unlike, w.Caps.Asks)
	b.WriteString("| kind | group | bits | family (cap) | looks at | for |\n|---|---|---|---|---|---|\n")
	for _, d := range detect.All {
		x := w.Kinds[d.ID]
		classes := make([]string, len(d.Classes))
		for i, c := range d.Classes {
			classes[i] = string(c)
		}
		scope := d.Stage.String()
		if d.LookFor != nil {
			scope += ", for each recipient"
		}
		bits := fmt.Sprint(x.Bits)
		if x.Scale > 0 {
			bits += fmt.Sprintf(" × %g", x.Scale)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s (%g) | %s | %s |\n", d.ID, d.Group, bits, x.Family, w.Families[x.Family], scope, strings.Join(classes, ", "))
	}
	for _, d := range detect.All {
		fmt.Fprintf(&b, "\n## %s\n\nNotices %s.\n\nFalse positives:\n", d.ID, d.Sees)
		for _, s := range d.Beware {
			if in, ok := strings.CutPrefix(s, "("); ok && strings.HasSuffix(in, ")") {
				fmt.Fprintf(&b, "- *handled:* %s\n", strings.TrimSuffix(in, ")"))
			} else {
				fmt.Fprintf(&b, "- %s\n", s)
			}
		}
		if len(d.Cites) > 0 {
			fmt.Fprintf(&b, "\nEvidence: %s", strings.Join(d.Cites, ", "))
			for _, key := range d.May {
				fmt.Fprintf(&b, "; at times %s", key)
			}
			b.WriteString(".\n")
		}
		fmt.Fprintf(&b, "\nIt is said so: “%s”\n", strings.NewReplacer("{", "*", "}", "*").Replace(plain.Template("en", d.ID)))
	}
	name := filepath.Join("..", "..", "docs", "detectors.md")
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
		t.Errorf("%s is not what the detectors declare; run go generate ./internal/detect", name)
	}
}
