package detect

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

func TestRunSurvivesAPanic(t *testing.T) {
	bad := Detector{ID: "area.bad", Stage: Header, Look: func(*facts.Case) []kith.Finding { panic("broken") }}
	worse := Detector{ID: "area.worse", Stage: Header, LookFor: func(c *facts.Case, _ *facts.RcptFacts) []kith.Finding { _ = c.Mail.Texts[9]; return nil }}
	good := Detector{ID: "area.good", Group: kith.Asks, Stage: Header, Look: func(*facts.Case) []kith.Finding { return []kith.Finding{on(kith.PartText, 0)} }}
	many := Detector{ID: "area.many", Stage: Header, Look: func(*facts.Case) []kith.Finding { return make([]kith.Finding, 10*MaxFindings) }}
	later := Detector{ID: "area.later", Stage: Content, Look: func(*facts.Case) []kith.Finding { panic("not now") }}
	c := &facts.Case{Mail: &mail.Message{}, Rcpts: make([]facts.RcptFacts, 3)}
	f := run([]*Detector{&bad, &worse, &good, &many, &later}, c, Header)
	count := make(map[string]int)
	for _, x := range f.Message {
		count[x.Kind]++
	}
	if count["message.could-not-look"] != 2 || count["area.good"] != 1 || count["area.many"] != MaxFindings || len(count) != 3 {
		t.Errorf("found %v", count)
	}
	if what, _ := f.Message[0].Find("what"); what.Text != "area.bad" {
		t.Errorf("the broken detector is called %q", what.Text)
	}
	if len(f.Rcpts) != 3 || f.Rcpts[0] != nil {
		t.Errorf("for recipients: %v", f.Rcpts)
	}
}

// TestReadName: T2 of the requirements and its neighbours.
func TestReadName(t *testing.T) {
	lure := "2026학년도 국내 대학원 야간 석사과정 위탁교육생 선발 관련 서류 (1).hwpx.jse"
	tests := []struct {
		name   string
		ext    string
		before string
		turned bool
		posing bool
	}{
		{lure, "jse", "hwpx", false, true},
		{norm.NFD.String(lure), "jse", "hwpx", false, true},
		{strings.Repeat("아주 긴 이름 ", 60) + ".hwpx.jse", "jse", "hwpx", false, true},
		{"invoice.pdf.exe", "exe", "pdf", false, true},
		{"INVOICE.PDF.EXE", "exe", "pdf", false, true},
		{"invoice.pdf" + strings.Repeat(" ", 100) + ".exe", "exe", "pdf", false, true},
		{"invoice.pdf(1).scr", "scr", "pdf", false, true},
		{"invoice.pdf_.js", "js", "pdf", false, true},
		{"invoice.pdf.exe. .", "exe", "pdf", false, true},
		{"請求書．pdf．exe", "exe", "pdf", false, true}, // full-width dots
		{"invoice\u202efdp.exe", "exe", "", true, true},
		{"ann\u202excod.js", "js", "", true, true},
		{"inv\u200boice.pd\u200bf.ex\u200be", "exe", "pdf", false, true},
		{`C:\Users\ann\Desktop\brief.docx.lnk`, "lnk", "docx", false, true},
		{"../../etc/brief.docx.vbs", "vbs", "docx", false, true},
		{"bericht.pdf.html", "html", "pdf", false, true},

		{"report.v2.pdf", "pdf", "", false, false},
		{"archive.tar.gz", "gz", "tar", false, false},
		{"회의록.hwpx", "hwpx", "", false, false},
		{"2026.03.04 요청.hwpx", "hwpx", "", false, false},
		{"jquery.min.js", "js", "", false, false},
		{"setup.exe", "exe", "", false, false},
		{"invoice.pdf", "pdf", "", false, false},
		{"photo.jpg.pdf", "pdf", "jpg", false, false},
		{"mail.eml.zip", "zip", "eml", false, false},
		{"\u200fתמונה.pdf", "pdf", "", false, false}, // a Hebrew name with its direction mark
		{"Mr. Smith.pdf", "pdf", "", false, false},
		{"no extension", "", "", false, false},
		{"", "", "", false, false},
		{".", "", "", false, false},
		{"...", "", "", false, false},
	}
	for _, tt := range tests {
		n := readName(tt.name)
		if n.ext != tt.ext || n.before != tt.before || n.turned != tt.turned {
			t.Errorf("%q: %+v, want ext %q before %q turned %t", tt.name, n, tt.ext, tt.before, tt.turned)
		}
		if posing := active[n.ext] && (n.before != "" || n.turned); posing != tt.posing {
			t.Errorf("%q: posing %t", tt.name, posing)
		}
	}
}

func TestShownHost(t *testing.T) {
	tests := map[string]string{
		"https://www.example.org/login":  "www.example.org",
		"http://example.org:8080/x":      "example.org",
		"www.example.org":                "www.example.org",
		"example.org":                    "example.org",
		"EXAMPLE.ORG/path":               "example.org",
		"(example.org).":                 "example.org",
		"https://müller.de":              "xn--mller-kva.de",
		"https://example.org/?q=a@b.com": "", // holds an @: a name before a host, or an address
		"Click here":                     "",
		"report.zip":                     "",
		"node.js":                        "",
		"main.py":                        "",
		"v1.2.3":                         "",
		"ann@example.org":                "",
		"e.g.":                           "",
		"https://":                       "",
		"www.":                           "",
		"example.org and more":           "",
		"":                               "",
		"www.exam…":                      "",
	}
	for in, want := range tests {
		if got := shownHost(in); got != want {
			t.Errorf("%q shows %q, want %q", in, got, want)
		}
	}
}

func TestCarries(t *testing.T) {
	tests := []struct {
		link, shown string
		want        bool
	}{
		{"https://click.example.net/?u=https%3A%2F%2Fwww.example.org%2Fx", "www.example.org", true},
		{"https://click.example.net/?u=https%253A%252F%252Fwww.example.org", "www.example.org", true},
		{"https://guard.example.net/r/www.example.org/x", "www.example.org", true},
		{"https://www.example.org.evil.example/", "www.example.org", false},
		{"https://evil.example/login", "www.example.org", false},
		{"https://evil.example", "www.example.org", false},
		{"mailto:a@b", "b", false},
	}
	for _, tt := range tests {
		if got := carries(tt.link, tt.shown); got != tt.want {
			t.Errorf("%s carries %s: %t", tt.link, tt.shown, got)
		}
	}
}

func TestLikeness(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"vend0r.example", "vendor.example", "confusable"},
		{"rnodern.example", "modern.example", "confusable"},
		{"xn--vndor-zwe.example", "vendor.example", "confusable"}, // a Cyrillic e
		{"vendors.example", "vendor.example", "edit"},
		{"vedor.example", "vendor.example", "edit"},
		{"vemdor.example", "vendor.example", "edit"},
		{"vednor.example", "vendor.example", "edit"},
		{"xn--mller-kva.example", "mueller.example", "edit"}, // most firms have both spellings; it weighs less
		{"müller.example", "muller.example", "confusable"},
		{"vendor.example", "vendor.example", ""},
		{"vendor.example", "vendor.test", ""},
		{"fender.example", "vendor.example", ""},
		{"abcd.example", "abce.example", ""},
		{"node1-host.example", "node2-host.example", ""},
		{"", "vendor.example", ""}, {"vendor.example", "", ""}, {".", ".", ""}, {"x", "y", ""},
	}
	for _, tt := range tests {
		if got, back := likeness(tt.a, tt.b), likeness(tt.b, tt.a); got != tt.want || back != tt.want {
			t.Errorf("%s and %s: %q, the other way %q, want %q", tt.a, tt.b, got, back, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	long := strings.Repeat("가", 200) + ".jse"
	got := shorten(long, 100)
	if !utf8.ValidString(got) || len(got) > 104 || !strings.HasSuffix(got, ".jse") || !strings.Contains(got, "…") {
		t.Errorf("%q", got)
	}
	if got := shorten("short", 100); got != "short" {
		t.Errorf("%q", got)
	}
}

func FuzzReadName(f *testing.F) {
	for _, s := range []string{"a.pdf.exe", "a\u202efdp.exe", "．．", "가.hwpx.jse", "\xff.\xfe", "a.b.c.d. . ."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := readName(s)
		if n.before != "" && !documents[n.before] || n.ext != strings.ToLower(n.ext) || strings.ContainsAny(n.ext, `./\`) && !strings.ContainsAny(s, "⁄／＼…‥") {
			t.Errorf("%q reads as %+v", s, n)
		}
		shownHost(s)
		carries(s, "example.org")
		likeness(s, "vendor.example")
	})
}
