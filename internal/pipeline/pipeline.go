// Package pipeline is the only conductor: it calls the rooms in their order
// under one deadline, and it is where the rule "mail flows" lives.
//
// A seat hands it an envelope and bytes and gets an Outcome back, always: a
// judgement for each recipient. What could not be read, or asked in time, is a
// gap in the outcome, and the message then counts as ordinary. Nothing that a
// message holds, and nothing that a neighbour does, makes Judge fail, panic or
// take longer than the deadline.
//
//	mail → mailauth → facts → habits → detect → judge → policy
//
// The costly look inside a message (texts, links, attachments) comes after the
// detectors that need the header alone.
package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"kith/internal/border"
	"kith/internal/budget"
	"kith/internal/detect"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/habits"
	"kith/internal/judge"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
	"kith/internal/note"
	"kith/internal/policy"
	"kith/internal/store"
)

// Options of a pipeline. Store, Verifier, Paused, Apart and Took may be nil.
type Options struct {
	Limits     mail.Limits
	Deadline   time.Duration // for one message, everything together
	Mode       kith.Mode
	Verifier   *mailauth.Verifier // nil: authentication is off
	Directory  func() *directory.Directory
	Border     *border.Trust // our relays
	Judge      *judge.Judge
	Policy     policy.Policy
	AuthServID string

	Habits *habits.Keeper // the learned normal; nil: nothing is known and nothing is learned
	// SentCopies is where the MTA sends a copy of each mail that one of us sends,
	// for kith to learn from; "" = nowhere.
	SentCopies string
	Budget     *budget.Lines // of interruptions; nil = the weights alone say who is warned
	Notes      *note.Board
	Store      *store.Store
	Boot       string
	Paused     func() bool
	Apart      []string // command line that reads one message in a process of its own

	// Vouched is asked instead of Verifier where somebody has looked already: a
	// replay knows what was found when the message came. nil: nobody has.
	Vouched func(context.Context, mailauth.Input) mailauth.Result

	Seen func(*facts.Case) // told of each message that was read: discovery, proposals
	Took func(stage string, d time.Duration)
	Gap  func(kind string)
	Log  *slog.Logger
}

// Pipeline is safe for concurrent use, Reload included: a message is judged by
// the options that were in force when it came.
type Pipeline struct {
	now      atomic.Pointer[Options]
	children chan struct{} // a place for each, see JudgeApart
	heavy    chan struct{} // a place for each large message that is being looked into
}

// A look into a message holds what it decodes: up to mail.Limits, some 30 MB.
// Large messages take turns, so that many at once do not need the memory of all;
// the wait is not part of the deadline, and has an end.
const (
	largeBytes = 1 << 20
	largePlace = 4
	largeWait  = time.Minute
)

// New returns a pipeline.
func New(o Options) *Pipeline {
	if o.Took == nil {
		o.Took = func(string, time.Duration) {}
	}
	if o.Gap == nil {
		o.Gap = func(string) {}
	}
	if o.Paused == nil {
		o.Paused = func() bool { return false }
	}
	if o.Notes == nil {
		o.Notes = note.NewBoard(time.Hour, 1)
	}
	p := &Pipeline{children: make(chan struct{}, maxChildren), heavy: make(chan struct{}, largePlace)}
	p.now.Store(&o)
	return p
}

// Reload takes over what comes from the configuration and leaves the rest.
func (p *Pipeline) Reload(o Options) {
	was := *p.opt()
	o.Notes, o.Store, o.Boot, o.Paused, o.Apart, o.Seen, o.Took, o.Gap = was.Notes, was.Store, was.Boot, was.Paused, was.Apart, was.Seen, was.Took, was.Gap
	o.Habits, o.Budget = was.Habits, was.Budget
	p.now.Store(&o)
}

func (p *Pipeline) opt() *Options { return p.now.Load() }

// Mode says whether plans are carried out now.
func (p *Pipeline) Mode() kith.Mode { return p.opt().Mode }

// AuthServID is our own name in Authentication-Results fields.
func (p *Pipeline) AuthServID() string { return p.opt().AuthServID }

// Judge reads and judges one message within the deadline, or twice of it where a
// stage does not heed it; a large one may wait a minute for its turn. raw must not
// be changed, and must stay valid until Judge has returned and Outcome.Reading, if
// there is one, is closed.
func (p *Pipeline) Judge(ctx context.Context, env *kith.Envelope, raw []byte) *Outcome {
	if p.opt().Paused() {
		return p.Unjudged(env, "paused")
	}
	leave, ok := p.turn(len(raw))
	if !ok {
		return p.Unread(env, "busy")
	}
	one := p.frozen()
	out, left := within(ctx, p.opt().Deadline, func(ctx context.Context) *Outcome {
		defer leave()
		return one.guarded(ctx, env, raw)
	})
	if left != nil {
		p.opt().Log.Error("a stage does not heed the deadline", "queue_id", env.QueueID, "kith", env.ID)
		out = p.Unread(env, "deadline")
		out.Reading = left
	}
	return out
}

// frozen returns a pipeline with the options of now, for one message: a reload in
// the middle must not mix two configurations.
func (p *Pipeline) frozen() *Pipeline {
	one := &Pipeline{children: p.children, heavy: p.heavy}
	one.now.Store(p.opt())
	return one
}

// turn waits until a message of n bytes may be looked into.
func (p *Pipeline) turn(n int) (leave func(), ok bool) {
	if n <= largeBytes {
		return func() {}, true
	}
	wait := time.NewTimer(largeWait)
	defer wait.Stop()
	select {
	case p.heavy <- struct{}{}:
		return func() { <-p.heavy }, true
	case <-wait.C:
		return nil, false
	}
}

// guarded turns a panic of any stage into a gap. A fault while reading a mapped
// spool file (a disk error) is a panic too.
func (p *Pipeline) guarded(ctx context.Context, env *kith.Envelope, raw []byte) (out *Outcome) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			p.opt().Log.Error("a stage broke on this message", "queue_id", env.QueueID, "kith", env.ID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			out = p.Unread(env, "could-not-look")
		}
	}()
	own := *env // the seat's stays as it is, also when a stage is still at work after the deadline
	return p.judge(ctx, &own, raw)
}

// judge is the sentence that the package comment says.
func (p *Pipeline) judge(ctx context.Context, env *kith.Envelope, raw []byte) *Outcome {
	c := p.read(ctx, env, raw)
	found := p.detect(ctx, c)
	out := &Outcome{Case: c, Gap: gapOf(c)}
	p.decide(out, c, found)
	p.learn(ctx, out, c)
	p.tell(c)
	if out.Gap != "" {
		p.opt().Gap(out.Gap)
	}
	out.summarise(c)
	return out
}

// tell hands a judged message to who watches; what breaks there takes nothing
// from the verdict.
func (p *Pipeline) tell(c *facts.Case) {
	if p.opt().Seen == nil {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			p.opt().Log.Error("watching broke on this message", "queue_id", c.Envelope.QueueID, "kith", c.Envelope.ID, "panic", fmt.Sprint(r))
		}
	}()
	p.opt().Seen(c)
}

// Unread is the outcome of a message that nobody could look into though somebody
// would have: that is a finding, and policy says what follows.
func (p *Pipeline) Unread(env *kith.Envelope, gap string) *Outcome {
	out := p.Unjudged(env, gap)
	v := p.opt().Judge.Decide([]kith.Finding{detect.CouldNotLook(gap)})
	// Nobody knows whether it is signed: its parts are left alone as if it were.
	plan := p.opt().Policy.Plan(v, policy.Mail{Signed: true})
	plan.Done = p.opt().Policy.Carried(v, plan)
	for i := range out.Judgements {
		out.Judgements[i].Verdict, out.Judgements[i].Plan = v, plan
	}
	return out
}

// Unjudged is the outcome of a message that nobody looked into.
func (p *Pipeline) Unjudged(env *kith.Envelope, gap string) *Outcome {
	p.opt().Gap(gap)
	out := &Outcome{Gap: gap, Summary: Summary{Direction: kith.UnknownDirection, Why: "not looked at: " + gap}}
	for _, to := range env.Rcpts {
		v := kith.Verdict{Class: kith.Normal, Band: kith.Calm}
		out.Judgements = append(out.Judgements, kith.Judgement{Rcpt: to, Kind: kith.KindUnknown, Verdict: v, Plan: kith.Plan{Mode: p.opt().Mode}})
	}
	return out
}

// Note hands on what a milter seat saw under a queue id (see package note).
func (p *Pipeline) Note(n note.Note) {
	p.opt().Notes.Put(n)
	if p.opt().Store != nil && n.Login != "" {
		if err := note.Save(p.opt().Store, n); err != nil {
			p.opt().Log.Warn("a note could not be kept over a restart", "queue_id", n.QueueID, "error", err)
		}
	}
}
