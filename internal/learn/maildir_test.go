package learn

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// deliver puts a message into a folder of a Maildir.
func deliver(t *testing.T, folder, name, subject string) {
	t.Helper()
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		write(t, filepath.Join(folder, name), "Subject: "+subject+"\n\nbody\n")
	}
}

func TestMaildir(t *testing.T) {
	home := filepath.Join(t.TempDir(), "vhosts", "Corp.example", "ann")
	box := filepath.Join(home, "Maildir")
	deliver(t, box, "cur/1772440000.M2P1.host:2,S", "second")
	deliver(t, box, "new/1772430000.M1P1.host", "first")
	deliver(t, box, "tmp/1772450000.M3P1.host", "not delivered yet")
	deliver(t, box, "cur/1772440001.M2P1.host:2,ST", "trashed")
	deliver(t, box, "cur/1772440002.M2P1.host:2,D", "draft")
	deliver(t, box, "cur/1772440003.M2P1.host,S=26:2,RS", "third")
	write(t, filepath.Join(box, "cur/1772440004.M2P1.host:2,"), "")
	write(t, filepath.Join(box, "dovecot-uidlist"), "3 V1\n")
	write(t, filepath.Join(box, "dovecot.index.log"), "From \x00")
	deliver(t, filepath.Join(box, ".Gesendete Objekte"), "cur/1772440000.M9.host:2,S", "sent")
	deliver(t, filepath.Join(box, ".Entw&APw-rfe"), "cur/1772440000.M8.host:2,S", "unfinished")
	deliver(t, filepath.Join(box, ".Projekte.B&APw-cher"), "cur/1772440000.M7.host:2,S", "books")
	deliver(t, filepath.Join(box, ".INBOX.Trash.Old"), "cur/1772440000.M6.host:2,S", "thrown away")
	deliver(t, filepath.Join(box, "fs", "&ZeVnLIqe- x"), "cur/1772440000.M5.host:2,S", "layout fs")

	items, r, told := collect(t, filepath.Dir(filepath.Dir(home)), Options{})
	if d := cmp.Diff([]string{"sent", "first", "second", "third", "books", "layout fs"}, subjects(items)); d != "" {
		t.Error(d)
	}
	if r.Skipped[Marked] != 2 || r.Skipped[NotMail] != 1 || len(told) != 1 || r.Folders != 4 {
		t.Error(r, told)
	}
	var folders, left []string
	for _, it := range items {
		folders = append(folders, string(it.Role)+" "+it.Folder)
		if it.Owner != "ann@corp.example" {
			t.Errorf("owner %q", it.Owner)
		}
	}
	for _, f := range r.Left {
		left = append(left, string(f.Role)+" "+f.Name)
	}
	if d := cmp.Diff([]string{"sent Gesendete Objekte", "inbox INBOX", "other Projekte/Bücher", "other fs/日本語 x"}, slices.Compact(folders)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"drafts Entwürfe", "trash INBOX/Trash/Old"}, left); d != "" {
		t.Error(d)
	}
	if want := time.Unix(1772430000, 0); !items[1].At.Equal(want) {
		t.Errorf("at %v, want %v", items[1].At, want)
	}

	key := items[1].Key
	deliver(t, box, "new/1772450000.M1P1.host", "fourth")
	more, _, _ := collect(t, filepath.Dir(filepath.Dir(home)), Options{Resume: r.Positions})
	if d := cmp.Diff([]string{"fourth"}, subjects(more)); d != "" {
		t.Error(d)
	}
	more, _, _ = collect(t, filepath.Dir(filepath.Dir(home)), Options{Resume: map[string]string{key: items[1].Position}})
	if d := cmp.Diff([]string{"sent", "second", "third", "fourth", "books", "layout fs"}, subjects(more)); d != "" {
		t.Error(d)
	}
}

// TestMaildirTimes: what Dovecot keeps as INTERNALDATE wins over the time of a
// copy, the last hop over both when all was moved, and nothing is of the future.
func TestMaildirTimes(t *testing.T) {
	box := filepath.Join(t.TempDir(), "Maildir")
	deliver(t, box, "", "")
	received := "Received: from a by b; Mon, 2 Mar 2026 09:15:00 +0100\n"
	at := func(name, header, mtime string) {
		path := filepath.Join(box, "cur", name+":2,S")
		write(t, path, header+"Date: Thu, 1 Jan 2015 00:00:00 +0000\nSubject: "+name+"\n\nbody\n")
		m, err := time.Parse(time.DateTime, mtime)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, m, m); err != nil {
			t.Fatal(err)
		}
	}
	at("1772440000.a", "", "2026-05-05 00:00:00")       // 2026-03-02 08:26:40
	at("1772440000.b", "", "2024-05-05 00:00:00")       // copied in
	at("1772440000.c", received, "2026-05-05 00:00:00") // both agree
	at("1777900000.d", received, "2026-05-05 00:00:00") // moved in May
	at("4000000000.e", "", "2036-05-05 00:00:00")       // the future
	at("f", received, "1980-01-01 00:00:00")
	items, _, _ := collect(t, box, Options{})
	got := map[string]string{}
	for i, s := range subjects(items) {
		got[s] = ""
		if !items[i].At.IsZero() {
			got[s] = items[i].At.Format(time.DateTime)
		}
	}
	if d := cmp.Diff(map[string]string{
		"1772440000.a": "2026-03-02 08:26:40", "1772440000.b": "2024-05-05 00:00:00", "1772440000.c": "2026-03-02 08:26:40",
		"1777900000.d": "2026-03-02 08:15:00", "4000000000.e": "", "f": "2026-03-02 08:15:00",
	}, got); d != "" {
		t.Error(d)
	}
}

func TestMaildirRenamedWhileReading(t *testing.T) {
	box := filepath.Join(t.TempDir(), "Maildir")
	deliver(t, box, "new/1772440001.a", "a")
	deliver(t, box, "new/1772440002.b", "b")
	deliver(t, box, "new/1772440003.c", "c")
	src, err := Open(context.Background(), box, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var got []Item
	r, err := Run(context.Background(), src, func(_ context.Context, it Item) error {
		if len(got) == 0 {
			if err := os.Rename(filepath.Join(box, "new/1772440002.b"), filepath.Join(box, "cur/1772440002.b:2,RS")); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(box, "new/1772440003.c")); err != nil {
				t.Fatal(err)
			}
		}
		got = append(got, it)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "b"}, subjects(got)); d != "" || r.Skipped[Vanished] != 1 {
		t.Error(d, r.Skipped)
	}
}

// TestTreeKeepsInside: links, pipes and folders without rights are passed over.
func TestTreeKeepsInside(t *testing.T) {
	top := t.TempDir()
	outside := filepath.Join(t.TempDir(), "Maildir")
	deliver(t, outside, "cur/1772440000.x:2,S", "outside")
	ann := filepath.Join(top, "corp.example", "ann", "Maildir")
	deliver(t, ann, "cur/1772440000.a:2,S", "inside")
	for link, target := range map[string]string{
		filepath.Join(ann, ".Archive"):               outside,
		filepath.Join(ann, "cur/1772440009.l:2,S"):   filepath.Join(outside, "cur/1772440000.x:2,S"),
		filepath.Join(top, "corp.example", "bob"):    filepath.Dir(outside),
		filepath.Join(ann, "cur", "1772440010.r:2,"): "1772440000.a:2,S",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(ann, "new", "1772440011.pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	items, _, told := collect(t, top, Options{})
	if d := cmp.Diff([]string{"inside"}, subjects(items)); d != "" || len(told) != 4 {
		t.Error(d, strings.Join(told, "\n"))
	}
}

// TestUnreadableFolder needs a user whom rights bind.
func TestUnreadableFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root reads everything: the rights are tried through the file system's own error instead")
	}
	top := t.TempDir()
	deliver(t, filepath.Join(top, "Maildir"), "cur/1772440000.a:2,S", "good")
	// A folder whose cur is not a directory any more when it is read fails for
	// root, too.
	bad := filepath.Join(top, "Maildir", ".Bad")
	deliver(t, bad, "", "")
	src, err := Open(context.Background(), top, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if err := os.Remove(filepath.Join(bad, "cur")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bad, "cur"), "x")
	r, err := Run(context.Background(), src, func(context.Context, Item) error { return nil })
	if err != nil || r.Handed.Messages != 1 || len(r.Failed) != 1 {
		t.Errorf("%v %+v", err, r)
	}
	for _, err := range r.Failed {
		if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), ".Bad") {
			t.Error(err)
		}
	}
	if err := plainPath("x", &os.PathError{Op: "open", Path: "x", Err: syscall.EACCES}); !strings.Contains(err.Error(), "as the owner of the mail, or as root") {
		t.Error(err)
	}
}

func TestPackedMaildir(t *testing.T) {
	box := filepath.Join(t.TempDir(), "Maildir")
	deliver(t, box, "", "")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte("Subject: gzip\n\nbody\n"))
	z.Close()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(box, "cur/1.a:2,S"), zipped.String())
	write(t, filepath.Join(box, "cur/2.b:2,S"), string(enc.EncodeAll([]byte("Subject: zstd\n\nbody\n"), nil)))
	write(t, filepath.Join(box, "cur/3.c:2,S"), zipped.String()[:20])
	bomb := string(enc.EncodeAll(append([]byte("Subject: bomb\n\n"), make([]byte, 1<<20)...), nil))
	write(t, filepath.Join(box, "cur/4.d:2,S"), bomb)
	items, r, told := collect(t, box, Options{MaxMessage: 100_000})
	if d := cmp.Diff([]string{"gzip", "zstd"}, subjects(items)); d != "" || r.Skipped[Unreadable] != 1 || r.Skipped[TooLarge] != 1 || len(told) != 2 {
		t.Error(d, r.Skipped, told)
	}
}

func TestTreeOfFiles(t *testing.T) {
	top := t.TempDir()
	write(t, filepath.Join(top, "inbox/10.eml"), "Subject: ten\n\n")
	write(t, filepath.Join(top, "inbox/9.eml"), "Received: from a by b; Mon, 2 Mar 2026 09:15:00 +0100\r\nSubject: nine\r\n\r\n")
	write(t, filepath.Join(top, "inbox/readme.txt"), "not mail")
	write(t, filepath.Join(top, "inbox/11.eml"), "\x00\x00")
	write(t, filepath.Join(top, "Sent Items/a.emlx"), "19        \nSubject: apple\n\nbo\n<plist/>")
	write(t, filepath.Join(top, "mh/7"), "Subject: seven\n\n")
	write(t, filepath.Join(top, "Thunderbird/Local.sbd/Papierkorb"), from1+"Subject: thrown away\n\n\n")
	write(t, filepath.Join(top, "Thunderbird/Local.sbd/Work"), from1+"Subject: work\n\n\n")
	write(t, filepath.Join(top, "Thunderbird/Local.sbd/Work.msf"), "From -\n")
	write(t, filepath.Join(top, ".git/1"), "Subject: hidden\n\n")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(from1 + "Subject: old 1\n\nx\n\n" + from1 + "Subject: old 2\n\n"))
	z.Close()
	write(t, filepath.Join(top, "archive.mbox.gz"), zipped.String())
	items, r, told := collect(t, top, Options{Owner: "Ann@Corp.example"})
	if d := cmp.Diff([]string{"apple", "nine", "ten", "old 1", "old 2", "work", "seven"}, subjects(items)); d != "" {
		t.Error(d)
	}
	if len(r.Left) != 1 || r.Left[0].Name != "Thunderbird/Local/Papierkorb" || r.Skipped[NotMail] != 1 || len(told) != 1 {
		t.Error(r, told)
	}
	if items[0].Owner != "ann@corp.example" || items[0].Role != Sent || string(items[0].Raw) != "Subject: apple\r\n\r\nbo\r\n" || items[1].Role != Inbox || items[1].At.IsZero() || !items[2].At.IsZero() {
		t.Errorf("%+v", items[:2])
	}
	rest, _, _ := collect(t, top, Options{Resume: map[string]string{"archive.mbox.gz": items[3].Position, "inbox": items[1].Position}})
	if d := cmp.Diff([]string{"apple", "ten", "old 2", "work", "seven"}, subjects(rest)); d != "" {
		t.Error(d)
	}
	again, _, _ := collect(t, top, Options{Resume: r.Positions})
	if len(again) != 0 {
		t.Error("twice is not once:", subjects(again))
	}

	one, _, _ := collect(t, filepath.Join(top, "inbox/9.eml"), Options{})
	if d := cmp.Diff([]string{"nine"}, subjects(one)); d != "" {
		t.Error(d)
	}
	swapped, r, _ := collect(t, top, Options{Roles: map[string]Role{"INBOX": Junk, "papierkorb": Other}, Also: []Role{Drafts}})
	if !slices.Contains(subjects(swapped), "thrown away") || slices.Contains(subjects(swapped), "nine") || len(r.Left) != 1 {
		t.Error(subjects(swapped), r.Left)
	}
}

func TestTreeWithoutMail(t *testing.T) {
	top := t.TempDir()
	_, err := Open(context.Background(), top, Options{})
	if err == nil || !strings.Contains(err.Error(), "no mail found") {
		t.Error(err)
	}
	if err := os.MkdirAll(filepath.Join(top, "ann/mdbox/mailboxes/INBOX/dbox-Mails"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = Open(context.Background(), top, Options{})
	if err == nil || !strings.Contains(err.Error(), "imap://") {
		t.Error(err)
	}
}

func TestCountAndProgress(t *testing.T) {
	top := t.TempDir()
	write(t, filepath.Join(top, "a.mbox"), strings.Repeat(from1+"Subject: 1\n\nbody\n\n", 100))
	for i := range 10 {
		deliver(t, filepath.Join(top, "corp.example/ann/Maildir"), "cur/177244000"+string(rune('0'+i))+".x:2,S", "hello")
	}
	src, err := Open(context.Background(), top, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	total, err := src.Count(context.Background())
	if err != nil || total.Messages != 110 {
		t.Fatalf("%+v %v", total, err)
	}
	if _, err := Run(context.Background(), src, func(context.Context, Item) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if src.Passed() != total {
		t.Errorf("passed %+v of %+v", src.Passed(), total)
	}
}
