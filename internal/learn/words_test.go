package learn

import (
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestRoleOf(t *testing.T) {
	for name, want := range map[string]Role{
		"INBOX": Inbox, "Posteingang": Inbox, "受信トレイ": Inbox, "받은편지함": Inbox, "Boîte de réception": Inbox, "Bandeja de entrada": Inbox,
		"Sent": Sent, "INBOX/Sent Items": Sent, "[Gmail]/Sent Mail": Sent, "[Google Mail]/Gesendet": Sent, "Gesendete Elemente": Sent, "送信済みアイテム": Sent,
		"보낸 편지함": Sent, "Éléments envoyés": Sent, "Elementos enviados": Sent, "Sent/2023": Sent, "Archive/Sent": Sent, norm.NFD.String("Envoyés"): Sent,
		"Junk E-mail": Junk, "Spam": Junk, "Spamverdacht": Junk, "迷惑メール": Junk, "스팸메일함": Junk, "Courrier indésirable": Junk, "Correo no deseado": Junk, "Spam/Sent": Junk,
		"Trash": Trash, "Deleted Items": Trash, "Papierkorb": Trash, "Gelöschte Objekte": Trash, norm.NFD.String("Gelöschte Objekte"): Trash, "ゴミ箱": Trash, "휴지통": Trash, "Corbeille": Trash, "Papelera": Trash, "Trash/Projects/Sent": Trash,
		"Drafts": Drafts, "Entwürfe": Drafts, "Postausgang": Drafts, "下書き": Drafts, "임시 보관함": Drafts, "Brouillons": Drafts, "Boîte d’envoi": Drafts, "Borradores": Drafts,
		"Archive/2023": Archive, "[Gmail]/All Mail": Archive, "アーカイブ": Archive, "Archiv": Archive,
		"INBOX/Projects": Other, "Projects": Other, "": Other, "Sender": Other, "Junkers": Other, "Trashy novels": Other,
	} {
		if got := roleOf(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
	if _, err := ParseRole("bin"); err == nil {
		t.Error("bin is no role")
	}
	if r, err := ParseRole(" Sent "); err != nil || r != Sent {
		t.Error(r, err)
	}
}

func TestDecodeUTF7(t *testing.T) {
	for in, want := range map[string]string{
		"Sent": "Sent", "Entw&APw-rfe": "Entwürfe", "~peter/mail/&U,BTFw-/&ZeVnLIqe-": "~peter/mail/台北/日本語", "R&-D": "R&D", "R&D": "R&D", "R&D-team": "R&D-team",
		"&2D3eAA-": "😀", "&2D0-": "&2D0-", "&AC8-": "&AC8-", "&": "&", "Entwürfe": "Entwürfe", "&AAA-": "&AAA-",
	} {
		if got := decodeUTF7(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func FuzzDecodeUTF7(f *testing.F) {
	f.Add("Entw&APw-rfe")
	f.Fuzz(func(t *testing.T, s string) {
		if got := decodeUTF7(s); utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q became %q", s, got)
		}
		roleOf(s)
		fileName(s)
		maildirName(s)
	})
}

func TestOwners(t *testing.T) {
	for path, want := range map[string]string{
		"/var/mail/vhosts/corp.example/ann/Maildir":       "ann@corp.example",
		"/var/mail/vhosts/corp.example/ann":               "ann@corp.example",
		"/var/vmail/corp.example/a/ann/Maildir":           "ann@corp.example",
		"/srv/mail/ann@corp.example/Maildir":              "ann@corp.example",
		"/home/ann/Maildir":                               "ann@given.example",
		"/home/ann/.maildir":                              "ann@given.example",
		"/srv/backup.2023/ann/Maildir":                    "ann@given.example",
		"/var/mail/vhosts/xn--bcher-kva.example/ann/mail": "ann@xn--bcher-kva.example",
	} {
		if got := ownerOfMaildir(path, "given.example"); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := ownerOfMaildir("/home/ann/Maildir", ""); got != "" {
		t.Errorf("without a domain: %q", got)
	}
	for path, want := range map[string]string{
		"/var/mail/ann": "ann@given.example", "/tmp/export.mbox": "", "/tmp/ann@corp.example.mbox": "ann@corp.example", "/srv/ann@corp.example/inbox": "ann@corp.example",
	} {
		if got := ownerOfFile(path, "given.example"); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for login, want := range map[string]string{"ann@corp.example*master": "ann@corp.example", "ann": "ann@given.example", "ann*master": "ann@given.example"} {
		if got := ownerOfLogin(login, "given.example"); got != want {
			t.Errorf("%s is %q, want %q", login, got, want)
		}
	}
}

func TestArrival(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	hop := []byte("X: y\r\nReceived: from a by b;\r\n\tMon, 2 Mar 2026 09:15:00 +0100\r\nReceived: from c by a; Mon, 1 Jan 2024 00:00:00 +0000\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\n")
	received := time.Date(2026, 3, 2, 8, 15, 0, 0, time.UTC)
	date := []byte("Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nReceived: from a by b; Mon, 2 Mar 2026 09:15:00 +0100\r\n")
	for _, c := range []struct {
		name     string
		own      time.Time
		zoneless bool
		raw      []byte
		want     time.Time
	}{
		{"own", received.Add(time.Hour), false, date, received.Add(time.Hour)},
		{"nothing but a Date field", time.Time{}, false, date, time.Time{}},
		{"own, near the hop", received.Add(time.Hour), false, hop, received.Add(time.Hour)},
		{"moved", received.AddDate(0, 2, 0), false, hop, received},
		{"copied in with the author's date", received.AddDate(-2, 0, 0), false, hop, received},
		{"a clock without a zone", received.Add(time.Hour), true, hop, received},
		{"the future", now.Add(time.Hour), false, date, time.Time{}},
		{"a clock that is a little ahead", now.Add(time.Minute), false, date, now},
		{"before e-mail", time.Unix(0, 0), false, date, time.Time{}},
	} {
		if got := arrival(c.own, c.zoneless, c.raw, now); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestMeter(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	m := NewMeter(Count{1000, 0}, now)
	if p := m.Read(Count{}, now); p.Left >= 0 || p.Rate != 0 || p.Total != 1000 {
		t.Errorf("%+v", p)
	}
	var p Progress
	for s := 1; s <= 50; s++ { // 10 a second
		p = m.Read(Count{int64(s * 10), int64(s) * 1000}, now.Add(time.Duration(s)*time.Second))
	}
	if p.Done != 500 || p.Rate < 9.9 || p.Rate > 10.1 || p.Left != 50*time.Second {
		t.Errorf("%+v", p)
	}
	for s := 51; s <= 90; s++ { // then one: the old rate is forgotten
		p = m.Read(Count{int64(500 + s - 50), 0}, now.Add(time.Duration(s)*time.Second))
	}
	if p.Rate > 1.1 {
		t.Errorf("%+v", p)
	}
	m = NewMeter(Count{10, 1000}, now)
	if p = m.Read(Count{50, 250}, now.Add(10*time.Second)); p.Total != 50 || p.Left != 30*time.Second {
		t.Errorf("%+v", p)
	}
}
