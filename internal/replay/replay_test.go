package replay

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"kith/internal/border"
	"kith/internal/detect"
	"kith/internal/judge"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
	"kith/internal/pipeline"
	"kith/internal/policy"
)

// core is a site with every detector, and with weights of its own: what ships is
// fitted again and again, and says nothing about a replay.
func core(t testing.TB) pipeline.Options {
	t.Helper()
	w, err := judge.ReadWeights(judge.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	w.Prior, w.Bands.Suspicious, w.Bands.Harmful, w.Caps.Unlike, w.Caps.Asks = -8, -4, 0, 64, 64
	w.Families, w.Kinds = map[string]float64{"all": 64}, map[string]judge.Weight{}
	for kind := range detect.Classes() {
		w.Kinds[kind] = judge.Weight{Bits: 5, Family: "all"}
	}
	j, err := judge.New(w, detect.Classes())
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.Options{Limits: mail.DefaultLimits(), Mode: kith.Shadow, Judge: j, Policy: policy.Default(), Border: new(border.Trust),
		Log: slog.New(slog.DiscardHandler)}
}

func fresh(t testing.TB, s *Set, o Options) *Replay {
	t.Helper()
	r, err := New(s, core(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// played replays a set and returns the predictions.
func played(t testing.TB, dir, events string, o Options) (string, *Report, error) {
	t.Helper()
	s, err := Open(dir, events)
	if err != nil {
		return "", nil, err
	}
	defer s.Close()
	r, err := New(s, core(t), o)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	report, err := r.Run(t.Context(), &b)
	return b.String(), report, err
}

func TestPredictions(t *testing.T) {
	dir := tiny(t)
	got, report, err := played(t, dir, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/predictions.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("predictions differ from %s (-want +got):\n%s", golden, d)
	}
	if again, _, _ := played(t, dir, "", Options{}); again != got {
		t.Error("the same set gives other bytes")
	}
	if report.Events != 15 || report.Messages() != 13 || report.Predictions != strings.Count(got, "\n") || report.Gaps != 0 || strings.Contains(report.String(), "\n") {
		t.Errorf("%s", report)
	}
}

func TestWhatIsAskedFor(t *testing.T) {
	dir := tiny(t)
	first := func(o Options) (ids []string) {
		t.Helper()
		got, _, err := played(t, dir, "", o)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(got) {
			var l struct{ ID string }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, l.ID)
		}
		return ids
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Limit: 3}, "[e02 e02 e03]"},
		{Options{Limit: 3, All: true}, "[e01 e02 e02 e03]"},
		{Options{Share: 0.1}, "[e02 e02]"}, // 1.5 of 15 events are 2
		{Options{Share: 1, Limit: 1, All: true}, "[e01]"},
		{Options{Limit: 99}, "[e02 e02 e03 e04 e04 e05 e07 e09 e10 e10 e11 e13 e14 e15]"},
	} {
		if got := fmt.Sprint(first(c.o)); got != c.want {
			t.Errorf("%+v: %s, want %s", c.o, got, c.want)
		}
	}
	got, _, _ := played(t, dir, "", Options{Limit: 3, Clutter: true})
	if !strings.Contains(got, `"pull":false,"folder":null}`) {
		t.Error(got)
	}
}

// TestLabelsAreNeverOpened asks the kernel.
func TestLabelsAreNeverOpened(t *testing.T) {
	dir := tiny(t)
	labels := filepath.Join(dir, "labels.jsonl.zst")
	if err := os.Chmod(labels, 0); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for _, p := range []string{labels, filepath.Join(dir, DefaultEvents)} {
		if _, err := unix.InotifyAddWatch(fd, p, unix.IN_OPEN|unix.IN_ACCESS); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := played(t, dir, "", Options{}); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, _ := unix.Read(fd, buf)
	if n <= 0 {
		t.Fatal("the watch saw nothing, not even the events")
	}
	for at := 0; at+16 <= n; at += 16 + int(binary.NativeEndian.Uint32(buf[at+12:])) {
		if wd := binary.NativeEndian.Uint32(buf[at:]); wd == 1 {
			t.Error("the labels were opened")
		}
	}
}

// TestJudgedThenLearned: a hook sees an event when its predictions are written,
// in the order of events, and never sees a made-up submission.
func TestJudgedThenLearned(t *testing.T) {
	var out bytes.Buffer
	var seen []string
	var r *Replay
	note := func(ev *Event) {
		seen = append(seen, ev.ID)
		if ev.Kind != Label && ev.Kind != Act && ev.Scored != strings.Contains(out.String(), `"id":"`+ev.ID+`"`) {
			t.Errorf("%s is learned before its prediction is written", ev.ID)
		}
	}
	o := Options{
		After: func(_ context.Context, ev *Event, env *kith.Envelope, o *pipeline.Outcome) error {
			note(ev)
			if !o.Case.Now.Equal(ev.At) || env.Seat != kith.SeatReplay || !env.Arrived.Equal(ev.At) || len(o.Judgements) != len(ev.Rcpts) {
				t.Errorf("%s: judged at %s, %+v", ev.ID, o.Case.Now, env)
			}
			if ev.ID == "e11" {
				if k := r.Directory().Lookup("new@corp.test"); k.Discovered {
					t.Error("a recipient is known from a mail that was never sent")
				}
			}
			return nil
		},
		Act: func(_ context.Context, ev *Event) error {
			note(ev)
			if ev.Act != "file" || ev.Folder != "Offers" || ev.User != "tim@corp.test" {
				t.Errorf("%+v", ev)
			}
			return nil
		},
		Label: func(_ context.Context, ev *Event) error {
			note(ev)
			if ev.Label != "spam" || ev.Mail != "m05" {
				t.Errorf("%+v", ev)
			}
			return nil
		},
	}
	r = fresh(t, open(t, tiny(t), ""), o)
	if _, err := r.Run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, " "); got != "e01 e02 e03 e04 e05 a06 e07 l08 e09 e11 e12 e13 e14 e15" {
		t.Error(got)
	}
	if e := r.Directory().Lookup("stranger@corp.test"); !e.Discovered || e.Kind != kith.KindUnknown {
		t.Errorf("a recipient that was seen is %+v", e)
	}

	broken := errors.New("the hook broke")
	_, _, err := played(t, tiny(t), "", Options{Label: func(context.Context, *Event) error { return broken }})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	r := fresh(t, open(t, tiny(t), ""), Options{Step: func(done, total int) {
		if steps = done; done == 4 {
			cancel()
		}
		if total != 15 {
			t.Errorf("%d of %d", done, total)
		}
	}})
	if _, err := r.Run(ctx, new(bytes.Buffer)); !errors.Is(err, context.Canceled) || steps != 4 {
		t.Errorf("%d steps, %v", steps, err)
	}
}

// TestAuth: what an event says of authentication, and who then vouches.
func TestAuth(t *testing.T) {
	for _, c := range []struct {
		what, from, author string
		auth               *Auth
		want               string
	}{
		{"nobody looked", "a@x.example", "x.example", nil, " spf= dkim= dmarc= []"},
		{"dmarc passes", "a@bulk.example", "x.example", &Auth{SPF: "pass", DKIM: "pass", DMARC: "pass"}, "header spf=pass dkim=pass dmarc=pass [x.example]"},
		{"spf for a domain of the same house", "a@out.x.example", "x.example", &Auth{SPF: "pass", DKIM: "none", DMARC: "none"}, "header spf=pass dkim=none dmarc=none [out.x.example]"},
		{"spf for a stranger", "a@bulk.example", "x.example", &Auth{SPF: "pass", DKIM: "none", DMARC: "none"}, "header spf=pass dkim=none dmarc=none []"},
		{"spf, nobody knows for whom", "?", "x.example", &Auth{SPF: "pass", DKIM: "none", DMARC: "none"}, "header spf=pass dkim=none dmarc=none []"},
		{"spf of the null sender", "", "x.example", &Auth{SPF: "pass"}, "header spf=pass dkim=none dmarc= [mail.x.example]"},
		{"dkim of the author", "a@bulk.example", "x.example", &Auth{SPF: "pass", DKIM: "pass", DKIMDomain: "x.example", DMARC: "none"}, "header spf=pass dkim=pass dmarc=none [x.example]"},
		{"dkim of a stranger", "a@bulk.example", "x.example", &Auth{SPF: "none", DKIM: "pass", DKIMDomain: "bulk.example", DMARC: "none"}, "header spf=none dkim=pass dmarc=none []"},
		{"dkim of nobody knows whom", "a@bulk.example", "x.example", &Auth{SPF: "fail", DKIM: "pass", DMARC: "none"}, "header spf=fail dkim=pass dmarc=none []"},
		{"dmarc fails", "a@x.example", "x.example", &Auth{SPF: "pass", DKIM: "fail", DKIMDomain: "x.example", DMARC: "fail"}, "header spf=pass dkim=fail dmarc=fail []"},
		{"words that are none", "a@x.example", "x.example", &Auth{SPF: "PASS", DKIM: "maybe", DMARC: "pass; x=y"}, "header spf=pass dkim=none dmarc= [x.example]"},
		{"a public suffix", "a@one.co.uk", "two.co.uk", &Auth{SPF: "pass", DMARC: "none"}, "header spf=pass dkim=none dmarc=none []"},
	} {
		v := newVoucher()
		ev := &Event{Auth: c.auth, Client: kith.Client{Helo: "mail.x.example"}}
		from := c.from
		if from == "?" {
			from = ""
		}
		v.take(ev, from, c.from != "?")
		res := v.vouch(t.Context(), mailauth.Input{Raw: []byte("From: b@" + c.author + "\r\n\r\nx"), FromDomains: []string{c.author}})
		got := fmt.Sprintf("%s spf=%s dkim=%s dmarc=%s %v", res.Source, res.SPF, res.DKIMStatus(), res.DMARC, res.Aligned)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestEnvelope(t *testing.T) {
	s := open(t, tiny(t), "")
	r := fresh(t, s, Options{})
	got := map[string]string{}
	r.o.After = func(_ context.Context, ev *Event, env *kith.Envelope, out *pipeline.Outcome) error {
		got[ev.ID] = fmt.Sprintf("from=%s login=%s %s %s", env.MailFrom, env.Login, out.Summary.Direction, out.Summary.Auth)
		return nil
	}
	if _, err := r.Run(t.Context(), new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"e01": "from=bob@vendor.example login= inbound spf=pass dkim=none dmarc=pass", // Return-Path above the border's Received
		"e02": "from=ann@corp.test login=ann@corp.test internal ",
		"e03": "from=ann@corp.test login=ann@corp.test internal ", // the mail that she was seen to submit
		"e11": "from=tim@corp.test login=tim@corp.test outbound ",
		"e12": "from= login= inbound spf=pass dkim=none",
		"e13": "from=mia@corp.test login=mia@corp.test internal spf=pass dkim=none",
		"e14": "from=ann@corp.test login= inbound ", // nobody signed in for this one
		"e15": "from= login= unknown ",
	} {
		if got[id] != want {
			t.Errorf("%s: %q, want %q", id, got[id], want)
		}
	}
}

func TestReturnPath(t *testing.T) {
	for _, c := range []struct {
		raw, want string
		ok        bool
	}{
		{"Return-Path: <a@b.test>\r\nReceived: from x\r\n\r\n", "a@b.test", true},
		{"X: y\n z\nreturn-path:<>\nReceived: from x\n\n", "", true},
		{"Received: from x\r\nReturn-Path: <a@b.test>\r\n\r\n", "", false},
		{"Return-Path: <a@b.test>\r\nFrom: x\r\n\r\nReceived: from x\r\n", "", false}, // no host of ours wrote anything
		{"Return-Path: a@b.test\r\nReceived: from x\r\n\r\n", "", false},
		{"", "", false},
	} {
		if got, ok := returnPath([]byte(c.raw)); got != c.want || ok != c.ok {
			t.Errorf("%q: %q %v", c.raw, got, ok)
		}
	}
}

func FuzzReturnPath(f *testing.F) {
	f.Add([]byte(trace))
	f.Add([]byte("Return-Path:<>\nReceived:"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if addr, ok := returnPath(raw); !ok && addr != "" || strings.ContainsAny(addr, "\n") {
			t.Errorf("%q %v", addr, ok)
		}
	})
}

func TestQuantiles(t *testing.T) {
	var d []time.Duration
	if quantile(d, .5) != 0 {
		t.Error("of nothing")
	}
	for i := range 100 {
		d = append(d, time.Duration(i))
	}
	if quantile(d, .5) != 50 || quantile(d, .99) != 99 || quantile(d, 1) != 99 || quantile(d, 0) != 0 {
		t.Error(quantile(d, .5), quantile(d, .99), quantile(d, 1))
	}
}
