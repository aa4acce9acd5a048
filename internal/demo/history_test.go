package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/internal/baseline"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/pipeline"
	"kith/internal/plain"
	"kith/internal/serve"
)

// someday is a Monday in Hamburg on which tests are run, so to say.
var someday = time.Date(2025, 11, 17, 12, 0, 0, 0, location(hamburg))

func written13(t *testing.T, now time.Time, incidents bool) []bygone {
	t.Helper()
	p, err := loadPast()
	if err != nil {
		t.Fatal(err)
	}
	mails, err := writeHistory(p, newComposer(people(t), nil), now, incidents)
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

// TestHistory: the months before are as large and as steady as they are said to be,
// come out the same twice, and end yesterday; each mail reads as written.
func TestHistory(t *testing.T) {
	mails := written13(t, someday, true)
	again := written13(t, someday.Add(9*time.Hour), true)
	if len(mails) < 1100 || len(mails) > 2500 || len(again) != len(mails) {
		t.Fatalf("%d and %d mails", len(mails), len(again))
	}
	today := time.Date(2025, 11, 17, 0, 0, 0, 0, location(hamburg))
	ids, authors := map[string]bool{}, map[string]int{}
	for i, x := range mails {
		if !bytes.Equal(x.clean, again[i].clean) || !x.at.Equal(again[i].at) {
			t.Fatalf("%s comes out otherwise the second time", x.name)
		}
		// The clocks of Osaka and Seoul are ahead of Hamburg's.
		if x.at.After(today) || x.at.Before(today.AddDate(0, 0, -7*weeks).Add(-10*time.Hour)) {
			t.Errorf("%s is of %v", x.name, x.at)
		}
		m := mail.Parse(x.clean, mail.DefaultLimits())
		m.Look(context.Background())
		if m.Subject != x.subject || len(m.Attachments) != len(x.files) || ids[m.MessageID] || strings.ContainsAny(m.Subject, "{}") || strings.Contains(x.text, "{") {
			t.Errorf("%s reads as %q, %s, %q", x.name, m.Subject, m.MessageID, x.text)
		}
		if !m.Date.Equal(x.at.Truncate(time.Second)) {
			t.Errorf("%s is dated %v, written %v", x.name, m.Date, x.at)
		}
		ids[m.MessageID] = true
		authors[x.from.Address]++
	}
	if len(authors) < 60 || authors["tom@pennine-metals.example"] != weeks {
		t.Errorf("%d authors, %d mails of one who writes each Wednesday", len(authors), authors["tom@pennine-metals.example"])
	}
}

// TestIncidentEachWeek: one a week, about half of them sorted out by people.
func TestIncidentEachWeek(t *testing.T) {
	p, err := loadPast()
	if err != nil {
		t.Fatal(err)
	}
	week, junk := map[int]int{}, 0
	for _, x := range p.incidents {
		week[x.week]++
		if x.junk {
			junk++
		}
	}
	if len(week) != weeks || len(p.incidents) != weeks || junk < 4 || junk > weeks-4 {
		t.Errorf("%d incidents in %d weeks, %d in Junk", len(p.incidents), len(week), junk)
	}
}

// TestAnyDayHasEachDay: on whatever day the demo is run, each weekday stands in the
// history thirteen times.
func TestAnyDayHasEachDay(t *testing.T) {
	for _, d := range []int{0, 2, 5, 6} {
		n := map[string]int{}
		for _, x := range written13(t, someday.AddDate(0, 0, d), false) {
			n[x.from.Address]++
		}
		for author, times := range map[string]int{"tom@pennine-metals.example": 1, "r.deichmann@klangguss.example": 2, "meldung@frachtwerk.example": 3} {
			if n[author] != times*weeks {
				t.Errorf("day %d: %d mails of %s", d, n[author], author)
			}
		}
	}
}

// studied opens a site whose mailboxes hold the history as of a day, and learns it.
func studied(t *testing.T, now time.Time, incidents bool, key []byte) (*site, *serve.Import) {
	t.Helper()
	ctx := context.Background()
	s, err := openSite(ctx, Options{Dir: filepath.Join(t.TempDir(), "d")}, "key")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close(ctx, false) })
	if key != nil {
		places, _ := s.conf.Places(os.Getenv, os.Getuid())
		if err := os.MkdirAll(filepath.Dir(places.SiteKey), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(places.SiteKey, key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.store.keepHistory(written13(t, now, incidents)); err != nil {
		t.Fatal(err)
	}
	site, err := s.openImport(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	if err := s.learn(ctx, site, &printer{Options: Options{Out: io.Discard}, site: s}); err != nil {
		t.Fatal(err)
	}
	return s, site
}

// rowsOf dumps what was learned, but what is kept of mail that nothing proves.
func rowsOf(t *testing.T, site *serve.Import) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for l := baseline.Pair; l <= baseline.Likeness; l++ {
		if l == baseline.Probation || l == baseline.Thread {
			continue
		}
		err := site.Rows.Each(context.Background(), l, nil, func(r baseline.Row, data []byte) error {
			rows[fmt.Sprintf("%v %x", r.Level, r.Key)] = string(data)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// TestStudy looks at what was learned of three months: what employees are told of
// it, that no incident changed it, and what is noticed by it.
func TestStudy(t *testing.T) {
	s, site := studied(t, someday, true, nil)
	if n := site.Taught(); n.Messages < 1500 || n.Stranger+n.NotOurs+n.NoTime != 0 {
		t.Errorf("%+v", n)
	}
	t.Run("portraits", func(t *testing.T) { portraits(t, s, site) })
	t.Run("incidents", func(t *testing.T) { taughtNothing(t, s, site) })
	t.Run("night", func(t *testing.T) { noticed(t, s, site, someday.Add(15*time.Hour)) })
}

// portraits: what one employee of each language is told.
func portraits(t *testing.T, s *site, site *serve.Import) {
	var b strings.Builder
	for _, lang := range plain.Languages() {
		who, err := s.subject(Options{Lang: lang})
		if err != nil {
			t.Fatal(err)
		}
		if who.Lang != lang {
			t.Errorf("%s speaks %s", who.Address, who.Lang)
		}
		p, err := s.portray(context.Background(), site.Keeper, who)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.person.Peers) < 3 || p.person.Closest == nil || len(p.person.Writes) == 0 || len(p.person.Hears) == 0 {
			t.Errorf("%s: %+v", who.Address, p.person)
		}
		(&printer{Options: Options{Out: &b, Command: "kith"}, site: s}).learnedAbout(&lessons{about: p})
	}
	golden(t, "portraits", b.String())
}

// taughtNothing: with the incidents of three months and without them, the same is
// known of everybody, to the byte.
func taughtNothing(t *testing.T, s *site, with *serve.Import) {
	places, _ := s.conf.Places(os.Getenv, os.Getuid())
	key, err := os.ReadFile(places.SiteKey)
	if err != nil {
		t.Fatal(err)
	}
	_, without := studied(t, someday, false, key)
	a, b := rowsOf(t, with), rowsOf(t, without)
	if len(a) < 300 {
		t.Fatalf("only %d rows were learned", len(a))
	}
	for k := range a {
		if a[k] != b[k] {
			t.Errorf("row %s differs by the incidents (%d and %d bytes)", k, len(a[k]), len(b[k]))
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			t.Errorf("row %s is there without the incidents only", k)
		}
	}
	p, err := loadPast()
	if err != nil {
		t.Fatal(err)
	}
	if names, err := believed(context.Background(), with.Keeper, p.incidents); err != nil || len(names) != 0 {
		t.Errorf("%v was learned from (%v)", names, err)
	}
	// The same question about one who is to be learned from: it can fail.
	ordinary := &pastIncident{scene: scene{name: "tom", from: must(t, "tom@pennine-metals.example")}}
	if names, err := believed(context.Background(), with.Keeper, []*pastIncident{ordinary}); err != nil || len(names) != 1 {
		t.Errorf("%v was learned from (%v)", names, err)
	}
}

// TestAnyDay: on other days of the week and over the change of summer time the same
// incidents are noticed for the same reasons.
func TestAnyDay(t *testing.T) {
	if testing.Short() {
		t.Log("left out: it learns three months anew for each day")
		return
	}
	for _, now := range []time.Time{time.Date(2026, 4, 5, 15, 0, 0, 0, location(hamburg)), time.Date(2025, 11, 22, 23, 0, 0, 0, location(hamburg))} {
		t.Run(now.Format("Mon 2 Jan 15h"), func(t *testing.T) {
			s, site := studied(t, now, true, nil)
			noticed(t, s, site, now)
		})
	}
}

// noticed judges all mail that comes from outside by what was learned.
func noticed(t *testing.T, s *site, site *serve.Import, now time.Time) {
	scenes, err := loadScenes()
	if err != nil {
		t.Fatal(err)
	}
	judge := offline(t, s, site)
	for _, sc := range scenes {
		if sc.login != "" {
			continue // the seats tell who signed in
		}
		r := &result{sent: &sent{letter: letter{scene: sc}}, records: judge(sc, now)}
		switch {
		case sc.incident() && expected(sc.name).later == "" && !r.caught():
			t.Errorf("%s: %s, not told: %v", sc.name, r.band(), r.missing())
		case !sc.incident() && (r.band() != kith.Calm || r.unseen() != ""):
			t.Errorf("%s: %s, not seen: %q, %+v", sc.name, r.band(), r.unseen(), gravest(r.records).Judged.Verdict.Reasons)
		}
	}
}

// offline judges scenes by what was learned, without seats and network, at a time.
func offline(t *testing.T, s *site, site *serve.Import) func(*scene, time.Time) []kith.Record {
	t.Helper()
	c := *s.conf
	c.Auth.Enabled = false
	people, err := serve.LoadPeople(&c, nil)
	if err != nil {
		t.Fatal(err)
	}
	opt, err := serve.Core(&c, people, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	opt.Habits = site.Keeper
	p := pipeline.New(opt)
	write := newComposer(s.people, nil)
	return func(sc *scene, at time.Time) (recs []kith.Record) {
		l, err := write.compose(sc, at)
		if err != nil {
			t.Fatal(err)
		}
		raw := append([]byte(sc.checked()+receivedOnce(sc, 0, at)), l.clean...)
		env := &kith.Envelope{ID: "test", Seat: kith.SeatReplay, Arrived: at, MailFrom: sc.reversePath(), Rcpts: sc.rcpts(), Size: int64(len(raw))}
		for _, j := range p.Judge(context.Background(), env, raw).Judgements {
			recs = append(recs, kith.Record{Rcpt: j.Rcpt, Judged: j})
		}
		return recs
	}
}

// TestWrittenHabits: faults in the files are told.
func TestWrittenHabits(t *testing.T) {
	for text, want := range map[string]string{
		"x\nFrom: a@nordholz.example\nTo: paul.vogt\nSubject: s\n\nhi":                                "When is missing",
		"x\nFrom: a@nordholz.example\nTo: paul.vogt\nSubject: s\nWhen: Moon 8-9\n\nhi":                "is no day",
		"x\nFrom: a@nordholz.example\nTo: paul.vogt\nSubject: s\nWhen: Mon 8-9\nColour: red\n\nhi":    "no such field",
		"x\nFrom: a@nordholz.example\nTo: paul.vogt\nSubject: s\nWhen: Mon 8-9\nAnswer: nobody\n\nhi": "has no desk",
		"x\nFrom: a@unheard.example\nTo: paul.vogt\nSubject: s\nWhen: Mon 8-9\n\nhi":                  "nobody has the domain",
	} {
		p := &past{desks: map[string]*desk{}}
		if err := p.readHabit(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if got := spans([]plain.Hours{{From: 8, To: 10}, {Weekend: true, From: 10, To: 12}, {From: 10, To: 12}, {From: 20, To: 22}}); !slices.Equal(got, []plain.Hours{{From: 8, To: 12}, {From: 20, To: 22}}) {
		t.Errorf("%v", got)
	}
}
