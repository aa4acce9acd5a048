package learn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	from1 = "From ann@vendor.example Mon Mar  2 09:15:00 2026\n"
	from2 = "From bob@corp.example Tue Mar  3 10:00:00 2026\n"
)

// split reads an mbox and returns the messages' bytes.
func split(t *testing.T, text string, maxMessage int64) (got []string) {
	t.Helper()
	at := strings.NewReader(text)
	r := newMboxReader(strings.NewReader(text), at, 0, maxMessage)
	for {
		m, err := r.next()
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.tooLarge {
			got = append(got, "too large")
			continue
		}
		got = append(got, string(m.raw))
	}
}

func TestMboxIsCutIntoMessages(t *testing.T) {
	inside := fmt.Sprint(len("\n" + from2 + "Subject: inside\n\nnot a message, 0123456789\n"))
	long := strings.Repeat("x", 200_000)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"two", from1 + "Subject: 1\n\nbody\n\n" + from2 + "Subject: 2\n\nbody\n\n", []string{"Subject: 1\n\nbody\n", "Subject: 2\n\nbody\n"}},
		{"CRLF", strings.ReplaceAll(from1+"Subject: 1\n\nbody\n\n"+from2+"Subject: 2\n\nbody\n\n", "\n", "\r\n"), []string{"Subject: 1\r\n\r\nbody\r\n", "Subject: 2\r\n\r\nbody\r\n"}},
		{"no final newline", from1 + "Subject: 1\n\nbody", []string{"Subject: 1\n\nbody"}},
		{"nothing", "", nil},
		{"no From line", "Subject: 1\n\nbody\n", nil},
		{"only a From line", from1, []string{""}},
		{"From in the body", from1 + "Subject: 1\n\nDear all,\n\nFrom now on we meet Tue 3 Mar 2026 at 10:30 in the hall.\nFrom me\n\nFrom\n", []string{"Subject: 1\n\nDear all,\n\nFrom now on we meet Tue 3 Mar 2026 at 10:30 in the hall.\nFrom me\n\nFrom\n"}},
		{"quoted (mboxrd)", from1 + "Subject: 1\n\n>From here\n>>From there\n>from\n> From\n\n", []string{"Subject: 1\n\nFrom here\n>From there\n>from\n> From\n"}},
		{"no quoting in a header", from1 + ">From old Mon Mar  2 09:15:00 2026\nSubject: 1\n\nbody\n", []string{">From old Mon Mar  2 09:15:00 2026\nSubject: 1\n\nbody\n"}},
		{"a From line behind no empty line, no header", from1 + "Subject: 1\n\nhe wrote:\nFrom x@y.example Mon Mar  2 09:15:00 2026\nand so on\n", []string{"Subject: 1\n\nhe wrote:\nFrom x@y.example Mon Mar  2 09:15:00 2026\nand so on\n"}},
		{"a From line behind no empty line, header", from1 + "Subject: 1\n\nbody\n" + from2 + "Subject: 2\n\nbody\n", []string{"Subject: 1\n\nbody\n", "Subject: 2\n\nbody\n"}},
		{"undated From lines", "From ann@x.example\nSubject: 1\n\nbody\n\nFrom bob@x.example\nSubject: 2\n\nFrom here on\n", []string{"Subject: 1\n\nbody\n", "Subject: 2\n\nFrom here on\n"}},
		{"undated ones do not count where the first is dated", from1 + "Subject: 1\n\nbody\n\nFrom bob@x.example\nSubject: 2\n\n", []string{"Subject: 1\n\nbody\n\nFrom bob@x.example\nSubject: 2\n"}},
		{"a long line", from1 + "Subject: 1\n\n" + long + "\n\n" + from2 + "Subject: 2\n\n", []string{"Subject: 1\n\n" + long + "\n", "Subject: 2\n"}},
		{"garbage in front", "\x00\x01\x02PK\x03\n\nmore\n\n" + from1 + "Subject: 1\n\nbody\n", []string{"Subject: 1\n\nbody\n"}},
		{"garbage inside", from1 + "Subject: 1\n\n\x00\xff\x00From x\n\x00\n\n" + from2 + "Subject: 2\n\n", []string{"Subject: 1\n\n\x00\xff\x00From x\n\x00\n", "Subject: 2\n"}},
		{"Content-Length", from1 + "Subject: 1\nContent-Length: " + inside + "\n\n\n" + from2 + "Subject: inside\n\nnot a message, 0123456789\n\n" + from2 + "Subject: 2\nContent-Length: 2\n\nx\n", []string{
			"Subject: 1\nContent-Length: " + inside + "\n\n\n" + from2 + "Subject: inside\n\nnot a message, 0123456789\n", "Subject: 2\nContent-Length: 2\n\nx\n"}},
		{"a wrong Content-Length", from1 + "Subject: 1\nContent-Length: 3\n\nbody\n\n" + from2 + "Subject: 2\n\nx\n", []string{"Subject: 1\nContent-Length: 3\n\nbody\n", "Subject: 2\n\nx\n"}},
		{"a Content-Length beyond the end", from1 + "Subject: 1\nContent-Length: 9000\n\nbody\n\n" + from2 + "Subject: 2\n\nx\n", []string{"Subject: 1\nContent-Length: 9000\n\nbody\n", "Subject: 2\n\nx\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, split(t, c.text, 1<<20)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestSenderCannotHideMailWithContentLength: once a message had no length of its
// own, the field is the sender's, and swallows nothing.
func TestSenderCannotHideMailWithContentLength(t *testing.T) {
	second := "Subject: 2\n\nwant\n"
	evil := "Subject: evil\nContent-Length: %d\n\nx\n"
	text := from1 + "Subject: 0\n\nx\n\n" + from1 + fmt.Sprintf(evil, 3+len(from2)+len(second)+1) + "\n" + from2 + second + "\n" + from2 + "Subject: 3\n\n"
	got := split(t, text, 1<<20)
	if len(got) != 4 || got[2] != second {
		t.Errorf("%d messages, the third %q", len(got), got[min(2, len(got)-1)])
	}
}

func TestMboxMessageTooLarge(t *testing.T) {
	got := split(t, from1+"Subject: 1\n\n"+strings.Repeat("0123456789\n", 500)+"\n"+from2+"Subject: 2\n\n", 1000)
	if d := cmp.Diff([]string{"too large", "Subject: 2\n"}, got); d != "" {
		t.Error(d)
	}
}

func TestFromLine(t *testing.T) {
	utc := func(y int, m time.Month, d, hh, mm, ss int) time.Time {
		return time.Date(y, m, d, hh, mm, ss, 0, time.UTC)
	}
	for _, c := range []struct {
		line  string
		at    time.Time
		zone  bool
		valid bool
	}{
		{"From ann@vendor.example Mon Mar  2 09:15:00 2026", utc(2026, 3, 2, 9, 15, 0), false, true},
		{"From ann@vendor.example Mon Mar  2 09:15 2026\r", utc(2026, 3, 2, 9, 15, 0), false, true},
		{"From 1790000000000000000@xxx Mon Mar 02 09:15:00 +0100 2026", utc(2026, 3, 2, 8, 15, 0), true, true},
		{"From ann at vendor.example  Mon Mar  2 09:15:00 2026", utc(2026, 3, 2, 9, 15, 0), false, true},
		{"From - Mon, 2 Mar 2026 09:15:00 -0130", utc(2026, 3, 2, 10, 45, 0), true, true},
		{"From MAILER-DAEMON Mon Mar  2 09:15:00 2026 UTC remote from host", utc(2026, 3, 2, 9, 15, 0), true, true},
		{`From "ann b"@x.example Mon Mar  2 09:15:00 2026`, utc(2026, 3, 2, 9, 15, 0), false, true},
		{"From ann@vendor.example", time.Time{}, false, true},
		{"From -", time.Time{}, false, true},
		{"From ", time.Time{}, false, true},
		{"From now on", time.Time{}, false, false},
		{"From 10:30 to 11:00", time.Time{}, false, false},
		{"From me Mon Mar 99 09:15:00 2026", time.Time{}, false, false},
		{"From: ann@vendor.example", time.Time{}, false, false},
		{"from ann@vendor.example Mon Mar  2 09:15:00 2026", time.Time{}, false, false},
	} {
		f, ok := parseFromLine([]byte(c.line))
		if ok != c.valid || f.zone != c.zone || !f.at.Equal(c.at) || f.dated == c.at.IsZero() || f.exact && !f.dated {
			t.Errorf("%q: %v %+v", c.line, ok, f)
		}
	}
}

// TestMboxRoundTrip: whatever is written as mboxrd is read back.
func TestMboxRoundTrip(t *testing.T) {
	line := rapid.StringMatching(`(>{0,3}From [a-z@ ]{0,12}|[ -~]{0,30}|From x@y.example Mon Mar  2 09:15:00 2026)`)
	rapid.Check(t, func(t *rapid.T) {
		var want []string
		var file bytes.Buffer
		for i := range rapid.IntRange(1, 5).Draw(t, "messages") {
			var raw, quoted strings.Builder
			fmt.Fprintf(&raw, "Subject: %d\n\n", i)
			quoted.WriteString(raw.String())
			for _, l := range rapid.SliceOfN(line, 0, 6).Draw(t, "lines") {
				raw.WriteString(l + "\n")
				if strings.HasPrefix(strings.TrimLeft(l, ">"), "From ") {
					l = ">" + l
				}
				quoted.WriteString(l + "\n")
			}
			want = append(want, raw.String())
			file.WriteString(from1 + quoted.String() + "\n")
		}
		r := newMboxReader(bytes.NewReader(file.Bytes()), nil, 0, 1<<20)
		for i, w := range want {
			m, err := r.next()
			if err != nil || string(m.raw) != w {
				t.Fatalf("message %d: %q, want %q (%v)", i, m.raw, w, err)
			}
		}
		if _, err := r.next(); err != io.EOF {
			t.Fatalf("a message too many: %v", err)
		}
	})
}

// FuzzMbox: any bytes are cut into messages that lie one behind the other to the
// end of the file, none larger than allowed, and reading on from a position
// between them gives the same rest.
func FuzzMbox(f *testing.F) {
	f.Add([]byte(from1+"Subject: 1\n\nbody\n\n"+from2+"Subject: 2\n\n>From x\n"), true)
	f.Add([]byte("From -\nContent-Length: 4\n\nx\n\n\nFrom -\nX: y\n\n"), true)
	f.Add([]byte("\xef\xbb\xbf\r\n"+from1+"Subject: 1\r\n\r\n\x00"), false)
	f.Fuzz(func(t *testing.T, data []byte, seekable bool) {
		var at io.ReaderAt
		if seekable {
			at = bytes.NewReader(data)
		}
		r := newMboxReader(bytes.NewReader(data), at, 0, 300)
		var ends []int64
		end := int64(-1)
		for {
			m, err := r.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if end >= 0 && m.start != end || m.end <= m.start || m.end > int64(len(data)) {
				t.Fatalf("message %d to %d behind %d, of %d", m.start, m.end, end, len(data))
			}
			if len(m.raw) > 300 || m.tooLarge && m.raw != nil {
				t.Fatalf("%d bytes kept", len(m.raw))
			}
			end = m.end
			ends = append(ends, end)
			_ = labelRole(m.raw)
			_ = programData(m.raw)
			_ = arrival(m.from.at, true, crlf(m.raw), time.Unix(1_800_000_000, 0))
		}
		if end >= 0 && end != int64(len(data)) {
			t.Fatalf("ended at %d of %d", end, len(data))
		}
		// What Content-Length is worth, and whether From lines have dates, is
		// learned from the messages before.
		if seekable || r.loose || len(ends) == 0 {
			return
		}
		half := len(ends) / 2
		rest := newMboxReader(bytes.NewReader(data[ends[half]:]), nil, ends[half], 300)
		for i, want := range ends[half+1:] {
			if m, err := rest.next(); err != nil || m.end != want {
				t.Fatalf("reading on from %d: message %d ends at %d, want %d (%v)", ends[half], i, m.end, want, err)
			}
		}
	})
}

// collect runs a source to its end.
func collect(t *testing.T, source string, o Options) ([]Item, Report, []string) {
	t.Helper()
	var told []string
	o.Report = func(where string, err error) { told = append(told, where+": "+err.Error()) }
	if o.Now == nil {
		o.Now = func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }
	}
	src, err := Open(context.Background(), source, o)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var items []Item
	r, err := Run(context.Background(), src, func(_ context.Context, it Item) error {
		items = append(items, it)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return items, r, told
}

func subjects(items []Item) (all []string) {
	for _, it := range items {
		s, _ := field(it.Raw, "subject")
		all = append(all, strings.TrimSpace(s))
	}
	return all
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMboxResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ann@corp.example.mbox")
	write(t, path, from1+"Subject: 1\n\nbody\n\n"+from2+"Subject: 2\n\nbody\n")
	items, r, _ := collect(t, path, Options{})
	if d := cmp.Diff([]string{"1", "2"}, subjects(items)); d != "" {
		t.Fatal(d)
	}
	if items[0].Owner != "ann@corp.example" || !items[0].At.Equal(time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)) || string(items[0].Raw) != "Subject: 1\r\n\r\nbody\r\n" {
		t.Errorf("%+v %q", items[0], items[0].Raw)
	}

	again, _, _ := collect(t, path, Options{Resume: r.Positions})
	if len(again) != 0 {
		t.Errorf("twice the same: %v", subjects(again))
	}
	rest, _, _ := collect(t, path, Options{Resume: map[string]string{items[0].Key: items[0].Position}})
	if d := cmp.Diff([]string{"2"}, subjects(rest)); d != "" {
		t.Error(d)
	}

	old, _ := os.ReadFile(path)
	write(t, path, string(old)+"\n"+from2+"Subject: 3\n\nbody\n")
	more, _, told := collect(t, path, Options{Resume: r.Positions})
	if d := cmp.Diff([]string{"3"}, subjects(more)); d != "" || len(told) > 0 {
		t.Error("after appending:", d, told)
	}

	// Compacted: the first message is gone, the offset means nothing any more.
	write(t, path, from2+"Subject: 2\n\nbody\n\n"+from2+"Subject: 3\n\nbody\n")
	more, _, told = collect(t, path, Options{Resume: r.Positions})
	if d := cmp.Diff([]string{"2", "3"}, subjects(more)); d != "" || len(told) != 1 {
		t.Error("after compacting:", d, told)
	}
	more, _, told = collect(t, path, Options{Resume: map[string]string{filepath.Base(path): "what?"}})
	if len(more) != 2 || len(told) != 1 {
		t.Error("a broken position:", len(more), told)
	}
}

func TestMboxFaults(t *testing.T) {
	dir := t.TempDir()
	open := func(name, text string) error {
		path := filepath.Join(dir, name)
		write(t, path, text)
		src, err := Open(context.Background(), path, Options{})
		if err != nil {
			return err
		}
		defer src.Close()
		_, err = Run(context.Background(), src, func(context.Context, Item) error { return nil })
		return err
	}
	for name, text := range map[string]string{
		"empty.mbox": "", "garbage.mbox": "\x00\x01\x02\x03", "words.mbox": "To whom it may concern\n\nhello\n", "garbage": "\x00\x01", "broken.mbox.gz": "\x1f\x8b\x08\x00broken",
	} {
		err := open(name, text)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(context.Background(), filepath.Join(dir, "nothing"), Options{}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}

	path := filepath.Join(dir, "half.mbox")
	write(t, path, "garbage\x00\n\n"+from1+"Subject: 1\n\nbody\n\n"+from2+"\x00\x01\x02 not a header\n\n"+from2+"Subject: 3\n\nbody\n")
	items, r, told := collect(t, path, Options{})
	if d := cmp.Diff([]string{"1", "3"}, subjects(items)); d != "" || r.Skipped[NotMail] != 1 || len(told) != 2 {
		t.Error(d, r.Skipped, told)
	}
}

func TestTakeoutLabels(t *testing.T) {
	msg := func(labels, subject string) string {
		return "From 1@xxx Mon Mar 02 09:15:00 +0000 2026\nX-GM-THRID: 1\nX-Gmail-Labels: " + labels + "\nSubject: " + subject + "\n\nbody\n\n"
	}
	path := filepath.Join(t.TempDir(), "All mail Including Spam and Trash.mbox")
	write(t, path, msg("Inbox,Important", "in")+msg("=?UTF-8?Q?Gesendet,Ge=C3=B6ffnet?=", "out")+msg("Spam", "junk")+msg("Trash", "bin")+msg("Archived", "old"))
	items, r, _ := collect(t, path, Options{})
	got := map[string]Role{}
	for i, s := range subjects(items) {
		got[s] = items[i].Role
	}
	if d := cmp.Diff(map[string]Role{"in": Inbox, "out": Sent, "old": Archive}, got); d != "" || r.Skipped[InJunk] != 1 || r.Skipped[Marked] != 1 {
		t.Error(d, r.Skipped)
	}

	// In an mbox that Google did not write the field is the sender's.
	path = filepath.Join(t.TempDir(), "plain.mbox")
	write(t, path, from1+"Subject: 0\n\n\n"+msg("Sent", "forged"))
	items, _, _ = collect(t, path, Options{})
	if len(items) != 2 || items[1].Role != Other {
		t.Errorf("%+v", items)
	}
}

func TestProgramDataIsNoMail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mbox")
	write(t, path, "From MAILER_DAEMON Mon Mar  2 09:15:00 2026\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1\n\nx\n\n"+
		from1+"X-Mozilla-Status: 0009\nSubject: deleted\n\nx\n\n"+from1+"X-Mozilla-Status: 0001\nSubject: kept\n\nx\n")
	items, r, _ := collect(t, path, Options{})
	if d := cmp.Diff([]string{"kept"}, subjects(items)); d != "" || r.Skipped[Marked] != 2 {
		t.Error(d, r.Skipped)
	}
}

func TestRunEndsWithItsReceiver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mbox")
	write(t, path, strings.Repeat(from1+"Subject: 1\n\nbody\n\n", 5))
	src, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	full := errors.New("the store is full")
	n := 0
	r, err := Run(context.Background(), src, func(context.Context, Item) error {
		if n++; n == 1 {
			return ErrSkip
		}
		if n == 3 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || r.Handed.Messages != 1 || r.Skipped[Declined] != 1 {
		t.Errorf("%v %+v", err, r)
	}
	// What failed is not behind us.
	rest, _, _ := collect(t, path, Options{Resume: r.Positions})
	if len(rest) != 3 {
		t.Errorf("%d left, want 3", len(rest))
	}

	src2, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src2.Close()
	ctx, cancel := context.WithCancel(context.Background())
	r, err = Run(ctx, src2, func(context.Context, Item) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || r.Handed.Messages != 1 {
		t.Errorf("%v %+v", err, r)
	}
}
