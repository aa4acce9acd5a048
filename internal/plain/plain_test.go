package plain

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kith/internal/kith"
)

var update = flag.Bool("update", false, "write the golden files anew")

// evidence is one piece for each key that a sentence may ask for.
var evidence = []kith.Evidence{
	{Key: "address", Type: kith.EvAddress, Text: "ann.lee@examp1e.com"},
	{Key: "known", Type: kith.EvAddress, Text: "ann.lee@example.com"},
	{Key: "reply", Type: kith.EvAddress, Text: "pay@example.net"},
	{Key: "domain", Type: kith.EvHost, Text: "examp1e.com"},
	{Key: "ours", Type: kith.EvHost, Text: "example.com"},
	{Key: "name", Type: kith.EvName, Text: "Ann Lee"},
	{Key: "file", Type: kith.EvFile, Text: "invoice.pdf.js"},
	{Key: "target", Type: kith.EvHost, Text: "xn--mller-kva.example"},
	{Key: "host", Type: kith.EvHost, Text: "files.example.net"},
	{Key: "zone", Type: kith.EvText, Text: "+0900"},
	{Key: "days", Type: kith.EvCount, N: 40},
	{Key: "others", Type: kith.EvCount, N: 3},
}

// special is the evidence of kinds that give another sort of it under a key.
var special = map[string]kith.Evidence{
	"sender.address-as-name":  {Key: "shown", Type: kith.EvAddress, Text: "ann.lee@example.com"},
	"sender.look-alike-known": {Key: "known", Type: kith.EvHost, Text: "example.com"},
}

func finding(kind string) kith.Finding {
	all := slices.Concat(evidence, []kith.Evidence{{Key: "shown", Type: kith.EvHost, Text: "bank.example"}})
	if e, ok := special[kind]; ok {
		all = slices.Insert(all, 0, e)
	}
	return kith.Finding{Kind: kind, Evidence: all}
}

func judged(band kith.Band, class kith.Class, kinds ...string) kith.Judgement {
	v := kith.Verdict{Band: band, Class: class}
	for i, k := range kinds {
		v.Reasons = append(v.Reasons, kith.Contribution{Finding: finding(k), Bits: float64(20 - i)})
	}
	return kith.Judgement{Verdict: v}
}

func (t Text) golden() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.Headline)
	for _, r := range t.Reasons {
		fmt.Fprintf(&b, "- %s\n", r)
	}
	if t.Cue != "" {
		fmt.Fprintf(&b, "> %s\n", t.Cue)
	}
	return b.String()
}

// TestGolden writes down everything that each language can say, so that a
// change of words is seen by whoever reads the change.
func TestGolden(t *testing.T) {
	for _, l := range languages {
		t.Run(l.tag, func(t *testing.T) {
			var b strings.Builder
			say := func(title string, j kith.Judgement) {
				fmt.Fprintf(&b, "# %s\n%s\n", title, Render(l.tag, j).golden())
			}
			say("calm", judged(kith.Calm, kith.Normal))
			say("calm, with a remark", judged(kith.Calm, kith.Normal, "link.detour"))
			say("spam", judged(kith.Suspicious, kith.Spam, "text.hidden"))
			for _, c := range harms {
				say("suspicious "+string(c), judged(kith.Suspicious, c))
				say("harmful "+string(c), judged(kith.Harm, c))
			}
			say("two of one kind", judged(kith.Harm, kith.Credential, "link.text-mismatch", "link.text-mismatch"))
			say("many of one kind, four kinds", judged(kith.Harm, kith.Credential, "link.text-mismatch", "link.text-mismatch", "link.text-mismatch",
				"sender.leader-name", "text.hidden", "message.could-not-look"))
			say("a kind that nobody told us of", judged(kith.Suspicious, kith.Normal, "area.unheard-of"))
			for _, k := range Kinds() {
				say(k, judged(kith.Suspicious, "", k))
				for _, other := range otherForms(l, k) {
					fmt.Fprintf(&b, "## or\n- %s\n\n", other)
				}
			}
			golden(t, l.tag, b.String())
		})
	}
}

// otherForms says a kind with a count of one, with its count left out, and bare.
func otherForms(l *language, kind string) (all []string) {
	e := l.findings[kind]
	f := finding(kind)
	said := []string{l.reason(&f)}
	one, less := finding(kind), finding(kind)
	for i := range one.Evidence {
		if one.Evidence[i].Type == kith.EvCount {
			one.Evidence[i].N = 1
		}
	}
	less.Evidence = slices.DeleteFunc(less.Evidence, func(x kith.Evidence) bool { return x.Type == kith.EvCount })
	for _, s := range []string{l.reason(&one), l.reason(&less), e.Bare} {
		if !slices.Contains(said, s) {
			said = append(said, s)
		}
	}
	return said[1:]
}

var harms = []kith.Class{kith.Credential, kith.Impersonation, kith.Payment, kith.Malware, kith.Lateral, kith.Callback}

func golden(t *testing.T, tag, got string) {
	t.Helper()
	name := filepath.Join("testdata", tag+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s (-update writes it anew):\n%s", name, got)
	}
}

// sentences is everything that a language can say.
func sentences(l *language) map[string]string {
	all := map[string]string{"quiet": l.quiet, "noticed": l.noticed, "unwanted": l.unwanted, "more": l.more.Other}
	if l.more.One != "" {
		all["more one"] = l.more.One
	}
	for c, s := range l.suspicious {
		all["suspicious "+string(c)] = s
	}
	for c, s := range l.harmful {
		all["harmful "+string(c)] = s
	}
	add := func(k string, e entry) {
		all[k+" reason"], all[k+" bare"], all[k+" cue"] = e.Reason, e.Bare, e.Cue
		for form, s := range map[string]string{" one": e.One, " less": e.Less} {
			if s != "" {
				all[k+form] = s
			}
		}
	}
	add("unknown", l.unknown)
	for k, e := range l.findings {
		add(k, e)
	}
	return all
}

// jargon is what employees never read (requirement C7): the words of our trade,
// and those that only frighten.
var jargon = regexp.MustCompile(`(?i)spf|dkim|dmarc|\barc\b|header|domain|domäne|mime|entrop|score|phish|spoof|malware|virus|trojan|hacker|attack|angriff|` +
	`makro|\bmacro|s[ck]ript|\burls?\b|html|\bip\b|server|protocol|protokoll|authenti|payload|encod|kodier|archive?\b|attachment|` +
	`ドメイン|サーバ|ヘッダ|スクリプト|マクロ|フィッシング|認証|プロトコル|ウイルス|攻撃|スコア|エンコード|アーカイブ|` +
	`도메인|서버|헤더|스크립트|매크로|피싱|인증|프로토콜|바이러스|공격|점수|인코딩|아카이브|` +
	// and those of the learned normal
	`\bsurprise\b|surprising|baseline|\benvelope|\bmailer|\bhash|fingerprint|\brelay|\bbounce|return.path|reply-to|message-id|metadata|anomal|` +
	`statisti|probabilit|algorithm|\bmodel\b|\bbits?\b|\bhop\b|\bdns\b|signature|\btoken|profil|behaviou?r|\bpattern|` +
	`überraschung|grundlinie|basislinie|kopfzeile|\bumschlag|prüfsumme|fingerabdruck|signatur|verhalten|muster\b|wahrscheinlich|algorithmus|` +
	`サプライズ|ベースライン|エンベロープ|メーラー|ハッシュ|指紋|署名|統計|確率|アルゴリズム|異常値|行動|プロファイル|ビット|中継|` +
	`서프라이즈|베이스라인|기준선|엔벨로프|메일러|해시|지문|서명|통계|확률|알고리즘|이상치|행동|프로필|비트|중계`)

// twofold are particles written in both forms at once: nobody speaks so.
var twofold = regexp.MustCompile(`\((으|이|은|을|와|과|아|야)\)|[이은을과]\((가|는|를|와)\)`)

// bound is a particle with two forms right behind evidence whose last sound is not
// known. (Behind a name stands 님 or 씨, so 인데 and 입니다 are safe there.)
var bound = regexp.MustCompile(`\{[a-z]+\}(은|는|이 |가 |을|를|과|와|으로|로 )`)

func TestWords(t *testing.T) {
	for _, l := range languages {
		for what, s := range sentences(l) {
			words := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(s, "…")
			if w := jargon.FindString(words); w != "" {
				t.Errorf("%s, %s: %q is a word of our trade: %s", l.tag, what, w, s)
			}
			if strings.TrimSpace(s) == "" || s != strings.TrimSpace(s) || strings.Contains(s, "  ") {
				t.Errorf("%s, %s: empty, or with odd spaces: %q", l.tag, what, s)
			}
			if w := twofold.FindString(s) + bound.FindString(s); l.tag == "ko" && w != "" {
				t.Errorf("%s, %s: %q: put a noun of ours between the evidence and the particle: %s", l.tag, what, w, s)
			}
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s, %s: not fit to be shown: %q", l.tag, what, s)
			}
			if last, _ := utf8.DecodeLastRuneInString(s); !strings.ContainsRune(".。:?!}", last) {
				t.Errorf("%s, %s: no sentence: %q", l.tag, what, s)
			}
			s = words
			limit := 170
			if l.tag == "ja" || l.tag == "ko" {
				limit = 90
			}
			if n := utf8.RuneCountInString(s); n > limit {
				t.Errorf("%s, %s: %d letters are too many: %s", l.tag, what, n, s)
			}
			if strings.ContainsAny(s, "“”") && l.tag != "en" && l.tag != "de" || l.tag == "de" && strings.Contains(s, "”") {
				t.Errorf("%s, %s: quotation marks of another language: %s", l.tag, what, s)
			}
		}
	}
}

// TestWhole holds the languages against the first of them.
func TestWhole(t *testing.T) {
	for _, l := range languages {
		for k, e := range english.findings {
			x, ok := l.findings[k]
			if !ok {
				t.Errorf("%s does not say %s", l.tag, k)
				continue
			}
			a, b := placeholders(e.Reason), placeholders(x.Reason)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) {
				t.Errorf("%s, %s cites %q, English cites %q", l.tag, k, b, a)
			}
			for form, s := range map[string]string{"One": x.One, "Less": x.Less} {
				for _, key := range placeholders(s) {
					if !slices.Contains(b, key) {
						t.Errorf("%s, %s: %s cites %q, which Reason does not", l.tag, k, form, key)
					}
				}
			}
			counts := slices.ContainsFunc(b, func(key string) bool { return key == "days" || key == "others" })
			if counts != (x.Less != "") || (x.One != "") != (counts && (l.tag == "en" || l.tag == "de")) {
				t.Errorf("%s, %s: a sentence with a count has a form without it, and one for one where the language has one", l.tag, k)
			}
			if placeholders(x.Bare) != nil || placeholders(x.Cue) != nil {
				t.Errorf("%s, %s: the bare sentence or the cue asks for evidence", l.tag, k)
			}
		}
		if len(l.findings) != len(english.findings) {
			t.Errorf("%s says %d kinds, English %d", l.tag, len(l.findings), len(english.findings))
		}
		for _, c := range append([]kith.Class{""}, harms...) {
			if l.suspicious[c] == "" || l.harmful[c] == "" {
				t.Errorf("%s has no headline for %q", l.tag, c)
			}
		}
	}
}

func TestRender(t *testing.T) {
	t.Run("a finding that added nothing is not said", func(t *testing.T) {
		j := judged(kith.Suspicious, kith.Credential, "link.text-mismatch", "text.hidden")
		j.Verdict.Reasons[1].Bits = 0
		if got := Render("en", j); len(got.Reasons) != 1 {
			t.Errorf("said %q", got.Reasons)
		}
	})
	t.Run("no more reasons than a person remembers", func(t *testing.T) {
		if got := Render("en", judged(kith.Harm, kith.Malware, Kinds()...)); len(got.Reasons) != MaxReasons {
			t.Errorf("%d reasons", len(got.Reasons))
		}
	})
	t.Run("missing evidence is said plainly", func(t *testing.T) {
		for _, l := range languages {
			for _, k := range Kinds() {
				got := Reason(l.tag, kith.Finding{Kind: k})
				want := l.findings[k].Reason
				if strings.Contains(want, "{") {
					want = l.findings[k].Bare
				}
				if got != want {
					t.Errorf("%s, %s: %q", l.tag, k, got)
				}
			}
		}
	})
	t.Run("two kinds that are said alike are said once", func(t *testing.T) {
		got := Render("en", judged(kith.Suspicious, kith.Impersonation, "message.new-style", "message.new-header-order", "sender.odd-hour"))
		if len(got.Reasons) != 2 {
			t.Errorf("said %q", got.Reasons)
		}
	})
	t.Run("counts", func(t *testing.T) {
		f := kith.Finding{Kind: "sender.first-contact", Evidence: []kith.Evidence{{Key: "address", Type: kith.EvAddress, Text: "a@example.com"}}}
		for _, tt := range []struct {
			n    int64
			want string
		}{
			{0, "As far as we know, a@example.com has never written to you before."},
			{1, "As far as we know, a@example.com has never written to you before, but has to one other person here."},
			{2, "As far as we know, a@example.com has never written to you before, but has to 2 others here."},
		} {
			g := f
			if tt.n > 0 {
				g.Evidence = append(slices.Clone(f.Evidence), kith.Evidence{Key: "others", Type: kith.EvCount, N: tt.n})
			}
			if got := Reason("en", g); got != tt.want {
				t.Errorf("%d: %s", tt.n, got)
			}
		}
	})
	t.Run("a brace in the evidence is a brace", func(t *testing.T) {
		f := kith.Finding{Kind: "sender.reply-elsewhere", Evidence: []kith.Evidence{{Key: "address", Type: kith.EvText, Text: "{reply}{"}, {Key: "reply", Type: kith.EvText, Text: "{address}"}}}
		if got := Reason("en", f); got != "It was sent from {reply}{, but your answer would go to {address}." {
			t.Error(got)
		}
	})
	t.Run("languages", func(t *testing.T) {
		j := judged(kith.Calm, kith.Normal)
		for tag, want := range map[string]string{"de": german.quiet, "de-AT": german.quiet, "DE_ch.UTF-8": german.quiet, "ja-JP": japanese.quiet, "ko": korean.quiet, "": english.quiet, "tlh": english.quiet} {
			if got := Render(tag, j).Headline; got != want {
				t.Errorf("%q says %q", tag, got)
			}
		}
		if !Speaks("ko-KR") || Speaks("xx") || !slices.Equal(Languages(), []string{"en", "de", "ja", "ko"}) {
			t.Error("the languages are not told")
		}
	})
}

func TestFormsOfWords(t *testing.T) {
	at := time.Date(2026, time.March, 4, 0, 0, 0, 0, time.UTC)
	tests := []struct{ tag, name, honoured, number, date, one, many string }{
		{"en", "Ann Lee", "Ann Lee", "1,234,567", "4 March 2026", "There is one more like this.", "There are 3 more like this."},
		{"de", "Ann Lee", "Ann Lee", "1.234.567", "4. März 2026", "Es gibt noch eine weitere solche Stelle.", "Es gibt noch 3 weitere solche Stellen."},
		{"ja", "田中 太郎", "田中 太郎様", "1,234,567", "2026年3月4日", "同じようなものが、ほかに1件あります。", "同じようなものが、ほかに3件あります。"},
		{"ja", "田中さん", "田中さん", "1,234,567", "2026年3月4日", "同じようなものが、ほかに1件あります。", "同じようなものが、ほかに3件あります。"},
		{"ko", "김철수", "김철수님", "1,234,567", "2026년 3월 4일", "비슷한 것이 1개 더 있습니다.", "비슷한 것이 3개 더 있습니다."},
		{"ko", "김철수님", "김철수님", "1,234,567", "2026년 3월 4일", "비슷한 것이 1개 더 있습니다.", "비슷한 것이 3개 더 있습니다."},
	}
	for _, tt := range tests {
		l := languageOf(tt.tag)
		if got := l.honour(tt.name); got != tt.honoured {
			t.Errorf("%s: %q", tt.tag, got)
		}
		if got := show(l, kith.Evidence{Type: kith.EvCount, N: 1234567}); got != tt.number {
			t.Errorf("%s: %q", tt.tag, got)
		}
		if got := show(l, kith.Evidence{Type: kith.EvTime, Time: at}); got != tt.date {
			t.Errorf("%s: %q", tt.tag, got)
		}
		if one, many := l.count(l.more, 1), l.count(l.more, 3); one != tt.one || many != tt.many {
			t.Errorf("%s: %q, %q", tt.tag, one, many)
		}
	}
}

func TestSafe(t *testing.T) {
	tests := []struct {
		in   string
		max  int
		want string
	}{
		{"invoice.pdf", 80, "invoice.pdf"},
		{"in\u202evoice.fdp.exe", 80, "in�voice.fdp.exe"},
		{"a\x1b[31mred\x07", 80, "a�[31mred�"},
		{"two\r\nlines\tand  more ", 80, "two lines and more"},
		{"zero\u200bwidth\u2066iso", 80, "zero�width�iso"},
		{"filler\u3164\u2800", 80, "filler��"},
		{"c1\u009bcsi", 80, "c1�csi"},
		{"bad\xff", 80, "bad�"},
		{"가나다라마바사.hwpx.jse", 9, "가나다라….jse"},
		{"", 80, ""},
		{"abcdef", 0, "a…f"},
	}
	for _, tt := range tests {
		if got := Safe(tt.in, tt.max); got != tt.want {
			t.Errorf("Safe(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
		}
	}
}

func TestReadableHosts(t *testing.T) {
	for in, want := range map[string]string{
		"example.com":            "example.com",
		"xn--mller-kva.de":       "müller.de",
		"xn--3e0b707e":           "한국",
		"xn--80ak6aa92e.com":     "xn--80ak6aa92e.com", // apple in Cyrillic
		"xn--pple-43d.com":       "xn--pple-43d.com",   // a Cyrillic a
		"xn--":                   "xn--",
		"xn--\u202e.com":         "xn--�.com",
		"xn--wgv71a119e.example": "日本語.example",
	} {
		if got := show(&english, kith.Evidence{Type: kith.EvHost, Text: in}); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestNothingGetsThrough: whatever the evidence, what is said can be shown and
// stays short.
func TestNothingGetsThrough(t *testing.T) {
	kinds := append(Kinds(), "area.unheard-of")
	types := []kith.EvidenceType{kith.EvCount, kith.EvName, kith.EvAddress, kith.EvHost, kith.EvFile, kith.EvTime, kith.EvText, "unheard-of"}
	rapid.Check(t, func(t *rapid.T) {
		f := kith.Finding{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		for _, k := range []string{"address", "known", "reply", "domain", "ours", "name", "file", "shown", "target", "host", "zone", "days", "others"} {
			f.Evidence = append(f.Evidence, kith.Evidence{Key: k, Type: rapid.SampledFrom(types).Draw(t, "type"), Text: rapid.String().Draw(t, "text"), N: rapid.Int64().Draw(t, "n")})
		}
		j := kith.Judgement{Verdict: kith.Verdict{Band: kith.Harm, Reasons: []kith.Contribution{{Finding: f, Bits: 1}}}}
		for _, l := range languages {
			text := Render(l.tag, j)
			for _, s := range append(text.Reasons, text.Headline, text.Cue) {
				if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) }) {
					t.Fatalf("%s: not fit to be shown: %q", l.tag, s)
				}
				if n := utf8.RuneCountInString(s); n > 500 {
					t.Fatalf("%s: %d letters", l.tag, n)
				}
			}
		}
	})
}
