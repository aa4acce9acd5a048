package replay

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

var update = flag.Bool("update", false, "write the golden file anew")

// pack compresses as the format's archives are.
func pack(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// archive makes a tar of mails, sorted by id.
func archive(t testing.TB, mails map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	ids := make([]string, 0, len(mails))
	for id := range mails {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := w.WriteHeader(&tar.Header{Name: id + ".eml", Mode: 0o644, Size: int64(len(mails[id]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, mails[id]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write puts a file into a set.
func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

const people = `{"domains":["corp.test"],"employees":[
 {"address":"ann@corp.test","names":["Ann Lee"],"aliases":["a.lee@corp.test","ann@elsewhere.test"]},
 {"address":"tim@corp.test","names":["Tim Roth","Timothy Roth"],"aliases":["a.lee@corp.test"]},
 {"address":"mia@corp.test","names":["Mia Sato"],"aliases":[]},
 {"address":"who@stranger.test","names":["Not Ours"]}],
 "directory":[["ops@corp.test","Ops Team"],["nameless@corp.test",""],["tim@corp.test","Tim again"]],"note":"made up"}`

func letter(from, subject, body string) string {
	return "From: " + from + "\r\nTo: tim@corp.test\r\nSubject: " + subject + "\r\nMessage-ID: <" + fmt.Sprintf("%x", subject+from) + "@t>\r\n\r\n" + body + "\r\n"
}

const script = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the invoice.\r\n" +
	"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"invoice.pdf.vbe\"\r\n\r\n#@~^DgAAAA==\\ko$K6,JCV^GJqAQAAA==^#~@\r\n--b--\r\n"

// trace is the field that the set's border wrote, with the sender above it.
const trace = "Return-Path: <bob@vendor.example>\r\nReceived: from mail.vendor.example (mail.vendor.example [192.0.2.10])\r\n\tby mx.corp.test (Postfix) with ESMTPS id W; Mon, 2 Mar 2026 12:00:00 +0000\r\n"

// tiny is an organisation of three with twelve mails.
func tiny(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "org.json", []byte(people))
	write(t, dir, "labels.jsonl.zst", []byte("the truth"))
	bob := "Bob <bob@vendor.example>"
	write(t, dir, "mail/a.tar.zst", pack(t, archive(t, map[string]string{
		"m01": trace + letter(bob, "offer", "Our offer."),
		"m02": letter("Ann Lee <ann@corp.test>", "lunch", "Lunch?"),
		"m03": letter("Ann Lee <ann.lee@mailbox.example>", "are you there", "Need your help."),
		"m04": letter(bob, "offer again", "Our offer."),
		"m05": "From: " + bob + "\r\nTo: tim@corp.test\r\nSubject: invoice\r\n" + script,
		"m06": letter("IT <it@c0rp.test>", "password", "Your password ends."),
	})))
	write(t, dir, "mail/b.tar.zst", pack(t, archive(t, map[string]string{
		"m07": letter("Tim Roth <tim@corp.test>", "to the vendor", "As agreed."),
		"m08": letter("Tim Roth <tim@corp.test>", "to the vendor", "As agreed."),
		"m09": letter("News <news@list.example>", "weekly", "News."),
		"m10": letter("Mia Sato <mia@corp.test>", "minutes", "The minutes."),
		"m11": letter("Ann <ann@corp.test>", "urgent", "Please pay."),
		"m12": letter("postmaster@relay.example", "failed", "It failed."),
	})))
	write(t, dir, "events.jsonl.zst", pack(t, []byte(tinyEvents)))
	return dir
}

const tinyEvents = `{"id":"e01","t":"2001-03-02T12:00:00Z","kind":"deliver","mail":"m01","rcpt":["tim@corp.test"],"client":{"ip":"192.0.2.10","helo":"mail.vendor.example"},"auth":{"spf":"pass","dkim":"none","dkim_d":null,"dmarc":"pass"}}
{"id":"e02","t":"2001-03-02T12:01:00Z","kind":"submit","user":"ann@corp.test","mail":"m02","rcpt":["tim@corp.test","mia@corp.test"],"q":true}
{"id":"e03","t":"2001-03-02T12:01:01Z","kind":"deliver","mail":"m02","from":"ann@corp.test","rcpt":["tim@corp.test"],"q":true}
{"id":"e04","t":"2001-03-02T12:02:00Z","kind":"deliver","mail":"m03","from":"ann.lee@mailbox.example","rcpt":["tim@corp.test","mia@corp.test"],"client":{"ip":"198.51.100.7","helo":"mailbox.example"},"auth":{"spf":"pass","dkim":"pass","dmarc":"pass"},"q":true}
{"id":"e05","t":"2001-03-02T12:03:00Z","kind":"deliver","mail":"m04","from":"bob@vendor.example","rcpt":["tim@corp.test"],"client":{"ip":"192.0.2.10","helo":"mail.vendor.example"},"q":true}

{"id":"a06","t":"2001-03-02T12:03:30Z","kind":"act","user":"tim@corp.test","mail":"m04","act":"file","folder":"Offers"}
{"id":"e07","t":"2001-03-02T12:04:00Z","kind":"deliver","mail":"m05","from":"bob@vendor.example","rcpt":["tim@corp.test"],"client":{"ip":"203.0.113.9","helo":"x"},"auth":{"spf":"fail","dkim":"none","dmarc":"fail"},"q":true}
{"id":"l08","t":"2001-03-02T12:04:10Z","kind":"label","mail":"m05","label":"spam"}
{"id":"e09","t":"2001-03-02T12:05:00Z","kind":"deliver","mail":"m06","from":"it@c0rp.test","rcpt":["mia@corp.test"],"client":{"ip":"203.0.113.9","helo":"x"},"q":true}
{"id":"e10","t":"2001-03-02T12:06:00Z","kind":"submit","user":"tim@corp.test","mail":"m07","rcpt":["bob@wrong.example","new@corp.test"],"q":true,"really":false}
{"id":"e11","t":"2001-03-02T12:06:00Z","kind":"submit","user":"tim@corp.test","mail":"m08","rcpt":["bob@vendor.example"],"q":true,"really":true}
{"id":"e12","t":"2001-03-02T12:07:00Z","kind":"deliver","mail":"m09","from":"","rcpt":["ann@corp.test"],"client":{"ip":"198.51.100.8","helo":"list.example"},"auth":{"spf":"pass"}}
{"id":"e13","t":"2001-03-02T12:08:00Z","kind":"deliver","mail":"m10","from":"mia@corp.test","rcpt":["ann@corp.test"],"client":{"ip":"10.1.1.1","helo":"pc"},"auth":{"spf":"pass","internal":true,"user":"mia@corp.test"},"q":true}
{"id":"e14","t":"2001-03-02T12:09:00Z","kind":"deliver","mail":"m11","from":"ann@corp.test","rcpt":["tim@corp.test"],"client":{"ip":"203.0.113.9","helo":"x"},"q":true}
{"id":"e15","t":"2001-03-02T12:10:00Z","kind":"deliver","mail":"m12","rcpt":["stranger@corp.test"],"q":true}
`

func open(t testing.TB, dir, events string) *Set {
	t.Helper()
	s, err := Open(dir, events)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSet(t *testing.T) {
	s := open(t, tiny(t), "")
	if s.Count != 15 || s.Mails() != 12 {
		t.Errorf("%d events, %d mails", s.Count, s.Mails())
	}
	raw, err := s.Raw("m07")
	if err != nil || !strings.Contains(string(raw), "As agreed.") {
		t.Errorf("m07 is %q, %v", raw, err)
	}
	if _, err := s.Raw("m99"); err == nil || !strings.Contains(err.Error(), `"m99" is in no archive`) {
		t.Error(err)
	}
	var ids []string
	for range 2 { // a set can be read again
		ids = nil
		if err := s.Events(func(ev *Event) error { ids = append(ids, ev.ID); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(ids, " "); got != "e01 e02 e03 e04 e05 a06 e07 l08 e09 e10 e11 e12 e13 e14 e15" {
		t.Error(got)
	}
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "kith-replay-*"))
	if len(left) != 0 {
		t.Errorf("%v have a name", left)
	}
}

func TestReadEvent(t *testing.T) {
	ev, err := readEvent([]byte(`{"id":"e1","t":"2001-03-02T12:00:00+01:00","kind":"deliver","mail":"m","rcpt":["a@b.test"],"from":"","q":true,"really":false,
		"client":{"ip":"[2001:db8::1]","helo":"h"},"auth":{"spf":"pass","dkim":"fail","dkim_d":"d.test","dmarc":"none","arc":"none","internal":true,"user":"u","later":[1]},"more":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !ev.HasFrom || ev.From != "" || !ev.Scored || ev.Really || ev.Client.Addr.String() != "2001:db8::1" || ev.Client.Helo != "h" ||
		!ev.At.Equal(time.Date(2001, 3, 2, 11, 0, 0, 0, time.UTC)) ||
		*ev.Auth != (Auth{SPF: "pass", DKIM: "fail", DKIMDomain: "d.test", DMARC: "none", ARC: "none", Internal: true, User: "u"}) {
		t.Errorf("%+v %+v", ev, ev.Auth)
	}
	ev, err = readEvent([]byte(`{"id":"e1","t":"2001-03-02T12:00:00Z","kind":"label","mail":"m","label":{"spam":1}}`))
	if err != nil || ev.Label != `{"spam":1}` || !ev.Really || ev.HasFrom || ev.Auth != nil || ev.Client.Addr.IsValid() {
		t.Errorf("%+v %v", ev, err)
	}
}

// TestBrokenSets: whatever is wrong is said in one line with the place and the mend.
func TestBrokenSets(t *testing.T) {
	event := func(line string) func(string) {
		return func(dir string) { write(t, dir, DefaultEvents, pack(t, []byte(line))) }
	}
	good := `{"id":"e1","t":"2001-03-02T12:00:00Z","kind":"deliver","mail":"m01","rcpt":["tim@corp.test"]}` + "\n"
	for _, c := range []struct {
		what   string
		spoil  func(dir string)
		events string
		want   []string
	}{
		{"no folder", func(dir string) { os.RemoveAll(dir) }, "", []string{"is no folder", "name the folder of a set"}},
		{"no events", nil, "events.other.jsonl.zst", []string{"events.other.jsonl.zst", "check the name"}},
		{"the labels as events", nil, "labels.jsonl.zst", []string{"is no event file"}},
		{"events elsewhere", nil, "../events.jsonl.zst", []string{"without a folder"}},
		{"events that are not packed", func(dir string) { write(t, dir, DefaultEvents, []byte("{}\n")) }, "", []string{DefaultEvents, "broken archive", "fetch the set again"}},
		{"half the events", func(dir string) {
			b, _ := os.ReadFile(filepath.Join(dir, DefaultEvents))
			write(t, dir, DefaultEvents, b[:len(b)/2])
		}, "", []string{DefaultEvents, "broken archive"}},
		{"no mail", func(dir string) { os.RemoveAll(filepath.Join(dir, "mail")) }, "", []string{"mail: no *.tar.zst"}},
		{"half an archive", func(dir string) {
			b, _ := os.ReadFile(filepath.Join(dir, "mail/b.tar.zst"))
			write(t, dir, "mail/b.tar.zst", b[:len(b)/2])
		}, "", []string{"b.tar.zst", "fetch the set again"}},
		{"an archive that is none", func(dir string) { write(t, dir, "mail/b.tar.zst", pack(t, bytes.Repeat([]byte("x"), 2000))) }, "", []string{"b.tar.zst: broken archive"}},
		{"a mail twice", func(dir string) { write(t, dir, "mail/c.tar.zst", pack(t, archive(t, map[string]string{"m01": "x"}))) }, "", []string{"c.tar.zst: m01.eml stands twice"}},
		{"people that are no JSON", func(dir string) { write(t, dir, "org.json", []byte("{")) }, "", []string{"org.json", "fetch the set again"}},
		{"people without domains", func(dir string) { write(t, dir, "org.json", []byte("{}")) }, "", []string{"org.json", "domains"}},
		{"a domain that is none", func(dir string) { write(t, dir, "org.json", []byte(`{"domains":["a b"]}`)) }, "", []string{"org.json", `"a b"`}},
		{"a line that is no event", event(good + "nonsense\n"), "", []string{"events.jsonl.zst:2: not an event"}},
		{"a kind of its own", event(`{"id":"e1","t":"2001-03-02T12:00:00Z","kind":"dance","mail":"m01"}`), "", []string{":1:", `"dance"`, "known are deliver"}},
		{"no recipient", event(`{"id":"e1","t":"2001-03-02T12:00:00Z","kind":"deliver","mail":"m01"}`), "", []string{`no "rcpt"`}},
		{"no user", event(`{"id":"e1","t":"2001-03-02T12:00:00Z","kind":"submit","mail":"m01","rcpt":["a@b"]}`), "", []string{`no "user"`}},
		{"no time", event(`{"id":"e1","kind":"deliver","mail":"m01","rcpt":["a@b"]}`), "", []string{`no "t"`}},
		{"back in time", event(good + strings.ReplaceAll(strings.ReplaceAll(good, "2001", "2000"), "e1", "e2")), "", []string{":2:", `"e2" is older`, "sort"}},
		{"a mail that is not there", event(strings.ReplaceAll(good, "m01", "m77")), "", []string{`event "e1": mail "m77" is in no archive`}},
		{"a line without an end", event(good + strings.Repeat("x", maxLine+1)), "", []string{":2: the line is longer"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := tiny(t)
			if c.spoil != nil {
				c.spoil(dir)
			}
			_, _, err := played(t, dir, c.events, Options{})
			if err == nil {
				t.Fatal("nothing was said")
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q lacks %q", err, w)
				}
			}
		})
	}
}

func TestPeople(t *testing.T) {
	r := fresh(t, open(t, tiny(t), ""), Options{})
	for addr, want := range map[string]string{
		"ann@corp.test": "ann@corp.test person", "a.lee@corp.test": "ann@corp.test person", "tim@corp.test": "tim@corp.test person",
		"ops@corp.test": "ops@corp.test person", "nameless@corp.test": "nameless@corp.test unknown", "who@stranger.test": "who@stranger.test external",
	} {
		if e := r.Directory().Lookup(addr); e.Address+" "+string(e.Kind) != want {
			t.Errorf("%s is %s %s, want %s", addr, e.Address, e.Kind, want)
		}
	}
	if e := r.Directory().Lookup("tim@corp.test"); e.Name != "Tim Roth" || len(e.Names) != 1 {
		t.Errorf("%+v", e)
	}
	dir := tiny(t)
	os.Remove(filepath.Join(dir, "org.json"))
	r = fresh(t, open(t, dir, ""), Options{})
	if d := r.Directory().Domains(); len(d) != 1 || d[0] != "corp.test" || r.Directory().Len() != 0 {
		t.Errorf("without a list the domains are %v with %d people", d, r.Directory().Len())
	}
}

func FuzzReadEvent(f *testing.F) {
	for line := range strings.Lines(tinyEvents) {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		ev, err := readEvent(line)
		if err == nil && (ev.ID == "" || ev.Mail == "" || ev.At.IsZero() || !json.Valid(line)) {
			t.Errorf("%q is taken for %+v", line, ev)
		}
	})
}
