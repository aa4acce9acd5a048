package replay

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"time"
)

// Report is what a replay cost.
type Report struct {
	Events      int
	Predictions int           // lines written
	Gaps        int           // messages that were judged with less than there is
	Took        time.Duration // from the first event to the last
	PeakRSS     int64         // bytes of memory at most in that time; 0 = not known

	start        time.Time
	judge, learn []time.Duration // of each message
	learned      time.Duration   // from acts and labels
}

// Messages is how many messages were judged.
func (r *Report) Messages() int { return len(r.judge) }

// Judge returns a quantile (0…1) of the time to judge one message.
func (r *Report) Judge(q float64) time.Duration { return quantile(r.judge, q) }

// Learn returns a quantile of the time to learn from one message.
func (r *Report) Learn(q float64) time.Duration { return quantile(r.learn, q) }

// quantile is the smallest value that a share q of all is not above.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, max(0, int(q*float64(len(sorted)))))]
}

// String is the report in one line.
func (r *Report) String() string {
	rate := 0.0
	if r.Took > 0 {
		rate = float64(len(r.judge)) / r.Took.Seconds()
	}
	s := fmt.Sprintf("%d messages of %d events in %s: %.0f messages/s; judging p50 %s, p99 %s; learning p50 %s, p99 %s",
		len(r.judge), r.Events, r.Took.Round(10*time.Millisecond), rate, short(r.Judge(.5)), short(r.Judge(.99)), short(r.Learn(.5)), short(r.Learn(.99)))
	if r.learned > time.Millisecond {
		s += ", from acts and labels " + short(r.learned)
	}
	if r.PeakRSS > 0 {
		s += fmt.Sprintf("; at most %d MiB of memory", r.PeakRSS>>20)
	}
	s += fmt.Sprintf("; %d predictions", r.Predictions)
	if r.Gaps > 0 {
		s += fmt.Sprintf("; %d messages with a gap", r.Gaps)
	}
	return s
}

func short(d time.Duration) string {
	if d < time.Millisecond {
		return d.Round(time.Microsecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

// begin starts the clock. Unpacking has taken memory that judging does not
// need, so the peak is counted from here (proc(5), clear_refs).
func (r *Report) begin() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // else the peak of the whole process is told
	r.start = time.Now()
}

func (r *Report) end() {
	r.Took = time.Since(r.start)
	slices.Sort(r.judge)
	slices.Sort(r.learn)
	r.PeakRSS = peakRSS()
}

// peakRSS reads the high-water mark of the resident set, 0 where there is none.
func peakRSS() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kb, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
