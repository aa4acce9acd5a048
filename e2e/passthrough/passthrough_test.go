package passthrough

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// nextHop is a scripted LMTP server. It answers each line that begins with a
// key by the value, and data by final; it hands what it got to the test.
func nextHop(t *testing.T, final string) (addr string, got chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got = make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		var all strings.Builder
		defer func() { got <- all.String() }()
		r := bufio.NewReader(c)
		io.WriteString(c, "220 next\r\n")
		for data := false; ; {
			line, err := r.ReadString('\n')
			all.WriteString(line)
			switch {
			case err != nil:
				return
			case data && line == ".\r\n":
				data = false
				io.WriteString(c, final)
			case data:
			case strings.HasPrefix(line, "LHLO"):
				io.WriteString(c, "250-next\r\n250 PIPELINING\r\n")
			case strings.Contains(line, "nobody"):
				io.WriteString(c, "550 5.1.1 nobody\r\n")
			case strings.HasPrefix(line, "DATA"):
				data = true
				io.WriteString(c, "354 go\r\n")
			case strings.HasPrefix(line, "QUIT"):
				io.WriteString(c, "221 bye\r\n")
				return
			default:
				io.WriteString(c, "250 ok\r\n")
			}
		}
	}()
	return l.Addr().String(), got
}

// TestSession: a pipelined session passes unchanged both ways; a refused
// recipient has no reply after the dot, each other has its own.
func TestSession(t *testing.T) {
	next, got := nextHop(t, "250 2.0.0 a\r\n452-4.2.2 b is\r\n452 4.2.2 full\r\n")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &Proxy{Network: "tcp", Next: next}
	var asked []string
	p.Delay = func(rcpt string) time.Duration { asked = append(asked, rcpt); return 0 }
	go p.Serve(l)

	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent := "LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nRCPT TO:<nobody@x.test>\r\nRCPT TO:<b@x.test> NOTIFY=NEVER\r\nDATA\r\n" +
		"Subject: x\r\n\r\n..\r\n" + strings.Repeat("long", 50_000) + ".\r\n\n.\n\r\n.\r\nQUIT\r\n"
	go io.WriteString(c, sent)
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	want := "220 next\r\n250-next\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n550 5.1.1 nobody\r\n250 ok\r\n354 go\r\n" +
		"250 2.0.0 a\r\n452-4.2.2 b is\r\n452 4.2.2 full\r\n221 bye\r\n"
	if string(answer) != want {
		t.Errorf("the client heard %q, want %q", answer, want)
	}
	if passed := <-got; passed != sent {
		t.Errorf("the next hop got %d bytes, want %d as sent", len(passed), len(sent))
	}
	if strings.Join(asked, " ") != "a@x.test b@x.test" || p.Messages.Load() != 1 {
		t.Errorf("replies for %v in %d messages", asked, p.Messages.Load())
	}
}

// TestClientGone: without a final dot from the client the next hop sees none.
func TestClientGone(t *testing.T) {
	next, got := nextHop(t, "250 stored\r\n")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &Proxy{Network: "tcp", Next: next}
	go p.Serve(l)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	io.WriteString(c, "MAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n")
	for range 4 {
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	io.WriteString(c, "Subject: half\r\n\r\n.")
	c.Close()
	if passed := <-got; strings.Contains(passed, "\r\n.") {
		t.Errorf("the next hop got %q", passed)
	}
}

// TestNextGone: nobody behind means that nothing is accepted.
func TestNextGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &Proxy{Network: "unix", Next: "/nonexistent/socket"}
	go p.Serve(l)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(c); !strings.HasPrefix(string(b), "421 ") {
		t.Errorf("the client heard %q", b)
	}
}
