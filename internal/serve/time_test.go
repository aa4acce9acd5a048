package serve

import (
	"context"
	"strings"
	"testing"
	"time"

	"kith/internal/kith"
)

// A clock that leaps years ahead forgets nothing: a message that comes again is
// answered from memory, and the log and status say what to mend.
func TestHousekeepingByALeaptClock(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	a := s.start()
	ctx := context.Background()
	if _, err := deliver(t, a, "hello", "tim@corp.test"); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	a.housekeep(ctx, now, true)
	if strings.Contains(s.log.String(), "clock") {
		t.Errorf("a right clock is complained of:\n%s", s.log)
	}
	for _, by := range []int{20, -30} { // years
		now = now.AddDate(by, 0, 0)
		a.housekeep(ctx, now, false)
	}
	mustHave(t, "log", s.log.String(), "the clock leapt", "timedatectl")
	if n := strings.Count(s.log.String(), "the clock leapt"); n != 2 {
		t.Errorf("%d lines for two leaps", n)
	}
	a.housekeep(ctx, now.Add(time.Hour), false)
	if n := strings.Count(s.log.String(), "the clock leapt"); n != 2 {
		t.Errorf("the same leap is logged every hour")
	}
	if _, err := deliver(t, a, "hello", "tim@corp.test"); err != nil {
		t.Fatal(err)
	}
	if n := len(next.mails()); n != 1 {
		t.Errorf("the next hop has %d copies, want 1: the ledger forgot", n)
	}
	o, _ := s.options()
	st, err := Look(ctx, o.Config, o.Paths, "test")
	if err != nil {
		t.Fatal(err)
	}
	mustHave(t, "status", strings.Join(st.Notes, "\n"), "nothing is forgotten", "timedatectl")
}

// Mail that is dated ahead of the clock is remarked upon.
func TestStatusOfMailFromTheFuture(t *testing.T) {
	s := newSite(t, startNextHop(t).addr)
	a := s.start()
	r := kith.Record{ID: "k", Rcpt: "tim@corp.test", Arrived: time.Now().AddDate(1, 0, 0), State: kith.StateDelivered}
	if err := a.store.Append(context.Background(), "b", []kith.Record{r}); err != nil {
		t.Fatal(err)
	}
	o, _ := s.options()
	st, err := Look(context.Background(), o.Config, o.Paths, "test")
	if err != nil {
		t.Fatal(err)
	}
	mustHave(t, "status", strings.Join(st.Mend, "\n"), "still to come", "timedatectl")
}

func TestPauseOfARunningKith(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	a := s.start()
	p := s.paths()
	if was, err := Resume(p); was || err != nil {
		t.Errorf("resume without a pause: %v, %v", was, err)
	}
	_, text := page(t, a, "/metrics")
	mustHave(t, "/metrics", text, "kith_paused 0")
	if err := Pause(p, "wrong  banners\nticket 4711"); err != nil {
		t.Fatal(err)
	}
	if since, why, ok := PausedSince(p); !ok || why != "wrong banners ticket 4711" || time.Since(since) > time.Minute {
		t.Errorf("paused since %v for %q: %v", since, why, ok)
	}
	time.Sleep(150 * time.Millisecond) // the file is looked for ten times a second
	if _, err := deliver(t, a, "unjudged", "tim@corp.test"); err != nil {
		t.Fatal(err)
	}
	recs, err := a.store.Trace(context.Background(), "tim@corp.test", 1)
	if err != nil || len(recs) != 1 || recs[0].Gap != "paused" || recs[0].State != kith.StateDelivered {
		t.Errorf("the journal says %+v, %v", recs, err)
	}
	_, text = page(t, a, "/metrics")
	mustHave(t, "/metrics", text, "kith_paused 1", `kith_gaps_total{kind="paused"} 1`)
	if was, err := Resume(p); !was || err != nil {
		t.Errorf("resume: %v, %v", was, err)
	}
	time.Sleep(150 * time.Millisecond)
	if _, err := deliver(t, a, "judged", "tim@corp.test"); err != nil {
		t.Fatal(err)
	}
	if recs, _ := a.store.Trace(context.Background(), "judged@vendor.example", 1); len(recs) != 1 || recs[0].Gap != "" {
		t.Errorf("after the pause: %+v", recs)
	}
}

func TestPauseBeforeTheFirstStart(t *testing.T) {
	p := newSite(t, "127.0.0.1:1").paths()
	if err := Pause(p, ""); err == nil || !strings.Contains(err.Error(), "start kith once") {
		t.Errorf("got %v", err)
	}
	if was, err := Resume(p); was || err != nil {
		t.Errorf("resume: %v, %v", was, err)
	}
}
