package fit

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawSamples(t *rapid.T) []*Sample {
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	one := rapid.Custom(func(t *rapid.T) *Sample {
		s := &Sample{
			Event: fmt.Sprint(rapid.IntRange(0, 1<<30).Draw(t, "event")), Scored: true, Truth: Genuine, origin: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "set"),
			At: start.AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "day")), Author: fmt.Sprint("author", rapid.IntRange(0, 20).Draw(t, "author")),
		}
		if s.Sent = rapid.Bool().Draw(t, "sent"); !s.Sent {
			s.Rcpt = fmt.Sprint("rcpt", rapid.IntRange(0, 9).Draw(t, "rcpt"))
		}
		if rapid.Bool().Draw(t, "attack") {
			s.Truth, s.Kind = Attack, "qr"
			if rapid.Bool().Draw(t, "text") {
				s.Template = fmt.Sprint("t", rapid.IntRange(0, 12).Draw(t, "template"))
			}
			if rapid.Bool().Draw(t, "mass") {
				s.Campaign = fmt.Sprint("c", rapid.IntRange(0, 6).Draw(t, "campaign"))
			}
		}
		return s
	})
	return rapid.SliceOfN(one, 1, 120).Draw(t, "samples")
}

// What is measured shares nothing with what is fitted, by the words of the scheme.
func TestFoldsAreDisjoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ss := drawSamples(t)
		for _, scheme := range Schemes() {
			twice := map[int]bool{}
			for _, sp := range scheme.Split(ss) {
				fitted := map[int]bool{}
				templates, campaigns, authors, people := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
				last := map[string]time.Time{}
				for _, i := range sp.Fit {
					s := ss[i]
					fitted[i] = true
					if s.Truth == Attack {
						templates[s.origin+s.Template] = s.Template != ""
						campaigns[s.origin+s.Campaign] = s.Campaign != ""
					} else {
						authors[s.origin+s.Author] = true
					}
					if s.Sent {
						people[s.Author] = true
					} else {
						people[s.Rcpt] = true
					}
					k := fmt.Sprint(s.origin, s.Sent)
					if s.At.After(last[k]) {
						last[k] = s.At
					}
				}
				for _, i := range sp.Measure {
					s := ss[i]
					if fitted[i] || twice[i] {
						t.Fatalf("%s: sample %d is measured twice, or was fitted on", scheme, i)
					}
					twice[i] = true
					if scheme == BySource || scheme == Strict {
						if s.Truth == Attack && (templates[s.origin+s.Template] || campaigns[s.origin+s.Campaign]) || s.Truth != Attack && authors[s.origin+s.Author] {
							t.Fatalf("%s: a source of %+v was fitted on", scheme, s)
						}
					}
					who := s.Rcpt
					if s.Sent {
						who = s.Author
					}
					if (scheme == ByRecipient || scheme == Strict) && people[who] {
						t.Fatalf("%s: the person of %+v was fitted on", scheme, s)
					}
					if (scheme == ByTime || scheme == Strict) && !s.At.After(last[fmt.Sprint(s.origin, s.Sent)]) {
						t.Fatalf("%s: %+v is not later than what was fitted on", scheme, s)
					}
				}
			}
		}
	})
}

// The order of samples does not move them to other folds.
func TestFoldsDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ss := drawSamples(t)
		other := rapid.Permutation(ss).Draw(t, "order")
		a, b := map[*Sample]string{}, map[*Sample]string{}
		for i, g := range sources(ss) {
			a[ss[i]] = g
		}
		for i, g := range sources(other) {
			b[other[i]] = g
		}
		for s, g := range a {
			if b[s] != g {
				t.Fatalf("%q and %q", g, b[s])
			}
		}
	})
}
