package metrics

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/internal/kith"
)

func scrape(t testing.TB, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func touchAll(m *Metrics) {
	m.Judged(kith.SeatLMTP, kith.Inbound, kith.Harm, kith.ActHold)
	m.Outcome(kith.SeatLMTP, kith.StateDelivered)
	m.Took(kith.SeatSMTP, "auth", 3*time.Millisecond)
	m.Gap("dns")
	m.Intents(3)
	m.Outcomes(2)
	m.Remembered(1)
	m.Doubt(1)
	m.Doubt(-5)
	m.Overflow()
	m.Unledged()
	m.Commit(17, time.Millisecond, nil)
	m.Commit(17, time.Millisecond, errors.New("disk full"))
	m.Folded(5, 12, time.Millisecond)
	m.Next(kith.SeatLMTP, true)
	m.Next(kith.SeatLMTP, false)
	m.Refused(kith.SeatMilter, "peer")
	m.Connections(kith.SeatLMTP, 4)
	m.SpoolBytes(4096)
	m.SpoolFull()
	m.Paused(true)
	m.Mode(kith.Enforce)
}

func TestFigures(t *testing.T) {
	m := New("1.2.3")
	touchAll(m)
	text := scrape(t, m)
	for _, want := range []string{
		`kith_judgements_total{action="hold",band="harmful",direction="inbound",seat="lmtp"} 1`,
		`kith_outcomes_total{seat="lmtp",state="delivered"} 1`,
		`kith_stage_seconds_bucket{seat="smtp",stage="auth",le="0.0025"} 0`,
		`kith_stage_seconds_bucket{seat="smtp",stage="auth",le="0.005"} 1`,
		`kith_gaps_total{kind="dns"} 1`,
		`kith_ledger_intents_total 3`,
		`kith_ledger_outcomes_total 2`,
		`kith_ledger_remembered_total 1`,
		`kith_ledger_in_doubt_total 1`,
		`kith_ledger_overflow_total 1`,
		`kith_unledged_total 1`,
		`kith_store_commit_seconds_count 1`,
		`kith_store_batch_rows_sum 17`,
		`kith_store_errors_total 1`,
		`kith_next_total{result="ok",seat="lmtp"} 1`,
		`kith_next_total{result="failed",seat="lmtp"} 1`,
		`kith_connections_refused_total{reason="peer",seat="milter"} 1`,
		`kith_connections{seat="lmtp"} 4`,
		`kith_spool_bytes 4096`,
		`kith_spool_full_total 1`,
		`kith_paused 1`,
		`kith_enforcing 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
	if !strings.Contains(text, `kith_build_info{goversion="go`) || !strings.Contains(text, `version="1.2.3"} 1`) {
		t.Error("no build info")
	}
}

// Every figure of ours has a sentence and is moved by touchAll, so that none
// is declared and forgotten.
func TestEveryFigureSpeaks(t *testing.T) {
	m := New("x")
	touchAll(m)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	ours := 0
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "kith_") {
			continue
		}
		ours++
		if h := f.GetHelp(); len(h) < 20 || !strings.HasSuffix(h, ".") {
			t.Errorf("%s: help is %q", f.GetName(), h)
		}
		if s := f.GetMetric()[0].String(); !regexp.MustCompile(`(value|sample_count):\s*[1-9]`).MatchString(s) {
			t.Errorf("%s never moves: %s", f.GetName(), s)
		}
	}
	if ours != 24 {
		t.Errorf("%d figures of ours are shown, want 24", ours)
	}
}

// Whatever is handed in, no label shows an address or a host, and no label
// grows without bound.
func TestLabelsAreWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New("x")
		for _, s := range rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{1,8}@[a-z]{1,8}\.example`), rapid.StringMatching(`[a-z0-9-]{1,40}`)), 1, 50).Draw(t, "words") {
			m.Gap(s)
			m.Took(kith.Seat(s), s, time.Second)
			m.Outcome(kith.Seat(s), kith.State(s))
		}
		families, err := m.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, x := range f.GetMetric() {
				for _, l := range x.GetLabel() {
					if strings.HasPrefix(f.GetName(), "kith_") && f.GetName() != "kith_build_info" && !wordLike(l.GetValue()) {
						t.Fatalf("%s shows %s=%q", f.GetName(), l.GetName(), l.GetValue())
					}
				}
			}
		}
	})
}

func TestLabelsAreBounded(t *testing.T) {
	m := New("x")
	for i := range 1000 {
		m.Gap(fmt.Sprintf("gap-%d", i))
	}
	if got := strings.Count(scrape(t, m), "\nkith_gaps_total{"); got != maxWords+1 {
		t.Errorf("%d values of one label, want %d and \"other\"", got, maxWords)
	}
}

func TestNilIsSilent(t *testing.T) {
	touchAll(nil)
}

func BenchmarkJudged(b *testing.B) {
	m := New("x")
	b.ReportAllocs()
	for b.Loop() {
		m.Judged(kith.SeatLMTP, kith.Inbound, kith.Calm, kith.ActNone)
	}
}
