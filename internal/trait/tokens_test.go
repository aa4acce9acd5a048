package trait

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kith/internal/mail"
)

func TestSubjectTokens(t *testing.T) {
	for subject, want := range map[string][]string{
		"Re: AW: Invoice 4711 for the Harbour project": {"invoice", "harbour", "project"},
		"Rechnung 2026-03 über Prüfung, Rechnung":      {"rechnung", "prufung"},
		"請求書の件":                 {"請求", "求書", "書の", "の件"},
		"Fwd: [EXTERNAL] 견적 요청": {"견적", "적요", "요청"},
		"":                      nil,
		"12/03/2026":            nil,
		"one two three alpha beta gamma delta epsilon zeta theta kappa lambda sigma omega rho": {"one", "two", "three", "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "theta", "kappa", "lambda"},
	} {
		if got := SubjectTokens(&mail.Message{Subject: subject}); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", subject, got, want)
		}
	}
}

func TestAttachmentTokens(t *testing.T) {
	m := &mail.Message{Attachments: []mail.Attachment{
		{Name: "Invoice_Nordhafen_2026-03-04_v2.pdf"}, {Name: "logo.png", Inline: true}, {Name: "Angebot Lüftung (final).docx"}, {Name: "見積書20260304.xlsx"}, {Name: ".profile"},
	}}
	want := []string{"invoice", "nordhafen", "angebot", "luftung", "final", "見積", "積書", "profile"}
	if got := AttachmentTokens(m); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestFoldIsStable: a folded text is its own fold, in capitals it folds alike, and the
// scan agrees with fold on every word.
func TestFoldIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("abzAZ019 äöüßÉñŁøœＡｂ１'’-.,!?\u0301\u200b日本カｶ한글жЁΣ"))).Draw(t, "text")
		f := fold(s)
		if again := fold(f); again != f {
			t.Fatalf("fold(%q) = %q, then %q", s, f, again)
		}
		sc := scan(s)
		var words []string
		for _, w := range sc.words {
			words = append(words, sc.text(w))
		}
		if got := strings.Join(words, " "); len(sc.wide) == 0 && got != f {
			t.Fatalf("%q: the words %q, the fold %q", s, got, f)
		}
	})
}

// everything calls all traits of the text and checks what doc.go promises.
func everything(t testing.TB, m *mail.Message) {
	x := TextOf(m)
	if len(x.body.s) > maxText || !utf8.ValidString(x.body.s) {
		t.Fatalf("the text has %d bytes, or is not UTF-8", len(x.body.s))
	}
	one := []string{x.Language(), x.SignOff(), x.Salutation([]string{"Ann Lee", "田中 太郎", "Lee, Ann", ""})}
	lists := [][]string{x.Asks(), x.Accounts(), x.PhoneNumbers(), SubjectTokens(m), AttachmentTokens(m)}
	for _, l := range append(lists, one) {
		if len(l) > maxTokens {
			t.Fatalf("%d values", len(l))
		}
		for _, v := range l {
			if len(v) > maxValue || !utf8.ValidString(v) || strings.ContainsAny(v, "\n\x00") {
				t.Fatalf("the value %q", v)
			}
		}
	}
	if again := TextOf(m); !slices.Equal(again.Asks(), x.Asks()) || again.SignOff() != one[1] {
		t.Fatal("another answer the second time")
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"", "Hi Bob,\n\nIBAN DE89 3704 0044 0532 0130 00\n\nBest regards\nAnn", "> a\n> b\nOn x wrote:\nFrom: a\nSent: b", "-----Original Message-----", "- - - --- ---",
		"田中様\nお世話になっております。口座番号 1234567\nよろしくお願いいたします", "sort code 12-34-56 account 12345678 call +49 (0) 30 1234567", "bc1q 0x12 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ": : : : :", "\xff\xfe\x00",
	} {
		f.Add("Re: x", "text/plain; charset=utf-8", s)
		f.Add("至急", "text/html", "<p>"+s+"</p>")
	}
	f.Fuzz(func(t *testing.T, subject, kind, body string) {
		head := "From: Ann Lee <ann@a.example>\r\nSubject: " + subject + "\r\nMIME-Version: 1.0\r\nContent-Type: " + kind + "\r\n\r\n"
		m := mail.Parse([]byte(head+body), mail.DefaultLimits())
		everything(t, m)
		m.Look(context.Background())
		everything(t, m)
	})
}

// TestHostile: texts that repeat what each reader waits for neither panic nor take
// long.
func TestHostile(t *testing.T) {
	everything(t, &mail.Message{})
	for _, s := range []string{": ", "on wrote: ", "From: ", "--- ", "buy buy ", "至急", "1-", "DE00 ", "call 1 ", "(0)", "\u0301", "+1", "account routing 021000021 ", "hi ", "best ", "> ", "アカウント", "bic ", "need payment ", "call us at ", "pay within in "} {
		m := parsed("x", strings.Repeat(s, 200_000/len(s)))
		start := time.Now()
		everything(t, m)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%q takes %v", s, d)
		}
	}
}

func BenchmarkText(b *testing.B) {
	const prose = "We spoke with the harbour office last week about the new berth, and they asked us for a drawing of the pier (version 3) before they can say more. "
	for name, text := range map[string]string{
		"en": "Hi Bob,\n\n" + strings.Repeat(prose, 20<<10/len(prose)) + "\nBest regards,\nAnn Lee\nTel. +49 30 1234567",
		"ja": "田中様\nお世話になっております。\n" + strings.Repeat("先週、港湾事務所と新しい岸壁について話しました。詳しい図面を見てから決めるそうです。\n", 160) + "よろしくお願いいたします。",
	} {
		b.Run(name, func(b *testing.B) {
			m := parsed("The harbour", text)
			b.SetBytes(int64(len(newText(m))))
			b.ReportAllocs()
			for b.Loop() {
				x := TextOf(m)
				_, _, _, _ = x.Language(), x.Asks(), x.Accounts(), x.PhoneNumbers()
				_, _ = x.SignOff(), x.Salutation([]string{"Bob Lind"})
				_, _ = SubjectTokens(m), AttachmentTokens(m)
			}
		})
	}
}
