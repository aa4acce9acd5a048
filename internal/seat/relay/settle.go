package relay

import (
	"context"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/kith"
	"kith/internal/pipeline"
	"kith/internal/store"
)

// name gives each delivery its key.
func (d *delivery) name() {
	ident := d.env.QueueID
	if ident == "" && !named(d.raw) {
		ident, d.salt = d.env.ID, d.env.ID
	}
	d.keys = make([]store.Key, len(d.env.Rcpts))
	for i, to := range d.env.Rcpts {
		d.keys[i] = d.s.r.opt.Ledger.Key(d.digest, d.env.MailFrom, to, ident)
	}
}

// begin writes the intents. When the store is gone the failure policy speaks.
func (d *delivery) begin() error {
	var who []int
	var intents []store.Intent
	for i, to := range d.env.Rcpts {
		if d.watch.Mine(i) {
			who = append(who, i)
			intents = append(intents, store.Intent{Key: d.keys[i], Record: pipeline.Bare(d.env, to)})
		}
	}
	if len(intents) == 0 {
		d.prior = make([]store.Prior, len(d.env.Rcpts))
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.s.r.opt.StoreWait)
	defer cancel()
	start := time.Now()
	prior, err := d.s.r.opt.Ledger.Begin(ctx, intents)
	d.s.r.opt.Count.Took(d.env.Seat, "intent", time.Since(start))
	if err == nil {
		d.s.r.opt.Count.Began(len(intents))
		d.prior = make([]store.Prior, len(d.env.Rcpts))
		for k, i := range who {
			d.prior[i] = prior[k]
		}
		return nil
	}
	if d.s.r.opt.Failure == Defer {
		d.log.Error("store is gone, mail is deferred", "error", err)
		return reply(451, smtp.EnhancedCode{4, 3, 0}, "kith's store is not available; try again later")
	}
	d.log.Error("store is gone, mail is delivered unjudged", "error", err)
	d.s.r.opt.Count.Unledged()
	return nil
}

// live settles what needs no delivery, and returns the recipients that are left:
// what the ledger knows to be delivered is answered from memory, and what another
// transaction is at work on is put off.
func (d *delivery) live() []int {
	var live []int
	for i := range d.env.Rcpts {
		words, known := d.watch.Known(i)
		if d.prior != nil && d.prior[i].Seen && d.prior[i].State == store.Confirmed {
			words, known = d.prior[i].Reply, true
		}
		switch {
		case known:
			d.settled[i] = settled{state: kith.StateDelivered, reply: success("2.0.0 delivered before: " + words)}
			d.s.r.opt.Count.Answered(1)
			d.log.Info("answered from memory: the next hop has this copy")
		case d.prior != nil && d.prior[i].Elsewhere:
			d.settled[i] = settled{state: kith.StateDeferred, reply: errBusy}
			d.log.Warn("put off: another node is at work on this copy")
		case !d.watch.Mine(i):
			d.settled[i] = settled{state: kith.StateDeferred, reply: errBusy}
			d.log.Warn("put off: an earlier attempt of the sender is still under way")
		default:
			live = append(live, i)
		}
	}
	return live
}

// heard notes a reply the moment it comes.
func (d *delivery) heard(who []int, addr string, said *smtp.SMTPError) {
	for _, i := range who {
		if d.env.Rcpts[i] == addr && said.Code/100 == 2 {
			d.watch.Heard(store.Settled{Key: d.keys[i], Attempt: d.attempt(i), State: store.Confirmed, Reply: words(said)})
		}
	}
}

func (d *delivery) attempt(i int) int {
	if d.prior == nil {
		return 0
	}
	return d.prior[i].Attempts + 1
}

// settle writes the outcomes. A failure here changes no answer: what the next
// hop has taken is taken.
func (d *delivery) settle(live []int) {
	out := make([]store.Settled, 0, len(live))
	taught := d.out.Lessons
	for _, i := range live {
		e := d.settled[i]
		rec := d.out.Record(d.env, i)
		rec.State, rec.Reply, rec.Attempts, rec.Took = e.state, words(e.reply), max(1, d.attempt(i)), d.took
		st := store.Failed
		if e.reply.Code/100 == 2 {
			st = store.Confirmed
		}
		s := store.Settled{Key: d.keys[i], Attempt: d.attempt(i), State: st, Doubt: e.doubt, Reply: rec.Reply, Record: rec}
		if st == store.Confirmed && !e.doubt {
			s.Lessons = taught.Take(i)
		}
		out = append(out, s)
		d.s.r.opt.Count.Outcome(d.env.Seat, e.state)
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.s.r.opt.StoreWait)
	defer cancel()
	start := time.Now()
	if err := d.watch.Settle(ctx, out); err != nil {
		d.s.r.opt.Count.Waiting()
		d.log.Error("outcomes wait for the store", "error", err)
	} else {
		d.s.r.opt.Count.Settled(len(out))
	}
	d.s.r.opt.Count.Took(d.env.Seat, "outcome", time.Since(start))
	d.teachAgain()
	d.tell(live)
}

// teachAgain writes down what copies teach that were answered from memory: the
// process that delivered them may have died between the next hop's answer and the
// lesson. What was learned already is learned once.
func (d *delivery) teachAgain() {
	var lessons []store.Lesson
	for i := range d.env.Rcpts {
		if d.settled[i].state == kith.StateDelivered {
			lessons = append(lessons, d.out.Lessons.Take(i)...)
		}
	}
	d.s.r.opt.Pipeline.Learn(lessons)
}

// tell logs one line for the message: no addresses at this level.
func (d *delivery) tell(live []int) {
	states := map[kith.State]int{}
	for _, i := range live {
		states[d.settled[i].state]++
	}
	args := []any{"size", d.env.Size, "direction", d.out.Direction(), "took_ms", time.Since(d.env.Arrived).Milliseconds()}
	for st, n := range states {
		args = append(args, string(st), n)
	}
	if d.out.Gap != "" {
		args = append(args, "gap", d.out.Gap)
	}
	d.log.Info("message", args...)
}
