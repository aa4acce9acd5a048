package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kith/internal/kith"
)

// Policy is what a site has chosen. The zero value is not useful; start from
// Default.
type Policy struct {
	Mode    kith.Mode
	Ceiling kith.Action // nothing heavier is ever planned
}

// Default is what ships: shadow, and nothing heavier than holding a message
// back.
func Default() Policy { return Policy{Mode: kith.Shadow, Ceiling: kith.ActHold} }

// Check reports, in one line, what is wrong with a policy.
func (p Policy) Check() error {
	if p.Mode != kith.Shadow && p.Mode != kith.Enforce {
		return fmt.Errorf("policy: mode %q; say %q or %q", p.Mode, kith.Shadow, kith.Enforce)
	}
	if p.Ceiling < kith.ActNone || p.Ceiling > kith.ActReject {
		return fmt.Errorf("policy: ceiling %d is no action; say one of none, annotate, banner, … hold", p.Ceiling)
	}
	return nil
}

// Mail is what policy must know of a message beyond its verdict.
type Mail struct {
	Signed    bool // S/MIME or OpenPGP, signed or encrypted: its content is never edited
	Forwarded bool // the recipient's copy goes on outside, where an edit would break its proof
}

// least is the contribution in bits below which a finding asks for nothing: a
// remark that makes harm less than twice as likely is no reason to touch the
// part that it is about.
const least = 1.0

// Plan decides what is done for one recipient. It depends on nothing but its
// arguments, and the plan is the same in both modes but for its Mode.
func (p Policy) Plan(v kith.Verdict, m Mail) kith.Plan {
	plan := kith.Plan{Mode: p.Mode}
	r, acts := rowFor(v)
	if !acts {
		return plan
	}
	sealed := m.Signed || m.Forwarded
	for _, c := range v.Reasons {
		if c.Bits < least {
			continue
		}
		part := c.Finding.Component
		act := r.of(part.Kind)
		if sealed && !whole(act) {
			act = wholeFor(v.Band)
		}
		act = p.under(act, sealed)
		if act == kith.ActNone {
			continue
		}
		if whole(act) {
			part = kith.Component{Kind: kith.PartMessage}
		}
		plan.Steps = add(plan.Steps, kith.Step{Action: act, Component: part, Because: c.Finding.Kind})
	}
	slices.SortStableFunc(plan.Steps, func(a, b kith.Step) int {
		return cmp.Or(cmp.Compare(b.Action, a.Action), cmp.Compare(a.Component.Kind, b.Component.Kind), cmp.Compare(a.Component.Index, b.Component.Index))
	})
	return plan
}

// rowFor returns the row of the table that a verdict falls under.
func rowFor(v kith.Verdict) (row, bool) {
	switch v.Band {
	case kith.Harm:
		if r, ok := harmful[v.Class]; ok {
			return r, true
		}
		if r, ok := unwanted[v.Class]; ok {
			return r, true
		}
		return suspicious, true // harm of no class that the table knows: people are told
	case kith.Suspicious:
		return suspicious, true
	}
	return row{}, false
}

// wholeFor is the action on the whole message that is sufficient where its
// parts may not be touched.
func wholeFor(b kith.Band) kith.Action {
	if b == kith.Harm {
		return kith.ActJunk
	}
	return kith.ActAnnotate
}

// under returns the heaviest action that does what a does as far as the
// ceiling allows.
func (p Policy) under(a kith.Action, sealed bool) kith.Action {
	for a > p.Ceiling || sealed && !whole(a) {
		a = lighter[a]
	}
	return a
}

// add keeps one step for each component: the heavier one, and of two equal ones
// the first, which the stronger finding asked for. A component under a heavier
// step needs no lighter one (a mail in Junk still gets its links locked, as
// these are other components).
func add(steps []kith.Step, s kith.Step) []kith.Step {
	for i := range steps {
		if steps[i].Component == s.Component {
			if s.Action > steps[i].Action {
				steps[i] = s
			}
			return steps
		}
	}
	return append(steps, s)
}

// Carried returns the one thing that the seats do today about a plan: nothing,
// a note in the header (ActAnnotate), or the note and the Junk folder
// (ActJunk). Steps that cannot be carried out yet, as locking a link, fall to
// the sufficient one of these: a harmful mail goes to Junk if the ceiling
// allows that, any other keeps its place and is annotated. In shadow mode it is
// always ActNone.
func (p Policy) Carried(v kith.Verdict, plan kith.Plan) kith.Action {
	heaviest := plan.Heaviest()
	switch {
	case plan.Mode != kith.Enforce || heaviest == kith.ActNone:
		return kith.ActNone
	case p.Ceiling >= kith.ActJunk && (heaviest == kith.ActJunk || heaviest >= kith.ActUnspoof && v.Band == kith.Harm):
		return kith.ActJunk
	}
	return kith.ActAnnotate
}

// Explain writes the policy as a table for people: a line for each class, what
// is done to each part, and what the ceiling makes of it.
func (p Policy) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mode     %s%s\n", p.Mode, map[kith.Mode]string{kith.Shadow: " (plans are recorded, nothing is done)", kith.Enforce: " (plans are carried out)"}[p.Mode])
	fmt.Fprintf(&b, "ceiling  %s (nothing heavier is planned)\n\n", p.Ceiling)
	const line = "%-22s %-12s %-12s %-12s %-18s %-19s %s\n"
	fmt.Fprintf(&b, line, "mail", "sender", "reply-to", "text", "link", "attachment", "message")
	write := func(name string, r row) {
		cell := func(a kith.Action) string { return p.under(a, false).String() }
		fmt.Fprintf(&b, line, name, cell(r.sender), cell(r.replyTo), cell(r.text), cell(r.link), cell(r.attachment), cell(r.message))
	}
	for _, c := range []kith.Class{kith.Credential, kith.Impersonation, kith.Payment, kith.Malware, kith.Lateral, kith.Callback} {
		write("harmful: "+string(c), harmful[c])
	}
	write("suspicious", suspicious)
	write("calm", row{})
	b.WriteString("\nSigned or encrypted mail, and mail that is forwarded outside, is never edited: harmful goes to junk or hold, suspicious is annotated.\n")
	b.WriteString("Today's seats carry out annotate and junk. What else is planned is recorded; a harmful mail with such a step goes to junk.\n")
	return b.String()
}
