package fit

import (
	"errors"
	"fmt"
	"strings"

	"kith/internal/baseline"
)

// ParamsTable writes fitted figures of the learned normal in the form of
// internal/baseline/params.toml. Families that were not measured have the
// default. The learned normal must accept what is written.
func ParamsTable(fits []HabitFit, made Made, fallback baseline.Param, least float64) (string, error) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# The figures of the learned normal: half-life H in days, strength θ of the wider")
	line("# context, discount d of a first sight. docs/judgement.md says how they come about.\n#")
	for _, s := range made.lines() {
		line("%s", s)
	}
	line("# Bits are the surprise at one value of genuine mail, before and after the fit,")
	line("# each asked before it was learned. \"Held out\" is the last third of the time, with")
	line("# the best figures of the first two thirds. No discount is below %g, or an author", least)
	line("# who changes all the time would surprise anew each day; what that costs is said.\n")
	line("[default]               # for families that were not measured")
	line("half_life = %s\ntheta = %s\ndiscount = %s", figureText(fallback.HalfLife), figureText(fallback.Theta), figureText(fallback.Discount))
	for _, f := range fits {
		line("\n[families.%s]", f.Family.ID)
		if f.Fitted {
			line("# %s values: %.3f bits before, %.3f after (%.3f with any discount); held out (%s) %.3f and %.3f",
				thousands(f.Values), f.Before, f.After, f.Free, thousands(f.LateValues), f.LateBefore, f.LateAfter)
		} else {
			line("# not measured: only %d values, %.3f bits each", f.Values, f.Before)
		}
		line("half_life = %s\ntheta = %s\ndiscount = %s", figureText(f.Best.HalfLife), figureText(f.Best.Theta), figureText(f.Best.Discount))
	}
	if _, err := baseline.ReadParams([]byte(b.String())); err != nil {
		return "", errors.Join(errors.New("the learned normal does not accept what was fitted"), err)
	}
	return b.String(), nil
}

// HabitsMarkdown writes a fit as a table.
func HabitsMarkdown(fits []HabitFit) string {
	var b strings.Builder
	b.WriteString("| family | values | H, θ, d before | bits a value | H, θ, d fitted | bits a value | any discount | held out: values | before | after |\n|---|---|---|---|---|---|---|---|---|---|\n")
	three := func(x baseline.Param) string { return fmt.Sprintf("%g, %g, %g", x.HalfLife, x.Theta, x.Discount) }
	for _, f := range fits {
		best := three(f.Best)
		if !f.Fitted {
			best = "too few"
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %.3f | %s | %.3f | %.3f | %d | %.3f | %.3f |\n", f.Family.ID, f.Values, three(f.Was), f.Before, best, f.After, f.Free, f.LateValues, f.LateBefore, f.LateAfter)
	}
	return b.String()
}
