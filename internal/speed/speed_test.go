package speed

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/internal/kith"
	"kith/internal/mailauth"
	"kith/internal/note"
	"kith/internal/pipeline"
	"kith/internal/seat/milter"
)

// inProcess is a do-nothing contender inside the test.
func inProcess(t *testing.T, name string) Contender {
	return Contender{Name: name, Start: func(ctx context.Context, e Env) (*Running, error) {
		path := filepath.Join(t.TempDir(), "s")
		ln, err := net.Listen("unix", path)
		if err != nil {
			return nil, err
		}
		ctx, stop := context.WithCancel(ctx)
		go ServeNoop(ctx, ln)
		return &Running{Network: "unix", Address: path, Roots: []int{os.Getpid()}, Stop: stop}, nil
	}}
}

func TestRun(t *testing.T) {
	o := Options{
		Contenders: []Contender{inProcess(t, "one"), inProcess(t, "two")}, Reference: "two",
		Mails: MakeMails(20), Rounds: 2, Messages: 30, Warm: 5, AtOnce: []int{1, 3},
		Bounds: []Bound{{Name: "one", Than: "two", Measure: Rate, Most: 0.0001}},
	}
	var out strings.Builder
	r, err := Run(t.Context(), o, &out)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Samples) != 8 || len(r.Table) != 4 || len(r.Broken) != 0 {
		t.Errorf("%d samples, %d rows, broken %q", len(r.Samples), len(r.Table), r.Broken)
	}
	var order []string
	for _, s := range r.Samples[:4] {
		order = append(order, s.Name)
		if s.Answers["a"] != 30 {
			t.Errorf("answers %v", s.Answers)
		}
	}
	if got := strings.Join(order, " "); got != "one two one two" {
		t.Errorf("order %s: not in turn", got)
	}
	for _, want := range []string{"| one    | 1 ", "Ratio to two", "All 1 bounds hold", "load average"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("report lacks %q:\n%s", want, out.String())
		}
	}
	o.Bounds[0].Most = 1e9
	if r, err = Run(t.Context(), o, &out); !errors.Is(err, ErrBounds) || len(r.Broken) != 2 {
		t.Errorf("error %v, broken %q", err, r.Broken)
	}
}

func TestRunFails(t *testing.T) {
	broken := Contender{Name: "broken", Start: func(context.Context, Env) (*Running, error) {
		return nil, errors.New("no such thing")
	}}
	stopped := 0
	counted := Contender{Name: "counted", Start: func(context.Context, Env) (*Running, error) {
		return &Running{Stop: func() { stopped++ }}, nil
	}}
	deaf := Contender{Name: "deaf", Start: func(context.Context, Env) (*Running, error) {
		return &Running{Network: "unix", Address: "/nowhere", Stop: func() {}}, nil
	}}
	for _, tt := range []struct {
		contenders []Contender
		want       string
	}{
		{[]Contender{counted, broken}, "start broken: no such thing"},
		{[]Contender{deaf}, "had no answer"},
		{nil, "needed"},
	} {
		_, err := Run(t.Context(), Options{Contenders: tt.contenders, Mails: MakeMails(1)}, new(strings.Builder))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want one with %q", err, tt.want)
		}
	}
	if stopped != 1 {
		t.Errorf("what had started was stopped %d times", stopped)
	}
}

// TestCommand starts this test binary as a do-nothing server.
func TestCommand(t *testing.T) {
	if path := os.Getenv("SPEED_TEST_NOOP"); path != "" {
		ln, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		ServeNoop(context.Background(), ln)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := Command("child", func(_ Env, path string) ([]string, error) {
		return []string{"/usr/bin/env", "SPEED_TEST_NOOP=" + path, self, "-test.run=^TestCommand$"}, nil
	})
	run, err := c.Start(t.Context(), Env{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Stop()
	load, err := MilterDrive(t.Context(), run, MakeMails(5), 2, 10)
	if err != nil || load.Answers["a"] != 10 {
		t.Errorf("%v, answers %v", err, load.Answers)
	}
	if m := treeMemory(run.Roots); m.PSS <= 0 || m.Largest < m.PSS/2 {
		t.Errorf("memory %+v", m)
	}
	fails := Command("fails", func(Env, string) ([]string, error) { return []string{"/bin/false"}, nil })
	if _, err := fails.Start(t.Context(), Env{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "ended at once") {
		t.Errorf("a program that ends at once: %v", err)
	}
}

// keeper is a milter.Judge that keeps the bytes it was shown.
type keeper struct {
	mu  sync.Mutex
	raw map[string]bool
	env []*kith.Envelope
}

func (k *keeper) Judge(_ context.Context, env *kith.Envelope, raw []byte) *pipeline.Outcome {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.raw[string(raw)] = true
	k.env = append(k.env, env)
	return &pipeline.Outcome{}
}
func (*keeper) Authenticate(context.Context, *kith.Envelope, []byte) (mailauth.Result, <-chan struct{}) {
	return mailauth.Result{}, nil
}
func (*keeper) Unjudged(*kith.Envelope, string) *pipeline.Outcome            { return &pipeline.Outcome{} }
func (*keeper) Note(note.Note)                                               {}
func (*keeper) Record(*kith.Envelope, *pipeline.Outcome, kith.State, string) {}

// TestSeat: the milter seat sees exactly the bytes of each mail and the envelope
// that the load gave it.
func TestSeat(t *testing.T) {
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	mails := MakeMails(40)
	if n, err := key.Sign(mails); err != nil || n != len(mails) {
		t.Fatalf("%d signed: %v", n, err)
	}
	k := &keeper{raw: map[string]bool{}}
	s, err := milter.New(milter.Options{Judge: k, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(ln, milter.Border)
	defer s.Shutdown(t.Context())
	load, err := MilterDrive(t.Context(), &Running{Network: "unix", Address: path}, mails, 3, len(mails))
	if err != nil || load.Answers["a"] != len(mails) {
		t.Fatalf("%v, answers %v", err, load.Answers)
	}
	for _, m := range mails {
		if !k.raw[string(m.Bytes())] {
			t.Fatalf("%s did not arrive byte for byte", m.Name)
		}
	}
	for _, e := range k.env {
		if !netip.MustParsePrefix("203.0.113.0/24").Contains(e.Client.Addr) || !strings.HasPrefix(e.QueueID, "4SP") || e.MailFrom == "" || len(e.Rcpts) != 1 {
			t.Errorf("envelope %+v", e)
		}
	}
}

func TestFigures(t *testing.T) {
	s := Sample{Load: Load{Took: time.Second, Latency: []time.Duration{4, 1, 3, 2}}, CPU: 40}
	for p, want := range map[float64]time.Duration{0: 1, 25: 1, 50: 2, 51: 3, 99: 4, 100: 4} {
		if got := s.Percentile(p); got != want {
			t.Errorf("percentile %v is %d, want %d", p, got, want)
		}
	}
	if s.Rate() != 4 || s.CPUPerMessage() != 10 {
		t.Errorf("rate %v, CPU %v", s.Rate(), s.CPUPerMessage())
	}
	if f := figureOf([]float64{3, 1, 2, 10}); f != (Figure{2.5, 1, 10}) {
		t.Errorf("figure %v", f)
	}
	if f := ratio([]float64{1, 8, 3}, []float64{2, 2, 0}); f != (Figure{2.25, 0.5, 4}) {
		t.Errorf("ratio %v", f)
	}
}

func TestCheck(t *testing.T) {
	sample := func(name string, atOnce int, cpu time.Duration) Sample {
		return Sample{Name: name, AtOnce: atOnce, CPU: cpu, Load: Load{Took: time.Second, Latency: make([]time.Duration, 10)}}
	}
	rows := tabulate([]Sample{sample("a", 1, 10), sample("b", 1, 40), sample("a", 8, 30), sample("b", 8, 40)}, "b")
	for _, tt := range []struct {
		bound Bound
		want  int
	}{
		{Bound{Name: "a", Than: "b", Measure: CPU, Most: 0.25, AtOnce: 1}, 0},
		{Bound{Name: "a", Than: "b", Measure: CPU, Most: 0.25}, 1},
		{Bound{Name: "a", Than: "b", Measure: CPU, Most: 0.1}, 2},
		{Bound{Name: "a", Than: "b", Measure: Rate, Most: 1}, 0},
		{Bound{Name: "a", Than: "b", Measure: PSS, Most: 1}, 2}, // not a number holds nothing
		{Bound{Name: "a", Than: "c", Measure: CPU, Most: 1}, 1},
		{Bound{Name: "a", Than: "b", Measure: CPU, Most: 1, AtOnce: 4}, 1},
	} {
		if got := check(rows, []Bound{tt.bound}); len(got) != tt.want {
			t.Errorf("%+v: %q", tt.bound, got)
		}
	}
}

func TestProc(t *testing.T) {
	before, machine := treeCPU([]int{os.Getpid()}), readMachine()
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
	}
	if used := treeCPU([]int{os.Getpid()}) - before; used < 2*tick {
		t.Errorf("a busy fifth of a second cost %v", used)
	}
	m := readMachine().since(machine, 0)
	if m.Other <= 0 || m.Other > 1 || m.Steal < 0 || m.Steal > 1 {
		t.Errorf("machine %+v", m)
	}
	if procStat(1<<30) != nil {
		t.Error("a process that is not there has figures")
	}
}
