package relay

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/internal/kith"
)

// oddHop is a next hop whose answers a test writes by hand. answer gets each
// command, or "." for a message's final dot, and writes what it likes; false
// closes the connection.
type oddHop struct {
	ln     net.Listener
	ext    string
	answer func(n int, cmd string, c net.Conn) bool // n: connections so far

	mu    sync.Mutex
	heard []string
	data  []string
	conns int
}

func startOddHop(t *testing.T, ext string, answer func(n int, cmd string, c net.Conn) bool) *oddHop {
	t.Helper()
	o := &oddHop{ext: ext, answer: answer}
	var err error
	if o.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.ln.Close() })
	go func() {
		for {
			c, err := o.ln.Accept()
			if err != nil {
				return
			}
			o.mu.Lock()
			o.conns++
			n := o.conns
			o.mu.Unlock()
			go o.talk(n, c)
		}
	}()
	return o
}

func (o *oddHop) talk(n int, c net.Conn) {
	defer c.Close()
	fmt.Fprint(c, "220 odd\r\n")
	r := bufio.NewReader(c)
	for inData, msg := false, ""; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if inData && line != "." {
			msg += line + "\n"
			continue
		}
		o.mu.Lock()
		o.heard = append(o.heard, line)
		if inData {
			o.data, msg, inData = append(o.data, msg), "", false
		}
		o.mu.Unlock()
		if line == "DATA" {
			inData = true
		}
		if !o.answer(n, line, c) {
			return
		}
	}
}

func (o *oddHop) all() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.heard...)
}

// recipients counts those of the last transaction; one connection at a time.
func (o *oddHop) recipients() (n int) {
	for _, cmd := range o.all() {
		switch {
		case strings.HasPrefix(cmd, "MAIL"):
			n = 0
		case strings.HasPrefix(cmd, "RCPT"):
			n++
		}
	}
	return n
}

func (o *oddHop) messages() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.data)
}

// usual answers as an obliging LMTP server would.
func (o *oddHop) usual(cmd string, c net.Conn) bool {
	switch word, _, _ := strings.Cut(cmd, " "); word {
	case "LHLO", "EHLO":
		fmt.Fprintf(c, "250-odd\r\n%s250 8BITMIME\r\n", o.ext)
	case "DATA":
		fmt.Fprint(c, "354 go\r\n")
	case ".":
		for range o.recipients() {
			fmt.Fprint(c, "250 2.0.0 saved\r\n")
		}
	case "QUIT":
		fmt.Fprint(c, "221 bye\r\n")
		return false
	default:
		fmt.Fprint(c, "250 2.0.0 ok\r\n")
	}
	return true
}

func houseAt(t *testing.T, o *oddHop, ho houseOptions) *house {
	t.Helper()
	return startHouse(t, &hop{ln: o.ln}, ho)
}

// dialHouse says hello as an MTA does.
func dialHouse(t *testing.T, h *house) *talk {
	t.Helper()
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	k := newTalk(c)
	k.read()
	hello := "LHLO"
	if h.r.opt.Seat == kith.SeatSMTP {
		hello = "EHLO"
	}
	if a := k.say(hello + " mta.test"); a[0] != '2' {
		t.Fatal(a)
	}
	return k
}

func (t *talk) want(tt *testing.T, cmd, prefix string) {
	tt.Helper()
	if a := t.say(cmd); !strings.HasPrefix(a, prefix) {
		tt.Errorf("%q: answer is %q, want %s", cmd, a, prefix)
	}
}

func TestQuotedLocalPartsStayQuoted(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool { return o.usual(cmd, c) })
	h := houseAt(t, o, houseOptions{})
	k := dialHouse(t, h)
	k.want(t, `MAIL FROM:<"ann b"@vendor.example>`, "250")
	for _, to := range []string{`"john smith"@corp.test`, `"u1@corp.test> NOTIFY=NEVER <x"@corp.test`, `"a\"b\\c"@corp.test`} {
		k.want(t, "RCPT TO:<"+to+">", "250")
	}
	k.want(t, "DATA", "354")
	fmt.Fprint(k.c, strings.ReplaceAll(letter, "\n", "\r\n")+".\r\n")
	for range 3 {
		if a := k.read(); a[0] != '2' {
			t.Error(a)
		}
	}
	for _, want := range []string{`MAIL FROM:<"ann b"@vendor.example> BODY=8BITMIME`, `RCPT TO:<"john smith"@corp.test>`,
		`RCPT TO:<"u1@corp.test> NOTIFY=NEVER <x"@corp.test>`, `RCPT TO:<"a\"b\\c"@corp.test>`} {
		found := false
		for _, got := range o.all() {
			found = found || got == want
		}
		if !found {
			t.Errorf("the next hop did not hear %s, but %q", want, o.all())
		}
	}
	if r := h.records(`"john smith"@corp.test`); len(r) != 1 {
		t.Errorf("the journal has %d rows of the quoted address", len(r))
	}
}

func TestRefusedXForwardRefusesNoMail(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "250-XFORWARD NAME ADDR PROTO HELO IDENT\r\n", func(_ int, cmd string, c net.Conn) bool {
		if strings.HasPrefix(cmd, "XFORWARD") {
			fmt.Fprint(c, "550 5.7.0 you may not\r\n")
			return true
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{})
	if got, err := h.send("Q1", []string{"u1@corp.test"}, letter); err != nil || got["u1@corp.test"][0] != '2' {
		t.Error(got, err)
	}
}

// Dovecot says 421 on an idle connection before it closes it.
func TestIdleFarewellIsNoAnswer(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "250-XFORWARD IDENT\r\n", func(n int, cmd string, c net.Conn) bool {
		if n == 1 && (strings.HasPrefix(cmd, "MAIL") || strings.HasPrefix(cmd, "XFORWARD")) {
			fmt.Fprint(c, "421 4.4.2 Disconnected for inactivity\r\n")
			return false
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{})
	for _, q := range []string{"", "Q1"} {
		o.mu.Lock()
		o.conns = 0
		o.mu.Unlock()
		if got, err := h.send(q, []string{"u1@corp.test"}, letter+q+"\n"); err != nil || got["u1@corp.test"] == "" || got["u1@corp.test"][0] != '2' {
			t.Error(q, got, err)
		}
	}
}

// The next hop goes away between two RCPTs: the transaction goes on with a new
// connection, or ends with a temporary failure; never with a panic.
func TestNextLostAmongRecipients(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(n int, cmd string, c net.Conn) bool {
		if n == 1 && strings.HasPrefix(cmd, "RCPT TO:<u2") {
			return false
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{})
	k := dialHouse(t, h)
	k.want(t, "MAIL FROM:<ann@vendor.example>", "250")
	k.want(t, "RCPT TO:<u1@corp.test>", "250")
	k.want(t, "RCPT TO:<u2@corp.test>", "451")
	k.want(t, "RCPT TO:<u3@corp.test>", "2")
	k.want(t, "DATA", "354")
	fmt.Fprint(k.c, strings.ReplaceAll(letter, "\n", "\r\n")+".\r\n")
	for range 2 {
		if a := k.read(); !strings.HasPrefix(a, "250") {
			t.Error(a)
		}
	}
	k.want(t, "NOOP", "250")
}

func TestNextHangsInsideTheMessage(t *testing.T) {
	stop := make(chan bool)
	defer close(stop)
	var o *oddHop
	o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool {
		if cmd == "DATA" {
			fmt.Fprint(c, "354 go\r\n")
			<-stop
			return false
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{max: 40 << 20, wait: time.Second})
	start := time.Now()
	got, err := h.send("Q1", []string{"u1@corp.test"}, letter+strings.Repeat(strings.Repeat("x", 70)+"\n", 30<<20/71))
	if err != nil || !strings.HasPrefix(got["u1@corp.test"], "451") {
		t.Errorf("after %s: %v %v", time.Since(start), got, err)
	}
}

// The wait is for each reply: a server that files fifty copies one after another
// is slow, not gone.
func TestSlowRepliesAreWaitedForOneByOne(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool {
		if cmd == "." {
			for range 4 {
				time.Sleep(600 * time.Millisecond)
				fmt.Fprint(c, "250 2.0.0 saved\r\n")
			}
			return true
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{wait: time.Second})
	to := []string{"u1@corp.test", "u2@corp.test", "u3@corp.test", "u4@corp.test"}
	got, err := h.send("Q1", to, letter)
	for _, r := range to {
		if err != nil || got[r][0] != '2' {
			t.Error(r, got[r], err)
		}
	}
}

func TestSomeAnswersThenSilence(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(n int, cmd string, c net.Conn) bool {
		if n == 1 && cmd == "." {
			fmt.Fprint(c, "250 2.0.0 saved\r\n250 2.0.0 saved\r\n")
			time.Sleep(3 * time.Second)
			return false
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{wait: time.Second})
	to := []string{"u1@corp.test", "u2@corp.test", "u3@corp.test"}
	got, _ := h.send("Q1", to, letter)
	if got[to[0]][0] != '2' || got[to[1]][0] != '2' || !strings.HasPrefix(got[to[2]], "451 4.4.2") {
		t.Error(got)
	}
	got, _ = h.send("Q1", to, letter)
	for _, r := range to {
		if got[r][0] != '2' {
			t.Error(r, got[r])
		}
	}
	n := 0
	for _, cmd := range o.all() {
		if strings.HasPrefix(cmd, "RCPT") {
			n++
		}
	}
	if h.seen["answered"] != 2 || o.messages() != 2 {
		t.Errorf("%d answered from memory, %d messages", h.seen["answered"], o.messages())
	}
}

// A sender that lost patience comes again while the first attempt still runs:
// it must not have the mail delivered beside it.
func TestSecondAttemptBesideTheFirst(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(n int, cmd string, c net.Conn) bool {
		if cmd == "." {
			time.Sleep(1500 * time.Millisecond)
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{})
	first := make(chan map[string]string)
	go func() { got, _ := h.send("Q1", []string{"u1@corp.test"}, letter); first <- got }()
	for range 100 {
		if time.Sleep(10 * time.Millisecond); o.messages() == 1 {
			break
		}
	}
	got, err := h.send("Q1", []string{"u1@corp.test"}, letter)
	if err != nil || !strings.HasPrefix(got["u1@corp.test"], "451") {
		t.Error("beside the first attempt:", got, err)
	}
	if got := <-first; got["u1@corp.test"][0] != '2' {
		t.Error(got)
	}
	if got, _ = h.send("Q1", []string{"u1@corp.test"}, letter); got["u1@corp.test"][0] != '2' || h.seen["answered"] != 1 {
		t.Error("after it:", got, h.seen)
	}
	if o.messages() != 1 {
		t.Errorf("%d copies", o.messages())
	}
}

// Words that mean nothing after DATA are no acceptance.
func TestOddCodes(t *testing.T) {
	for what, said := range map[string]string{"DATA": "250 2.0.0 sure", ".": "354 more", "RCPT": "199 hm", "MAIL": "999 no"} {
		var o *oddHop
		o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool {
			if word, _, _ := strings.Cut(cmd, " "); word == what {
				fmt.Fprint(c, said+"\r\n")
				return true
			}
			return o.usual(cmd, c)
		})
		h := houseAt(t, o, houseOptions{})
		k := dialHouse(t, h)
		steps := []string{"MAIL FROM:<ann@vendor.example>", "RCPT TO:<u1@corp.test>", "DATA"}
		got := ""
		for _, s := range steps {
			if got = k.say(s); got[0] != '2' && got[0] != '3' || strings.HasPrefix(s, what) && what != "DATA" {
				break
			}
		}
		if strings.HasPrefix(got, "354") {
			fmt.Fprint(k.c, strings.ReplaceAll(letter, "\n", "\r\n")+".\r\n")
			got = k.read()
		}
		if got[0] != '4' {
			t.Errorf("%q to %s became %q, want a temporary failure", said, what, got)
		}
	}
}

// A 421 of the next hop closes that connection, not the sender's: he is not
// told that his is closing.
func TestFarewellOfTheNextHopIsNotOurs(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(n int, cmd string, c net.Conn) bool {
		if n == 1 && strings.HasPrefix(cmd, "RCPT") {
			fmt.Fprint(c, "421 4.3.2 shutting down\r\n")
			return false
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{})
	k := dialHouse(t, h)
	k.want(t, "MAIL FROM:<ann@vendor.example>", "250")
	k.want(t, "RCPT TO:<u1@corp.test>", "451 4.3.2")
	k.want(t, "RSET", "250")
	k.want(t, "MAIL FROM:<ann@vendor.example>", "250")
	k.want(t, "RCPT TO:<u1@corp.test>", "250")
}

// A next hop that takes one message for each connection serves all groups.
func TestOneMessagePerConnection(t *testing.T) {
	var o *oddHop
	o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool { return o.usual(cmd, c) && cmd != "." })
	h := houseAt(t, o, houseOptions{})
	to := []string{"u1+a@corp.test", "u1+b@corp.test", "u1+c@corp.test"}
	got, err := h.send("Q1", to, letter)
	for _, r := range to {
		if err != nil || got[r][0] != '2' {
			t.Error(r, got[r], err)
		}
	}
}

// Once the next hop is lost for good the remaining groups do not wait for it
// one after another.
func TestLostNextIsNotAskedForEachGroup(t *testing.T) {
	stop := make(chan bool)
	defer close(stop)
	var o *oddHop
	o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool {
		if cmd == "." {
			<-stop
			return false
		}
		return o.usual(cmd, c)
	})
	h := houseAt(t, o, houseOptions{wait: time.Second})
	var to []string
	for i := range 8 {
		to = append(to, fmt.Sprintf("u1+%d@corp.test", i))
	}
	start := time.Now()
	got, err := h.send("Q1", to, letter)
	for _, r := range to {
		if err != nil || !strings.HasPrefix(got[r], "451") {
			t.Error(r, got[r], err)
		}
	}
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("took %s for eight groups", d)
	}
}

// The postmaster needs no domain (RFC 5321 section 4.5.1), in either case of
// letters, and reaches the next hop and the journal without one.
func TestPostmasterNeedsNoDomain(t *testing.T) {
	for _, seat := range []kith.Seat{kith.SeatLMTP, kith.SeatSMTP} {
		var o *oddHop
		o = startOddHop(t, "", func(_ int, cmd string, c net.Conn) bool { return o.usual(cmd, c) })
		h := houseAt(t, o, houseOptions{seat: seat})
		k := dialHouse(t, h)
		k.want(t, "MAIL FROM:<ann@vendor.example>", "250")
		k.want(t, "RCPT TO:<PostMaster>", "250")
		k.want(t, "RCPT TO:<ann>", "501")
		k.want(t, "DATA", "354")
		fmt.Fprint(k.c, strings.ReplaceAll(letter, "\n", "\r\n")+".\r\n")
		if a := k.read(); a[0] != '2' {
			t.Error(a)
		}
		if !slices.Contains(o.all(), "RCPT TO:<postmaster>") {
			t.Errorf("%s: the next hop heard %q", seat, o.all())
		}
		if recs, _ := h.st.Trace(t.Context(), "ann@vendor.example", 10); len(recs) != 1 || recs[0].Rcpt != "postmaster" {
			t.Errorf("%s: the journal says %+v", seat, recs)
		}
	}
}
