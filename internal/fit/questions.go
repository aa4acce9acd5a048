package fit

import (
	"slices"
	"strings"

	"kith/internal/baseline"
	"kith/internal/facts"
)

// question is one value of one family that a message shows, with the view that
// answers how probable it was.
type question struct {
	family *baseline.Family
	view   *baseline.View
	value  string
}

// unasked families are counted for sentences, or by the day and not by the mail:
// there is no one value of a message to be surprised at.
var unasked = []*baseline.Family{baseline.Standing, baseline.Answered, baseline.Newness, baseline.KnownDomain}

// questions lists what a judged message shows of each family that is asked for
// surprise.
func questions(c *facts.Case) (out []question) {
	if c == nil || c.Known == nil {
		return nil
	}
	ask := func(f *baseline.Family, v *baseline.View, values ...string) {
		for _, s := range values {
			out = append(out, question{f, v, s})
		}
	}
	for _, f := range baseline.Families() {
		switch {
		case slices.Contains(unasked, f):
		case f == baseline.NameAddress:
			if c.AuthorAddr != "" {
				ask(f, c.Known, strings.ToLower(c.AuthorAddr))
			}
		case f.Chain[0] == baseline.Person || f.Chain[0] == baseline.Pair:
			for i := range c.Rcpts {
				r := &c.Rcpts[i]
				switch {
				case r.Known == nil:
				case f.Chain[0] == baseline.Pair:
					ask(f, r.Known, r.Values.Of(f)...)
				default:
					ask(f, r.Known, c.Values.Of(f)...)
				}
			}
		default:
			ask(f, c.Known, c.Values.Of(f)...)
		}
	}
	return out
}
