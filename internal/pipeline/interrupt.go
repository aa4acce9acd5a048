package pipeline

import (
	"strings"
	"unicode"

	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/policy"
)

// plan makes the plan for one recipient, within the budget of interruptions: a
// warning that would be one too many at this site becomes a remark. The budget
// never touches what acts on a mail, nor a decisive finding.
func (p *Pipeline) plan(c *facts.Case, v kith.Verdict, person string, signed bool) (kith.Verdict, kith.Plan) {
	o := p.opt()
	plan := o.Policy.Plan(v, policy.Mail{Signed: signed})
	if o.Budget != nil {
		if v.Band == kith.Suspicious && plan.Heaviest() < kith.ActLockLink && !decisive(v) && !o.Budget.Warns(person, v.Score) {
			v.Line = o.Budget.Line(person)
			v.Band, v.Class, v.Changed = kith.Calm, kith.Normal, nil
			plan = o.Policy.Plan(v, policy.Mail{Signed: signed})
		}
		o.Budget.Observe(c.Envelope.Arrived, person, campaign(c), v.Score)
	}
	plan.Done = o.Policy.Carried(v, plan)
	return v, plan
}

func decisive(v kith.Verdict) bool {
	for _, r := range v.Reasons {
		if r.Finding.Group == kith.Decisive && r.Bits > 0 {
			return true
		}
	}
	return false
}

// campaign names what a mail has in common with its copies to others: whose it is
// and what it is about, without the numbers that differ.
func campaign(c *facts.Case) string {
	var b strings.Builder
	b.WriteString(c.AuthorAddr[strings.LastIndexByte(c.AuthorAddr, '@')+1:])
	b.WriteByte(0)
	for _, r := range strings.ToLower(c.Mail.Subject) {
		if unicode.IsLetter(r) {
			b.WriteRune(r)
		}
		if b.Len() > 200 {
			break
		}
	}
	return b.String()
}
