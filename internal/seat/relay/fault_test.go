package relay

import (
	"bytes"
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/pipeline"
)

// large is a letter that is spooled to the disk.
func large(n int) string { return letter + strings.Repeat(strings.Repeat("x", 70)+"\n", n/71) }

// A stage that does not heed the deadline reads on in the spool file: its bytes
// stay until it lets go.
func TestSpoolFileOutlivesTheTransaction(t *testing.T) {
	hp := startHop(t, true)
	release := make(chan struct{})
	var dir *directory.Directory
	h := startHouse(t, hp, houseOptions{spoil: func(o *pipeline.Options) {
		dir = o.Directory()
		o.Deadline = 50 * time.Millisecond
		o.Directory = func() *directory.Directory { <-release; return dir }
	}})
	msg := large(100_000)
	if got, err := h.send("Q1", []string{"u1@corp.test"}, msg); err != nil || got["u1@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	if h.room.Used() < int64(len(msg)) {
		t.Error("the spool file is gone though it is still read")
	}
	close(release)
	for range 200 {
		if h.room.Used() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the spool file stays for ever")
}

// cutSpoolFiles makes each spool file of dir unreadable, as a failing disk does.
func cutSpoolFiles(t *testing.T, dir string) {
	t.Helper()
	n := 0
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); strings.HasPrefix(to, dir+"/mail-") && strings.HasSuffix(to, "(deleted)") {
			f, err := os.OpenFile(fd, os.O_RDWR, 0)
			if err != nil {
				t.Error(err)
				continue
			}
			if err := f.Truncate(0); err != nil {
				t.Error(err)
			}
			f.Close()
			n++
		}
	}
	if n == 0 {
		t.Error("no spool file is open")
	}
}

// A message that cannot be read back costs that message a temporary failure,
// not the program its life, and the next hop takes no half of it.
func TestDiskOfTheSpoolFails(t *testing.T) {
	for _, mode := range []kith.Mode{kith.Shadow, kith.Enforce} {
		hp := startHop(t, true)
		h := startHouse(t, hp, houseOptions{mode: mode})
		judged := h.r.opt.Count.Judged
		h.r.opt.Count.Judged = func(e *kith.Envelope, o *pipeline.Outcome) { cutSpoolFiles(t, h.room.Dir); judged(e, o) }
		got, _ := h.send("Q1", []string{"u1@corp.test"}, large(1_000_000))
		if a := got["u1@corp.test"]; a[0] != '4' {
			t.Errorf("%s: %q", mode, a)
		}
		h.r.opt.Count.Judged = judged
		if got, err := h.send("Q1", []string{"u1@corp.test"}, letter); err != nil || got["u1@corp.test"][0] != '2' {
			t.Error(got, err)
		}
		if c := hp.got("u1@corp.test"); len(c) != 1 {
			t.Errorf("%s: %d copies", mode, len(c))
		}
	}
}

// The library ends a message before it says QUIT: kith must not say it inside
// one, or half a message would be taken for the whole.
func TestNoQuitInsideAMessage(t *testing.T) {
	for _, lmtp := range []bool{true, false} {
		var o *oddHop
		o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool { return o.usual(cmd, c) })
		seat := kith.SeatSMTP
		if lmtp {
			seat = kith.SeatLMTP
		}
		h := houseAt(t, o, houseOptions{seat: seat})
		n, err := h.r.dial()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.c.Mail("a@b.example", nil); err != nil {
			t.Fatal(err)
		}
		if err := n.c.Rcpt("u1@corp.test", nil); err != nil {
			t.Fatal(err)
		}
		n.send(func(yield func([]byte) bool) {
			yield([]byte("From: a@b.example\r\n\r\nhalf"))
			panic("something broke")
		}, []string{"u1@corp.test"}, nil)
		n.quit()
		time.Sleep(50 * time.Millisecond)
		if o.messages() != 0 {
			t.Errorf("lmtp %v: half a message was sent as a whole one: %q", lmtp, o.all())
		}
	}
}

// A sender that stops inside the message, and still listens, is told to come
// again; never 554.
func TestSenderStopsInsideTheMessage(t *testing.T) {
	for _, seat := range []kith.Seat{kith.SeatLMTP, kith.SeatSMTP} {
		hp := startHop(t, seat == kith.SeatLMTP)
		h := startHouse(t, hp, houseOptions{seat: seat})
		k := dialHouse(t, h)
		k.want(t, "MAIL FROM:<ann@vendor.example>", "250")
		k.want(t, "RCPT TO:<u1@corp.test>", "250")
		k.want(t, "DATA", "354")
		fmt.Fprint(k.c, "From: a@b.example\r\n\r\nhalf")
		k.c.(*net.TCPConn).CloseWrite()
		if a := k.read(); strings.HasPrefix(a, "5") {
			t.Errorf("%s: %s", seat, a)
		}
		if len(hp.got("u1@corp.test")) != 0 {
			t.Error("half a message was delivered")
		}
	}
}

// The same unnamed bytes again are another mail; the same named ones are the
// same mail, come again.
func TestUnnamedMailArrivesEachTime(t *testing.T) {
	const alarm = "From: ups@corp.test\nSubject: alarm\n\nOn battery.\n"
	for msg, want := range map[string]int{alarm: 2, "Message-ID: <1@ups>\n" + alarm: 1, "received: from ups\n" + alarm: 1} {
		for _, seat := range []kith.Seat{kith.SeatSMTP, kith.SeatLMTP} {
			hp := startHop(t, seat == kith.SeatLMTP)
			h := startHouse(t, hp, houseOptions{seat: seat, mode: kith.Enforce})
			for range 2 {
				if got, err := h.send("", []string{"u1@corp.test"}, msg); err != nil || got["u1@corp.test"][0] != '2' {
					t.Fatal(got, err)
				}
			}
			c := hp.got("u1@corp.test")
			if len(c) != want {
				t.Errorf("%s, %q: %d copies, want %d", seat, msg, len(c), want)
			}
			if len(c) == 2 && strings.Split(c[0], "\r\n")[0] == strings.Split(c[1], "\r\n")[0] {
				t.Errorf("both copies have %s: a duplicate rule would drop the second", c[0])
			}
		}
	}
}

// lock holds the store's write lock as a stranger's program may.
func lock(t *testing.T, path string) (free func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback(); db.Close() }
}

// While a stranger holds the store mail goes by the failure policy, and when he
// lets go, what was delivered meanwhile is known.
func TestStoreLockedByAStranger(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	free := lock(t, h.st.Path())
	start := time.Now()
	if got, err := h.send("Q1", []string{"u1@corp.test"}, letter); err != nil || got["u1@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	if d := time.Since(start); d > 8*time.Second {
		t.Errorf("took %s", d)
	}
	// The same mail again, still without the store: the next hop has it.
	if got, err := h.send("Q1", []string{"u1@corp.test"}, letter); err != nil || got["u1@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	free()
	for i := 0; h.l.Waiting(); i++ {
		if time.Sleep(100 * time.Millisecond); i == 150 {
			t.Fatal("the outcomes wait for ever")
		}
	}
	if got, err := h.send("Q1", []string{"u1@corp.test"}, letter); err != nil || got["u1@corp.test"][0] != '2' {
		t.Fatal(got, err)
	}
	if n := len(hp.got("u1@corp.test")); n != 1 || h.seen["answered"] != 2 {
		t.Errorf("%d copies, %d answered from memory", n, h.seen["answered"])
	}
	if r := h.records("Q1"); len(r) != 1 || r[0].State != kith.StateDelivered {
		t.Errorf("journal: %+v", r)
	}
}

// Replies of many lines, with control characters and beyond ASCII, reach the
// sender as one reply that can be read.
func TestWordsOfTheNextHopAreReadable(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool {
		switch {
		case strings.HasPrefix(cmd, "RCPT TO:<u1"):
			fmt.Fprint(c, "550-5.1.1 no\x07 Zustellung m\xf6glich\r\n550-5.1.1 \r\n550 5.1.1 end\r\n")
		case cmd == ".":
			fmt.Fprint(c, "250-2.6.0 first \x1b[31mline\r\n250 2.6.0 second "+strings.Repeat("z", 1500)+"\r\n")
		default:
			return o.usual(cmd, c)
		}
		return true
	})
	h := houseAt(t, o, houseOptions{})
	k := dialHouse(t, h)
	k.want(t, "MAIL FROM:<ann@vendor.example>", "250")
	k.want(t, "RCPT TO:<u1@corp.test>", "550 5.1.1 end")
	k.want(t, "RCPT TO:<u2@corp.test>", "250")
	k.want(t, "DATA", "354")
	fmt.Fprint(k.c, strings.ReplaceAll(letter, "\n", "\r\n")+".\r\n")
	if a := k.read(); !strings.HasPrefix(a, "250 2.6.0 <u2@corp.test> first ?[31mline (kith") {
		t.Errorf("%q", a)
	}
	k.want(t, "NOOP", "250")
}

func TestAThousandRecipients(t *testing.T) {
	hp := startHop(t, true)
	h := startHouse(t, hp, houseOptions{})
	var to []string
	for i := range maxRecipients + 2 {
		to = append(to, fmt.Sprintf("u%d@corp.test", i))
	}
	start := time.Now()
	got, err := h.send("Q1", to, letter)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range to {
		want := "250"
		if i >= maxRecipients {
			want = "452"
		}
		if !strings.HasPrefix(got[r], want) {
			t.Fatalf("%s: %s", r, got[r])
		}
	}
	if hp.txs != 1 {
		t.Errorf("%d transactions", hp.txs)
	}
	t.Logf("%s", time.Since(start))
}

// A hostile header makes no copy of the message in memory.
func TestBodyIsNotCopied(t *testing.T) {
	raw := bytes.Repeat([]byte("X-Kith-Id: forged\r\n"), 1000)
	raw = append(raw, "Subject: x\r\n\r\n"...)
	raw = append(raw, make([]byte, 20<<20)...)
	d := delivery{raw: raw, env: &kith.Envelope{Seat: kith.SeatLMTP}, mode: kith.Shadow}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	for p := range d.body() {
		n += len(p)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; n != len("Subject: x\r\n\r\n")+20<<20 || took > 1<<20 {
		t.Errorf("%d bytes, %d bytes of memory", n, took)
	}
}

func TestAddressesDifferInCaseAlone(t *testing.T) {
	hp := startHop(t, true)
	hp.fail = nil
	h := startHouse(t, hp, houseOptions{})
	got, err := h.send("Q1", []string{"u1@corp.test", "U1@corp.test", "u1@CORP.test"}, letter)
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	for r, a := range got {
		if a[0] != '2' || len(hp.got(r)) != 1 {
			t.Errorf("%s: %s, %d copies", r, a, len(hp.got(r)))
		}
	}
	if r := h.records("Q1"); len(r) != 3 {
		t.Errorf("%d journal rows", len(r))
	}
}
