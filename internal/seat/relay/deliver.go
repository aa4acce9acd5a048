package relay

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/disarm"
	"kith/internal/drill"
	"kith/internal/kith"
	"kith/internal/ledger"
	"kith/internal/pipeline"
	"kith/internal/store"
)

// delivery is the second half of a transaction: the message is spooled, its
// recipients are known, and nobody has been answered.
type delivery struct {
	s      *session
	env    *kith.Envelope // Rcpts: each address once
	raw    []byte
	digest [32]byte
	log    *slog.Logger

	mode    kith.Mode     // one for the whole message, also when a reload comes between
	keys    []store.Key   // by index of env.Rcpts
	prior   []store.Prior // nil when the store is gone
	out     *pipeline.Outcome
	settled []settled
	took    time.Duration // from the end of the data to the verdict
}

// settled is the end of one recipient's delivery.
type settled struct {
	done  bool
	state kith.State
	reply *smtp.SMTPError
	doubt bool
}

// run delivers and returns a reply for each of the session's recipients.
func (d *delivery) run() ([]*smtp.SMTPError, error) {
	d.mode = d.s.r.opt.Pipeline.Mode()
	d.settled = make([]settled, len(d.env.Rcpts))
	if err := d.begin(); err != nil {
		return nil, err
	}
	drill.At("intent")
	if live := d.answerFromMemory(); len(live) > 0 {
		d.judge()
		drill.At("judged")
		d.deliver(live)
	} else if err := d.s.next.reset(); err != nil {
		d.s.drop()
	}
	drill.At("outcome")
	return d.replies(), nil
}

// begin writes the intents. When the store is gone the failure policy speaks.
func (d *delivery) begin() error {
	intents := make([]store.Intent, len(d.env.Rcpts))
	d.keys = make([]store.Key, len(d.env.Rcpts))
	for i, to := range d.env.Rcpts {
		d.keys[i] = d.s.r.opt.Ledger.Key(d.digest, d.env.MailFrom, to, d.env.QueueID)
		intents[i] = store.Intent{Key: d.keys[i], Record: pipeline.Bare(d.env, to)}
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.s.r.opt.StoreWait)
	defer cancel()
	start := time.Now()
	prior, err := d.s.r.opt.Ledger.Begin(ctx, intents)
	d.s.r.opt.Count.Took(d.env.Seat, "intent", time.Since(start))
	if err == nil {
		d.prior = prior
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

// answerFromMemory settles what the ledger knows to be delivered and returns
// the recipients that are left.
func (d *delivery) answerFromMemory() []int {
	var live []int
	for i := range d.env.Rcpts {
		if d.prior == nil || !d.prior[i].Seen || d.prior[i].State != store.Confirmed {
			live = append(live, i)
			continue
		}
		d.settled[i] = settled{done: true, state: kith.StateDelivered, reply: success("2.0.0 delivered before: " + d.prior[i].Reply)}
		d.s.r.opt.Count.Answered(1)
		d.log.Info("answered from memory: the next hop has this copy")
	}
	return live
}

// judge has the message judged. A message that was being handled when kith died
// twice is read in a process of its own (the poison rule).
func (d *delivery) judge() {
	start := time.Now()
	ctx := context.Background()
	switch {
	case d.prior == nil:
		d.out = d.s.r.opt.Pipeline.Unjudged(d.env, "store-gone")
	case d.deaths() >= 2:
		d.log.Warn("kith died twice with this message: it is read apart", "deaths", d.deaths())
		d.out = d.s.r.opt.Pipeline.JudgeApart(ctx, d.env, d.raw)
	default:
		d.out = d.s.r.opt.Pipeline.Judge(ctx, d.env, d.raw)
	}
	d.took = time.Since(d.env.Arrived)
	d.s.r.opt.Count.Took(d.env.Seat, "judge", time.Since(start))
	d.s.r.opt.Count.Judged(d.env, d.out)
}

func (d *delivery) deaths() int {
	n := 0
	for _, p := range d.prior {
		n = max(n, p.Deaths)
	}
	return n
}

// group is a set of recipients whose output bytes are equal.
type group struct {
	head []byte // what is put in front of the body
	who  []int  // indexes of env.Rcpts
}

// groups makes the output of each recipient and joins the equal ones. The part
// of the message behind head is the same for all: the received bytes without
// the fields that nobody outside may set.
func (d *delivery) groups(live []int) []group {
	var gs []group
	for _, i := range live {
		head := d.head(i)
		found := false
		for g := range gs {
			if bytes.Equal(gs[g].head, head) {
				gs[g].who = append(gs[g].who, i)
				found = true
				break
			}
		}
		if !found {
			gs = append(gs, group{head: head, who: []int{i}})
		}
	}
	return gs
}

// head is the block that kith adds for one recipient: in shadow the id alone,
// and nothing at the SMTP seat.
func (d *delivery) head(i int) []byte {
	id := d.s.r.opt.Ledger.KithID(d.digest, d.env.MailFrom, d.idPart(d.env.Rcpts[i]))
	switch {
	case d.mode == kith.Enforce:
		return d.s.r.opt.Pipeline.Head(id, d.env, d.out, i, d.raw)
	case d.env.Seat == kith.SeatSMTP:
		return nil
	}
	return disarm.IDBlock(id, d.raw)
}

// idPart keeps the copies of two addresses of one mailbox apart (see
// ledger.KithID).
func (d *delivery) idPart(to string) string {
	if d.s.r.opt.Directory().Plain(to) {
		return ""
	}
	return to
}

// deliver sends each group and settles the ledger.
func (d *delivery) deliver(live []int) {
	watch := d.s.r.opt.Ledger.Watch()
	defer watch.Release()
	for _, i := range live {
		if d.prior != nil && d.prior[i].Doubt {
			d.s.r.opt.Count.Doubt(1)
			d.log.Warn("delivering again what was in doubt", "attempt", d.attempt(i), "deaths", d.prior[i].Deaths)
		}
	}
	start := time.Now()
	body := d.body()
	gs := d.groups(live)
	// The transaction that RCPT built up serves when it holds just this group.
	fresh := len(gs) > 1 || len(live) < len(d.env.Rcpts)
	for _, g := range gs {
		d.send(watch, g, body, fresh)
	}
	d.s.r.opt.Count.Took(d.env.Seat, "next", time.Since(start))
	drill.At("sent")
	d.settle(watch, live)
}

// body returns the received bytes without the fields that only kith may write.
func (d *delivery) body() []byte {
	switch {
	case d.mode == kith.Enforce:
		return disarm.Clean(d.raw, d.s.r.opt.Pipeline.AuthServID())
	case d.env.Seat == kith.SeatSMTP:
		return d.raw
	}
	return disarm.Clean(d.raw, "")
}

// send carries one group's transaction out. Every way it can end settles each
// of the group's recipients.
func (d *delivery) send(watch *ledger.Watch, g group, body []byte, fresh bool) {
	who := g.who
	if fresh {
		if who = d.restart(g.who); len(who) == 0 {
			return
		}
	}
	to := make([]string, len(who))
	for k, i := range who {
		to[k] = d.env.Rcpts[i]
	}
	tell := func(addr string, said *smtp.SMTPError) { d.heard(watch, who, addr, said) }
	got, err := d.s.next.send([][]byte{g.head, body}, to, tell)
	for _, i := range who {
		said, ok := got[d.env.Rcpts[i]]
		switch {
		case ok:
			d.end(i, said)
		case err == errPartly:
			d.settled[i] = settled{done: true, doubt: true, state: kith.StateInDoubt, reply: reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost the next mail server behind the message; try again later")}
		default:
			d.end(i, reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost the next mail server; try again later"))
		}
	}
	d.s.r.opt.Count.Next(err == nil)
	if err != nil {
		d.log.Warn("next hop went away", "error", err)
		d.s.drop()
	}
}

// restart begins a transaction of its own for a group and returns those whom
// the next hop takes again.
func (d *delivery) restart(who []int) (taken []int) {
	failed := func(from int, err error) []int {
		said, ok := asReply(err)
		if !ok {
			said = reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost the next mail server; try again later")
			d.s.drop()
		}
		for _, i := range who[from:] {
			d.end(i, said)
		}
		return nil
	}
	if d.s.next != nil && d.s.next.inTransaction {
		if err := d.s.next.reset(); err != nil {
			d.s.drop()
		}
	}
	if err := d.s.connect(); err != nil {
		return failed(0, err)
	}
	if err := d.s.next.mail(d.env.MailFrom, d.s.opts, d.s.forwarded()); err != nil {
		return failed(0, err)
	}
	for k, i := range who {
		err := d.s.next.rcpt(d.env.Rcpts[i], d.s.rcptOptions(d.env.Rcpts[i]))
		if said, ok := asReply(err); ok {
			d.end(i, said)
		} else if err != nil {
			for _, j := range taken {
				d.end(j, reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost the next mail server; try again later"))
			}
			return failed(k, err)
		} else {
			taken = append(taken, i)
		}
	}
	return taken
}

// end settles a recipient by the next hop's words.
func (d *delivery) end(i int, said *smtp.SMTPError) {
	st := kith.StateDeferred
	switch said.Code / 100 {
	case 2:
		st = kith.StateDelivered
		if d.out.Folder(i) != "" {
			st = kith.StateJunked
		}
	case 5:
		st = kith.StateRefused
	}
	d.settled[i] = settled{done: true, state: st, reply: said}
}

// heard notes a reply the moment it comes.
func (d *delivery) heard(watch *ledger.Watch, who []int, addr string, said *smtp.SMTPError) {
	for _, i := range who {
		if d.env.Rcpts[i] == addr && said.Code/100 == 2 {
			watch.Heard(store.Settled{Key: d.keys[i], Attempt: d.attempt(i), State: store.Confirmed, Reply: words(said)})
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
func (d *delivery) settle(watch *ledger.Watch, live []int) {
	out := make([]store.Settled, 0, len(live))
	for _, i := range live {
		e := d.settled[i]
		rec := d.out.Record(d.env, i)
		rec.State, rec.Reply, rec.Attempts, rec.Took = e.state, words(e.reply), max(1, d.attempt(i)), d.took
		st := store.Failed
		if e.reply.Code/100 == 2 {
			st = store.Confirmed
		}
		out = append(out, store.Settled{Key: d.keys[i], Attempt: d.attempt(i), State: st, Doubt: e.doubt, Reply: rec.Reply, Record: rec})
		d.s.r.opt.Count.Outcome(d.env.Seat, e.state)
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.s.r.opt.StoreWait)
	defer cancel()
	start := time.Now()
	if err := watch.Settle(ctx, out); err != nil {
		d.s.r.opt.Count.Waiting()
		d.log.Error("outcomes wait for the store", "error", err)
	}
	d.s.r.opt.Count.Took(d.env.Seat, "outcome", time.Since(start))
	d.tell(live)
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

// replies gives every RCPT its answer, those asked twice included.
func (d *delivery) replies() []*smtp.SMTPError {
	byAddr := make(map[string]*smtp.SMTPError, len(d.env.Rcpts))
	for i, to := range d.env.Rcpts {
		byAddr[to] = tagged(d.settled[i].reply, to, d.env.ID)
	}
	out := make([]*smtp.SMTPError, len(d.s.rcpts))
	for k, rc := range d.s.rcpts {
		out[k] = byAddr[rc.addr]
	}
	return out
}

func (s *session) rcptOptions(to string) *smtp.RcptOptions {
	for _, rc := range s.rcpts {
		if rc.addr == to {
			return rc.opts
		}
	}
	return nil
}
