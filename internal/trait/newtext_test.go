package trait

import (
	"context"
	"strings"
	"testing"

	"kith/internal/mail"
)

func TestNewText(t *testing.T) {
	for text, want := range map[string]string{
		"I agree.\n\nOn Mon, 2 Mar 2026 at 10:00, Bob <bob@b.example> wrote:\n> old words\n> more":           "I agree.",
		"On Mon, 2 Mar 2026 at 10:00, Bob\n<bob@b.example> wrote:\n> old?\n\nYes, new.\n> old too\nAnd new.": "Yes, new. And new.",
		"Agreed.\n-----Original Message-----\nFrom: Bob\nSent: Monday\nold":                                  "Agreed.",
		"Passt.\n\nAm 02.03.2026 um 10:00 schrieb Bob:\nalt":                                                 "Passt.",
		"Passt.\nVon: Bob\nGesendet: Montag\nAn: Ann\nBetreff: x\nalt":                                       "Passt.",
		"D'accord.\nLe 2 mars 2026 à 10:00, Bob a écrit :\nvieux":                                            "D'accord.",
		"Vale.\nEl lun, 2 mar 2026 a las 10:00, Bob escribió:\nviejo":                                        "Vale.",
		"承知しました。\n差出人: 田中\n送信日時: 2026年3月2日\n宛先: 鈴木\n古い":                                                      "承知しました。",
		"알겠습니다.\n보낸 사람: 김철수\n보낸 날짜: 2026년\n옛글":                                                               "알겠습니다.",
		"Fine.\n--- On Mon, Bob wrote:\n--- Forwarded by Bob on Monday ---\nold":                             "Fine. ---",
		"He wrote: come on Monday.\nFrom: here to there: far":                                                "He wrote: come on Monday. From: here to there: far",
		"-----Original Message-----\nFrom: Bob\nall is quoted":                                               "-----Original Message----- From: Bob all is quoted",
		"1 > 0 and 2 > 1 always": "1 > 0 and 2 > 1 always",
	} {
		if got := newText(parsed("x", text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestNewTextOfAlternatives(t *testing.T) {
	raw := strings.ReplaceAll(`From: ann@a.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/alternative; boundary=i

--i
Content-Type: text/plain

the plain words
--i
Content-Type: text/html

<p>the words<p>that people see
--i--
--o
Content-Type: text/plain; name=notes.txt
Content-Disposition: attachment; filename=notes.txt

in a file
--o
Content-Type: message/rfc822

From: bob@b.example

in another mail
--o--
`, "\n", "\r\n")
	m := mail.Parse([]byte(raw), mail.DefaultLimits())
	if got := newText(m); got != "" {
		t.Errorf("before Look: %q", got)
	}
	m.Look(context.Background())
	if got := newText(m); got != "the words that people see" {
		t.Errorf("%q", got)
	}
}
