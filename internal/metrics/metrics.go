// Package metrics counts what happens, so that an administrator can see that
// mail flows, how fast, and what is missing, without reading any mail.
//
// Every figure is declared in one table at the top of this file with a
// sentence that says what it means; /metrics shows the same sentence. The
// other rooms do not know this package: they take plain functions, and those
// who put the program together hand them the methods below.
//
// What this package promises: no label ever holds an address, a name, a
// subject or a host. Labels are words out of closed sets of the program; a
// word that does not look like one is counted as "other", and so is every word
// beyond the sixty-fourth of its label, so that no stream of mail can make the
// figures grow without bound.
package metrics

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kith/internal/kith"
)

// spec declares one figure: its name, what it means, and its labels.
type spec struct {
	name, help string
	labels     []string
}

var (
	judged = spec{"kith_judgements_total", "Judgements, one for each recipient of a message, by the band of the verdict and the heaviest action of the plan (in shadow: the action that would have been taken).",
		[]string{"seat", "direction", "band", "action"}}
	outcomes  = spec{"kith_outcomes_total", "Recipients by what became of their copy: delivered, deferred, refused, passed and so on.", []string{"seat", "state"}}
	stages    = spec{"kith_stage_seconds", "Time that one message spent in one stage.", []string{"seat", "stage"}}
	gaps      = spec{"kith_gaps_total", "Messages judged without something that should have been known, by what was missing (dns, deadline, could-not-look, …).", []string{"kind"}}
	intents   = spec{"kith_ledger_intents_total", "Deliveries begun and written down before the next hop was asked, one for each recipient.", nil}
	written   = spec{"kith_ledger_outcomes_total", "Outcomes of deliveries written down before the sender was answered, one for each recipient.", nil}
	remember  = spec{"kith_ledger_remembered_total", "Recipients answered 250 from memory, because an earlier try of the same mail was confirmed by the next hop.", nil}
	doubt     = spec{"kith_ledger_in_doubt_total", "Recipients delivered again although an earlier try may have arrived: the most copies that kith can have doubled.", nil}
	overflow  = spec{"kith_ledger_overflow_total", "Outcomes that could not be written to the store and wait in the overflow file.", nil}
	unledged  = spec{"kith_unledged_total", "Messages delivered unjudged and without the ledger because the store was gone and fail is open.", nil}
	commits   = spec{"kith_store_commit_seconds", "Time of one commit of the store, the wait for the disk included.", nil}
	batches   = spec{"kith_store_batch_rows", "Changes written in one commit.", nil}
	storeErr  = spec{"kith_store_errors_total", "Commits of the store that failed.", nil}
	lessons   = spec{"kith_lessons_folded_total", "Learning records whose values stand in the counts.", nil}
	touches   = spec{"kith_habit_rows_total", "Rows of habits read and written while folding.", nil}
	folds     = spec{"kith_fold_seconds", "Time of one batch of folding what was learned into the counts.", nil}
	next      = spec{"kith_next_total", "Transactions with the next hop by how they went: ok, or failed for the connection, its silence or its words.", []string{"seat", "result"}}
	refusals  = spec{"kith_connections_refused_total", "Connections turned away, by the reason: limit (too many at once) or peer (not on the list).", []string{"seat", "reason"}}
	open      = spec{"kith_connections", "Connections open now.", []string{"seat"}}
	spoolSize = spec{"kith_spool_bytes", "Bytes of messages that wait on disk or in memory now.", nil}
	spoolFull = spec{"kith_spool_full_total", "Messages answered 452 because the spool was full.", nil}
	paused    = spec{"kith_paused", "1 while kith passes all mail unjudged on an administrator's word, else 0.", nil}
	enforcing = spec{"kith_enforcing", "1 in enforce mode, 0 in shadow.", nil}
	build     = spec{"kith_build_info", "Always 1; the labels say which program this is.", []string{"version", "goversion"}}
)

// Latencies run from a tenth of a millisecond (a stage) to a minute (a
// deadline), batches from one row to a thousand.
var (
	seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	rows    = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
)

// Metrics holds all figures of one running program. Its methods are safe for
// concurrent use, cost less than a microsecond, and do nothing on a nil
// *Metrics, so that tests and one-shot commands need none.
type Metrics struct {
	registry *prometheus.Registry
	words    vocabulary

	judged, outcomes, gaps, next, refusals                          *prometheus.CounterVec
	intents, written, remember, doubt, overflow, unledged, storeErr prometheus.Counter
	spoolFull, lessons, touches                                     prometheus.Counter
	stages                                                          *prometheus.HistogramVec
	commits, batches, folds                                         prometheus.Histogram
	open                                                            *prometheus.GaugeVec
	spoolSize, paused, enforcing                                    prometheus.Gauge
}

// New returns empty figures with a registry of their own; version names the
// program in kith_build_info.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m := &Metrics{
		registry: r,
		judged:   counters(r, judged), outcomes: counters(r, outcomes), gaps: counters(r, gaps), next: counters(r, next), refusals: counters(r, refusals),
		intents: counter(r, intents), written: counter(r, written), remember: counter(r, remember), doubt: counter(r, doubt),
		overflow: counter(r, overflow), unledged: counter(r, unledged), storeErr: counter(r, storeErr), spoolFull: counter(r, spoolFull),
		stages:  histograms(r, stages, seconds),
		commits: histogram(r, commits, seconds), batches: histogram(r, batches, rows),
		lessons: counter(r, lessons), touches: counter(r, touches), folds: histogram(r, folds, seconds),
		open: gauges(r, open), spoolSize: gauge(r, spoolSize), paused: gauge(r, paused), enforcing: gauge(r, enforcing),
	}
	gauges(r, build).WithLabelValues(version, runtime.Version()).Set(1)
	return m
}

// Handler serves the figures in the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// Judged counts one recipient's judgement.
func (m *Metrics) Judged(seat kith.Seat, dir kith.Direction, band kith.Band, heaviest kith.Action) {
	if m != nil {
		m.judged.WithLabelValues(m.word("seat", string(seat)), m.word("direction", string(dir)), m.word("band", string(band)), heaviest.String()).Inc()
	}
}

// Outcome counts what became of one recipient's copy.
func (m *Metrics) Outcome(seat kith.Seat, state kith.State) {
	if m != nil {
		m.outcomes.WithLabelValues(m.word("seat", string(seat)), m.word("state", string(state))).Inc()
	}
}

// Took observes the time of one stage ("parse", "auth", "ledger", "next", …).
func (m *Metrics) Took(seat kith.Seat, stage string, d time.Duration) {
	if m != nil {
		m.stages.WithLabelValues(m.word("seat", string(seat)), m.word("stage", stage)).Observe(d.Seconds())
	}
}

// Gap counts one thing that was not known when a message was judged.
func (m *Metrics) Gap(kind string) {
	if m != nil {
		m.gaps.WithLabelValues(m.word("kind", kind)).Inc()
	}
}

// Intents counts n deliveries begun.
func (m *Metrics) Intents(n int) {
	if m != nil {
		m.intents.Add(positive(n))
	}
}

// Outcomes counts n outcomes written to the ledger.
func (m *Metrics) Outcomes(n int) {
	if m != nil {
		m.written.Add(positive(n))
	}
}

// Remembered counts n recipients answered from memory.
func (m *Metrics) Remembered(n int) {
	if m != nil {
		m.remember.Add(positive(n))
	}
}

// Doubt counts n recipients delivered again though in doubt.
func (m *Metrics) Doubt(n int) {
	if m != nil {
		m.doubt.Add(positive(n))
	}
}

// Overflow counts one outcome that went to the overflow file.
func (m *Metrics) Overflow() {
	if m != nil {
		m.overflow.Inc()
	}
}

// Unledged counts one message delivered while the store was gone.
func (m *Metrics) Unledged() {
	if m != nil {
		m.unledged.Inc()
	}
}

// Commit observes one commit of the store: how many changes, how long, and
// whether it failed.
func (m *Metrics) Commit(batch int, took time.Duration, err error) {
	if m == nil {
		return
	}
	if err != nil {
		m.storeErr.Inc()
		return
	}
	m.commits.Observe(took.Seconds())
	m.batches.Observe(positive(batch))
}

// Folded observes one batch of lessons that were folded into the habits.
func (m *Metrics) Folded(n, touched int, took time.Duration) {
	if m == nil {
		return
	}
	m.lessons.Add(positive(n))
	m.touches.Add(positive(touched))
	m.folds.Observe(took.Seconds())
}

// Next counts one transaction with the next hop.
func (m *Metrics) Next(seat kith.Seat, ok bool) {
	if m == nil {
		return
	}
	result := "failed"
	if ok {
		result = "ok"
	}
	m.next.WithLabelValues(m.word("seat", string(seat)), result).Inc()
}

// Refused counts one connection turned away; reason is "limit" or "peer".
func (m *Metrics) Refused(seat kith.Seat, reason string) {
	if m != nil {
		m.refusals.WithLabelValues(m.word("seat", string(seat)), m.word("reason", reason)).Inc()
	}
}

// Connections sets how many connections of a seat are open now.
func (m *Metrics) Connections(seat kith.Seat, n int) {
	if m != nil {
		m.open.WithLabelValues(m.word("seat", string(seat))).Set(float64(n))
	}
}

// SpoolBytes sets how many bytes wait now.
func (m *Metrics) SpoolBytes(n int64) {
	if m != nil {
		m.spoolSize.Set(float64(n))
	}
}

// SpoolFull counts one message answered 452.
func (m *Metrics) SpoolFull() {
	if m != nil {
		m.spoolFull.Inc()
	}
}

// Paused says whether all mail is passed unjudged.
func (m *Metrics) Paused(is bool) {
	if m != nil {
		m.paused.Set(truth(is))
	}
}

// Mode says whether plans are carried out.
func (m *Metrics) Mode(mode kith.Mode) {
	if m != nil {
		m.enforcing.Set(truth(mode == kith.Enforce))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// positive keeps a counter from going back, which Prometheus forbids by a panic.
func positive(n int) float64 { return float64(max(n, 0)) }
