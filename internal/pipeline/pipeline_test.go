package pipeline

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kith/internal/border"
	"kith/internal/detect"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/judge"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
	"kith/internal/note"
	"kith/internal/policy"
	"kith/internal/resolve"
	"kith/internal/resolve/resolvetest"
	"kith/internal/store"
)

const plainMail = "From: Ann <ann@vendor.example>\r\nTo: tim@corp.test\r\nSubject: hello\r\nMessage-ID: <1@vendor.example>\r\n\r\nHi Tim.\r\n"

// harmfulMail carries an encoded script, which is decisive.
const harmfulMail = "From: Ann <ann@vendor.example>\r\nTo: tim@corp.test\r\nSubject: invoice\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the invoice.\r\n" +
	"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"invoice.vbe\"\r\n\r\n#@~^DgAAAA==\\ko$K6,JCV^GJqAQAAA==^#~@\r\n--b--\r\n"

// gapCount is a place to count gaps from many goroutines.
type gapCount struct {
	mu   sync.Mutex
	seen []string
}

func (g *gapCount) add(kind string) { g.mu.Lock(); g.seen = append(g.seen, kind); g.mu.Unlock() }

func (g *gapCount) all() string { g.mu.Lock(); defer g.mu.Unlock(); return strings.Join(g.seen, " ") }

// options are those of a site with one employee and authentication off.
func options(t *testing.T) Options {
	t.Helper()
	dir, err := directory.New(directory.Options{Domains: []string{"corp.test"}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.Default(detect.Classes())
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Limits: mail.DefaultLimits(), Deadline: time.Minute, Mode: kith.Enforce, Judge: j,
		Policy: policy.Policy{Mode: kith.Enforce, Ceiling: kith.ActHold}, Border: new(border.Trust),
		Directory: func() *directory.Directory { return dir }, Log: slog.New(slog.DiscardHandler),
	}
}

func envelope() *kith.Envelope {
	return &kith.Envelope{ID: "k1", Seat: kith.SeatLMTP, QueueID: "Q1", Arrived: time.Now(), MailFrom: "ann@vendor.example", Rcpts: []string{"tim@corp.test", "eva@corp.test"}}
}

// flows demands an outcome with a judgement for each recipient: what a seat
// needs to go on.
func flows(t *testing.T, out *Outcome, env *kith.Envelope, gap string) {
	t.Helper()
	if out == nil || len(out.Judgements) != len(env.Rcpts) {
		t.Fatalf("outcome %+v does not judge for %d recipients", out, len(env.Rcpts))
	}
	if out.Gap != gap {
		t.Errorf("gap is %q, want %q", out.Gap, gap)
	}
	for i, j := range out.Judgements {
		if j.Rcpt != env.Rcpts[i] || out.Record(env, i).Rcpt != env.Rcpts[i] {
			t.Errorf("judgement %d is for %q, want %q", i, j.Rcpt, env.Rcpts[i])
		}
		if j.Plan.Mode != kith.Enforce {
			t.Errorf("plan %d is of mode %q", i, j.Plan.Mode)
		}
	}
}

// saysCouldNotLook demands the finding that says so.
func saysCouldNotLook(t *testing.T, out *Outcome) {
	t.Helper()
	for _, j := range out.Judgements {
		if len(j.Verdict.Reasons) != 1 || j.Verdict.Reasons[0].Finding.Kind != "message.could-not-look" || j.Verdict.Band == kith.Harm {
			t.Errorf("verdict is %+v, want could-not-look alone and no harm", j.Verdict)
		}
	}
}

func TestJudge(t *testing.T) {
	p := New(options(t))
	env := envelope()
	env.Client.Addr = netip.MustParseAddr("192.0.2.7")
	out := p.Judge(context.Background(), env, []byte(plainMail))
	flows(t, out, env, "")
	if v := out.Judgements[0].Verdict; v.Band != kith.Calm || out.Folder(0) != "" {
		t.Errorf("a plain mail is %+v", v)
	}
	r := out.Record(env, 0)
	if r.Subject != "hello" || r.MessageID != "1@vendor.example" || r.From != "ann@vendor.example" || r.Direction != kith.Inbound {
		t.Errorf("record is %+v", r)
	}
	out = p.Judge(context.Background(), env, []byte(harmfulMail))
	flows(t, out, env, "")
	if v := out.Judgements[1].Verdict; v.Band != kith.Harm || v.Class != kith.Malware || out.Folder(1) != "Junk" {
		t.Errorf("an encoded script is %+v with %+v", v, out.Judgements[1].Plan)
	}
}

// Whatever breaks, the message has an outcome.
func TestAStageThatPanicsIsAGap(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"directory": func(o *Options) { o.Directory = func() *directory.Directory { panic("the directory broke") } },
		"times":     func(o *Options) { o.Took = func(string, time.Duration) { panic("the figures broke") } },
		"address": func(o *Options) {
			o.Directory = func() *directory.Directory { var p *int; _ = *p; return nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, gaps := options(t), new(gapCount)
			o.Gap = gaps.add
			spoil(&o)
			env := envelope()
			out := New(o).Judge(context.Background(), env, []byte(plainMail))
			flows(t, out, env, "could-not-look")
			saysCouldNotLook(t, out)
			if gaps.all() != "could-not-look" {
				t.Errorf("gaps counted: %s", gaps.all())
			}
		})
	}
}

// Who watches is not the judge.
func TestAWatcherThatPanicsTakesNothingFromTheVerdict(t *testing.T) {
	o := options(t)
	o.Seen = func(*facts.Case) { panic("watching broke") }
	env := envelope()
	out := New(o).Judge(context.Background(), env, []byte(harmfulMail))
	flows(t, out, env, "")
	if out.Judgements[0].Verdict.Band != kith.Harm {
		t.Errorf("the verdict is %+v", out.Judgements[0].Verdict)
	}
}

// A resolver that says nothing costs the deadline and no more, and what is in
// the message is judged all the same.
func TestDeadlineWithASilentResolver(t *testing.T) {
	dns := resolvetest.New(t)
	dns.Odd("", resolvetest.Silent)
	r, err := resolve.New(resolve.Options{Servers: []string{dns.Addr}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	o, gaps := options(t), new(gapCount)
	o.Deadline, o.Gap = 300*time.Millisecond, gaps.add
	o.Verifier = mailauth.New(mailauth.Options{Resolver: r, Deadline: time.Minute})
	env := envelope()
	env.Client.Addr = netip.MustParseAddr("192.0.2.7")
	start := time.Now()
	out := New(o).Judge(context.Background(), env, []byte(harmfulMail))
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v by a deadline of %v", took, o.Deadline)
	}
	flows(t, out, env, "dns")
	if gaps.all() != "dns" {
		t.Errorf("gaps counted: %s", gaps.all())
	}
}

// A stage that does not heed the deadline is left behind after as long again,
// and what it does later reaches nobody.
func TestAStageThatHangsIsLeftBehind(t *testing.T) {
	o := options(t)
	o.Deadline = 50 * time.Millisecond
	release, left := make(chan struct{}), make(chan struct{})
	dir := o.Directory()
	o.Directory = func() *directory.Directory { <-release; return dir }
	o.Seen = func(*facts.Case) { close(left) }
	o.Notes = note.NewBoard(time.Hour, 10)
	o.Notes.Put(note.Note{QueueID: "Q1", Login: "late", At: time.Now()})
	env := envelope()
	start := time.Now()
	out := New(o).Judge(context.Background(), env, []byte(harmfulMail))
	if took := time.Since(start); took < 2*o.Deadline || took > 10*time.Second {
		t.Errorf("took %v, want twice the deadline of %v", took, o.Deadline)
	}
	flows(t, out, env, "deadline")
	saysCouldNotLook(t, out)
	select {
	case <-out.Reading:
		t.Error("the bytes may go, though the stage still reads them")
	default:
	}
	close(release)
	<-left
	<-out.Reading
	if env.Login != "" {
		t.Error("the stage that was left behind changed the seat's envelope")
	}
}

// A leapt wall clock is not time that passed.
func TestDeadlineIsMeasuredByTheMonotonicClock(t *testing.T) {
	env := envelope()
	env.Arrived = time.Now().AddDate(20, 0, 0) // the seat's clock was years ahead
	o := options(t)
	o.Deadline = 10 * time.Second
	flows(t, New(o).Judge(context.Background(), env, []byte(plainMail)), env, "")
}

func TestNobodyReadsOnBehindAnOrdinaryMessage(t *testing.T) {
	if out := New(options(t)).Judge(context.Background(), envelope(), []byte(plainMail)); out.Reading != nil {
		t.Error("somebody still reads")
	}
}

// Many large messages at once do not need the memory of all of them.
func TestLargeMessagesTakeTurns(t *testing.T) {
	o := options(t)
	var now, most atomic.Int32
	dir := o.Directory()
	o.Directory = func() *directory.Directory {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Millisecond)
		now.Add(-1)
		return dir
	}
	p := New(o)
	raw := []byte(plainMail + strings.Repeat("a line of the text\r\n", largeBytes/20))
	var wg sync.WaitGroup
	for range 4 * largePlace {
		wg.Go(func() { flows(t, p.Judge(context.Background(), envelope(), raw), envelope(), "") })
	}
	wg.Wait()
	if most.Load() > largePlace {
		t.Errorf("%d at once", most.Load())
	}
	if len(p.heavy) != 0 {
		t.Error("a place is lost")
	}
}

func TestPaused(t *testing.T) {
	o, gaps := options(t), new(gapCount)
	looked := false
	o.Paused, o.Gap = func() bool { return true }, gaps.add
	o.Directory = func() *directory.Directory { looked = true; return nil }
	o.Apart = []string{"/nonexistent"}
	p, env := New(o), envelope()
	for _, out := range []*Outcome{p.Judge(context.Background(), env, []byte(harmfulMail)), p.JudgeApart(context.Background(), env, []byte(harmfulMail))} {
		flows(t, out, env, "paused")
		for i, j := range out.Judgements {
			if j.Verdict.Band != kith.Calm || len(j.Verdict.Reasons) > 0 || len(j.Plan.Steps) > 0 || out.Folder(i) != "" {
				t.Errorf("a paused kith judged: %+v", j)
			}
		}
	}
	if looked || gaps.all() != "paused paused" {
		t.Errorf("looked %v, gaps %s", looked, gaps.all())
	}
}

// What the milter saw under a queue id reaches the record of the LMTP seat:
// who signed in, and with it the direction.
func TestLoginOfTheMilterReachesTheRecord(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "k.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	o := options(t)
	o.Store, o.Notes = st, note.NewBoard(time.Hour, 10)
	p := New(o)
	client := kith.Client{Addr: netip.MustParseAddr("198.51.100.9"), Helo: "laptop"}
	p.Note(note.Note{QueueID: "Q1", Login: "ann", Client: client, MailFrom: "ann@corp.test", At: time.Now()})

	env := envelope()
	env.MailFrom = "ann@corp.test"
	out := p.Judge(context.Background(), env, []byte(strings.Replace(plainMail, "ann@vendor.example", "ann@corp.test", 1)))
	flows(t, out, env, "")
	if r := out.Record(env, 0); r.Login != "ann" || r.Direction != kith.Internal {
		t.Errorf("login %q, direction %q (%s), want ann, internal", r.Login, r.Direction, r.Why)
	}
	env.QueueID = "Q2"
	out = p.Judge(context.Background(), env, []byte(plainMail))
	if r := out.Record(env, 0); r.Login != "" || r.Direction == kith.Internal {
		t.Errorf("another queue id: login %q, direction %q", r.Login, r.Direction)
	}

	// It survives a restart.
	board := note.NewBoard(time.Hour, 10)
	if err := st.Append(context.Background(), "b", nil); err != nil { // what may lag is written by then
		t.Fatal(err)
	}
	if err := note.Load(context.Background(), st, board, time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, ok := board.Get("Q1", time.Now()); !ok || n.Login != "ann" || n.Client.Addr != client.Addr {
		t.Errorf("after a restart: %+v %v", n, ok)
	}
}

func TestReload(t *testing.T) {
	o, gaps := options(t), new(gapCount)
	o.Gap, o.Paused = gaps.add, func() bool { return true }
	p := New(o)
	next := options(t)
	next.Mode, next.AuthServID = kith.Shadow, "mx.corp.test"
	p.Reload(next)
	if p.Mode() != kith.Shadow || p.AuthServID() != "mx.corp.test" {
		t.Errorf("mode %q, name %q after a reload", p.Mode(), p.AuthServID())
	}
	out := p.Judge(context.Background(), envelope(), []byte(plainMail))
	if out.Gap != "paused" || gaps.all() != "paused" || out.Judgements[0].Plan.Mode != kith.Shadow {
		t.Errorf("the pause or the figures are gone: gap %q, counted %q, plan %+v", out.Gap, gaps.all(), out.Judgements[0].Plan)
	}
}

// The journal row of the milter seat needs no disk before the answer, and a
// store that is gone stops nothing.
func TestRecordWithoutAStore(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "k.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o, gaps := options(t), new(gapCount)
	o.Store, o.Boot, o.Gap = st, "b", gaps.add
	p, env := New(o), envelope()
	out := p.Judge(context.Background(), env, []byte(plainMail))
	p.Record(env, out, kith.StatePassed, "accept")
	if err := st.Append(context.Background(), "b", nil); err != nil {
		t.Fatal(err)
	}
	recs, err := st.Trace(context.Background(), "Q1", 10)
	if err != nil || len(recs) != 2 || recs[0].State != kith.StatePassed || recs[0].Reply != "accept" {
		t.Errorf("journal: %+v %v", recs, err)
	}
	st.Close()
	p.Record(env, out, kith.StatePassed, "accept")
	if gaps.all() != "journal journal" {
		t.Errorf("gaps counted: %q", gaps.all())
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"short", 10, "short"}, {"äöü", 6, "äöü"}, {"äöü", 5, "äö…"}, {"", 0, ""}} {
		if got := cut(c.in, c.n); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}
