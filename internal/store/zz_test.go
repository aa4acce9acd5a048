package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kith/internal/kith"
)

func TestZZMillion(t *testing.T) {
	dir := os.Getenv("ZZDIR")
	if dir == "" {
		return
	}
	path := filepath.Join(dir, "k.db")
	_, err := os.Stat(path)
	fresh := err != nil
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	base := time.Now().Add(-90 * 24 * time.Hour)
	if fresh {
		s.write.Exec("PRAGMA synchronous=OFF")
		start := time.Now()
		for i := 0; i < 1_000_000; i += 500 {
			var in []Intent
			var out []Settled
			for k := i; k < i+500; k++ {
				r := kith.Record{ID: fmt.Sprintf("k%015x", uint64(k)*0x9E3779B97F4A7C15>>8), Seat: kith.SeatLMTP, QueueID: fmt.Sprintf("Q%08d", k/2), Arrived: base.Add(time.Duration(k) * 7776 * time.Millisecond),
					MailFrom: fmt.Sprintf("bounce-%d@vendor%d.example", k%5000, k%700), Rcpt: fmt.Sprintf("u%d@corp.test", k%1000), State: kith.StateReceived, Size: 20000}
				key := Key{byte(k), byte(k >> 8), byte(k >> 16), byte(k * 7), byte(k * 13)}
				in = append(in, Intent{Key: key, Record: r})
				r.From, r.MessageID, r.Subject, r.State, r.Reply = fmt.Sprintf("ann%d@vendor%d.example", k%5000, k%700), fmt.Sprintf("%d.abc@vendor.example", k/2), "Re: your order number 4711 of last week", kith.StateDelivered, "250 2.0.0 <u@corp.test> AbCdEf Saved"
				r.Auth, r.Client, r.Why = "spf=pass dkim=pass dmarc=pass", "203.0.113.77", "border hop and no login"
				r.Judged.Rcpt, r.Judged.Person = r.Rcpt, r.Rcpt
				for range 3 {
					r.Judged.Plan.Steps = append(r.Judged.Plan.Steps, kith.Step{Because: "sender.look-alike and some further evidence of it 0123456789"})
				}
				out = append(out, Settled{Key: key, Attempt: 1, State: Confirmed, Reply: r.Reply, Record: r})
			}
			if _, err := s.Begin(ctx, "b", time.Now(), in); err != nil {
				t.Fatal(err)
			}
			if err := s.Settle(ctx, "b", time.Now(), out); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("filled in %s (%.1f µs a row)", time.Since(start), float64(time.Since(start).Microseconds())/1e6)
		s.write.Exec("PRAGMA synchronous=FULL")
	}
	st, _ := os.Stat(path)
	t.Logf("%d MB", st.Size()>>20)
	for _, w := range []string{"Q00400000", "k000000000000001", "400000.abc@vendor.example", "ann4000@vendor600.example", "u77@corp.test", "nobody@nowhere.example"} {
		start := time.Now()
		r, err := s.Trace(ctx, w, 100)
		t.Logf("trace %s: %d rows, %s %v", w, len(r), time.Since(start), err)
	}
	start := time.Now()
	c, err := s.Count(ctx, time.Now().Add(-24*time.Hour))
	t.Logf("count a day: %d rows %s %v", c.Rows, time.Since(start), err)
	start = time.Now()
	c, err = s.Count(ctx, time.Time{})
	t.Logf("count all: %d rows %s %v", c.Rows, time.Since(start), err)
	start = time.Now()
	rr, err := s.Recent(ctx, time.Now().Add(-24*time.Hour), 100)
	t.Logf("recent: %d rows %s %v", len(rr), time.Since(start), err)
	// commit latency of an ordinary mail
	lat := func(what string, n int) {
		var worst time.Duration
		start := time.Now()
		for i := range n {
			one := time.Now()
			k := time.Now().UnixNano()
			r := kith.Record{ID: fmt.Sprintf("z%015x", uint64(k)*0x9E3779B97F4A7C15>>8), Rcpt: fmt.Sprintf("u%d@corp.test", i), MailFrom: fmt.Sprintf("bounce-%d@vendor%d.example", i, i), From: fmt.Sprintf("ann-%d@vendor%d.example", i, i), QueueID: fmt.Sprint("Z", k), MessageID: fmt.Sprint(k), Arrived: time.Now(), State: kith.StateReceived}
			key := Key{byte(k), byte(k >> 8), byte(k >> 16), byte(k >> 24), 9}
			if _, err := s.Begin(ctx, "b", time.Now(), []Intent{{Key: key, Record: r}}); err != nil {
				t.Fatal(err)
			}
			r.State = kith.StateDelivered
			if err := s.Settle(ctx, "b", time.Now(), []Settled{{Key: key, Attempt: 1, State: Confirmed, Record: r}}); err != nil {
				t.Fatal(err)
			}
			worst = max(worst, time.Since(one))
		}
		t.Logf("%s: %s a mail, worst %s", what, time.Since(start)/time.Duration(n), worst)
	}
	lat("quiet", 300)
	if os.Getenv("ZZFORGET") != "" {
		done := make(chan bool)
		go func() {
			start := time.Now()
			_, err := s.Forget(ctx, time.Now(), Keep{Keys: 14 * 24 * time.Hour, Journal: 30 * 24 * time.Hour})
			t.Logf("forget took %s %v", time.Since(start), err)
			close(done)
		}()
		lat("while forgetting", 100)
		<-done
		w, _ := os.Stat(path + "-wal")
		t.Logf("wal %d MB", w.Size()>>20)
	}
}
