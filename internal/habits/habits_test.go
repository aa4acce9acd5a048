package habits_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"kith/internal/baseline"
	"kith/internal/border"
	"kith/internal/detect"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/habits"
	"kith/internal/judge"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
	"kith/internal/pipeline"
	"kith/internal/policy"
	"kith/internal/store"
)

// site is one organisation with its real store, pipeline and keeper.
type site struct {
	t        *testing.T
	dir      *directory.Directory
	st       *store.Store
	rows     *store.Habits
	keep     *habits.Keeper
	judge    *judge.Judge
	sequence int
}

func newSite(t *testing.T) *site {
	s := &site{t: t}
	var err error
	s.dir, err = directory.New(directory.Options{Domains: []string{"corp.test"}}, []directory.Entry{
		{Address: "ann@corp.test", Name: "Ann Archer", Kind: kith.KindPerson},
		{Address: "bob@corp.test", Name: "Bob Baker", Kind: kith.KindPerson},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kith.db")
	if s.st, err = store.Open(path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	if s.rows, err = store.OpenHabits(store.HabitsPath(path), store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.st.Close(); s.rows.Close() })
	s.keep = habits.New(habits.Options{Lessons: s.st, Rows: s.rows, SiteKey: bytes.Repeat([]byte{1}, 32), Org: "default", Node: "one", Log: slog.New(slog.DiscardHandler)})
	if err := s.keep.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s.judge, err = judge.Default(detect.Classes()); err != nil {
		t.Fatal(err)
	}
	return s
}

// post is one mail that passes the site.
type post struct {
	from, to, login string
	header, body    string
	auth            mailauth.Result
	day             int
	client          string
	rcpt            string // of the envelope; "" = to
}

func proven(domain string) mailauth.Result {
	return mailauth.Result{Source: mailauth.SourceSelf, SPF: mailauth.Pass, SPFDomain: domain, DMARC: mailauth.Pass, FromDomain: domain, Aligned: []string{domain}}
}

var nobody = mailauth.Result{Source: mailauth.SourceSelf, SPF: mailauth.None, DMARC: mailauth.None}

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// pass judges a mail, learns what it teaches, and returns the case.
func (s *site) pass(p post) *facts.Case {
	s.t.Helper()
	s.sequence++
	raw := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: n %d\r\nMessage-ID: <%d@x.test>\r\n%s\r\n%s\r\n", p.from, p.to, s.sequence, s.sequence, p.header, p.body)
	at := start.AddDate(0, 0, p.day)
	env := &kith.Envelope{ID: fmt.Sprint(s.sequence), Seat: kith.SeatReplay, Arrived: at, MailFrom: mail.Parse([]byte(raw), mail.DefaultLimits()).From[0].Addr, Rcpts: []string{p.to}, Login: p.login}
	if p.rcpt != "" {
		env.Rcpts = []string{p.rcpt}
	}
	client := p.client
	if client == "" {
		client = "192.0.2.7"
	}
	env.Client.Addr = netip.MustParseAddr(client)
	var seen *facts.Case
	pl := pipeline.New(pipeline.Options{
		Limits: mail.DefaultLimits(), Deadline: time.Minute, Mode: kith.Shadow, Directory: func() *directory.Directory { return s.dir }, Border: new(border.Trust),
		Judge: s.judge, Policy: policy.Default(), Habits: s.keep, SentCopies: "sent@corp.test", Log: slog.New(slog.DiscardHandler), Seen: func(c *facts.Case) { seen = c },
		Vouched: func(context.Context, mailauth.Input) mailauth.Result { return p.auth },
	})
	out := pl.Judge(context.Background(), env, []byte(raw))
	if err := s.st.Learn(context.Background(), out.Lessons.Take(0)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.keep.Fold(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return seen
}

func vendor(day int) post {
	return post{from: "Vera Vendor <vera@vendor.test>", to: "ann@corp.test", header: "X-Mailer: Outlook 16\r\n", body: "hello", auth: proven("vendor.test"), day: day}
}

func TestLearnsAuthorAndPair(t *testing.T) {
	s := newSite(t)
	for d := range 20 {
		s.pass(vendor(d))
	}
	c := s.pass(vendor(21))
	if r := c.Known.Read(baseline.Mailer, "outlook"); r.Days != 20 || r.Known < 15 || r.Bits > 1 {
		t.Errorf("the usual mailer: %+v", r)
	}
	if r := c.Known.Read(baseline.Mailer, "mutt"); !r.New() || r.Bits < 3 {
		t.Errorf("a new mailer: %+v", r)
	}
	if n, _, _ := c.Rcpts[0].Known.Count(baseline.Pair, baseline.Standing, baseline.In); n != 20 {
		t.Errorf("standing with ann: %d days", n)
	}
	p := vendor(22)
	p.to = "bob@corp.test"
	c = s.pass(p)
	if n, _, _ := c.Rcpts[0].Known.Count(baseline.Pair, baseline.Standing, baseline.In); n != 0 {
		t.Errorf("standing with bob: %d days; the same author is new to him (C27)", n)
	}
}

// An author who is not proven moves no surprise of the author he claims to be.
func TestUnprovenMovesNothing(t *testing.T) {
	s := newSite(t)
	for d := range 10 {
		s.pass(vendor(d))
	}
	before := s.pass(vendor(10)).Known.Read(baseline.Mailer, "evil")
	for d := 11; d < 60; d++ {
		p := vendor(d)
		p.auth, p.header = nobody, "X-Mailer: Evil\r\n"
		s.pass(p)
	}
	c := s.pass(vendor(60))
	after := c.Known.Read(baseline.Mailer, "evil")
	if after.Days != 0 || !after.New() || after.Bits+1 < before.Bits {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if n, _, _ := c.Rcpts[0].Known.Count(baseline.Pair, baseline.Standing, baseline.In); n != 11 {
		t.Errorf("the forger gained standing: %d days", n)
	}
}

// An author whom nothing can prove is learned once a line of his is answered.
func TestAnsweredLine(t *testing.T) {
	s := newSite(t)
	mailFrom := func(day int) post {
		return post{from: "old@plain.test", to: "ann@corp.test", header: "X-Mailer: Pine\r\n", body: "x", auth: nobody, day: day}
	}
	for d := range 5 {
		s.pass(mailFrom(d))
	}
	if r := s.pass(mailFrom(5)).Known.Read(baseline.Mailer, "alpine"); r.Known != 0 {
		t.Fatalf("an unproven author is known: %+v", r)
	}
	asked := s.pass(mailFrom(6))
	s.pass(post{from: "ann@corp.test", to: "old@plain.test", login: "ann@corp.test", header: "In-Reply-To: <" + asked.Mail.MessageID + ">\r\n", body: "yes", auth: proven("corp.test"), day: 7})
	s.pass(mailFrom(8))
	if r := s.pass(mailFrom(9)).Known.Read(baseline.Mailer, "alpine"); r.Days != 1 {
		t.Errorf("an answered line teaches nothing: %+v", r)
	}
	other := mailFrom(10)
	other.from = "old@plain.test"
	other.client = "203.0.113.9"
	s.pass(other)
	if r := s.pass(mailFrom(11)).Known.Read(baseline.Hop, "203.0.113.0/24"); r.Days != 0 {
		t.Errorf("another line teaches too: %+v", r)
	}
}

func TestVacationReplyMakesNobodyTwoWay(t *testing.T) {
	s := newSite(t)
	s.pass(vendor(0))
	out := post{from: "ann@corp.test", to: "vera@vendor.test", login: "ann@corp.test", header: "Auto-Submitted: auto-replied\r\n", body: "away", auth: proven("corp.test"), day: 1}
	s.pass(out)
	count := func(day int) int {
		n, _, _ := s.pass(vendor(day)).Rcpts[0].Known.Count(baseline.Pair, baseline.Standing, baseline.Out)
		return n
	}
	if n := count(2); n != 0 {
		t.Errorf("a vacation reply counts as %d letters", n)
	}
	out.header, out.day = "", 3
	s.pass(out)
	if n := count(4); n != 1 {
		t.Errorf("a real letter counts as %d", n)
	}
}

func TestTwiceIsOnce(t *testing.T) {
	s := newSite(t)
	c := s.pass(vendor(0))
	lessons := s.keep.Teach(c, nil, start.AddDate(1, 0, 0))
	if err := s.st.Learn(context.Background(), lessons.Take(0)); err != nil {
		t.Fatal(err)
	}
	if n, err := s.keep.Fold(context.Background()); n != 0 || err != nil {
		t.Errorf("the same mail taught %d lessons again (%v)", n, err)
	}
}

// Un-learning all leaves no row.
func TestUnlearnLeavesNothing(t *testing.T) {
	s := newSite(t)
	for d := range 3 {
		s.pass(vendor(d))
	}
	ctx := context.Background()
	kept, err := s.st.Lessons(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kept {
		if _, err := s.st.Unlearn(ctx, k.Key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.keep.Fold(ctx); err != nil {
		t.Fatal(err)
	}
	if rows, _, err := s.rows.Size(ctx); rows != 0 || err != nil {
		t.Errorf("%d rows are left (%v)", rows, err)
	}
}

// A copy of sent mail teaches to whom it went, not that somebody wrote to the
// address for copies.
func TestSentCopy(t *testing.T) {
	s := newSite(t)
	s.pass(post{from: "ann@corp.test", to: "vera@vendor.test", rcpt: "sent@corp.test", login: "ann@corp.test", body: "x", auth: proven("corp.test"), day: 1})
	n, _, _ := s.pass(vendor(2)).Rcpts[0].Known.Count(baseline.Pair, baseline.Standing, baseline.Out)
	if n != 1 {
		t.Errorf("a copy of sent mail counts as %d letters", n)
	}
}

// A person who is erased leaves nothing, and the others keep what is theirs.
func TestErase(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	for d := range 5 {
		s.pass(vendor(d))
		p := vendor(d)
		p.to = "bob@corp.test"
		s.pass(p)
	}
	s.pass(post{from: "ann@corp.test", to: "vera@vendor.test", login: "ann@corp.test", body: "x", auth: proven("corp.test"), day: 6})
	before, err := s.keep.Portrait(ctx, "ann@corp.test")
	if err != nil || len(before.Peers) != 1 || before.Peers[0].Address != "vera@vendor.test" || before.Peers[0].Wrote != 5 || before.Peers[0].Written != 1 || len(before.Writes) == 0 {
		t.Fatalf("%+v %v", before, err)
	}
	if _, err := s.keep.Erase(ctx, "ann@corp.test", []string{"Ann Archer"}); err != nil {
		t.Fatal(err)
	}
	after, err := s.keep.Portrait(ctx, "ann@corp.test")
	if err != nil || len(after.Peers)+len(after.Writes)+len(after.Gets)+len(after.Sends)+len(after.Lessons) > 0 {
		t.Errorf("something is left: %+v %v", after, err)
	}
	bob, err := s.keep.Portrait(ctx, "bob@corp.test")
	if err != nil || len(bob.Peers) != 1 || bob.Peers[0].Wrote != 5 || bob.Peers[0].Address != "vera@vendor.test" {
		t.Errorf("bob lost something: %+v %v", bob, err)
	}
}

// What is too old to weigh anything takes no room, and the sentence keeps it.
func TestRetire(t *testing.T) {
	s := newSite(t)
	for d := range 20 {
		s.pass(vendor(d))
	}
	ctx := context.Background()
	size := func() (n int) {
		for _, l := range baseline.Levels() {
			if err := s.rows.Each(ctx, l, nil, func(_ baseline.Row, data []byte) error { n += len(data); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	before := size()
	if n, err := s.keep.Retire(ctx, baseline.DayOf(start)+100); n != 0 || err != nil {
		t.Errorf("%d rows of last month are retired (%v)", n, err)
	}
	if n, err := s.keep.Retire(ctx, baseline.DayOf(start)+365*40); n == 0 || err != nil {
		t.Errorf("%d rows of forty years ago are retired (%v)", n, err)
	}
	if after := size(); after >= before {
		t.Errorf("%d bytes before, %d after", before, after)
	}
	if n, first, _ := s.pass(vendor(365 * 40)).Rcpts[0].Known.Count(baseline.Pair, baseline.Standing, baseline.In); n != 20 || first != baseline.DayOf(start) {
		t.Errorf("standing: %d days since %d", n, first)
	}
}

// Counts that stand beside another store than they were made from do not keep new
// mail from teaching.
func TestMarkAboveTheStore(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	if err := s.rows.Fold(ctx, func(tx *store.HabitTx) error { return tx.SetMark("one", 1_000_000) }); err != nil {
		t.Fatal(err)
	}
	if err := s.keep.Load(ctx); err != nil {
		t.Fatal(err)
	}
	s.pass(vendor(0))
	if n, _, _ := s.pass(vendor(1)).Rcpts[0].Known.Count(baseline.Pair, baseline.Standing, baseline.In); n != 1 {
		t.Errorf("%d days were learned, want 1", n)
	}
}
