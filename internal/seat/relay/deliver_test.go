package relay

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/kith"
	"kith/internal/store"
)

func TestEachRecipientHearsItsOwnAnswer(t *testing.T) {
	hp := startHop(t, true)
	hp.refuse["nobody@corp.test"] = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "unknown"}
	hp.fail["full@corp.test"] = &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "over quota"}
	hp.fail["slow@corp.test"] = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "busy"}
	h := startHouse(t, hp, houseOptions{})
	got, err := h.send("Q1", []string{"u1@corp.test", "nobody@corp.test", "full@corp.test", "slow@corp.test", "u2@corp.test"}, letter)
	if err != nil {
		t.Fatal(err)
	}
	for r, want := range map[string]string{"u1@corp.test": "250 2.0.0", "u2@corp.test": "250 2.0.0", "nobody@corp.test": "550 5.1.1", "full@corp.test": "552 5.2.2", "slow@corp.test": "451 4.3.0"} {
		if !strings.HasPrefix(got[r], want) {
			t.Errorf("%s heard %q, want %q", r, got[r], want)
		}
	}
	if !strings.Contains(got["u1@corp.test"], "(kith k") {
		t.Errorf("kith's id is not in the reply: %s", got["u1@corp.test"])
	}
	if hp.txs != 1 {
		t.Errorf("%d transactions, want one for equal bytes", hp.txs)
	}
	want := strings.Replace(strings.ReplaceAll(letter, "\n", "\r\n"), "X-Kith-Id: forged\r\n", "", 1)
	msg := hp.got("u1@corp.test")[0]
	first, rest, _ := strings.Cut(msg, "\r\n")
	if !strings.HasPrefix(first, "X-Kith-Id: ") || rest != want {
		t.Errorf("arrived as %q", msg)
	}
	states := map[string]kith.State{}
	for _, r := range h.records("Q1") {
		states[r.Rcpt] = r.State
	}
	for r, want := range map[string]kith.State{"u1@corp.test": kith.StateDelivered, "nobody@corp.test": kith.StateRefused, "full@corp.test": kith.StateRefused, "slow@corp.test": kith.StateDeferred} {
		if states[r] != want {
			t.Errorf("journal says %s is %q, want %q", r, states[r], want)
		}
	}
}

func TestConfirmedCopyIsAnsweredFromMemory(t *testing.T) {
	hp := startHop(t, true)
	hp.fail["u2@corp.test"] = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "busy"}
	h := startHouse(t, hp, houseOptions{})
	both := []string{"u1@corp.test", "u2@corp.test"}
	h.send("Q1", both, letter)
	delete(hp.fail, "u2@corp.test")
	got, err := h.send("Q1", both, letter)
	if err != nil || got["u1@corp.test"][0] != '2' || got["u2@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	if n := len(hp.got("u1@corp.test")); n != 1 {
		t.Errorf("u1 has %d copies", n)
	}
	if n := len(hp.got("u2@corp.test")); n != 1 {
		t.Errorf("u2 has %d copies", n)
	}
	if h.seen["answered"] != 1 {
		t.Errorf("%d answered from memory", h.seen["answered"])
	}
	// All confirmed: nothing is sent at all.
	h.send("Q1", both, letter)
	if len(hp.got("u1@corp.test")) != 1 || len(hp.got("u2@corp.test")) != 1 {
		t.Error("a confirmed mail was sent again")
	}
	// Another way to the same bytes is another delivery.
	h.send("Q2", both, letter)
	if len(hp.got("u1@corp.test")) != 2 {
		t.Error("the same mail under another queue id did not arrive")
	}
}

func TestDoubtIsServedAgainUnderTheSameID(t *testing.T) {
	hp := startHop(t, true)
	hp.hangUp.Store(true)
	h := startHouse(t, hp, houseOptions{})
	got, _ := h.send("Q1", []string{"u1@corp.test"}, letter)
	if !strings.HasPrefix(got["u1@corp.test"], "451") {
		t.Fatalf("after the next hop hung up: %q", got["u1@corp.test"])
	}
	if r := h.records("Q1"); len(r) != 1 || r[0].State != kith.StateInDoubt {
		t.Errorf("journal: %+v", r)
	}
	hp.hangUp.Store(false)
	got, err := h.send("Q1", []string{"u1@corp.test"}, letter)
	if err != nil || got["u1@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	c := hp.got("u1@corp.test")
	if len(c) != 2 || c[0] != c[1] {
		t.Errorf("%d copies, equal: %v", len(c), len(c) == 2 && c[0] == c[1])
	}
	if h.seen["doubt"] != 1 {
		t.Errorf("%d counted in doubt", h.seen["doubt"])
	}
}

func TestStoreGone(t *testing.T) {
	for _, f := range []Failure{Open, Defer} {
		hp := startHop(t, true)
		h := startHouse(t, hp, houseOptions{failure: f})
		h.st.Close()
		got, err := h.send("Q1", []string{"u1@corp.test"}, letter)
		if err != nil {
			t.Fatal(f, err)
		}
		a := got["u1@corp.test"]
		switch n := len(hp.got("u1@corp.test")); {
		case f == Open && (a[0] != '2' || n != 1 || h.seen["unledged"] != 1):
			t.Errorf("open: %q, %d copies, %v", a, n, h.seen)
		case f == Defer && (!strings.HasPrefix(a, "451") || n != 0):
			t.Errorf("defer: %q, %d copies", a, n)
		}
	}
}

// Before the queue a message above the limit is refused. Behind it the MTA has
// accepted it already: it goes out unread.
func TestTooBig(t *testing.T) {
	big := letter + strings.Repeat("0123456789012345678901234567890123456789\n", 1000)
	for _, seat := range []kith.Seat{kith.SeatSMTP, kith.SeatLMTP} {
		hp := startHop(t, seat == kith.SeatLMTP)
		h := startHouse(t, hp, houseOptions{max: 20_000, seat: seat})
		got, err := h.send("Q1", []string{"u1@corp.test"}, big)
		copies, recs := hp.got("u1@corp.test"), h.records("Q1")
		if seat == kith.SeatSMTP && (err != nil || !strings.HasPrefix(got["u1@corp.test"], "552") || len(copies) != 0) {
			t.Errorf("before the queue: %v %v, %d copies", got, err, len(copies))
		}
		if seat == kith.SeatLMTP && (err != nil || got["u1@corp.test"][0] != '2' || len(copies) != 1 || len(copies[0]) < len(big) || len(recs) != 1 || recs[0].Gap != "too-large") {
			t.Errorf("behind the queue: %v %v, %d copies, journal %+v", got, err, len(copies), recs)
		}
		if h.room.Used() != 0 {
			t.Errorf("%d bytes still held", h.room.Used())
		}
	}
}

func TestFull(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	h.room.Total = 100
	if got, _ := h.send("Q2", []string{"u1@corp.test"}, letter); !strings.HasPrefix(got["u1@corp.test"], "452") {
		t.Errorf("full: %v", got)
	}
	if len(hp.got("u1@corp.test")) != 0 || h.room.Used() != 0 {
		t.Errorf("%d copies, %d bytes still held", len(hp.got("u1@corp.test")), h.room.Used())
	}
}

func TestNextHopGone(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	hp.s.Close()
	if got, _ := h.send("", []string{"u1@corp.test"}, letter); !strings.HasPrefix(got["u1@corp.test"], "5") && !strings.HasPrefix(got["u1@corp.test"], "4") {
		t.Errorf("%v", got)
	}
}

func TestTaggedAddressHasItsOwnID(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	got, err := h.send("Q1", []string{"u1@corp.test", "u1+shop@corp.test", "u2@corp.test"}, letter)
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	id := func(to string) string { l, _, _ := strings.Cut(hp.got(to)[0], "\r\n"); return l }
	if id("u1@corp.test") != id("u2@corp.test") || id("u1@corp.test") == id("u1+shop@corp.test") {
		t.Errorf("ids: %s %s %s", id("u1@corp.test"), id("u2@corp.test"), id("u1+shop@corp.test"))
	}
	if hp.txs != 2 {
		t.Errorf("%d transactions, want 2", hp.txs)
	}
}

func TestSameRecipientTwice(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	got, err := h.send("Q1", []string{"u1@corp.test", "u1@corp.test"}, letter)
	if err != nil || got["u1@corp.test"][0] != '2' || len(hp.got("u1@corp.test")) != 1 {
		t.Error(got, err, len(hp.got("u1@corp.test")))
	}
}

func TestEnforceAddsOneBlockAndRemovesOurName(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{mode: kith.Enforce})
	msg := "Authentication-Results: mx.corp.test;\n dkim=pass\nAuthentication-Results: other.example; spf=pass\n" + letter
	if got, err := h.send("Q1", []string{"u1@corp.test"}, msg); err != nil || got["u1@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	c := hp.got("u1@corp.test")[0]
	if strings.Contains(c, "mx.corp.test; dkim=pass") || strings.Contains(c, " dkim=pass") || !strings.Contains(c, "other.example; spf=pass") || !strings.Contains(c, "X-Kith-Verdict: calm") {
		t.Errorf("arrived as\n%s", c)
	}
}

func TestSMTPSeatChangesNothingInShadow(t *testing.T) {
	hp := startHop(t, false)
	h := startHouse(t, hp, houseOptions{seat: kith.SeatSMTP})
	got, err := h.send("Q1", []string{"u1@corp.test", "x@elsewhere.example"}, letter)
	if err != nil || got["u1@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	if c := hp.got("u1@corp.test"); len(c) != 1 || c[0] != strings.ReplaceAll(letter, "\n", "\r\n") {
		t.Errorf("arrived as %q", c)
	}
}

func TestHundredRecipients(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	var to []string
	for i := range 100 {
		r := fmt.Sprintf("u%03d@corp.test", i)
		to = append(to, r)
		if i%10 == 3 {
			hp.fail[r] = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "full"}
		}
	}
	got, err := h.send("Q1", to, letter)
	if err != nil {
		t.Fatal(err)
	}
	ok := 0
	for _, r := range to {
		if got[r][0] == '2' {
			ok++
		}
	}
	if ok != 90 || hp.txs != 1 {
		t.Errorf("%d taken in %d transactions", ok, hp.txs)
	}
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	done := make(chan string)
	go func() {
		got, _ := h.send("Q1", []string{"u1@corp.test"}, letter+strings.Repeat("x\n", 200_000))
		done <- got["u1@corp.test"]
	}()
	time.Sleep(30 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	h.r.Shutdown(ctx)
	a := <-done
	n := len(hp.got("u1@corp.test"))
	if (a != "" && a[0] == '2') != (n == 1) {
		t.Errorf("answer %q, %d copies", a, n)
	}
}

func TestPoisonIsCounted(t *testing.T) {
	dir := t.TempDir()
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{dir: dir})
	k := h.l.Key([32]byte{1}, "a", "b", "c")
	for range 2 {
		h.l.Begin(context.Background(), []store.Intent{{Key: k, Record: kith.Record{ID: "x", Rcpt: "b", State: kith.StateReceived}}})
		if _, err := h.st.Doubt(context.Background(), "another boot"); err != nil {
			t.Fatal(err)
		}
	}
	p, err := h.l.Begin(context.Background(), []store.Intent{{Key: k, Record: kith.Record{ID: "x", Rcpt: "b", State: kith.StateReceived}}})
	if err != nil || p[0].Deaths != 2 || p[0].Attempts != 2 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestChunksBeforeTheQueue(t *testing.T) {
	hp := startHop(t, false)
	h := startHouse(t, hp, houseOptions{seat: kith.SeatSMTP})
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	k := newTalk(c)
	k.read()
	k.say("EHLO mta.test")
	// A chunk that is refused holds what looks like commands: none is heard.
	evil := "RSET\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<u9@corp.test>\r\nDATA\r\nhi\r\n.\r\n"
	if a := k.say(fmt.Sprintf("BDAT %d LAST\r\n%s", len(evil), strings.TrimSuffix(evil, "\r\n"))); a[0] != '5' {
		t.Errorf("chunk without a transaction: %s", a)
	}
	k.say("MAIL FROM:<ann@vendor.example>")
	k.say("RCPT TO:<u1@corp.test>")
	msg := strings.ReplaceAll(letter, "\n", "\r\n")
	half := len(msg) / 2
	fmt.Fprintf(c, "BDAT %d\r\n%s", half, msg[:half])
	if a := k.read(); a[0] != '2' {
		t.Fatal(a)
	}
	fmt.Fprintf(c, "BDAT %d LAST\r\n%s", len(msg)-half, msg[half:])
	if a := k.read(); a[0] != '2' {
		t.Fatal(a)
	}
	if got := hp.got("u1@corp.test"); len(got) != 1 || got[0] != msg || len(hp.got("u9@corp.test")) != 0 {
		t.Errorf("arrived: %q", got)
	}
}

func TestSmugglingIsRefusedBeforeTheQueueAndRepairedBehind(t *testing.T) {
	const bad = "Subject: a\r\n\r\none\n.\nMAIL FROM:<evil@x.example>\ntwo\rthree\r\n.\r\n"
	for _, seat := range []kith.Seat{kith.SeatSMTP, kith.SeatLMTP} {
		hp := startHop(t, seat == kith.SeatLMTP)
		h := startHouse(t, hp, houseOptions{seat: seat})
		c, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		k := newTalk(c)
		k.read()
		k.say(map[kith.Seat]string{kith.SeatSMTP: "EHLO", kith.SeatLMTP: "LHLO"}[seat] + " mta.test")
		k.say("MAIL FROM:<ann@vendor.example>")
		k.say("RCPT TO:<u1@corp.test>")
		k.say("DATA")
		fmt.Fprint(c, bad)
		a := k.read()
		got := hp.got("u1@corp.test")
		if seat == kith.SeatSMTP && (!strings.HasPrefix(a, "550 5.6.11") || len(got) != 0) {
			t.Errorf("before the queue: %s, %d copies", a, len(got))
		}
		if seat == kith.SeatLMTP {
			if a[0] != '2' || len(got) != 1 {
				t.Fatalf("behind the queue: %s, %d copies", a, len(got))
			}
			if strings.Count(got[0], "\n") != strings.Count(got[0], "\r\n") || strings.Count(got[0], "\r") != strings.Count(got[0], "\r\n") || !strings.Contains(got[0], "\r\n.\r\nMAIL FROM") {
				t.Errorf("arrived as %q", got[0])
			}
		}
	}
}

func TestInternationalisedMailNeedsTheNextHop(t *testing.T) {
	hp := startHop(t, true) // no SMTPUTF8
	h := startHouse(t, hp, houseOptions{})
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	k := newTalk(c)
	k.read()
	k.say("LHLO mta.test")
	if a := k.say("MAIL FROM:<анна@vendor.example> SMTPUTF8"); !strings.HasPrefix(a, "550 5.6.7") {
		t.Error(a)
	}
	if a := k.say("MAIL FROM:<ann@vendor.example>"); a[0] != '2' {
		t.Error("the connection is unusable after the refusal:", a)
	}
}
