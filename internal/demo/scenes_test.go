package demo

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/plain"
)

// TestScenes: the organisation is as rich as it is said to be, and what is
// written down is what a reader of mail gets.
func TestScenes(t *testing.T) {
	scenes, err := loadScenes()
	if err != nil {
		t.Fatal(err)
	}
	dir := people(t)
	key, _, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	c := newComposer(dir, key)
	gets, langs := map[string]bool{}, map[string]int{}
	for _, s := range scenes {
		l, err := c.compose(s, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		m := mail.Parse(l.raw, mail.DefaultLimits())
		m.Look(context.Background())
		if m.Subject != s.subject || len(m.From) != 1 || m.From[0].Addr != s.from.Address || len(m.Attachments) != len(s.files) {
			t.Errorf("%s reads as %q from %v with %d files", s.name, m.Subject, m.From, len(m.Attachments))
		}
		for i, f := range s.files {
			if i < len(m.Attachments) && m.Attachments[i].Name != f.name {
				t.Errorf("%s: the file is called %q", s.name, m.Attachments[i].Name)
			}
		}
		if len(m.Texts) == 0 || !strings.Contains(squeeze(m.Texts[0].Visible), squeeze(s.text)) {
			t.Errorf("%s: the text does not read as written", s.name)
		}
		for _, o := range m.Oddities {
			if o.Ambiguous && !s.incident() {
				t.Errorf("%s is ordinary and odd: %s", s.name, o.ID)
			}
		}
		for _, to := range s.rcpts() {
			e := dir.Lookup(to)
			gets[e.Address] = true
			langs[e.Lang]++
		}
	}
	for _, lang := range []string{"de", "en", "ja", "ko"} {
		if langs[lang] < 8 {
			t.Errorf("only %d copies for readers of %s", langs[lang], lang)
		}
	}
	if n := strings.Count(string(peopleFile), "[[person]]"); n != 12 || len(gets) < n {
		t.Errorf("%d people, %d boxes get mail", n, len(gets))
	}
}

// TestTable: each incident has one row that says something, no row is left over,
// and what is expected can be said.
func TestTable(t *testing.T) {
	scenes, err := loadScenes()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for _, e := range expectations {
		rows[e.scene]++
		kinds := slices.Clone(e.kinds)
		for _, a := range e.apart {
			kinds = append(kinds, a.kind)
		}
		if len(kinds) == 0 || rank(e.least) < rank(kith.Suspicious) {
			t.Errorf("%s expects nothing", e.scene)
		}
		for _, k := range kinds {
			if !slices.Contains(plain.Kinds(), k) {
				t.Errorf("%s expects %q, which nobody says", e.scene, k)
			}
		}
	}
	for _, q := range quiet {
		rows[q.scene] += 2
	}
	for _, s := range scenes {
		want := 0
		switch {
		case s.incident():
			want = 1
		case mustNotice(s.name) != "":
			want = 2
		}
		if rows[s.name] != want {
			t.Errorf("%s has the wrong rows (%d)", s.name, rows[s.name])
		}
		delete(rows, s.name)
	}
	if len(rows) != 0 {
		t.Errorf("rows without a mail: %v", rows)
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// TestFiles: made files are what they say, and those that pose bear the marks
// by which they are known.
func TestFiles(t *testing.T) {
	tests := []struct {
		m     made
		kind  string // part of the media type by content
		marks []mail.Mark
	}{
		{made{"pdf", "a.pdf"}, "pdf", nil},
		{made{"xlsx", "a.xlsx"}, "spreadsheetml", nil},
		{made{"docx", "a.docx"}, "wordprocessingml", nil},
		{made{"hwpx", "a.hwpx"}, "hwp", nil},
		{made{"png", "a.png"}, "png", nil},
		{made{"zip", "a.zip"}, "zip", nil},
		{made{"csv", "a.csv"}, "text", nil},
		{made{"xlsm", "a.xlsm"}, "spreadsheetml", []mail.Mark{mail.MarkMacro}},
		{made{"locked-zip", "a.zip"}, "zip", []mail.Mark{mail.MarkEncrypted}},
		{made{"encoded-script", "a.hwpx.jse"}, "", []mail.Mark{mail.MarkEncodedScript}},
		{made{"program", "a.jpg"}, "", []mail.Mark{mail.MarkExecutable}},
	}
	for _, tt := range tests {
		t.Run(tt.m.kind, func(t *testing.T) {
			p, err := attached(tt.m, "title & <more>")
			if err != nil {
				t.Fatal(err)
			}
			text := part{[]field{{"Content-Type", "text/plain"}}, []byte("x\r\n")}
			whole := multipart("mixed", "b", text, p)
			m := mail.Parse(assemble(append([]field{{"From", "a@b.example"}, {"MIME-Version", "1.0"}}, whole.fields...), whole.body), mail.DefaultLimits())
			m.Look(context.Background())
			if len(m.Attachments) != 1 {
				t.Fatalf("%d attachments", len(m.Attachments))
			}
			a := m.Attachments[0]
			if !strings.Contains(a.Sniffed, tt.kind) {
				t.Errorf("is a %s", a.Sniffed)
			}
			for _, want := range tt.marks {
				if !slices.Contains(a.Marks, want) {
					t.Errorf("no mark %s in %v", want, a.Marks)
				}
			}
			if tt.marks == nil && len(a.Marks) > 0 {
				t.Errorf("bears %v", a.Marks)
			}
		})
	}
	if _, _, err := file(made{"song", "a"}, ""); err == nil {
		t.Error("a kind that nobody knows is made")
	}
}

func TestFaultsOfScenes(t *testing.T) {
	for text, want := range map[string]string{
		"x\nFrom: a@nordholz.example\nTo: paul.vogt\n\nhi":                             "Subject is missing",
		"x\nFrom: a@nordholz.example\nTo: paul.vogt\nSubject: s\nColour: red\n\nhi":    "no such field",
		"x\nFrom: a@unheard.example\nTo: paul.vogt\nSubject: s\n\nhi":                  "nobody has the domain",
		"x\nFrom: a@nordholz.example\nTo: paul.vogt\nnot a field at all\n\nSubject: s": "is no field",
	} {
		if _, err := readScene("test", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestNameServer(t *testing.T) {
	long := strings.Repeat("k", 400)
	n, err := startNameServer(records(long))
	if err != nil {
		t.Fatal(err)
	}
	defer n.stop()
	ask := func(name string) *dns.Msg {
		a, err := dns.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeTXT), n.addr)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := ask("demo._domainkey.Nordholz.example.")
	if len(a.Answer) != 1 || strings.Join(a.Answer[0].(*dns.TXT).Txt, "") != long {
		t.Errorf("the key record is %v", a.Answer)
	}
	if a := ask("_domainkey.nordholz.example."); a.Rcode != dns.RcodeSuccess || len(a.Answer) != 0 {
		t.Errorf("a name above others: %v", a)
	}
	if a := ask("www.real-name.test."); a.Rcode != dns.RcodeNameError {
		t.Errorf("a name of somebody else: %v", a)
	}
}

// TestWrap: no line is too wide, no letter is lost.
func TestWrap(t *testing.T) {
	letters := rapid.RuneFrom([]rune("aZ ä.。、」ー田中サ한글.-@\u0301"))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(letters, 0, 200, -1).Draw(t, "text")
		max := rapid.IntRange(4, 40).Draw(t, "max")
		lines := wrap(s, max)
		for _, l := range lines {
			if columns(l) > max || l == "" {
				t.Fatalf("%d columns of %d: %q", columns(l), max, l)
			}
		}
		if squeeze(strings.Join(lines, "")) != squeeze(s) {
			t.Fatalf("%q became %q", s, lines)
		}
	})
	if got := wrap("書類を開くとプログラムが動きます。", 30); got[0] == "" || strings.HasPrefix(got[1], "。") {
		t.Errorf("%q", got)
	}
}

// TestGravest: the recipient with the highest score is shown.
func TestGravest(t *testing.T) {
	at := func(score float64) kith.Record {
		return kith.Record{Judged: kith.Judgement{Verdict: kith.Verdict{Score: score}}}
	}
	if got := gravest([]kith.Record{at(-10), at(3), at(1)}); got.Judged.Verdict.Score != 3 {
		t.Errorf("got %v", got.Judged.Verdict.Score)
	}
}
