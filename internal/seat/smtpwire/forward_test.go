package smtpwire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func forward(t *testing.T, addr string, lmtp bool) (*Forward, *smtp.Client) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	f := NewForward(conn)
	f.LMTP = lmtp
	client := smtp.NewClient(f)
	if lmtp {
		client = smtp.NewClientLMTP(f)
	}
	t.Cleanup(func() { client.Close() })
	if err := client.Hello("proxy.example"); err != nil {
		t.Fatal(err)
	}
	return f, client
}

func TestForwardXForward(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{Trusted: everybody}, true)
	f, client := forward(t, addr, true)
	a := Attrs{
		Given: AttrName | AttrAddr | AttrHelo | AttrIdent | AttrLogin | AttrProto, Name: "", Proto: "ESMTPS",
		Addr: netip.MustParseAddr("2001:db8::9"), Helo: "a+b=c", Ident: "4XyZ", Login: "not offered in XFORWARD",
	}
	if said, err := f.XForward(client, a); err != nil || !said {
		t.Fatal(said, err)
	}
	if err := client.SendMail("a@b.example", []string{"c@b.example"}, strings.NewReader("x\r\n")); err != nil {
		t.Fatal(err)
	}
	m := r.messages()[0]
	if m.ident != a.Ident || m.client.Addr != a.Addr || m.client.Helo != a.Helo || m.client.Name != "" || m.client.Proto != "ESMTPS" {
		t.Errorf("%+v", m)
	}
	if code, text, err := f.Command("NOOP"); code != 250 || err != nil {
		t.Error(code, text, err)
	}
	if _, _, err := f.Command("NOOP\r\nQUIT"); err == nil {
		t.Error("two commands in one")
	}
	if err := client.Noop(); err != nil {
		t.Error(err)
	}
}

func TestForwardNotOffered(t *testing.T) {
	addr, _ := serve(t, &recorder{}, Options{}, false)
	f, client := forward(t, addr, false)
	if said, err := f.XForward(client, Attrs{Given: AttrIdent, Ident: "Q"}); said || err != nil {
		t.Error(said, err)
	}
	if said, err := f.XClient(client, Attrs{Given: AttrLogin, Login: "Q"}, "me"); said || err != nil {
		t.Error(said, err)
	}
}

func TestForwardXClient(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{Trusted: everybody}, false)
	f, client := forward(t, addr, false)
	a := Attrs{Given: AttrAddr | AttrPort | AttrLogin | AttrDestAddr | AttrDestPort, Addr: netip.MustParseAddr("192.0.2.1"), Port: 99,
		Login: "ann lee@b.example", DestAddr: netip.MustParseAddr("192.0.2.2"), DestPort: 25}
	if said, err := f.XClient(client, a, "proxy.example"); err != nil || !said {
		t.Fatal(said, err)
	}
	if err := client.SendMail("a@b.example", []string{"c@b.example"}, strings.NewReader("x\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := r.wire().Claimed(); got != a {
		t.Errorf("%+v, want %+v", got, a)
	}
}

// Replies after the final dot are told of one by one, while a later one is
// still awaited.
func TestForwardOnReply(t *testing.T) {
	wait := make(chan struct{})
	r := &recorder{
		slow:    map[string]chan struct{}{"slow@b.example": wait},
		lmtpErr: map[string]error{"full@b.example": &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "full"}},
	}
	addr, _ := serve(t, r, Options{}, true)
	f, client := forward(t, addr, true)
	told := make(chan string, 8)
	f.OnReply = func(n, code int, text string) { told <- fmt.Sprint(n, " ", code, " ", text) }
	for range 2 {
		if err := client.Mail("a@b.example", nil); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{"full@b.example", "c@b.example", "slow@b.example"} {
			if err := client.Rcpt(to, nil); err != nil {
				t.Fatal(err)
			}
		}
		w, err := client.Data()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, strings.Repeat("354 not a reply\r\n", 1000))
		done := make(chan error, 1)
		go func() { done <- w.Close() }()
		for _, want := range []string{"0 452 4.2.2 <full@b.example> full", "1 250 2.0.0 <c@b.example> OK: queued"} {
			select {
			case got := <-told:
				if got != want {
					t.Fatalf("told %q, want %q", got, want)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("not told before the last reply came")
			}
		}
		wait <- struct{}{}
		var lmtpErr smtp.LMTPDataError
		if err := <-done; !errors.As(err, &lmtpErr) {
			t.Fatal(err)
		}
		if got := <-told; got != "2 250 2.0.0 <slow@b.example> OK: queued" {
			t.Fatal(got)
		}
	}
}

// A next hop that never ends a reply must not fill the memory.
func TestForwardLongReply(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		for {
			if _, err := io.WriteString(there, "250-"+strings.Repeat("x", 1000)+"\r\n"); err != nil {
				return
			}
		}
	}()
	go io.Copy(io.Discard, there)
	if _, _, err := NewForward(here).Command("NOOP"); !errors.Is(err, errLongReply) {
		t.Error(err)
	}
	there.Close()
}
