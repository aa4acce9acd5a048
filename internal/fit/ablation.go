package fit

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"kith/internal/judge"
)

// Evidence is a group of findings that is taken out together, to see what rests on
// it. A set may give one kind of evidence away by how it was made; what is left
// without that is what can be believed.
type Evidence struct {
	Name     string
	Kinds    []string // patterns as of path.Match, for kinds of findings
	Measured bool     // take out all that carries a measure of its own
}

// Evidences are the groups that the sets' own leak tests name, and history as a
// whole.
var Evidences = []Evidence{
	{Name: "similarity of texts", Kinds: []string{"text.like-*", "text.similar-*", "campaign.*"}},
	{Name: "charset, scheme and style", Kinds: []string{"message.new-style", "message.new-mime-shape", "sender.new-language", "text.new-*", "link.*-scheme", "message.*charset*"}},
	{Name: "how the sender's program writes", Kinds: []string{"message.new-*", "sender.new-mailer", "sender.new-zone"}},
	{Name: "thread repeats", Kinds: []string{"thread.*", "message.*thread*", "message.*reply*"}},
	{Name: "file endings", Kinds: []string{"attachment.script", "attachment.double-extension", "attachment.new-kind", "attachment.macro"}},
	{Name: "words", Kinds: []string{"text.*", "account.*"}},
	{Name: "all history", Kinds: []string{"*.new-*", "account.new", "sender.first-contact", "sender.known-name", "sender.look-alike-known", "sender.odd-hour", "sending.*"}, Measured: true},
}

// has reports whether a finding is of the evidence.
func (e *Evidence) has(f *Found) bool {
	if e.Measured && f.Strength > 0 {
		return true
	}
	return slices.ContainsFunc(e.Kinds, func(pattern string) bool {
		ok, err := path.Match(pattern, f.Kind)
		return ok && err == nil
	})
}

// Ablation is what is left of the figures when something is taken out.
type Ablation struct {
	Without string
	Kinds   []string // that were taken out
	Pairs   int      // scored pairs that had any of it
	Figures []Figures
	Refit   []Figures // weights fitted anew without it, on held-out samples by source; nil = not done
}

// Ablate takes each kind of finding out in turn, then each group of evidence. With
// refit, weights are fitted anew without each group, and measured by source.
func Ablate(samples *Samples, w judge.Weights, refit bool) []Ablation {
	all := samples.Scored()
	seen := map[string]bool{}
	for _, s := range all {
		for _, f := range s.Found {
			seen[f.Kind] = true
		}
	}
	var out []Ablation
	for _, kind := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, ablate(all, &w, kind, func(f *Found) bool { return f.Kind == kind }, false))
	}
	for i := range Evidences {
		out = append(out, ablate(all, &w, "(group) "+Evidences[i].Name, Evidences[i].has, refit))
	}
	return out
}

func ablate(all []*Sample, w *judge.Weights, name string, gone func(*Found) bool, refit bool) Ablation {
	a := Ablation{Without: name}
	kinds := map[string]bool{}
	rest := make([]*Sample, len(all))
	for i, s := range all {
		c := *s
		c.Found = nil
		for j := range s.Found {
			if gone(&s.Found[j]) {
				kinds[s.Found[j].Kind] = true
			} else {
				c.Found = append(c.Found, s.Found[j])
			}
		}
		if len(c.Found) < len(s.Found) {
			a.Pairs++
		}
		rest[i] = &c
	}
	a.Kinds = slices.Sorted(maps.Keys(kinds))
	a.Figures = Measure(rest, Scores(w, rest), w.Bands.Suspicious, w.Bands.Harmful)
	if refit && len(kinds) > 0 {
		n := namesOf(w)
		draw, worth := choose(n, w, rest, draws)
		var held []*Sample
		var scores []float64
		for _, sp := range BySource.Split(rest) {
			t := fitTable(n, w, pick(rest, sp.Fit), draw, worth, budget)
			measured := pick(rest, sp.Measure)
			held, scores = append(held, measured...), append(scores, n.scores(t, measured)...)
		}
		a.Refit = Measure(held, scores, w.Bands.Suspicious, w.Bands.Harmful)
	}
	return a
}

// Judgement writes the figures of given weights on samples: by place and kind of
// attack, each detector's lift and cost, and what is left without each.
func Judgement(samples *Samples, w judge.Weights, refit bool) string {
	all := samples.Scored()
	whole := Measure(all, Scores(&w, all), w.Bands.Suspicious, w.Bands.Harmful)
	parts := Ablate(samples, w, refit)
	var b strings.Builder
	for i := range whole {
		fmt.Fprintf(&b, "### %s\n\n%s\n", whole[i].Place, whole[i].Markdown())
	}
	b.WriteString("### Each detector: lift and cost\n\nLift: how much more common the finding is in attacks (a campaign once) than in genuine mail, where it occurs. Cost: wrong warnings that there would not be without it.\n\n")
	b.WriteString("| finding | weight | lift, bits | of attacks | of genuine | right warnings that rest on it | cost |\n|---|---|---|---|---|---|---|\n")
	for _, l := range Lifts(all) {
		x := w.Kinds[l.Kind]
		right, wrong := 0, 0
		for i := range parts {
			if parts[i].Without == l.Kind {
				right, wrong = lost(whole, parts[i].Figures)
			}
		}
		weight := figureText(x.Bits)
		if x.Scale > 0 {
			weight = figureText(x.Scale) + "·bits, at most " + weight
		}
		fmt.Fprintf(&b, "| `%s` | %s | %+.1f | %s | %s | %d | %d |\n", l.Kind, weight, l.Bits, l.Attack, l.Genuine, right, wrong)
	}
	b.WriteString("\n### What is left without\n\nWith the shipped weights, warned of / wrong warnings, and above the line of 1 wrong per 1,000, by place.\n\n| without | pairs that had it |")
	for i := range whole {
		fmt.Fprintf(&b, " %s |", whole[i].Place)
	}
	if refit {
		b.WriteString(" fitted anew (held out by source), delivered and sent |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(whole)))
	if refit {
		b.WriteString("---|")
	}
	b.WriteString("\n")
	for _, p := range append([]Ablation{{Without: "nothing", Figures: whole}}, parts...) {
		fmt.Fprintf(&b, "| %s | %d |", p.Without, p.Pairs)
		for i := range p.Figures {
			fmt.Fprintf(&b, " %s |", short(&p.Figures[i]))
		}
		if refit {
			var cells []string
			for i := range p.Refit {
				cells = append(cells, short(&p.Refit[i]))
			}
			fmt.Fprintf(&b, " %s |", strings.Join(cells, "; "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// lost counts the warnings, right and wrong ones, that fall away.
func lost(whole, part []Figures) (right, wrong int) {
	for i := range whole {
		right += whole[i].All.Warned.K - part[i].All.Warned.K
		wrong += whole[i].Wrong.K - part[i].Wrong.K
	}
	return right, wrong
}

func short(f *Figures) string {
	s := fmt.Sprintf("%.1f %% / %.2f per 1,000", 100*f.All.Warned.Rate(), 1000*f.Wrong.Rate())
	for i, r := range Rates {
		if r == 1e-3 && f.Attacks > 0 {
			s += fmt.Sprintf("; %.1f %%", 100*f.All.Lines[i].Rate())
		}
	}
	return s
}
