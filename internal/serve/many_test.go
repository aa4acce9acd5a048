package serve

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"kith/internal/config"
	"kith/internal/kith"
)

// TestAMailToAThousand: a mail to 100 and one to 1,000 people, each of whom has a
// habit with its author, is judged well within the deadline, from a store whose
// rows no longer stand in memory, and its lessons are folded.
func TestAMailToAThousand(t *testing.T) {
	s := newSite(t, "127.0.0.1:1")
	var people strings.Builder
	var all []string
	for i := range 1000 {
		all = append(all, fmt.Sprintf("p%d@corp.test", i))
		fmt.Fprintf(&people, "[[person]]\naddress = %q\nname = \"Person %d\"\n", all[i], i)
	}
	s.write("people.toml", people.String())
	now := time.Now().UTC().Add(-30 * 24 * time.Hour)
	mail := func(n int) (*kith.Envelope, []byte) {
		now = now.Add(24 * time.Hour)
		return &kith.Envelope{ID: fmt.Sprintf("K%d", now.Unix()), Seat: kith.SeatReplay, Arrived: now, MailFrom: all[0], Login: all[0], Rcpts: all[:n]},
			fmt.Appendf(nil, "From: Person 0 <%s>\r\nTo: everybody <all@corp.test>\r\nSubject: news of day %d\r\nDate: %s\r\nMessage-ID: <%d@corp.test>\r\n\r\nAll is well.\r\n",
				all[0], now.YearDay(), now.Format(time.RFC1123Z), now.Unix())
	}
	a := s.start()
	for range 3 {
		env, raw := mail(1000)
		a.pipeline.Record(env, a.pipeline.Judge(context.Background(), env, raw), kith.StatePassed, "")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := a.store.Check(ctx); err != nil { // what lags is on the disk now
		t.Fatal(err)
	}
	begin := time.Now()
	if _, err := a.habits.Fold(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("3,000 lessons folded in %v", time.Since(begin))
	if err := a.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	a = s.start()
	for _, n := range []int{100, 1000} {
		env, raw := mail(n)
		begin, before := time.Now(), a.habits.Touches()
		out := a.pipeline.Judge(context.Background(), env, raw)
		took, after := time.Since(begin), a.habits.Touches()
		t.Logf("%d recipients judged in %v, %d rows read from the store", n, took, after.Read-before.Read)
		if out.Gap != "" || len(out.Judgements) != n || took > config.Default().Deadline.Duration/2 {
			t.Errorf("%d recipients: %d judgements in %v, gap %q", n, len(out.Judgements), took, out.Gap)
		}
		if after.Read-before.Read < int64(n)/2 {
			t.Errorf("%d recipients: only %d rows were read: nobody is known, the test shows nothing", n, after.Read-before.Read)
		}
	}
}
