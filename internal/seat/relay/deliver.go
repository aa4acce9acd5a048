package relay

import (
	"bytes"
	"cmp"
	"context"
	"iter"
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
	salt    string        // in the names of a message that has none of its own, see named
	keys    []store.Key   // by index of env.Rcpts
	watch   *ledger.Watch // of keys
	prior   []store.Prior // nil when the store is gone
	out     *pipeline.Outcome
	settled []settled
	lost    bool          // the next hop: the groups that are left do not try it
	took    time.Duration // from the end of the data to the verdict
}

// settled is the end of one recipient's delivery.
type settled struct {
	state kith.State
	reply *smtp.SMTPError // nil: not at its end yet
	doubt bool
}

// run delivers and returns a reply for each of the session's recipients.
func (d *delivery) run() ([]*smtp.SMTPError, error) {
	d.mode = d.s.r.opt.Pipeline.Mode()
	d.settled = make([]settled, len(d.env.Rcpts))
	d.name()
	d.watch = d.s.r.opt.Ledger.Watch(d.keys...)
	defer d.watch.Release()
	if err := d.begin(); err != nil {
		return nil, err
	}
	drill.At("intent")
	if live := d.live(); len(live) > 0 {
		d.judge()
		drill.At("judged")
		d.deliver(live)
	}
	drill.At("outcome")
	return d.replies(), nil
}

// judge has the message judged. A message that was being handled when kith died
// twice is read in a process of its own (the poison rule).
func (d *delivery) judge() {
	start := time.Now()
	ctx, p := context.Background(), d.s.r.opt.Pipeline
	switch {
	case d.prior == nil:
		d.out = p.Unjudged(d.env, "store-gone")
	case d.env.Size > d.s.r.opt.Room.Message:
		d.log.Warn("message is larger than [spool] max_message: it is delivered unread", "size", d.env.Size)
		d.out = p.Unread(d.env, "too-large")
	case d.deaths() >= 2:
		d.log.Warn("kith died twice with this message: it is read apart", "deaths", d.deaths())
		d.out = p.JudgeApart(ctx, d.env, d.raw)
	default:
		d.out = p.Judge(ctx, d.env, d.raw)
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
		return d.salt
	}
	return d.salt + to
}

// deliver sends each group and settles the ledger.
func (d *delivery) deliver(live []int) {
	for _, i := range live {
		if d.prior != nil && d.prior[i].Doubt {
			d.s.r.opt.Count.Doubt(1)
			d.log.Warn("delivering again what was in doubt", "attempt", d.attempt(i), "deaths", d.prior[i].Deaths)
		}
	}
	defer d.enter(live)()
	start := time.Now()
	gs := d.groups(live)
	// The transaction that RCPT built up serves when it holds just this group.
	fresh := len(gs) > 1 || len(live) < len(d.env.Rcpts) || !d.s.whole || d.s.next == nil
	for _, g := range gs {
		d.send(g, fresh)
	}
	d.s.r.opt.Count.Took(d.env.Seat, "next", time.Since(start))
	drill.At("sent")
	d.settle(live)
}

// mailboxPatience is how long a message waits for its mailboxes: several
// deliveries of ordinary length, and well below the sender's own patience
// (Postfix: lmtp_data_done_timeout, 600 s).
const mailboxPatience = time.Minute

// enter waits for the mailboxes of live (see mailboxes).
func (d *delivery) enter(live []int) (leave func()) {
	var names []string
	if d.s.r.opt.OneAtATime {
		dir := d.s.r.opt.Directory()
		for _, i := range live {
			to := d.env.Rcpts[i]
			names = append(names, cmp.Or(dir.Lookup(to).Address, dir.Normalize(to), to))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), mailboxPatience)
	defer cancel()
	return d.s.r.boxes.enter(ctx, names)
}

// body gives the received bytes without the fields that only kith may write.
func (d *delivery) body() iter.Seq[[]byte] {
	switch {
	case d.mode == kith.Enforce:
		return disarm.Runs(d.raw, d.s.r.opt.Pipeline.AuthServID())
	case d.env.Seat == kith.SeatSMTP:
		return func(yield func([]byte) bool) { yield(d.raw) }
	}
	return disarm.Runs(d.raw, "")
}

// send carries one group's transaction out. Every way it can end settles each
// of the group's recipients.
func (d *delivery) send(g group, fresh bool) {
	if d.lost {
		d.endAll(g.who, errLost)
		return
	}
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
	parts := func(yield func([]byte) bool) {
		if yield(g.head) {
			d.body()(yield)
		}
	}
	got, err := d.s.next.send(parts, to, func(addr string, said *smtp.SMTPError) { d.heard(who, addr, said) })
	for _, i := range who {
		said, ok := got[d.env.Rcpts[i]]
		switch {
		case ok:
			d.end(i, said)
		case err == errPartly:
			d.settled[i] = settled{doubt: true, state: kith.StateInDoubt, reply: errDoubt}
		default:
			d.end(i, errLost)
		}
	}
	d.s.r.opt.Count.Next(err == nil)
	if err != nil {
		d.log.Warn("next hop went away", "error", err)
		d.s.drop()
		d.lost = true
	}
}

// restart begins a transaction of its own for a group and returns those whom
// the next hop takes again.
func (d *delivery) restart(who []int) (taken []int) {
	if n := d.s.next; n != nil && n.inTransaction && n.reset() != nil {
		d.s.drop()
	}
	if err := d.s.begin(d.env.MailFrom); err != nil {
		said, _ := asReply(err)
		d.lost = d.s.next == nil
		d.endAll(who, said)
		return nil
	}
	for _, i := range who {
		err := d.s.next.rcpt(d.env.Rcpts[i], d.s.rcptOptions(i))
		said, ok := asReply(err)
		switch {
		case err == nil:
			taken = append(taken, i)
		case ok && said.Code != 421:
			d.end(i, refusal(said))
		default:
			said, _ := asReply(d.s.lost(err))
			d.lost = true
			d.endAll(who, said)
			return nil
		}
	}
	return taken
}

// endAll ends those of who that are not at their end.
func (d *delivery) endAll(who []int, said *smtp.SMTPError) {
	for _, i := range who {
		if d.settled[i].reply == nil {
			d.end(i, said)
		}
	}
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
	d.settled[i] = settled{state: st, reply: said}
}

// replies gives every RCPT its answer, those asked twice included.
func (d *delivery) replies() []*smtp.SMTPError {
	out := make([]*smtp.SMTPError, len(d.s.rcpts))
	for k, rc := range d.s.rcpts {
		out[k] = tagged(d.settled[rc.at].reply, d.env.Rcpts[rc.at], d.env.ID)
	}
	return out
}

// rcptOptions are what the sender said of recipient i, when he named it first.
func (s *session) rcptOptions(i int) *smtp.RcptOptions {
	for _, rc := range s.rcpts {
		if rc.at == i {
			return rc.opts
		}
	}
	return nil
}
