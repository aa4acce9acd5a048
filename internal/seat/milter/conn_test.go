package milter

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"kith/internal/kith"
	"kith/internal/pipeline"
)

// packet frames one packet of the milter protocol.
func packet(code byte, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(data)))
	return string(append(b, code)) + data
}

func optNeg(version, actions, protocol uint32) string {
	b := binary.BigEndian.AppendUint32(nil, version)
	b = binary.BigEndian.AppendUint32(b, actions)
	return packet('O', string(binary.BigEndian.AppendUint32(b, protocol)))
}

var offerAll = optNeg(6, 0x1FF, 0x1FFFFF)

// talk sends raw bytes and returns what comes back until the server hangs up or
// is silent for a while.
func talk(t testing.TB, path, out string) string {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, out); err != nil {
		return ""
	}
	c.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
	b, _ := io.ReadAll(c)
	return string(b)
}

func TestNegotiation(t *testing.T) {
	const all = gomilter.OptProtocol(0x1FFFFF)
	const noReplies = gomilter.OptNoHeaderReply | gomilter.OptNoConnReply | gomilter.OptNoHeloReply | gomilter.OptNoMailReply |
		gomilter.OptNoRcptReply | gomilter.OptNoDataReply | gomilter.OptNoUnknownReply | gomilter.OptNoEOHReply | gomilter.OptNoBodyReply
	tests := []struct {
		name         string
		mode         func() kith.Mode
		version      uint32
		actions      gomilter.OptAction
		protocol     gomilter.OptProtocol
		wantActions  gomilter.OptAction
		wantProtocol gomilter.OptProtocol
		wantMacros   bool
	}{
		{"shadow", nil, 6, 0x1FF, all, gomilter.OptSetMacros, noReplies | gomilter.OptNoUnknown | gomilter.OptHeaderLeadingSpace, true},
		{"enforce", enforce, 6, 0x1FF, all, gomilter.OptSetMacros | gomilter.OptAddHeader | gomilter.OptChangeHeader, noReplies | gomilter.OptNoUnknown | gomilter.OptHeaderLeadingSpace, true},
		{"old MTA", enforce, 2, 0x3F, 0x7F, gomilter.OptAddHeader | gomilter.OptChangeHeader, 0, false},
		{"some", nil, 6, 0, gomilter.OptNoHeaderReply | gomilter.OptSkip, 0, gomilter.OptNoHeaderReply, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, path := serve(t, Border, Options{Judge: &bench{}, Mode: tt.mode})
			got := talk(t, path, optNeg(tt.version, uint32(tt.actions), uint32(tt.protocol)))
			if len(got) < 17 || got[4] != 'O' {
				t.Fatalf("answer %q", got)
			}
			b := []byte(got[5:])
			version, actions, protocol := binary.BigEndian.Uint32(b), gomilter.OptAction(binary.BigEndian.Uint32(b[4:])), gomilter.OptProtocol(binary.BigEndian.Uint32(b[8:]))
			if version != tt.version || actions != tt.wantActions || protocol != tt.wantProtocol {
				t.Errorf("version %d actions %v protocol %v", version, actions, protocol)
			}
			if macros := string(b[12:]); (macros != "") != tt.wantMacros || tt.wantMacros && !strings.Contains(macros, "{auth_authen} {auth_type}\x00") {
				t.Errorf("macros %q", macros)
			}
		})
	}
}

// TestOneReply: a whole message gets exactly two packets, one for the
// negotiation and one at the end.
func TestOneReply(t *testing.T) {
	b := &bench{}
	_, path := serve(t, Border, Options{Judge: b})
	got := talk(t, path, offerAll+
		packet('D', "Cj\x00mx.corp.example\x00")+packet('C', "h\x004\x04\x01203.0.113.7\x00")+packet('H', "h\x00")+
		packet('M', "<a@b.example>\x00")+packet('R', "<c@d.example>\x00")+packet('D', "Ti\x004late\x00")+packet('T', "")+
		packet('L', "A\x00 b\x00")+packet('N', "")+packet('B', "x\r\n")+packet('E', ""))
	n := 4 + int(binary.BigEndian.Uint32([]byte(got)))
	if rest := got[n:]; rest != packet('a', "") {
		t.Errorf("after the negotiation came %q", rest)
	}
	if len(b.judged) != 1 || b.judged[0].raw != "A: b\r\n\r\nx\r\n" || b.judged[0].env.QueueID != "4late" {
		t.Errorf("judged %+v", b.judged)
	}
}

// TestOldMTA: an MTA that waits for each reply gets each reply.
func TestOldMTA(t *testing.T) {
	b := &bench{}
	_, path := serve(t, Border, Options{Judge: b})
	m := connect(t, path, nil, gomilter.WithMaximumVersion(2), gomilter.WithActions(gomilter.OptAddHeader), gomilter.WithProtocols(0))
	x := plain
	x.fields = [][2]string{{"From", "ann@vendor.example"}, {"Subject", "hello"}} // such an MTA swallows the space
	m.send(x)
	m.send(x)
	if len(b.judged) != 2 || b.judged[1].raw != plainBytes {
		t.Errorf("judged %+v", b.judged)
	}
}

// TestMalformed sends what a broken or hostile MTA may send. The server must
// hang up and go on serving others; several of these end the library's process.
func TestMalformed(t *testing.T) {
	tests := map[string]string{
		"nothing":                "",
		"empty packet":           "\x00\x00\x00\x00",
		"empty after greeting":   offerAll + "\x00\x00\x00\x00",
		"huge packet":            offerAll + "\x1f\xff\xff\xffB",
		"short greeting":         packet('O', "\x00"),
		"not a greeting":         packet('E', ""),
		"greeting twice":         offerAll + offerAll,
		"connect without zero":   offerAll + packet('C', "host"),
		"connect without family": offerAll + packet('C', "host\x00"),
		"connect without port":   offerAll + packet('C', "host\x004\x01"),
		"mail without zero":      offerAll + packet('M', "<a@b.example>"),
		"empty mail":             offerAll + packet('M', ""),
		"rcpt without zero":      offerAll + packet('R', "<a@b.example>"),
		"long mail":              offerAll + packet('M', strings.Repeat("x", maxCommand)+"\x00"),
		"header of one string":   offerAll + packet('L', "A\x00"),
		"header of three":        offerAll + packet('L', "A\x00b\x00c\x00"),
		"empty macro":            offerAll + packet('D', ""),
		"unknown command":        offerAll + packet('z', "x"),
		"cut in a packet":        offerAll + packet('B', "xxxx")[:7],
	}
	b := &bench{}
	srv, path := serve(t, Border, Options{Judge: b, MaxConns: 4})
	for name, out := range tests {
		t.Run(name, func(t *testing.T) {
			got := talk(t, path, out)
			if strings.HasPrefix(out, offerAll) && len(got) < 17 {
				t.Errorf("no negotiation: %q", got)
			}
		})
	}
	connect(t, path, nil).send(plain)
	if len(b.judged) != 1 {
		t.Error("the server does not serve any more")
	}
	waitFor(t, func() bool { return srv.memory.TryAcquire(srv.opt.MaxMemory) })
}

// TestOutOfOrder: events without a MAIL before them must not crash the seat.
func TestOutOfOrder(t *testing.T) {
	_, path := serve(t, Border, Options{Judge: &bench{}})
	for _, out := range []string{packet('E', ""), packet('L', "A\x00b\x00") + packet('E', ""), packet('B', "x") + packet('E', ""), packet('R', "<>\x00") + packet('E', ""), packet('A', "") + packet('E', "")} {
		talk(t, path, offerAll+out)
	}
	connect(t, path, nil).send(plain)
}

func TestPeers(t *testing.T) {
	refused := make(chan bool, 1)
	s, err := New(Options{Judge: &bench{}, Log: quiet, Peers: func(netip.Addr) bool { return false },
		Counts: Counts{Refused: func() { refused <- true }}})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(ln, Border)
	defer s.Shutdown(t.Context())
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, offerAll)
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	if b, _ := io.ReadAll(c); len(b) != 0 {
		t.Errorf("a stranger was answered %q", b)
	}
	<-refused
}

func TestMaxConns(t *testing.T) {
	_, path := serve(t, Border, Options{Judge: &bench{}, MaxConns: 1})
	first := connect(t, path, nil)
	if got := talk(t, path, offerAll); got != "" {
		t.Errorf("the second connection was answered %q while the first is open", got)
	}
	first.Close()
	connect(t, path, nil).send(plain)
}

func TestNew(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("no Judge was taken")
	}
	if _, err := New(Options{Judge: &bench{}, MaxMemory: 10, MaxMessage: 11}); err == nil {
		t.Error("a limit that no memory holds was taken")
	}
}

func FuzzMilterDialogue(f *testing.F) {
	message := packet('C', "h\x004\x04\x01203.0.113.7\x00") + packet('H', "h\x00") + packet('M', "<a@b.example>\x00SIZE=1\x00") +
		packet('R', "<c@d.example>\x00") + packet('T', "") + packet('L', "X-Kith-A\x00 b\n c\x00") + packet('N', "") + packet('B', "x\r\n") + packet('E', "")
	f.Add([]byte(offerAll + message + message))
	f.Add([]byte(optNeg(2, 0x3f, 0x7f) + message + packet('Q', "")))
	f.Add([]byte(offerAll + packet('D', "Cj\x00x\x00{daemon_name}") + packet('K', "") + message + packet('A', "")))
	f.Add([]byte(offerAll + packet('C', "x") + packet('M', "\x00")))
	s, path := serve(f, Border, Options{Judge: &bench{}, Mode: enforce, MaxMessage: 1 << 16, MaxMemory: 1 << 16, MaxRcpts: 3, MaxConns: 1, AuthServID: func() string { return "mx" }})
	f.Fuzz(func(t *testing.T, out []byte) {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c.Write(out)
			c.(*net.UnixConn).CloseWrite()
		}()
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil && os.IsTimeout(err) {
			t.Fatal("the server does not hang up")
		}
		c.Close()
		waitFor(t, func() bool {
			ok := s.memory.TryAcquire(s.opt.MaxMemory)
			if ok {
				s.memory.Release(s.opt.MaxMemory)
			}
			return ok && len(s.slots) == 1 // the one that waits to accept
		})
	})
}

// A slow judgement keeps the MTA waiting with progress notes, and the answer is
// the last thing that it reads.
func TestPatience(t *testing.T) {
	b := &bench{judge: func(_ context.Context, env *kith.Envelope, _ []byte) *pipeline.Outcome {
		time.Sleep(50 * time.Millisecond)
		return outcome(env, kith.Plan{})
	}}
	_, path := serve(t, Border, Options{Judge: b, progressEvery: 5 * time.Millisecond})
	got := talk(t, path, offerAll+packet('C', "h\x004\x04\x01203.0.113.7\x00")+packet('M', "<a@b.example>\x00")+packet('R', "<c@d.example>\x00")+
		packet('N', "")+packet('B', "x\r\n")+packet('E', ""))
	note, end := packet('p', ""), packet('a', "")
	if n := strings.Count(got, note); n < 3 || !strings.HasSuffix(got, note+end) {
		t.Errorf("%d progress notes, and %q at the end", n, got[max(0, len(got)-10):])
	}
}
