package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/pipeline"
)

// patience is the deadline of one message: far beyond what any takes, so that a
// busy machine does not change what is said.
const patience = 10 * time.Minute

// Options of a replay. Every hook may be nil; all are called in the order of the
// events, from one goroutine, after the predictions of the event are written. An
// error of a hook ends the replay.
type Options struct {
	Delimiter string  // of addresses; "" = none
	Limit     int     // events; 0 = all
	Share     float64 // of the events, from the first; 0 = all
	All       bool    // predictions for messages that are not scored, too
	Clutter   bool    // say also what is unwanted

	// After may learn from a message that was judged. It is not called for
	// submissions that were not really sent.
	After func(ctx context.Context, ev *Event, env *kith.Envelope, out *pipeline.Outcome) error
	Act   func(ctx context.Context, ev *Event) error // an employee did something
	Label func(ctx context.Context, ev *Event) error // a label became known
	Step  func(done, total int)                      // progress, in events
}

// Replay is a set with the pipeline that judges it. Use it once.
type Replay struct {
	o        Options
	set      *Set
	pipeline *pipeline.Pipeline
	people   *directory.Directory
	found    *directory.Discoverer
	voucher  *voucher
	sentBy   map[string]string // mail to the employee who submitted it
	report   Report
}

// New makes the pipeline for a set out of the core of one (what the
// configuration says). Directory, authentication and deadline come from the set
// and from here; notes, pause and the watching hook are not used.
func New(set *Set, core pipeline.Options, o Options) (*Replay, error) {
	r := &Replay{o: o, set: set, found: directory.NewDiscoverer(directory.DiscoverLimits{}), voucher: newVoucher(), sentBy: map[string]string{}}
	var err error
	if r.people, err = set.directory(directory.Options{Delimiter: o.Delimiter, Discovered: r.found}); err != nil {
		return nil, err
	}
	core.Directory = func() *directory.Directory { return r.people }
	core.Verifier, core.Vouched, core.Deadline = nil, r.voucher.vouch, patience
	core.Seen, core.Paused, core.Notes, core.Apart = nil, nil, nil, nil
	r.pipeline = pipeline.New(core)
	return r, nil
}

// Pipeline is the pipeline that judges.
func (r *Replay) Pipeline() *pipeline.Pipeline { return r.pipeline }

// Directory is the set's list of people.
func (r *Replay) Directory() *directory.Directory { return r.people }

// Total is how many events will be played.
func (r *Replay) Total() int {
	n := r.set.Count
	if r.o.Share > 0 {
		n = min(n, int(math.Ceil(r.o.Share*float64(n))))
	}
	if r.o.Limit > 0 {
		n = min(n, r.o.Limit)
	}
	return n
}

// errEnough ends a replay that has played what it was asked for.
var errEnough = errors.New("enough")

// Run plays the events in their order and writes predictions to w, one JSON
// object a line. It can be ended by ctx.
func (r *Replay) Run(ctx context.Context, w io.Writer) (*Report, error) {
	total := r.Total()
	r.report.begin()
	err := r.set.Events(func(ev *Event) error {
		if r.report.Events == total {
			return errEnough
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("ended before event %q: %w", ev.ID, err)
		}
		if err := r.play(ctx, w, ev); err != nil {
			return err
		}
		r.report.Events++
		if r.o.Step != nil {
			r.o.Step(r.report.Events, total)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	r.report.end()
	return &r.report, nil
}

// play plays one event.
func (r *Replay) play(ctx context.Context, w io.Writer, ev *Event) error {
	hook := r.o.Act
	switch ev.Kind {
	case Deliver, Submit:
		return r.message(ctx, w, ev)
	case Label:
		hook = r.o.Label
	}
	if hook == nil {
		return nil
	}
	start := time.Now()
	defer func() { r.report.learned += time.Since(start) }()
	return hook(ctx, ev)
}

// message is the prequential rule: judge, write down, learn.
func (r *Replay) message(ctx context.Context, w io.Writer, ev *Event) error {
	raw, err := r.set.Raw(ev.Mail)
	if err != nil {
		return fmt.Errorf("event %q: %w", ev.ID, err)
	}
	env, known := r.envelope(ev, raw)
	r.voucher.take(ev, env.MailFrom, known)
	start := time.Now()
	out := r.pipeline.Judge(ctx, env, raw)
	r.report.judge = append(r.report.judge, time.Since(start))
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("ended at event %q: %w", ev.ID, err)
	}
	if out.Gap != "" {
		r.report.Gaps++
	}
	if ev.Scored || r.o.All {
		n, err := r.predict(w, ev, out)
		if err != nil {
			return err
		}
		r.report.Predictions += n
	}
	if !ev.Really {
		return nil // nothing may be kept of it
	}
	start = time.Now()
	defer func() { r.report.learn = append(r.report.learn, time.Since(start)) }()
	r.discover(ev, env, out)
	if r.o.After == nil {
		return nil
	}
	return r.o.After(ctx, ev, env, out)
}

// discover does what the running program does with a message: it takes note of
// addresses of ours that no list has.
func (r *Replay) discover(ev *Event, env *kith.Envelope, out *pipeline.Outcome) {
	for _, to := range env.Rcpts {
		r.found.SawRecipient(r.people, to, env.Arrived)
	}
	login := env.Login
	if out.Case != nil {
		login = out.Case.Envelope.Login // as far as the message's own way tells more
	}
	if login != "" {
		r.found.SawSend(r.people, login, env.MailFrom, env.Arrived)
	}
	if ev.Kind == Submit {
		r.sentBy[ev.Mail] = ev.User
	}
}
