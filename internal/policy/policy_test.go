package policy

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kith/internal/kith"
)

var update = flag.Bool("update", false, "write the golden files anew")

func reason(kind string, part kith.ComponentKind, index int) kith.Contribution {
	return kith.Contribution{Finding: kith.Finding{Kind: kind, Component: kith.Component{Kind: part, Index: index}}, Bits: 5}
}

func step(a kith.Action, part kith.ComponentKind, index int, because string) kith.Step {
	return kith.Step{Action: a, Component: kith.Component{Kind: part, Index: index}, Because: because}
}

func TestPlan(t *testing.T) {
	link, forged, exe := reason("link.text-mismatch", kith.PartLink, 3), reason("sender.own-domain-forged", kith.PartSender, 0), reason("attachment.type-mismatch", kith.PartAttachment, 1)
	silent := reason("link.detour", kith.PartLink, 1)
	silent.Bits = 0.5
	tests := []struct {
		name    string
		ceiling kith.Action
		mail    Mail
		verdict kith.Verdict
		steps   []kith.Step
		carried kith.Action
	}{
		{"calm", kith.ActHold, Mail{}, kith.Verdict{Band: kith.Calm, Class: kith.Normal, Reasons: []kith.Contribution{link}}, nil, kith.ActNone},
		{"a harmful link is locked and the mail arrives", kith.ActHold, Mail{}, kith.Verdict{Band: kith.Harm, Class: kith.Credential, Reasons: []kith.Contribution{link, silent}},
			[]kith.Step{step(kith.ActLockLink, kith.PartLink, 3, "link.text-mismatch")}, kith.ActJunk},
		{"two parts, two actions", kith.ActHold, Mail{}, kith.Verdict{Band: kith.Harm, Class: kith.Malware, Reasons: []kith.Contribution{exe, link}},
			[]kith.Step{step(kith.ActStrip, kith.PartAttachment, 1, "attachment.type-mismatch"), step(kith.ActDoubleLockLink, kith.PartLink, 3, "link.text-mismatch")}, kith.ActJunk},
		{"impersonation is the whole mail", kith.ActHold, Mail{}, kith.Verdict{Band: kith.Harm, Class: kith.Impersonation, Reasons: []kith.Contribution{forged}},
			[]kith.Step{step(kith.ActJunk, kith.PartMessage, 0, "sender.own-domain-forged")}, kith.ActJunk},
		{"suspicious takes nothing away", kith.ActHold, Mail{}, kith.Verdict{Band: kith.Suspicious, Class: kith.Malware, Reasons: []kith.Contribution{exe}},
			[]kith.Step{step(kith.ActBanner, kith.PartAttachment, 1, "attachment.type-mismatch")}, kith.ActAnnotate},
		{"suspicious is never junked, whatever is planned", kith.ActHold, Mail{}, kith.Verdict{Band: kith.Suspicious, Class: kith.Credential, Reasons: []kith.Contribution{link}},
			[]kith.Step{step(kith.ActLockLink, kith.PartLink, 3, "link.text-mismatch")}, kith.ActAnnotate},
		{"signed mail is not edited", kith.ActHold, Mail{Signed: true}, kith.Verdict{Band: kith.Harm, Class: kith.Malware, Reasons: []kith.Contribution{exe, link}},
			[]kith.Step{step(kith.ActJunk, kith.PartMessage, 0, "attachment.type-mismatch")}, kith.ActJunk},
		{"nor is suspicious mail that goes on outside", kith.ActHold, Mail{Forwarded: true}, kith.Verdict{Band: kith.Suspicious, Class: kith.Credential, Reasons: []kith.Contribution{link}},
			[]kith.Step{step(kith.ActAnnotate, kith.PartMessage, 0, "link.text-mismatch")}, kith.ActAnnotate},
		{"a ceiling", kith.ActBanner, Mail{}, kith.Verdict{Band: kith.Harm, Class: kith.Malware, Reasons: []kith.Contribution{exe}},
			[]kith.Step{step(kith.ActBanner, kith.PartAttachment, 1, "attachment.type-mismatch")}, kith.ActAnnotate},
		{"a ceiling just below junk", kith.ActStrip, Mail{}, kith.Verdict{Band: kith.Harm, Class: kith.Malware, Reasons: []kith.Contribution{exe}},
			[]kith.Step{step(kith.ActStrip, kith.PartAttachment, 1, "attachment.type-mismatch")}, kith.ActAnnotate},
		{"a ceiling for signed mail", kith.ActBanner, Mail{Signed: true}, kith.Verdict{Band: kith.Harm, Class: kith.Malware, Reasons: []kith.Contribution{exe}},
			[]kith.Step{step(kith.ActAnnotate, kith.PartMessage, 0, "attachment.type-mismatch")}, kith.ActAnnotate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Policy{Mode: kith.Enforce, Ceiling: tt.ceiling}
			plan := p.Plan(tt.verdict, tt.mail)
			if !reflect.DeepEqual(plan.Steps, tt.steps) {
				t.Errorf("got  %v\nwant %v", plan.Steps, tt.steps)
			}
			if got := p.Carried(tt.verdict, plan); got != tt.carried {
				t.Errorf("carried out: %s, want %s", got, tt.carried)
			}
			p.Mode = kith.Shadow
			shadow := p.Plan(tt.verdict, tt.mail)
			if !reflect.DeepEqual(shadow.Steps, tt.steps) || p.Carried(tt.verdict, shadow) != kith.ActNone {
				t.Errorf("in shadow: %v, carried %s", shadow.Steps, p.Carried(tt.verdict, shadow))
			}
		})
	}
}

func TestPlanProperties(t *testing.T) {
	classes := []kith.Class{kith.Normal, kith.Newsletter, kith.Graymail, kith.Spam, kith.Credential, kith.Impersonation, kith.Payment, kith.Malware, kith.Lateral, kith.Callback, "unheard-of"}
	parts := []kith.ComponentKind{kith.PartMessage, kith.PartSender, kith.PartReplyTo, kith.PartLink, kith.PartAttachment, kith.PartText, "unheard-of"}
	rapid.Check(t, func(t *rapid.T) {
		v := kith.Verdict{Band: rapid.SampledFrom([]kith.Band{kith.Calm, kith.Suspicious, kith.Harm}).Draw(t, "band"), Class: rapid.SampledFrom(classes).Draw(t, "class")}
		kinds := make(map[string]bool)
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			r := reason(rapid.SampledFrom([]string{"a.a", "b.b", "c.c"}).Draw(t, "kind"), rapid.SampledFrom(parts).Draw(t, "part"), rapid.IntRange(0, 2).Draw(t, "index"))
			kinds[r.Finding.Kind] = true
			v.Reasons = append(v.Reasons, r)
		}
		p := Policy{Mode: kith.Enforce, Ceiling: kith.Action(rapid.IntRange(0, int(kith.ActReject)).Draw(t, "ceiling"))}
		m := Mail{Signed: rapid.Bool().Draw(t, "signed"), Forwarded: rapid.Bool().Draw(t, "forwarded")}
		plan := p.Plan(v, m)
		seen := make(map[kith.Component]bool)
		for _, s := range plan.Steps {
			switch {
			case s.Action > p.Ceiling:
				t.Fatalf("%s is above the ceiling %s", s.Action, p.Ceiling)
			case s.Action == kith.ActNone || s.Action == kith.ActReject:
				t.Fatalf("planned %s", s.Action)
			case !kinds[s.Because]:
				t.Fatalf("a step because of %q, which was not found", s.Because)
			case (m.Signed || m.Forwarded) && !whole(s.Action):
				t.Fatalf("%s edits a sealed mail", s.Action)
			case seen[s.Component]:
				t.Fatalf("two steps on %v", s.Component)
			}
			seen[s.Component] = true
		}
		if v.Band == kith.Calm && plan.Steps != nil {
			t.Fatalf("a calm mail has the plan %v", plan.Steps)
		}
		if c := p.Carried(v, plan); c > p.Ceiling || c > kith.ActJunk || c == kith.ActJunk && v.Band != kith.Harm {
			t.Fatalf("carried out %s under ceiling %s for a %s mail", c, p.Ceiling, v.Band)
		}
		if v.Band == kith.Harm && len(v.Reasons) > 0 && p.Ceiling >= kith.ActAnnotate && len(plan.Steps) == 0 {
			t.Fatal("a harmful mail without a plan")
		}
	})
}

// TestTableIsWhole: every class of harm has a row, every cell of it an action,
// and every action the table can name leads down to annotate and none.
func TestTableIsWhole(t *testing.T) {
	for _, c := range []kith.Class{kith.Credential, kith.Impersonation, kith.Payment, kith.Malware, kith.Lateral, kith.Callback} {
		r, ok := harmful[c]
		if !ok || !c.Harmful() {
			t.Errorf("class %s has no row", c)
		}
		for _, part := range []kith.ComponentKind{kith.PartMessage, kith.PartSender, kith.PartReplyTo, kith.PartLink, kith.PartAttachment, kith.PartText} {
			if r.of(part) <= kith.ActAnnotate {
				t.Errorf("harmful %s does nothing about the %s", c, part)
			}
			if r.of(part) <= suspicious.of(part) && r.of(part) != suspicious.of(part) {
				t.Errorf("harmful %s does less about the %s than suspicious", c, part)
			}
		}
	}
	for a := kith.ActReject; a > kith.ActNone; a-- {
		if lighter[a] >= a {
			t.Errorf("%s falls to %s", a, lighter[a])
		}
	}
}

func TestExplain(t *testing.T) {
	got := Default().Explain()
	name := filepath.Join("testdata", "explain.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s (-update writes it anew):\n%s", name, got)
	}
}

func TestCheck(t *testing.T) {
	if err := Default().Check(); err != nil {
		t.Error(err)
	}
	for _, p := range []Policy{{}, {Mode: "loud", Ceiling: kith.ActHold}, {Mode: kith.Shadow, Ceiling: 99}} {
		if p.Check() == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
}
