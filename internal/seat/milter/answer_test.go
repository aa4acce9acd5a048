package milter

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"
	"github.com/google/go-cmp/cmp"

	"kith/internal/kith"
	"kith/internal/pipeline"
)

func enforce() kith.Mode { return kith.Enforce }

func rejectPlan(mode kith.Mode) kith.Plan {
	return kith.Plan{Mode: mode, Steps: []kith.Step{{Action: kith.ActReject}}, Done: kith.ActAnnotate}
}

func TestAnswers(t *testing.T) {
	reject := func(_ context.Context, env *kith.Envelope, _ []byte) *pipeline.Outcome {
		return outcome(env, rejectPlan(kith.Enforce))
	}
	rejectOne := func(_ context.Context, env *kith.Envelope, _ []byte) *pipeline.Outcome {
		out := outcome(env, rejectPlan(kith.Enforce))
		out.Judgements[1].Plan = kith.Plan{Mode: kith.Enforce}
		return out
	}
	breaks := func(context.Context, *kith.Envelope, []byte) *pipeline.Outcome { panic("bug") }
	reading := make(chan struct{})
	t.Cleanup(func() { close(reading) })
	hangs := func(_ context.Context, env *kith.Envelope, _ []byte) *pipeline.Outcome {
		out := outcome(env, kith.Plan{})
		out.Reading, out.Gap = reading, gapDeadline
		return out
	}
	tests := []struct {
		name  string
		opt   Options
		judge func(context.Context, *kith.Envelope, []byte) *pipeline.Outcome
		want  string // beginning of the reply, "" is a pass
		state kith.State
		gap   string
	}{
		{name: "shadow", opt: Options{Reject: true}, judge: reject, state: kith.StatePassed},
		{name: "enforce, reject off", opt: Options{Mode: enforce}, judge: reject, state: kith.StatePassed},
		{name: "enforce, reject on", opt: Options{Mode: enforce, Reject: true}, judge: reject, want: "550 5.7.1 ", state: kith.StateRefused},
		{name: "reject for one only", opt: Options{Mode: enforce, Reject: true}, judge: rejectOne, state: kith.StatePassed},
		{name: "plan in shadow", opt: Options{Mode: enforce, Reject: true}, state: kith.StatePassed,
			judge: func(_ context.Context, env *kith.Envelope, _ []byte) *pipeline.Outcome {
				return outcome(env, rejectPlan(kith.Shadow))
			}},
		{name: "no judgement", opt: Options{Mode: enforce, Reject: true}, state: kith.StatePassed,
			judge: func(context.Context, *kith.Envelope, []byte) *pipeline.Outcome { return &pipeline.Outcome{} }},
		{name: "panic, open", judge: breaks, state: kith.StatePassed, gap: gapBroken},
		{name: "panic, defer", opt: Options{OnFailure: Defer}, judge: breaks, want: "451 4.3.0 ", state: kith.StateDeferred, gap: gapBroken},
		{name: "late, open", judge: hangs, state: kith.StatePassed, gap: gapDeadline},
		{name: "late, defer", opt: Options{OnFailure: Defer}, judge: hangs, want: "451 4.3.0 ", state: kith.StateDeferred, gap: gapDeadline},
		{name: "block panics", opt: Options{Mode: enforce, OnFailure: Defer, Block: func(*kith.Envelope, *pipeline.Outcome, []byte) []byte { panic("bug") }}, want: "451"},
		{name: "too many recipients", opt: Options{MaxRcpts: 1, OnFailure: Defer}, want: "451 4.3.0 ", state: kith.StateDeferred, gap: gapRcpts},
		{name: "no memory, open", opt: Options{MaxMemory: 100, MaxMessage: 100}, state: kith.StatePassed, gap: gapMemory},
		{name: "no memory, defer", opt: Options{MaxMemory: 100, MaxMessage: 100, OnFailure: Defer}, want: "452 4.3.1 ", state: kith.StateDeferred, gap: gapMemory},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &bench{judge: tt.judge}
			tt.opt.Judge, tt.opt.MemoryWait = b, 10*time.Millisecond
			tt.opt.NewID = func() string { return "ID-OF-SIXTEEN-CH" }
			s, path := serve(t, Border, tt.opt)
			if tt.gap == gapMemory { // another message holds all of it
				s.memory.TryAcquire(100)
			}
			x := plain
			x.rcpts = []string{"a@corp.example", "b@corp.example"}
			_, a := connect(t, path, nil).send(x)
			if tt.want == "" && a.Type != gomilter.ActionAccept {
				t.Errorf("answer %v, want a pass", a)
			}
			if tt.want == "451" {
				if a.SMTPCode != 451 || len(b.records) != 0 {
					t.Errorf("answer %v", a)
				}
				return
			}
			if tt.want != "" && (!strings.HasPrefix(a.SMTPReply, tt.want) || !strings.Contains(a.SMTPReply, "(ID-OF-SIXTEEN-CH)")) {
				t.Errorf("answer %v, want %s… with the id", a, tt.want)
			}
			if len(b.records) != 1 {
				t.Fatalf("%d records", len(b.records))
			}
			r := b.records[0]
			for _, j := range r.out.Judgements {
				if want := map[bool]kith.Action{true: kith.ActReject}[tt.state == kith.StateRefused]; j.Plan.Done != want {
					t.Errorf("the plan says %v was done, want %v", j.Plan.Done, want)
				}
			}
			if r.state != tt.state || r.out.Gap != tt.gap || (r.reply == "") != (tt.want == "") {
				t.Errorf("recorded %s gap %q reply %q", r.state, r.out.Gap, r.reply)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	block := func(env *kith.Envelope, _ *pipeline.Outcome, raw []byte) []byte {
		if len(raw) == 0 {
			t.Error("no bytes for the block")
		}
		return []byte("X-Kith-Id: " + env.ID + "\r\nX-Kith-Verdict: calm;\r\n reasons\r\n")
	}
	newID := func() string { return "0123456789ABCDEF" }
	forged := [][2]string{
		{"X-Kith-Id", " forged"},
		{"Authentication-Results", " mx.corp.example; spf=pass"},
		{"From", " a@b.example"},
		{"authentication-results", " other.example; spf=pass"},
		{"AUTHENTICATION-RESULTS", " (c (d)) \"MX.corp.example\" 1; dkim=pass"},
		{"x-kith-id", " forged again"},
		{"X-Kithing", " kept"},
	}
	removed := []string{"del x-kith-id 2", "del AUTHENTICATION-RESULTS 3", "del Authentication-Results 1", "del X-Kith-Id 1"}
	added := []string{"ins 0 X-Kith-Verdict: calm;\n reasons", "ins 0 X-Kith-Id: 0123456789ABCDEF"}
	tests := []struct {
		name   string
		mode   func() kith.Mode
		fields [][2]string
		opts   []gomilter.Option
		want   []string
	}{
		{"shadow", nil, forged, nil, nil},
		{"enforce, clean", enforce, plain.fields, nil, added},
		{"enforce, forged", enforce, forged, nil, append(append([]string{}, removed...), added...)},
		{"MTA allows no change", enforce, forged, []gomilter.Option{gomilter.WithoutAction(gomilter.OptChangeHeader)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &bench{}
			_, path := serve(t, Border, Options{Judge: b, Mode: tt.mode, Block: block, NewID: newID, AuthServID: func() string { return "mx.corp.example" }})
			x := plain
			x.fields = tt.fields
			acts, a := connect(t, path, nil, tt.opts...).send(x)
			if a.Type != gomilter.ActionAccept {
				t.Errorf("answer %v", a)
			}
			if diff := cmp.Diff(tt.want, describe(acts)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func describe(acts []gomilter.ModifyAction) (list []string) {
	for _, a := range acts {
		switch {
		case a.Type == gomilter.ActionChangeHeader && a.HeaderValue == "":
			list = append(list, fmt.Sprintf("del %s %d", a.HeaderName, a.HeaderIndex))
		case a.Type == gomilter.ActionInsertHeader:
			list = append(list, fmt.Sprintf("ins %d %s:%s", a.HeaderIndex, a.HeaderName, a.HeaderValue))
		default:
			list = append(list, a.String())
		}
	}
	return list
}

func TestTooManyForged(t *testing.T) {
	b := &bench{}
	_, path := serve(t, Border, Options{Judge: b, Mode: enforce})
	x := plain
	for range maxStrip + 1 {
		x.fields = append(x.fields, [2]string{"X-Kith-A", " b"})
	}
	acts, a := connect(t, path, nil).send(x)
	if len(acts) != 0 || a.SMTPCode != 451 || b.records[0].state != kith.StateDeferred {
		t.Errorf("%d changes, answer %v", len(acts), a)
	}
}

func TestStripList(t *testing.T) {
	for _, tt := range []struct {
		name, value, own string
		want             bool
	}{
		{"X-Kith-Id", " x", "", true},
		{"x-KITH-anything", "", "mx.corp.example", true},
		{"X-Kith", " x", "mx.corp.example", false},
		{"X-Kithing", " x", "mx.corp.example", false},
		{"Authentication-Results", " mx.corp.example; none", "mx.corp.example", true},
		{"authentication-RESULTS", "\n\t(a) MX.corp.example 1; spf=pass", "mx.corp.example", true},
		{"Authentication-Results", " mx.corp.example; none", "", false},
		{"Authentication-Results", " other.example; spf=pass smtp.mailfrom=mx.corp.example", "mx.corp.example", false},
		{"ARC-Authentication-Results", " mx.corp.example", "mx.corp.example", false},
	} {
		var l stripList
		l.see(tt.name, tt.value, tt.own)
		if got := len(l.marks) == 1; got != tt.want {
			t.Errorf("%s:%q removed: %v", tt.name, tt.value, got)
		}
	}
}

func TestFieldsOf(t *testing.T) {
	got := fieldsOf([]byte("A: b\r\nnot a field\r\nC: d\r\n\te\r\n\r\nF:\n"))
	want := []field{{"A", " b"}, {"C", " d\n\te"}, {"F", ""}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(field{})); diff != "" {
		t.Error(diff)
	}
}

func FuzzFieldsOf(f *testing.F) {
	f.Add([]byte("A: b\r\n c\r\n"))
	f.Fuzz(func(t *testing.T, block []byte) {
		for _, x := range fieldsOf(block) {
			for i, line := range strings.Split(x.value, "\n") {
				if i > 0 && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
					t.Errorf("value %q ends its field", x.value)
				}
			}
		}
	})
}
