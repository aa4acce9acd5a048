package speed

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Measure names one figure that is compared.
type Measure string

const (
	CPU  Measure = "cpu" // of the process tree, for one message
	P50  Measure = "p50"
	P95  Measure = "p95"
	P99  Measure = "p99"
	Rate Measure = "rate" // messages per second
	PSS  Measure = "pss"
	RSS  Measure = "rss" // the largest process
)

// Measures is every Measure, in the order of the table.
func Measures() []Measure { return []Measure{CPU, P50, P95, P99, Rate, PSS, RSS} }

// Bound is a promise: at AtOnce messages at a time, Name's measure is at most
// Most times that of Than (for Rate: at least). AtOnce 0 means at every one.
type Bound struct {
	Name, Than string
	Measure    Measure
	AtOnce     int
	Most       float64
}

// Figure is the median over the rounds, with its range.
type Figure struct{ Median, Low, High float64 }

// Row is one contender at one number of messages at a time.
type Row struct {
	Name    string
	AtOnce  int
	Figures map[Measure]Figure // times in milliseconds, memory in bytes
	Ratios  map[Measure]Figure // to the reference, within each round; nil for none
	Errors  int

	byRound map[Measure][]float64
}

func (s Sample) figure(m Measure) float64 {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	switch m {
	case CPU:
		return ms(s.CPU) / float64(max(len(s.Latency), 1))
	case P50:
		return ms(s.Percentile(50))
	case P95:
		return ms(s.Percentile(95))
	case P99:
		return ms(s.Percentile(99))
	case Rate:
		return s.Rate()
	case PSS:
		return float64(s.Memory.PSS)
	}
	return float64(s.Memory.Largest)
}

func figureOf(values []float64) Figure {
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	if n == 0 {
		return Figure{math.NaN(), math.NaN(), math.NaN()}
	}
	return Figure{(s[(n-1)/2] + s[n/2]) / 2, s[0], s[n-1]}
}

// tabulate makes one row for each contender and number at a time, in the order
// in which they were first seen.
func tabulate(samples []Sample, reference string) []Row {
	var rows []Row
	for _, s := range samples {
		i := slices.IndexFunc(rows, func(r Row) bool { return r.Name == s.Name && r.AtOnce == s.AtOnce })
		if i < 0 {
			i = len(rows)
			rows = append(rows, Row{Name: s.Name, AtOnce: s.AtOnce, Figures: map[Measure]Figure{}, byRound: map[Measure][]float64{}})
		}
		rows[i].Errors += s.Answers["error"]
		for _, m := range Measures() {
			rows[i].byRound[m] = append(rows[i].byRound[m], s.figure(m))
		}
	}
	for i := range rows {
		for _, m := range Measures() {
			rows[i].Figures[m] = figureOf(rows[i].byRound[m])
		}
		if ref := find(rows, reference, rows[i].AtOnce); ref != nil && ref.Name != rows[i].Name {
			rows[i].Ratios = map[Measure]Figure{}
			for _, m := range Measures() {
				rows[i].Ratios[m] = ratio(rows[i].byRound[m], ref.byRound[m])
			}
		}
	}
	return rows
}

func find(rows []Row, name string, atOnce int) *Row {
	for i := range rows {
		if rows[i].Name == name && rows[i].AtOnce == atOnce {
			return &rows[i]
		}
	}
	return nil
}

// ratio divides round by round: what a busy moment did to one it did to both.
func ratio(a, b []float64) Figure {
	var q []float64
	for i := range min(len(a), len(b)) {
		if b[i] > 0 {
			q = append(q, a[i]/b[i])
		}
	}
	return figureOf(q)
}

// check returns a sentence for each bound that does not hold, or that cannot be
// checked because a contender was not measured.
func check(rows []Row, bounds []Bound) (broken []string) {
	for _, b := range bounds {
		checked := false
		for i := range rows {
			if rows[i].Name != b.Name || b.AtOnce != 0 && rows[i].AtOnce != b.AtOnce {
				continue
			}
			other := find(rows, b.Than, rows[i].AtOnce)
			if other == nil {
				continue
			}
			checked = true
			got := ratio(rows[i].byRound[b.Measure], other.byRound[b.Measure]).Median
			held, word := got <= b.Most, "at most"
			if b.Measure == Rate {
				held, word = got >= b.Most, "at least"
			}
			if !held { // also when it is not a number
				broken = append(broken, fmt.Sprintf("%s of %s, %d at once, is %.2f times that of %s; the bound is %s %.2f", b.Measure, b.Name, rows[i].AtOnce, got, b.Than, word, b.Most))
			}
		}
		if !checked {
			broken = append(broken, fmt.Sprintf("%s of %s against %s was not measured", b.Measure, b.Name, b.Than))
		}
	}
	return broken
}

// write prints the report in Markdown.
func (r *Result) write(out io.Writer, o Options) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d mails, %.1f kB on average; %d rounds of %d messages for each contender, in turn; medians, CPU and ratios with their range.\n\n",
		r.Mails, float64(r.Bytes)/float64(max(r.Mails, 1))/1000, o.Rounds, o.Messages)
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "| server\t| at once\t| messages/s\t| p50 ms\t| p95 ms\t| p99 ms\t| CPU ms/message\t| PSS MB\t| largest RSS MB\t| errors\t|\n")
	fmt.Fprintf(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|\n")
	for _, row := range r.Table {
		f := row.Figures
		fmt.Fprintf(w, "| %s\t| %d\t| %.0f\t| %.2f\t| %.2f\t| %.2f\t| %.3f (%.3f–%.3f)\t| %.0f\t| %.0f\t| %d\t|\n", row.Name, row.AtOnce, f[Rate].Median, f[P50].Median, f[P95].Median, f[P99].Median,
			f[CPU].Median, f[CPU].Low, f[CPU].High, f[PSS].Median/1e6, f[RSS].Median/1e6, row.Errors)
	}
	w.Flush()
	r.writeRatios(&b, o.Reference)
	r.writeMachine(&b)
	for _, s := range r.Broken {
		fmt.Fprintf(&b, "\n**Bound broken:** %s.\n", s)
	}
	if len(o.Bounds) > 0 && len(r.Broken) == 0 {
		fmt.Fprintf(&b, "\nAll %d bounds hold.\n", len(o.Bounds))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (r *Result) writeRatios(b *strings.Builder, reference string) {
	if reference == "" {
		return
	}
	fmt.Fprintf(b, "\nRatio to %s, round by round:\n\n", reference)
	w := tabwriter.NewWriter(b, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "| server\t| at once\t| CPU\t| p50\t| p95\t| p99\t| PSS\t| largest RSS\t|\n|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|\n")
	for _, row := range r.Table {
		if row.Ratios == nil {
			continue
		}
		fmt.Fprintf(w, "| %s\t| %d\t", row.Name, row.AtOnce)
		for _, m := range []Measure{CPU, P50, P95, P99, PSS, RSS} {
			f := row.Ratios[m]
			fmt.Fprintf(w, "| %.2f (%.2f–%.2f)\t", f.Median, f.Low, f.High)
		}
		fmt.Fprintf(w, "|\n")
	}
	w.Flush()
}

func (r *Result) writeMachine(b *strings.Builder) {
	var other, steal, load []float64
	for _, s := range r.Samples {
		other = append(other, 100*s.Machine.Other)
		steal = append(steal, 100*s.Machine.Steal)
		load = append(load, s.Machine.LoadAverage)
	}
	o, st, l := figureOf(other), figureOf(steal), figureOf(load)
	fmt.Fprintf(b, "\nThe machine: other work took %.0f %% of all cores (%.0f–%.0f), the hypervisor %.0f %% (%.0f–%.0f); load average %.1f (%.1f–%.1f).\n",
		o.Median, o.Low, o.High, st.Median, st.Low, st.High, l.Median, l.Low, l.High)
}
