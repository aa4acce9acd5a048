package pipeline

import (
	"context"
	"fmt"
	"time"

	"kith/internal/detect"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
	"kith/internal/note"
)

// timed calls f and tells how long the stage took.
func (p *Pipeline) timed(stage string, f func()) {
	start := time.Now()
	f()
	p.opt().Took(stage, time.Since(start))
}

// read parses, authenticates and gathers.
func (p *Pipeline) read(ctx context.Context, env *kith.Envelope, raw []byte) *facts.Case {
	var m *mail.Message
	p.timed("parse", func() { m = mail.Parse(raw, p.opt().Limits) })
	n, noted := p.noted(env)
	view := facts.See(p.opt().Border, p.opt().Directory(), m, env)
	if env.Login == "" && view.Way.SignedIn {
		env.Login = view.Way.Login
	}
	var auth mailauth.Result
	switch {
	case noted && n.Auth != nil:
		auth = *n.Auth
	case p.opt().Vouched != nil:
		auth = p.opt().Vouched(ctx, view.AuthInput(raw, env))
	case p.opt().Verifier != nil:
		p.timed("auth", func() { auth = p.opt().Verifier.Verify(ctx, view.AuthInput(raw, env)) })
	}
	var c *facts.Case
	p.timed("facts", func() { c = facts.Gather(view, p.opt().Directory(), m, env, auth, clock(env)) })
	p.know(ctx, c)
	if auth.SPF == mailauth.TempError || auth.DMARC == mailauth.TempError {
		c.Gaps = append(c.Gaps, "dns")
	}
	return c
}

// clock is the time at which a message is judged. A replay judges mail of another
// day, as it was on that day.
func clock(env *kith.Envelope) time.Time {
	if env.Seat == kith.SeatReplay {
		return env.Arrived
	}
	return time.Now()
}

// noted adds what the milter saw under the queue id to what this seat was told;
// what the seat knows itself stands.
func (p *Pipeline) noted(env *kith.Envelope) (note.Note, bool) {
	n, ok := p.opt().Notes.Get(env.QueueID, time.Now())
	if !ok {
		return n, false
	}
	if env.Login == "" {
		env.Login = n.Login
	}
	if !env.Client.Addr.IsValid() {
		env.Client = n.Client
	}
	return n, true
}

// Authenticate runs the authentication stage alone: what the milter on port 25
// does when an LMTP seat judges later. Nothing is known of a message that breaks
// it or holds it up; left is then not nil in the second case, and raw must stay
// valid until it is closed.
func (p *Pipeline) Authenticate(ctx context.Context, env *kith.Envelope, raw []byte) (auth mailauth.Result, left <-chan struct{}) {
	if p.opt().Verifier == nil {
		return auth, nil
	}
	one := p.frozen()
	auth, left = within(ctx, p.opt().Deadline, func(ctx context.Context) mailauth.Result { return one.authenticate(ctx, env, raw) })
	if left != nil {
		p.opt().Log.Error("authentication does not heed the deadline", "queue_id", env.QueueID, "kith", env.ID)
	}
	return auth, left
}

func (p *Pipeline) authenticate(ctx context.Context, env *kith.Envelope, raw []byte) (auth mailauth.Result) {
	defer func() {
		if r := recover(); r != nil {
			p.opt().Log.Error("authentication broke on this message", "queue_id", env.QueueID, "kith", env.ID, "panic", fmt.Sprint(r))
			auth = mailauth.Result{}
		}
	}()
	m := mail.Parse(raw, p.opt().Limits)
	view := facts.See(p.opt().Border, p.opt().Directory(), m, env)
	return p.opt().Verifier.Verify(ctx, view.AuthInput(raw, env))
}

// know brings what was learned to the case. A store that does not answer is a gap:
// nothing is known then, which surprises nobody.
func (p *Pipeline) know(ctx context.Context, c *facts.Case) {
	keeper := p.opt().Habits
	if keeper == nil {
		return
	}
	p.timed("know", func() {
		c.HeaderValues(keeper.Zone())
		if err := keeper.Know(ctx, c); err != nil {
			c.Gaps = append(c.Gaps, "habits")
			p.opt().Log.Warn("habits could not be read", "queue_id", c.Envelope.QueueID, "kith", c.Envelope.ID, "error", err)
		}
	})
}

// learn says what the message may teach. The seat writes it down with the outcome.
func (p *Pipeline) learn(ctx context.Context, out *Outcome, c *facts.Case) {
	keeper := p.opt().Habits
	if keeper == nil {
		return
	}
	p.timed("teach", func() {
		if p.sentCopy(c) {
			c = c.Addressed()
			if keeper.Know(ctx, c) == nil {
				out.Lessons = keeper.Teach(c, out.Judgements, c.Now).One()
			}
			return
		}
		out.Lessons = keeper.Teach(c, out.Judgements, c.Now)
	})
}

// sentCopy reports whether a message is a copy of sent mail that the MTA makes for
// kith to learn from.
func (p *Pipeline) sentCopy(c *facts.Case) bool {
	to := p.opt().SentCopies
	return to != "" && len(c.Rcpts) == 1 && c.SignedIn() && c.Dir.SameAddress(c.Rcpts[0].Given, to)
}

// detect runs the header stage, then the look inside and the content stage.
func (p *Pipeline) detect(ctx context.Context, c *facts.Case) detect.Findings {
	var found detect.Findings
	p.timed("header", func() { found = detect.Run(c, detect.Header) })
	p.timed("look", func() {
		c.Mail.Look(ctx)
		if p.opt().Habits != nil {
			c.ContentValues()
		}
	})
	p.timed("content", func() {
		more := detect.Run(c, detect.Content)
		found.Message = append(found.Message, more.Message...)
		for i := range more.Rcpts {
			found.Rcpts[i] = append(found.Rcpts[i], more.Rcpts[i]...)
		}
	})
	return found
}

// decide makes a verdict and a plan for each recipient. Recipients with no
// findings of their own share one verdict.
func (p *Pipeline) decide(out *Outcome, c *facts.Case, found detect.Findings) {
	shared := p.opt().Judge.Decide(found.Message)
	signed := c.Mail.Signed()
	for i, r := range c.Rcpts {
		v := shared
		if i < len(found.Rcpts) && len(found.Rcpts[i]) > 0 {
			v = p.opt().Judge.Decide(found.For(i))
		}
		person := r.Entry.Address
		if r.Entry.Kind == kith.KindExternal || r.Entry.Kind == kith.KindUnknown {
			person = ""
		}
		v, plan := p.plan(c, v, person, signed)
		out.Judgements = append(out.Judgements, kith.Judgement{Rcpt: r.Given, Person: person, Kind: r.Entry.Kind, Verdict: v, Plan: plan})
	}
}

// gapOf names the gravest gap of a look: the message was judged with what was
// known.
func gapOf(c *facts.Case) string {
	if len(c.Gaps) > 0 {
		return c.Gaps[0]
	}
	return ""
}
