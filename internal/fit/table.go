package fit

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"kith/internal/judge"
)

// Made says where fitted figures come from.
type Made struct {
	Command string
	When    time.Time
	Sets    []Source
}

// lines is the head of a file as comments.
func (m *Made) lines() (out []string) {
	out = append(out, "# Written by `"+m.Command+"` on "+m.When.Format(time.DateOnly)+". The sets, with the", "# SHA-256 of their events:")
	for _, s := range m.Sets {
		out = append(out, fmt.Sprintf("#   %s/%s  %s", s.Name, s.Events, s.Digest))
	}
	return out
}

// Table writes the weights in the form of internal/judge/weights.toml. was is the
// file they replace: its comments on families and its order of kinds are kept.
// The judge must accept what is written.
func (r *Result) Table(was string, made Made) (string, error) {
	w := &r.Weights
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# What each finding weighs, in bits.\n#")
	line("# Ten bits say \"a thousand times more common in harmful mail than in ordinary")
	line("# mail\". One bit says \"twice as common\". docs/judgement.md says how to read this.\n#")
	for _, s := range made.lines() {
		line("%s", s)
	}
	line("# Beliefs drew with a strength of %g, attacks weighed %g-fold. Every figure below is of mail", r.Draw, r.Worth)
	line("# that the fit behind it had not seen, with 95 %% bounds; campaigns count once.\n#")
	for _, s := range r.summary() {
		line("# %s", s)
	}
	line("#\n# To weigh a new detector, add its line to [kinds] with what you believe; the next")
	line("# fit measures it and keeps your belief below. All figures are whole sixteenths.\n")
	line("# The odds that a mail is harmful before anything is known: one in about a\n# thousand.")
	line("prior = %s\n", figureText(w.Prior))
	line("[bands]                # the score from which a mail is")
	line("suspicious = %s      # worth a second look: one in five of such is harmful", figureText(w.Bands.Suspicious))
	line("harmful    = %s      # acted upon: four in five of such are harmful\n", figureText(w.Bands.Harmful))
	line("[caps]                 # what a whole group may add; prior + cap < suspicious, always")
	line("unlike = %-9s   # who wrote and how: unusual alone never acts", figureText(w.Caps.Unlike))
	line("asks   = %-9s   # what the mail wants: words and files alone never act\n", figureText(w.Caps.Asks))
	r.families(&b, was)
	r.kinds(&b, was)
	r.beliefs(&b, was)
	if _, err := judge.ReadWeights([]byte(b.String())); err != nil {
		return "", errors.Join(errors.New("the judge does not accept what was fitted"), err)
	}
	return b.String(), nil
}

func figureText(x float64) string {
	s := fmt.Sprintf("%g", x)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

var (
	familyLine = regexp.MustCompile(`^\s*([A-Za-z0-9_-]+)\s*=\s*[-0-9.]+\s*(#.*)?$`)
	kindLine   = regexp.MustCompile(`^\s*"([^"]+)"\s*=`)
	tableLine  = regexp.MustCompile(`^\s*\[([^\]]+)\]\s*(#.*)?$`)
)

// order lists the keys of one table of a file in the order in which they stand,
// with the comment behind each, and the comment behind the table's name.
func order(text, table string, entry *regexp.Regexp) (keys []string, comment map[string]string, head string) {
	comment = map[string]string{}
	in := false
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\r\n")
		if m := tableLine.FindStringSubmatch(l); m != nil {
			if in = m[1] == table; in {
				head = m[2]
			}
			continue
		}
		if m := entry.FindStringSubmatch(l); in && m != nil && !slices.Contains(keys, m[1]) {
			keys = append(keys, m[1])
			if len(m) > 2 {
				comment[m[1]] = m[2]
			}
		}
	}
	return keys, comment, head
}

// inOrder sorts keys by an older file; those it does not have come last.
func inOrder[V any](of map[string]V, keys []string) []string {
	var out []string
	for k := range of {
		out = append(out, k)
	}
	place := func(k string) int {
		if i := slices.Index(keys, k); i >= 0 {
			return i
		}
		return len(keys)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) })
	return out
}

func (r *Result) families(b *strings.Builder, was string) {
	keys, comment, head := order(was, "families", familyLine)
	fmt.Fprintln(b, strings.TrimRight("[families]             "+cmp.Or(head, "# signs that come together do not count twice: the cap of each"), " "))
	for _, f := range inOrder(r.Weights.Families, keys) {
		fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("%-6s = %-9s   %s", f, figureText(r.Weights.Families[f]), comment[f]), " "))
	}
	fmt.Fprintln(b)
}

func (r *Result) kinds(b *strings.Builder, was string) {
	lifts := map[string]Lift{}
	for _, l := range r.Lifts {
		lifts[l.Kind] = l
	}
	keys, _, _ := order(was, "kinds", kindLine)
	fmt.Fprintln(b, "[kinds]                # behind each: how much more common it is in attacks (a campaign once) than in genuine mail")
	for _, k := range inOrder(r.Weights.Kinds, keys) {
		x := r.Weights.Kinds[k]
		note := "not measured: never seen in these sets, so this is the belief"
		if l, ok := lifts[k]; ok {
			note = fmt.Sprintf("%+.1f bits: %d of %s, %d of %s", l.Bits, l.Attack.K, thousands(l.Attack.N), l.Genuine.K, thousands(l.Genuine.N))
		}
		fmt.Fprintf(b, "%-32s = %-58s # %s\n", `"`+k+`"`, entryText(x), note)
	}
	fmt.Fprintln(b)
}

func entryText(x judge.Weight) string {
	scale := ""
	if x.Scale > 0 {
		scale = "scale = " + figureText(x.Scale) + ", "
	}
	return fmt.Sprintf("{ bits = %s, %sfamily = %q }", figureText(x.Bits), scale, x.Family)
}

func (r *Result) beliefs(b *strings.Builder, was string) {
	fmt.Fprintln(b, "# What people believed before anything was measured. Fits are drawn to it and never\n# change it; it weighs nothing.")
	fmt.Fprintln(b, "[beliefs.families]")
	keys, _, _ := order(was, "families", familyLine)
	for _, f := range inOrder(r.Weights.Beliefs.Families, keys) {
		fmt.Fprintf(b, "%-6s = %s\n", f, figureText(r.Weights.Beliefs.Families[f]))
	}
	fmt.Fprintln(b, "\n[beliefs.kinds]")
	keys, _, _ = order(was, "kinds", kindLine)
	for _, k := range inOrder(r.Weights.Beliefs.Kinds, keys) {
		fmt.Fprintf(b, "%-32s = %s\n", `"`+k+`"`, entryText(r.Weights.Beliefs.Kinds[k]))
	}
}

// summary says the figures in a few lines.
func (r *Result) summary() (out []string) {
	for _, s := range Schemes() {
		out = append(out, string(s)+": "+s.Says())
		for _, f := range r.Held[s] {
			out = append(out, fmt.Sprintf("  %s: warned of %s of attacks; wrong warnings %s per 1,000", f.Place, f.All.Warned, f.Wrong.PerThousand()))
		}
	}
	for _, f := range r.Held[Strict] {
		for _, c := range f.Kinds {
			out = append(out, fmt.Sprintf("  strict, %s: %s %s", f.Place, c.Kind, c.Warned))
		}
	}
	return out
}

// Markdown writes all figures of a fit, those of held-out samples first.
func (r *Result) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Beliefs drew with a strength of %g, attacks weighed %g-fold.\n", r.Draw, r.Worth)
	for _, s := range Schemes() {
		fmt.Fprintf(&b, "\n## %s: %s\n", s, s.Says())
		for i := range r.Held[s] {
			fmt.Fprintf(&b, "\n### %s\n\n%s", r.Held[s][i].Place, r.Held[s][i].Markdown())
			fmt.Fprintf(&b, "\nWith the weights that were there: warned of %s; wrong warnings %s per 1,000.\n", r.Before[s][i].All.Warned, r.Before[s][i].Wrong.PerThousand())
		}
	}
	b.WriteString("\n## all samples, on which the result was fitted (flatters it)\n")
	for i := range r.Fitted {
		fmt.Fprintf(&b, "\n### %s\n\n%s", r.Fitted[i].Place, r.Fitted[i].Markdown())
	}
	return b.String()
}
