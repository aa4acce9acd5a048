package smtpwire

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dialogue is a script for chat.play and the number of messages that the
// backend must have afterwards.
type dialogue struct {
	name   string
	opt    Options
	lmtp   bool
	login  bool
	script string
	want   int
}

var trust = Options{Trusted: everybody, Hostname: "mx.example"}

var dialogues = []dialogue{
	{name: "plain SMTP", script: `
			< 220
			> EHLO me
			< 250-Hello me|250-PIPELINING|250-8BITMIME|250-ENHANCEDSTATUSCODES|250 SIZE 67108864
			> MAIL FROM:<a@b.example>
			< 250
			> RCPT TO:<no@b.example>
			< 550 5.1.1
			> RCPT TO:<c@b.example>
			< 250
			> DATA
			< 354
			> Subject: x
			>
			> ..dot
			> .
			< 250
			> QUIT
			< 221
			x`, want: 1},
	{name: "LMTP answers for each", opt: trust, lmtp: true, script: `
			< 220
			> EHLO me
			< 500
			> LHLO me
			< 250-mx.example|250-PIPELINING|250-8BITMIME|250-ENHANCEDSTATUSCODES|250-SIZE 67108864|250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE|250 XCLIENT NAME REVERSE_NAME ADDR
			> MAIL FROM:<>
			> RCPT TO:<a@b.example>
			> RCPT TO:<c@b.example>
			> DATA
			< 250
			< 250
			< 250
			< 354
			> x
			> .
			< 250 2.0.0 <a@b.example>
			< 250 2.0.0 <c@b.example>
			> RSET
			< 250`, want: 1},
	{name: "XFORWARD is not for strangers", script: `
			< 220
			> EHLO me
			< 250-
			> XFORWARD NAME=a.example
			< 550 5.7.0
			> XCLIENT ADDR=192.0.2.1
			< 550 5.7.0
			> NOOP
			< 250`},
	{name: "XFORWARD faults", opt: trust, script: `
			< 220
			> EHLO me
			< 250-mx.example
			> XFORWARD
			< 501 5.5.4
			> XFORWARD NAME
			< 501 5.5.4 attribute=value
			> XFORWARD COLOUR=red
			< 501 5.5.4 unknown
			> XFORWARD ADDR=1.2.3
			< 501 5.5.4 bad ADDR
			> XFORWARD ADDR=fe80::1%eth0
			< 501
			> XFORWARD PORT=70000
			< 501
			> XFORWARD SOURCE=MOON
			< 501
			> XFORWARD NAME=a..b
			< 501
			> XFORWARD IDENT=` + strings.Repeat("x", 256) + `
			< 501 5.5.4 attribute value too long
			> xforward name=[UNAVAILABLE] Addr=ipv6:2001:db8::1
			< 250
			> MAIL FROM:<a@b.example>
			< 250
			> XFORWARD NAME=late.example
			< 503 5.5.1
			> XCLIENT NAME=late.example
			< 503 5.5.1`},
	{name: "BDAT is swallowed", script: `
			< 220
			> EHLO me
			< 250-
			> BDAT 22 LAST
			> MAIL FROM:<evil@x.x>
			< 502 5.5.1
			> BDAT 0
			< 502 5.5.1
			> MAIL FROM:<a@b.example>
			< 250
			> QUIT
			< 221
			x`},
	{name: "BDAT without a length ends it", script: `
			< 220
			> EHLO me
			< 250-
			> BDAT 99999999999 LAST
			< 501
			x`},
	{name: "BDAT beyond the limit ends it", opt: Options{Limits: Limits{Chunk: 10}}, script: `
			< 220
			> BDAT 11
			< 552
			x`},
	{name: "BDAT offered", opt: Options{Chunking: true}, script: `
			< 220
			> EHLO me
			< 250-Hello me|250-PIPELINING|250-8BITMIME|250-ENHANCEDSTATUSCODES|250-CHUNKING
			> BDAT 22 LAST
			> MAIL FROM:<evil@x.x>
			< 502
			> MAIL FROM:<a@b.example>
			< 250
			> BDAT 22 LAST
			> MAIL FROM:<evil@x.x>
			< 502
			> RCPT TO:<c@b.example>
			< 250
			> BDAT 6
			> QUIT
			< 250
			> BDAT 6 last
			> RSET
			< 250
			> NOOP
			< 250
			> QUIT
			< 221
			x`, want: 1},
	{name: "long line", script: `
			< 220
			> NOOP ` + strings.Repeat("x", 2041) + `
			< 250
			> NOOP ` + strings.Repeat("x", 2042) + `
			< 500 5.5.2 Line too long
			> NOOP ` + strings.Repeat("x", 100000) + `
			< 500 5.5.2 Line too long
			> NOOP
			< 250`},
	{name: "nested MAIL", script: `
			< 220
			> EHLO me
			< 250
			> MAIL FROM:<a@b.example>
			< 250
			> MAIL FROM:<b@b.example>
			< 503
			> EHLO me
			< 250
			> MAIL FROM:<b@b.example>
			< 250
			> RSET
			< 250
			> MAIL FROM:<b@b.example>
			< 250`},
	{name: "too many faults", opt: Options{Limits: Limits{Faults: 2}}, script: `
			< 220
			> XFORWARD A=B
			< 550
			> XFORWARD A=B
			< 550
			> XFORWARD A=B
			< 550
			< 421
			x`},
	{name: "SASL lines are not commands", login: true, opt: trust, script: `
			< 220
			> EHLO me
			< 250
			> AUTH LOGIN
			< 334
			> XFORWARD NAME=a.example
			< 454
			> AUTH LOGIN
			< 334
			> dXNlcg==
			< 334
			> c2VzYW1l
			< 235
			> XFORWARD NAME=a.example
			< 250`},
	{name: "nothing behind QUIT", script: `
			< 220
			> EHLO me
			< 250
			> MAIL FROM:<a@b.example>
			> QUIT
			> RCPT TO:<a@b.example>
			> DATA
			< 250
			< 221
			x`},
	{name: "STARTTLS not offered", script: `
			< 220
			> STARTTLS
			< 502
			> STARTTLSX
			< 502`},
}

func TestDialogues(t *testing.T) {
	for _, tc := range dialogues {
		t.Run(tc.name, func(t *testing.T) {
			r := &recorder{login: tc.login}
			addr, _ := serve(t, r, tc.opt, tc.lmtp)
			c := dial(t, addr)
			c.play(tc.script)
			if got := r.messages(); len(got) != tc.want {
				t.Errorf("backend has %d messages, want %d: %+v", len(got), tc.want, got)
			}
		})
	}
}

func TestBareInCommands(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{}, false)
	c := dial(t, addr)
	c.want("220")
	c.send("EHLO me\n")
	c.want("500 5.5.2")
	c.send("EHLO m\re\r\n")
	c.want("500 5.5.2")
	c.send("EHLO me\r\r\n")
	c.want("500 5.5.2")
	c.send("\n")
	c.want("500 5.5.2")
	c.send("EHLO me\r\n")
	c.want("250")
}

func TestBareInSASL(t *testing.T) {
	r := &recorder{login: true}
	addr, _ := serve(t, r, Options{}, false)
	c := dial(t, addr)
	c.want("220")
	c.send("EHLO me\r\nAUTH LOGIN\r\n")
	c.want("250", "334")
	c.send("dXNlcg==\n")
	c.want("501")
	c.send("AUTH LOGIN\r\n" + strings.Repeat("x", 12300) + "\r\nNOOP\r\n")
	c.want("334", "501", "250")
}

// The attributes of XFORWARD accumulate, are there for the whole transaction,
// and are gone after it, after RSET and after EHLO.
func TestXForwardLife(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{Trusted: func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }}, true)
	c := dial(t, addr)
	mail := "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n"
	c.want("220")
	c.send("LHLO postfix.example\r\n")
	c.want("250")
	c.send("XFORWARD NAME=spike.example ADDR=192.0.2.7 PORT=4711\r\n" +
		"XFORWARD PROTO=ESMTP HELO=spike+2Bone IDENT=4XyZ SOURCE=REMOTE\r\n" + mail)
	c.want("250 2.0.0 Ok", "250 2.0.0 Ok", "250", "250", "354")
	c.send("x\r\n.\r\n" + mail)
	c.want("250", "250", "250", "354")
	c.send("x\r\n.\r\nXFORWARD IDENT=A\r\nRSET\r\nXFORWARD IDENT=B\r\nLHLO again\r\n" + mail)
	c.want("250", "250", "250", "250", "250", "250", "250", "354")
	c.send("x\r\n.\r\n")
	c.want("250")
	got := r.messages()
	if len(got) != 3 {
		t.Fatalf("%d messages", len(got))
	}
	m := got[0]
	if m.ident != "4XyZ" || m.client.Addr != netip.MustParseAddr("192.0.2.7") || m.client.Name != "spike.example" ||
		m.client.Helo != "spike+one" || m.client.Proto != "ESMTP" {
		t.Errorf("first message: %+v", m)
	}
	for _, m := range got[1:] {
		if m.ident != "" || m.client.Addr != netip.MustParseAddr("127.0.0.1") {
			t.Errorf("later message: %+v", m)
		}
	}
	if got[2].client.Helo != "again" {
		t.Errorf("helo %q", got[2].client.Helo)
	}
}

// XCLIENT begins anew: greeting, a new session, no EHLO of before.
func TestXClient(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{Trusted: everybody}, false)
	c := dial(t, addr)
	c.play(`
		< 220
		> EHLO me
		< 250
		> XCLIENT ADDR=IPV6:2001:db8::7 NAME=far.example LOGIN=ann@b.example
		< 220
		> MAIL FROM:<a@b.example>
		< 502
		> XCLIENT HELO=far PROTO=ESMTP
		< 220
		> EHLO far.example
		< 250
		> MAIL FROM:<a@b.example>
		< 250
		> RCPT TO:<c@b.example>
		< 250
		> DATA
		< 354
		> .
		< 250`)
	got := r.messages()
	if len(got) != 1 || got[0].client.Addr != netip.MustParseAddr("2001:db8::7") || got[0].client.Name != "far.example" ||
		got[0].client.Helo != "far" || got[0].data != "" {
		t.Fatalf("%+v", got)
	}
	if w := r.wire(); w.Claimed().Login != "ann@b.example" || w.Peer().Addr().String() != "127.0.0.1" {
		t.Errorf("claimed %+v, peer %v", w.Claimed(), w.Peer())
	}
	if r.sessions != 2 {
		t.Errorf("%d sessions, want 2", r.sessions)
	}
	c.play("> QUIT\n< 221\nx")
}

func TestUnixSocketTrust(t *testing.T) {
	for _, trust := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "s")
		inner, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		s := newServer(&recorder{}, true)
		go s.Serve(Listen(inner, Options{TrustUnix: trust, Trusted: everybody}))
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		c := newChat(t, conn)
		c.want("220")
		c.send("LHLO me\r\n")
		if got := c.reply(); strings.Contains(got, "XFORWARD") != trust {
			t.Errorf("trust %v: %q", trust, got)
		}
		conn.Close()
		s.Close()
	}
}

func TestOffer(t *testing.T) {
	r := &recorder{onNew: func(c *Conn) {
		c.Offer([]string{"8bitmime", "STARTTLS"}, []string{"SIZE 1000", "SMTPUTF8"})
	}}
	addr, _ := serve(t, r, Options{Hide: []string{"PIPELINING"}}, false)
	c := dial(t, addr)
	c.want("220")
	c.send("EHLO me\r\n")
	if got := c.reply(); got != "250-Hello me|250-PIPELINING|250-ENHANCEDSTATUSCODES|250-SIZE 1000|250 SMTPUTF8" {
		t.Error(got)
	}
	c.send("HELO me\r\n")
	if got := c.reply(); got != "250 2.0.0 Hello me" {
		t.Error(got)
	}
}

func TestEarlyTalkers(t *testing.T) {
	start := func(early EarlyPolicy) (*recorder, *chat) {
		r := &recorder{}
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c := newChat(t, conn)
		c.send("EHLO me\r\n")
		time.Sleep(20 * time.Millisecond) // the bytes must be there before the server is
		s := newServer(r, false)
		go s.Serve(Listen(inner, Options{Early: early}))
		t.Cleanup(func() { s.Close(); conn.Close() })
		return r, c
	}
	_, c := start(EarlyForbid)
	c.want("554 5.5.0")
	c.wantClosed()

	r, c := start(EarlyNote)
	c.want("220", "250")
	c.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\nx\r\n.\r\n")
	c.want("250", "250", "354", "250")
	if got := r.wire().Stats(); got.Early != 2 || got.Messages != 1 {
		t.Errorf("%+v, want two early and one message", got)
	}

	addr, _ := serve(t, &recorder{}, Options{Early: EarlyForbid}, false)
	c = dial(t, addr)
	c.want("220")
	c.send("EHLO me\r\n")
	c.want("250")
	c.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\nx\r\n.\r\n")
	c.want("250", "250", "554 5.5.0")
	c.wantClosed()
}

func TestRefusal(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{Bare: BareRefuse}, false)
	c := dial(t, addr)
	c.want("220")
	c.send("EHLO me\r\n")
	c.want("250")
	for _, tc := range []struct{ body, want string }{
		{"fine\r\n", "250"}, {"one\n", "550 5.6.11"}, {"two\rx\r\n", "550 5.6.11"}, {"fine\r\n", "250"},
	} {
		c.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n")
		c.want("250", "250", "354")
		c.send(tc.body + "\r\n.\r\n")
		c.want(tc.want)
	}
}

func TestTimeouts(t *testing.T) {
	short := 60 * time.Millisecond
	mail := "EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n"
	drip := func(c *chat, s string) {
		for i := range len(s) {
			time.Sleep(15 * time.Millisecond)
			if _, err := c.conn.Write([]byte(s[i : i+1])); err != nil {
				return
			}
		}
	}
	t.Run("idle", func(t *testing.T) {
		addr, _ := serve(t, &recorder{}, Options{Timeouts: Timeouts{Idle: short}}, false)
		c := dial(t, addr)
		c.want("220", "421 4.4.2")
		c.wantClosed()
	})
	t.Run("line", func(t *testing.T) {
		addr, _ := serve(t, &recorder{}, Options{Timeouts: Timeouts{Line: short}}, false)
		c := dial(t, addr)
		c.want("220")
		go drip(c, "NOOP x x x x x x x x x x x x x x x\r\n")
		c.want("421 4.4.2")
	})
	t.Run("idle inside a message is temporary", func(t *testing.T) {
		r := &recorder{}
		addr, _ := serve(t, r, Options{Timeouts: Timeouts{Idle: short}}, false)
		c := dial(t, addr)
		c.want("220")
		c.send(mail)
		c.want("250", "250", "250", "354", "421 4.4.2 Timeout inside the message", "421")
		c.wantClosed()
		if len(r.messages()) != 0 {
			t.Error("a broken message reached the backend whole")
		}
	})
	t.Run("patience", func(t *testing.T) {
		addr, _ := serve(t, &recorder{}, Options{Timeouts: Timeouts{Patience: 3 * short}}, false)
		c := dial(t, addr)
		c.want("220")
		c.send(mail)
		c.want("250", "250", "250", "354")
		began := time.Now()
		go drip(c, strings.Repeat("x\r\n", 100))
		c.want("421 4.4.2")
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("a dripping client was borne for %v", d)
		}
	})
}

func TestDrain(t *testing.T) {
	r := &recorder{}
	addr, l := serve(t, r, Options{}, false)
	idle, busy := dial(t, addr), dial(t, addr)
	idle.play("< 220\n> EHLO me\n< 250")
	busy.play(`
		< 220
		> EHLO me
		< 250
		> MAIL FROM:<a@b.example>
		< 250`)
	l.Drain()
	idle.play("< 421 4.3.2\nx")
	busy.play(`
		> RCPT TO:<c@b.example>
		< 250
		> DATA
		< 354
		> x
		> .
		< 250
		< 421 4.3.2
		x`)
	if len(r.messages()) != 1 {
		t.Error("the message in hand was lost")
	}
}

func TestDataLimit(t *testing.T) {
	addr, _ := serve(t, &recorder{}, Options{Limits: Limits{Data: 100000}}, false)
	c := dial(t, addr)
	c.want("220")
	c.send("EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n")
	c.want("250", "250", "250", "354")
	go c.conn.Write([]byte(strings.Repeat("x", 200000)))
	c.want("421 4.3.0")
}
