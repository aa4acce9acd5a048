package detect

import (
	"kith/internal/baseline"
	"kith/internal/facts"
	"kith/internal/kith"
)

// What all detectors of history share. Each asks one family of habits how
// surprising this message's value is, and says so only where enough is known: a
// context without a past is unknown, never novel. The strength of what they find
// is the surprise itself, in bits; the judge weighs and caps it.

// enough is the weight of taught days below which nothing is called unusual: with
// one or two mails everything is new.
const enough = 3.0

// notable is the surprise in bits from which a value is worth a finding: what
// happens once in eight mails of this author is no news.
const notable = 3.0

// unusual returns the most surprising of a family's values on this message that its
// context has never shown, when it is worth telling. A value that was seen once in a
// hundred mails is rare, but nobody may say of it "never before".
func unusual(v *baseline.View, f *baseline.Family, values []string) (r baseline.Reading, found bool) {
	for _, s := range values {
		if s == baseline.None {
			continue
		}
		x := v.Read(f, s)
		if x.Known < enough || x.Bits < notable || x.Days > 0 {
			continue
		}
		if !found || x.Bits > r.Bits {
			r, found = x, true
		}
	}
	return r, found
}

// surprise is a finding with the measured strength and the days of experience
// behind it.
func surprise(part kith.ComponentKind, index int, r baseline.Reading, evidence ...kith.Evidence) []kith.Finding {
	f := on(part, index, append(evidence, kith.Evidence{Key: "days", Type: kith.EvCount, N: int64(r.Total)})...)
	f.Strength = r.Bits
	return []kith.Finding{f}
}

// authored returns the detector function that asks one family of the author.
func authored(f *baseline.Family, part kith.ComponentKind, evidence func(c *facts.Case, r baseline.Reading) []kith.Evidence) func(*facts.Case) []kith.Finding {
	return func(c *facts.Case) []kith.Finding {
		r, ok := unusual(c.Known, f, c.Values.Of(f))
		if !ok {
			return nil
		}
		return surprise(part, 0, r, evidence(c, r)...)
	}
}

func writer(c *facts.Case, _ baseline.Reading) []kith.Evidence {
	return []kith.Evidence{address("address", c.AuthorAddr)}
}
