package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

// TestCost: inputs that are made so that a reader walks the same bytes again and
// again. The bound is generous, since a busy machine is slow; without the guards
// each of them takes minutes.
func TestCost(t *testing.T) {
	fill := func(unit string, n int) string { return strings.Repeat(unit, n/len(unit)/slowdown) }
	const header = 500 << 10
	for what, raw := range map[string]string{
		"words without end":    "Subject: " + fill("=?a?q?x ", header) + "\n\n",
		"broken words":         "Subject: " + fill("\xe4=?", header) + "\n\n",
		"open comments":        "To: " + fill("(", header) + "\n\n",
		"open comments, date":  "Date: " + fill("(", header) + "\n\n",
		"open comments, type":  "Content-Type: " + fill("(", header) + "\n\n",
		"open brackets":        "To: " + fill("<,", header) + "\n\n",
		"open quotes":          "To: " + fill("\"\\", header) + "\n\n",
		"glued quotes":         "To: " + fill("\"\"", header) + "\n\n",
		"words of a name":      "To: " + fill("a ", header) + "\n\n",
		"groups":               "To: " + fill("a:", header) + "\n\n",
		"parameters":           "Content-Type: a/b" + fill(";a=\"", header) + "\n\n",
		"sections":             "Content-Type: a/b" + fill("; a*0=b", header) + "\n\n",
		"references":           "References: " + fill("<a", header) + "\n\n",
		"spaces":               "Content-Type: a/b; a=" + fill(" a", header) + "\n\n",
		"header lines":         fill("x\n", 8<<20),
		"dashes":               "Content-Type: multipart/mixed; boundary=b\n\n" + fill("--\n", 8<<20),
		"near delimiters":      "Content-Type: multipart/mixed; boundary=b\n\n" + fill("--bb\n", 8<<20),
		"closed parts":         "Content-Type: multipart/mixed; boundary=b\n\n" + fill("--b--\n", 8<<20),
		"digests":              "Content-Type: multipart/digest; boundary=b\n\n" + fill("--b\n\n", 4<<20),
		"messages in messages": fill("Content-Type: message/rfc822\n\n", 4<<20),
		"uuencode":             "\n" + fill("begin 644 a\n#86)C\n", 2<<20),
		"urls":                 "\n" + fill("http://x)))))", 2<<20),
		"url of brackets":      "\nhttp://x" + fill(")", 2<<20),
		"base64 padding":       "Content-Transfer-Encoding: base64\n\n" + fill("aa==", 2<<20),
		"soft breaks":          "Content-Transfer-Encoding: quoted-printable\n\n" + fill("=\n= ", 2<<20),
		"style of brackets":    "Content-Type: text/html\n\n<p style='" + fill("a(;", 2<<20) + "'>x",
		"style elements":       "Content-Type: text/html\n\n" + fill("<style>a{", 1<<20),
		"attributes":           "Content-Type: text/html\n\n<p " + fill("a=b ", 2<<20) + ">x",
		"entities":             "Content-Type: text/html\n\n<a href='" + fill("&a", 2<<20) + "'>x",
		"conditional comments": "Content-Type: text/html\n\n" + fill("<!--[if a]><a href=x>", 1<<20),
		"calendar folds":       "Content-Type: text/calendar\n\n" + fill("A:b\n c\n", 1<<20),
		"pdf strings":          "Content-Type: application/pdf\n\n%PDF-1.4\n" + fill("/URI(", 4<<20),
		"pdf streams":          "Content-Type: application/pdf\n\n%PDF-1.4\n" + fill("/Flate stream\n", 4<<20),
		"zip headers":          "Content-Type: application/zip\n\n" + fill("PK\x03\x04\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00a", 2<<20),
		"line of a script":     "Content-Type: application/octet-stream\n\n" + fill("#@~^", 2<<20),
		"blob":                 "Content-Type: text/html\n\n" + fill("data:image/png;base64,"+strings.Repeat("aB3", 700)+" ", 2<<20),
		"list addresses":       "List-Unsubscribe: " + fill("<a", header) + "\n\n",
	} {
		within(t, 5*time.Second, func() {
			start := time.Now()
			m := parseString(raw)
			m.Look(context.Background())
			if took := time.Since(start); took > 500*time.Millisecond {
				t.Logf("%s: %v", what, took)
			}
			if _, bad := m.Odd("could-not-look"); bad {
				t.Errorf("%s: a panic was caught", what)
			}
		})
	}
}

// archive7z makes a 7z archive of a header alone.
func archive7z(header []byte) []byte {
	b := []byte("7z\xbc\xaf\x27\x1c\x00\x04\x00\x00\x00\x00")
	b = binary.LittleEndian.AppendUint64(b, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(header)))
	b = append(b, 0, 0, 0, 0)
	return append(b, header...)
}

// TestHostile7z: counts and dictionaries that cannot be true are not handed to
// the library, which would reserve memory for them.
func TestHostile7z(t *testing.T) {
	for what, c := range map[string]struct {
		header []byte
		want   Mark
	}{
		"four thousand million files": {[]byte{1, 5, 0xf0, 0xff, 0xff, 0xff, 0xff}, MarkBomb},
		"packed streams":              {[]byte{1, 4, 6, 0, 0xf0, 0xff, 0xff, 0xff, 0xff}, MarkBomb},
		"folders":                     {[]byte{1, 4, 7, 11, 0xf0, 0xff, 0xff, 0xff, 0xff}, MarkBomb},
		"dictionary":                  {[]byte{1, 4, 7, 11, 1, 0, 1, 0x23, 3, 1, 1, 5, 0x5d, 0xff, 0xff, 0xff, 0xff, 12, 1, 0, 0, 0}, MarkBomb},
		"LZMA2 dictionary":            {[]byte{1, 4, 7, 11, 1, 0, 1, 0x21, 0x21, 1, 40, 12, 1, 0, 0, 0}, MarkBomb},
		"nothing":                     {nil, ""},
		"cut":                         {[]byte{1, 4}, MarkTruncated},
		"encrypted header":            {[]byte{0x17, 6, 0, 1, 9, 1, 0, 7, 11, 1, 0, 1, 0x24, 6, 0xf1, 7, 1, 0, 12, 1, 0, 0}, MarkEncrypted},
	} {
		if got := sound7z(archive7z(c.header)); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// TestDeepOLE: a chain of storages is counted before the library walks it.
func TestDeepOLE(t *testing.T) {
	b := make([]byte, 512+128*5000)
	copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	for i := 512; i < len(b); i += 128 {
		b[i], b[i+64], b[i+66] = 'a', 4, 1
	}
	m := parseString("Content-Type: application/msword\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(b))
	m.Look(context.Background())
	if a := m.Attachments[0]; !hasMark(a.Marks, MarkBomb) {
		t.Errorf("%+v", a)
	}
}

// TestLimits: every limit that cuts is named.
func TestLimits(t *testing.T) {
	few := Limits{HeaderBytes: 100, Fields: 3, Depth: 2, Parts: 3, Addresses: 2, TextBytes: 10, Links: 1, AttachBytes: 100, ArchiveDepth: 1, ArchiveEntries: 2, ArchiveBytes: 100}
	zipped := base64.StdEncoding.EncodeToString(zipOf(map[string]string{"a": "1", "b": "2", "c": "3"}))
	for want, raw := range map[string]string{
		"header":          "A: " + strings.Repeat("x\n ", 100) + "\nB: c\n\n",
		"fields":          "A: b\nA: b\nA: b\nA: b\n\n",
		"addresses":       "To: a@b, c@d, e@f\n\n",
		"parts":           "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\n\n--b\n\n--b\n\n",
		"depth":           strings.Repeat("Content-Type: message/rfc822\n\n", 5),
		"text":            "\nthis is longer than ten bytes",
		"links":           "\nftp://a.b www.c",
		"attachment":      "Content-Type: image/png\n\n" + strings.Repeat("x", 200),
		"archive-entries": "Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" + zipped,
	} {
		lim := few
		if want == "links" {
			lim.TextBytes = 100
		}
		if want == "archive-entries" {
			lim.AttachBytes = 10000
		}
		m := Parse([]byte(raw), lim)
		m.Look(context.Background())
		if got := strings.Join(m.Truncated, ","); !bytes.Contains([]byte(got), []byte(want)) {
			t.Errorf("%s: truncated %q", want, got)
		}
	}
}
