package fit

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Figures says how good scores are on samples that they were not fitted on, for
// one place: a set's deliveries, or the mail that employees of it sent.
type Figures struct {
	Place   string
	Genuine int
	Attacks int

	Wrong    Share     // genuine at or above bands.suspicious
	Harmful  Share     // genuine at or above bands.harmful
	Kinds    []Caught  // by kind of attack, in alphabetical order
	All      Caught    // every attack
	Persons  int       // employees with genuine mail
	Above1   int       // of them: surely (lower bound) above 1 wrong warning per 1,000
	Above3   int       // and above 3
	WorstLow float64   // the highest lower bound, per 1,000
	Lines    []float64 // scores of the lines of Rates
}

// Rates of wrong warnings at which two lines are drawn afterwards, to compare with
// systems that have a threshold of their own.
var Rates = []float64{1e-4, 1e-3}

// Caught is how much of one kind of attack is caught: pairs, and units (a campaign,
// or a mail that stands alone), which are caught when their first mail is.
type Caught struct {
	Kind    string
	Lines   []Share // pairs above the line at each of Rates
	Warned  Share   // pairs at or above bands.suspicious
	Acted   Share   // pairs at or above bands.harmful
	Warning Share   // units at or above bands.suspicious
}

// places lists the places of samples and says of each sample which is its.
func places(samples []*Sample) (list []string, of func(*Sample) int) {
	name := func(s *Sample) string {
		if s.Sent {
			return s.origin + ", sent"
		}
		return s.origin + ", delivered"
	}
	seen := map[string]bool{}
	for _, s := range samples {
		seen[name(s)] = true
	}
	list = slices.Sorted(maps.Keys(seen))
	return list, func(s *Sample) int { i, _ := slices.BinarySearch(list, name(s)); return i }
}

// Measure sets scores beside the truth, by place. scores[i] is that of samples[i],
// which must be scored ones.
func Measure(samples []*Sample, scores []float64, suspicious, harmful float64) []Figures {
	list, of := places(samples)
	out := make([]Figures, len(list))
	for p := range list {
		var ss []*Sample
		var zs []float64
		for i, s := range samples {
			if of(s) == p {
				ss, zs = append(ss, s), append(zs, scores[i])
			}
		}
		out[p] = measure(list[p], ss, zs, suspicious, harmful)
	}
	return out
}

func measure(place string, samples []*Sample, scores []float64, suspicious, harmful float64) Figures {
	f := Figures{Place: place, All: newCaught("all")}
	var genuine []float64
	people := map[string]*Share{}
	for i, s := range samples {
		if s.Truth != Genuine {
			continue
		}
		genuine = append(genuine, scores[i])
		f.Wrong.Add(scores[i] >= suspicious)
		f.Harmful.Add(scores[i] >= harmful)
		who := cmp.Or(s.Rcpt, s.Author)
		if people[who] == nil {
			people[who] = new(Share)
		}
		people[who].Add(scores[i] >= suspicious)
	}
	f.Genuine = len(genuine)
	f.persons(people)
	for _, r := range Rates {
		f.Lines = append(f.Lines, lineAt(genuine, r))
	}
	kinds := map[string]*Caught{}
	type unit struct {
		event, kind string
		best        float64
	}
	units := map[string]*unit{} // by campaign or mail: its first mail, with the best score of its pairs
	for i, s := range samples {
		if s.Truth != Attack {
			continue
		}
		f.Attacks++
		if kinds[s.Kind] == nil {
			c := newCaught(s.Kind)
			kinds[s.Kind] = &c
		}
		for _, c := range []*Caught{kinds[s.Kind], &f.All} {
			for l, line := range f.Lines {
				c.Lines[l].Add(scores[i] > line)
			}
			c.Warned.Add(scores[i] >= suspicious)
			c.Acted.Add(scores[i] >= harmful)
		}
		if u := units[s.unit()]; u == nil {
			units[s.unit()] = &unit{s.Event, s.Kind, scores[i]}
		} else if u.event == s.Event {
			u.best = max(u.best, scores[i])
		}
	}
	for _, u := range units {
		kinds[u.kind].Warning.Add(u.best >= suspicious)
		f.All.Warning.Add(u.best >= suspicious)
	}
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		f.Kinds = append(f.Kinds, *kinds[k])
	}
	return f
}

// lineAt returns the score above which no more than a share of genuine scores lies.
// The scores are sorted.
func lineAt(genuine []float64, share float64) float64 {
	slices.SortFunc(genuine, func(a, b float64) int { return cmp.Compare(b, a) })
	if k := int(share*float64(len(genuine)) + 1e-9); k < len(genuine) {
		return genuine[k]
	}
	return math.Inf(-1)
}

func newCaught(kind string) Caught { return Caught{Kind: kind, Lines: make([]Share, len(Rates))} }

func (f *Figures) persons(people map[string]*Share) {
	f.Persons = len(people)
	for _, s := range people {
		low, _ := s.Bounds()
		f.WorstLow = max(f.WorstLow, 1000*low)
		if low > 1e-3 {
			f.Above1++
		}
		if low > 3e-3 {
			f.Above3++
		}
	}
}

// Lift is how much more common a kind of finding is in attacks than in genuine
// mail.
type Lift struct {
	Kind            string
	Attack, Genuine Share   // pairs, a campaign of attacks counted once
	Bits            float64 // log2 of the ratio of the two shares, each with half a case more
}

// Lifts returns the lift of each kind that occurs in scored samples, by kind.
// Places where a kind cannot occur (sent mail for a finding about strangers, and
// the other way round) do not count against it.
func Lifts(samples []*Sample) []Lift {
	_, of := places(samples)
	type at struct {
		kind  string
		place int
	}
	genuine, attack := map[at]float64{}, map[at]float64{}
	allGenuine, allAttack, size := map[int]float64{}, map[int]float64{}, map[string]float64{}
	for _, s := range samples {
		if s.Truth == Attack {
			size[s.unit()]++
		}
	}
	occurs := map[at]bool{}
	for _, s := range samples {
		p := of(s)
		count, all, w := genuine, allGenuine, 1.0
		if s.Truth == Attack {
			count, all, w = attack, allAttack, 1/size[s.unit()]
		}
		all[p] += w
		seen := map[string]bool{}
		for _, f := range s.Found {
			if !seen[f.Kind] {
				seen[f.Kind] = true
				count[at{f.Kind, p}] += w
				occurs[at{f.Kind, p}] = true
			}
		}
	}
	sums := map[string]*[4]float64{}
	for k := range occurs {
		if sums[k.kind] == nil {
			sums[k.kind] = new([4]float64)
		}
		s := sums[k.kind]
		s[0] += attack[k]
		s[1] += allAttack[k.place]
		s[2] += genuine[k]
		s[3] += allGenuine[k.place]
	}
	var out []Lift
	for _, kind := range slices.Sorted(maps.Keys(sums)) {
		s := sums[kind]
		round := func(x float64) int { return int(math.Round(x)) }
		out = append(out, Lift{
			Kind: kind, Attack: Share{round(s[0]), round(s[1])}, Genuine: Share{round(s[2]), round(s[3])},
			Bits: math.Log2((s[0] + 0.5) / (s[1] + 1) / ((s[2] + 0.5) / (s[3] + 1))),
		})
	}
	return out
}
