package milter

import (
	"fmt"
	"strings"
	"testing"

	gomilter "github.com/d--j/go-milter"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kith/internal/kith"
	"net/netip"
)

func diffEnvelope(got, want kith.Envelope) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }))
}

func TestBytes(t *testing.T) {
	swallow := gomilter.WithoutProtocol(gomilter.OptHeaderLeadingSpace)
	long := strings.Repeat("x", 70000)
	tests := []struct {
		name string
		mail mailText
		opts []gomilter.Option
		want string
	}{
		{"plain", plain, nil, plainBytes},
		{"no body", mailText{fields: [][2]string{{"A", " b"}}}, nil, "A: b\r\n\r\n"},
		{"no header", mailText{body: []string{"x\r\n"}}, nil, "\r\nx\r\n"},
		{"nothing", mailText{}, nil, "\r\n"},
		{"no space", mailText{fields: [][2]string{{"A", "b"}}}, nil, "A:b\r\n\r\n"},
		{"tab and two spaces", mailText{fields: [][2]string{{"A", "\tb"}, {"A", "  c "}}}, nil, "A:\tb\r\nA:  c \r\n\r\n"},
		{"empty value", mailText{fields: [][2]string{{"A", ""}}}, nil, "A:\r\n\r\n"},
		{"folded with LF", mailText{fields: [][2]string{{"A", " b\n\tc\n d"}}}, nil, "A: b\r\n\tc\r\n d\r\n\r\n"},
		{"8-bit", mailText{fields: [][2]string{{"Subject", " Gr\xfc\xdfe ü"}}, body: []string{"\xe4\xff\r\n"}}, nil, "Subject: Gr\xfc\xdfe ü\r\n\r\n\xe4\xff\r\n"},
		{"body in chunks", mailText{body: []string{"ab", "c\r", "\n", "d"}}, nil, "\r\nabc\r\nd"},
		{"bare LF and NUL in the body", mailText{body: []string{"a\nb\x00c\r\n.\r\n"}}, nil, "\r\na\nb\x00c\r\n.\r\n"},
		{"long field", mailText{fields: [][2]string{{"A", " " + long}}}, nil, "A: " + long + "\r\n\r\n"},
		{"MTA swallows the space", mailText{fields: [][2]string{{"A", "b"}}}, []gomilter.Option{swallow}, "A: b\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &bench{}
			_, path := serve(t, Border, Options{Judge: b})
			tt.mail.from, tt.mail.rcpts = "a@b.example", []string{"c@d.example"}
			connect(t, path, nil, tt.opts...).send(tt.mail)
			if len(b.judged) != 1 || b.judged[0].raw != tt.want {
				t.Errorf("got %+v, want %q", b.judged, tt.want)
			}
		})
	}
}

// TestBytesProperty: whatever the fields and however the body is cut, the bytes
// are the fields with CRLF, an empty line, and the body.
func TestBytesProperty(t *testing.T) {
	b := &bench{}
	_, path := serve(t, Border, Options{Judge: b})
	m := connect(t, path, nil)
	rapid.Check(t, func(t *rapid.T) {
		x := mailText{from: "a@b.example", rcpts: []string{"c@d.example"}}
		want := ""
		for i := range rapid.IntRange(0, 8).Draw(t, "fields") {
			value := rapid.StringMatching(`( |\t)?[a-zA-Zü:;]{0,9}(\n[ \t][a-z]{0,5}){0,3}`).Draw(t, "value")
			name := fmt.Sprintf("X-Test-%d", i)
			x.fields = append(x.fields, [2]string{name, value})
			want += name + ":" + strings.ReplaceAll(value, "\n", "\r\n") + "\r\n"
		}
		want += "\r\n"
		for range rapid.IntRange(0, 5).Draw(t, "chunks") {
			chunk := string(rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "chunk"))
			x.body = append(x.body, chunk)
			want += chunk
		}
		m.send(x)
		got := b.judged[len(b.judged)-1]
		if got.raw != want {
			t.Fatalf("got %q, want %q", got.raw, want)
		}
		if got.env.Size != int64(len(want)) {
			t.Fatalf("size %d, want %d", got.env.Size, len(want))
		}
	})
}

// TestLimit: of a message beyond the limit the beginning is judged, and the
// envelope says how large it was.
func TestLimit(t *testing.T) {
	chunk := strings.Repeat("0123456789abcde\r\n", 3000)
	tests := []struct {
		name   string
		fields [][2]string
		chunks int
	}{
		{"body", [][2]string{{"A", " b"}}, 60},
		{"header", [][2]string{{"A", " " + strings.Repeat("x", 60000)}, {"B", " " + strings.Repeat("x", 60000)}, {"C", " d"}}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const limit = 100_000
			b := &bench{}
			s, path := serve(t, Border, Options{Judge: b, MaxMessage: limit, MaxMemory: limit})
			x := mailText{from: "a@b.example", rcpts: []string{"c@d.example"}, fields: tt.fields}
			want := ""
			for _, f := range tt.fields {
				want += f[0] + ":" + f[1] + "\r\n"
			}
			want += "\r\n"
			for range tt.chunks {
				x.body = append(x.body, chunk)
				want += chunk
			}
			_, a := connect(t, path, nil).send(x)
			if a.Type != gomilter.ActionAccept || len(b.judged) != 1 {
				t.Fatalf("answer %v, %d judged", a, len(b.judged))
			}
			got := b.judged[0]
			if !strings.HasPrefix(want, got.raw) || len(got.raw) > limit || len(got.raw) < limit/2 {
				t.Errorf("%d bytes were judged, or not the first ones", len(got.raw))
			}
			if got.env.Size != int64(len(want)) {
				t.Errorf("size %d, want %d", got.env.Size, len(want))
			}
			waitFor(t, func() bool { return s.memory.TryAcquire(limit) })
		})
	}
}

// TestHuge sends 20 MB whole.
func TestHuge(t *testing.T) {
	b := &bench{}
	_, path := serve(t, Border, Options{Judge: b})
	chunk := strings.Repeat("x", 65000)
	x := plain
	x.body = nil
	for range 320 {
		x.body = append(x.body, chunk)
	}
	connect(t, path, nil).send(x)
	head := strings.TrimSuffix(plainBytes, "text\r\n")
	if got := b.judged[0].raw; len(got) != len(head)+320*65000 || !strings.HasPrefix(got, head+"xxx") {
		t.Errorf("%d bytes", len(got))
	}
}

func BenchmarkMessage(b *testing.B) {
	judge := &bench{}
	_, path := serve(b, Border, Options{Judge: judge})
	m := connect(b, path, map[string]string{"i": "4abc"})
	x := plain
	x.fields = nil
	for i := range 20 {
		x.fields = append(x.fields, [2]string{fmt.Sprintf("X-Field-%d", i), " " + strings.Repeat("v", 60)})
	}
	x.body = []string{strings.Repeat("line of some text that is written here\r\n", 600)}
	b.ReportAllocs()
	for b.Loop() {
		m.send(x)
		judge.judged, judge.records = judge.judged[:0], judge.records[:0]
	}
}
