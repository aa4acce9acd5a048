package mail

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func parseString(s string) *Message { return Parse([]byte(s), DefaultLimits()) }

// messageGen draws messages that are mostly well-formed, with faults mixed in.
func messageGen() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		eol := rapid.SampledFrom([]string{"\r\n", "\n"}).Draw(t, "eol")
		var part func(depth int) string
		part = func(depth int) string {
			var b strings.Builder
			for range rapid.IntRange(0, 4).Draw(t, "fields") {
				b.WriteString(rapid.SampledFrom([]string{
					"From: a@b.example", "To: x@y.example, z@y.example", "Subject: =?utf-8?Q?a_b?=", "Subject: \xb0\xa1", "no colon here", " folded", " \t",
					"Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b", "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable",
					"Content-Type: text/html; charset=\"x", "Content-Type: message/rfc822", "\x00: x", "From nobody Mon Jan 1 00:00:00 2024",
				}).Draw(t, "field") + eol)
			}
			if depth > 0 && rapid.Bool().Draw(t, "multi") {
				bound := rapid.SampledFrom([]string{"b", "bb", "=_x", "a b"}).Draw(t, "boundary")
				b.WriteString("Content-Type: multipart/mixed; boundary=\"" + bound + "\"" + eol + eol)
				for range rapid.IntRange(0, 3).Draw(t, "parts") {
					b.WriteString("--" + bound + eol + part(depth-1))
				}
				if rapid.Bool().Draw(t, "closed") {
					b.WriteString("--" + bound + "--" + eol)
				}
				return b.String()
			}
			if rapid.Bool().Draw(t, "blank") {
				b.WriteString(eol)
			}
			b.WriteString(rapid.SampledFrom([]string{"", "text", "<p style='display:none'>x</p><a href=//y.example>z</a>", "aGVsbG8=", "--", "--b", "begin 644 x.txt\n#86)C\n`\nend\n"}).Draw(t, "body") + eol)
			return b.String()
		}
		return part(3)
	})
}

// TestParseInvariants: every part's offsets lie inside its parent's and in order,
// and header and body of the message put together are the message.
func TestParseInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := []byte(messageGen().Draw(t, "message"))
		if rapid.Bool().Draw(t, "cut") && len(raw) > 0 {
			raw = raw[:rapid.IntRange(0, len(raw)).Draw(t, "at")]
		}
		m := Parse(raw, DefaultLimits())
		checkMessage(t, m, raw)
		m.Look(context.Background())
		checkMessage(t, m, raw)
	})
}

type failer interface {
	Fatalf(format string, args ...any)
}

func checkMessage(t failer, m *Message, raw []byte) {
	if !bytes.Equal(m.Raw, raw) {
		t.Fatalf("the bytes were changed")
	}
	if m.Root == nil {
		t.Fatalf("no root")
	}
	if m.Root.Start != 0 || m.Root.End != len(raw) {
		t.Fatalf("root is [%d,%d) of %d bytes", m.Root.Start, m.Root.End, len(raw))
	}
	if got := append(append([]byte{}, m.Header.Bytes()...), m.Raw[m.Root.Body:]...); !bytes.Equal(got, raw) {
		t.Fatalf("header and body are not the message: %q", got)
	}
	var fields []byte
	for _, f := range m.Header.Fields() {
		fields = append(fields, f.Bytes()...)
	}
	if !bytes.HasPrefix(m.Header.Bytes(), fields) && len(m.Truncated) == 0 {
		t.Fatalf("fields are not the header: %q", fields)
	}
	checkPart(t, m.Root, 0, len(raw), m)
}

func checkPart(t failer, p *Part, from, to int, m *Message) {
	if p.Start < from || p.Body < p.Start || p.End < p.Body || p.End > to {
		t.Fatalf("part %s: [%d,%d,%d) not inside [%d,%d)", p.Path, p.Start, p.Body, p.End, from, to)
	}
	if p.Of() != m {
		t.Fatalf("part %s belongs to another message", p.Path)
	}
	at := p.Body
	for _, c := range p.Parts {
		checkPart(t, c, at, p.End, m)
		at = c.End
	}
	if p.Message != nil && !isCoded(p.Encoding) {
		checkMessage(t, p.Message, m.Raw[p.Body:p.End])
	}
}

// TestPrefixes: any prefix of a message is a message.
func TestPrefixes(t *testing.T) {
	raw := ordinary()
	for n := 0; n < len(raw); n += 37 {
		m := Parse(raw[:n], DefaultLimits())
		checkMessage(t, m, raw[:n])
		if n%10 == 0 {
			m.Look(context.Background())
		}
	}
}

// within fails the test when fn takes longer than d, three times: a shared
// machine may be busy once.
func within(t *testing.T, d time.Duration, fn func()) {
	t.Helper()
	var took time.Duration
	for range 3 {
		start := time.Now()
		fn()
		if took = time.Since(start); took <= d*slowdown {
			return
		}
	}
	t.Errorf("took %v, more than %v", took, d*slowdown)
}

func TestUnclosedNest(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\r\n\r\nhello\r\n")
	within(t, 100*time.Millisecond, func() {
		m := parseString(b.String())
		if len(m.Truncated) == 0 {
			t.Error("the depth limit is not named")
		}
		m.Look(context.Background())
	})
}

func TestManyParts(t *testing.T) {
	raw := "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 10000) + "--b--\r\n"
	within(t, 500*time.Millisecond, func() {
		m := parseString(raw)
		if n := len(m.Root.Parts); n < 900 || n > 1000 {
			t.Errorf("%d parts", n)
		}
		if strings.Join(m.Truncated, ",") != "parts" {
			t.Errorf("truncated: %v", m.Truncated)
		}
		m.Look(context.Background())
	})
}

func TestManyFields(t *testing.T) {
	raw := strings.Repeat("X: "+strings.Repeat("=?utf-8?Q?a?= ", 20)+"\r\n", 20000) + "\r\nbody"
	within(t, 500*time.Millisecond, func() {
		m := parseString(raw)
		if got := string(m.Raw[m.Root.Body:]); got != "body" {
			t.Errorf("body %q", got)
		}
	})
}

func TestManyAddresses(t *testing.T) {
	raw := "To: " + strings.Repeat("a@b.example,", 100000) + "\r\n\r\n"
	within(t, time.Second, func() {
		m := parseString(raw)
		if len(m.To) != DefaultLimits().Addresses {
			t.Errorf("%d addresses", len(m.To))
		}
	})
}

func TestNestedMessages(t *testing.T) {
	raw := strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 500) + "Subject: inner\r\n\r\nhi"
	within(t, 200*time.Millisecond, func() {
		m := parseString(raw)
		m.Look(context.Background())
		if len(m.Truncated) == 0 {
			t.Error("the depth limit is not named")
		}
	})
}

// TestDeadline: Look ends at its deadline and says so.
func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := Parse(ordinary(), DefaultLimits())
	m.Look(ctx)
	if strings.Join(m.Truncated, ",") != "deadline" {
		t.Errorf("truncated: %v", m.Truncated)
	}
}

func TestLookTwice(t *testing.T) {
	m := Parse(ordinary(), DefaultLimits())
	m.Look(context.Background())
	texts, links, files := len(m.Texts), len(m.Links), len(m.Attachments)
	m.Look(context.Background())
	if len(m.Texts) != texts || len(m.Links) != links || len(m.Attachments) != files {
		t.Error("a second Look added something")
	}
	if texts != 2 || files != 1 || links < 50 {
		t.Errorf("%d texts, %d links, %d files", texts, links, files)
	}
}
