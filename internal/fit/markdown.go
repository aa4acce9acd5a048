package fit

import (
	"fmt"
	"strings"
)

// Markdown writes the figures of one place as tables.
func (f *Figures) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d genuine, %d attacks. Wrong warnings per 1,000: %s; wrong actions: %s.", f.Genuine, f.Attacks, f.Wrong.PerThousand(), f.Harmful.PerThousand())
	if f.Persons > 0 {
		fmt.Fprintf(&b, " Of %d employees %d are surely above 1 per 1,000, %d above 3; the highest lower bound is %.2f.", f.Persons, f.Above1, f.Above3, f.WorstLow)
	}
	b.WriteString("\n")
	if f.Attacks == 0 {
		return b.String()
	}
	b.WriteString("\n| kind of attack |")
	for _, r := range Rates {
		fmt.Fprintf(&b, " at 1 wrong per %s |", thousands(int(1/r+0.5)))
	}
	b.WriteString(" warned of (shipped line) | acted on | campaigns warned of at the first mail |\n|---|---|---|---|---|---|\n")
	for _, c := range append(f.Kinds[:len(f.Kinds):len(f.Kinds)], f.All) {
		name := c.Kind
		if name == "all" {
			name = "**all**"
		}
		fmt.Fprintf(&b, "| %s |", name)
		for _, s := range c.Lines {
			fmt.Fprintf(&b, " %s |", s)
		}
		fmt.Fprintf(&b, " %s | %s | %s |\n", c.Warned, c.Acted, c.Warning)
	}
	return b.String()
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
