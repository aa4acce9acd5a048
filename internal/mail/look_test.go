package mail

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
)

func looked(s string) *Message {
	m := parseString(strings.ReplaceAll(s, "\n", "\r\n"))
	m.Look(context.Background())
	return m
}

// TestOddities: each fault is named, and told apart from what merely looks odd.
func TestOddities(t *testing.T) {
	const ok = "From: a@b.example\nMIME-Version: 1.0\n"
	for _, c := range []struct {
		what, raw, id string
		ambiguous     bool
	}{
		{"two From", "From: a@b.example\nFrom: c@d.example\n\nx", "duplicate-from", true},
		{"two authors", "From: a@b.example, c@d.example\n\nx", "several-authors", true},
		{"two types", ok + "Content-Type: text/plain\nContent-Type: text/html\n\nx", "duplicate-content-type", true},
		{"two boundaries", ok + "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\nx\n--a--\n", "two-boundaries", true},
		{"no boundary", ok + "Content-Type: multipart/mixed\n\n--a\n\nx\n--a--\n", "multipart-without-boundary", true},
		{"no version", "Content-Type: text/plain\n\nx", "missing-mime-version", false},
		{"not closed", ok + "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n", "missing-close-boundary", false},
		{"no colon", ok + "what is this\nSubject: x\n\nx", "malformed-header-line", true},
		{"no header", "just a text\nmore\n", "malformed-header-line", true},
		{"mbox", "From me Mon Jan  1 00:00:00 2024\n" + ok + "\nx", "mbox-from-line", false},
		{"leading space", " From: a@b.example\nTo: x@y.example\n\nx", "header-starts-with-space", true},
		{"white line", ok + " \nX: y\n\nx", "white-line-in-header", true},
		{"boundary in the header", ok + "Content-Type: multipart/mixed; boundary=a\n--a\n\nx\n--a--\n", "header-not-closed", true},
		{"bad base64", ok + "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!a*b%%%\n", "malformed-base64", true},
		{"no padding", ok + "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8\n", "unpadded-base64", true},
		{"raw header", ok + "Subject: \xc3\xa4\n\nx", "raw-8bit-header", false},
		{"NUL", ok + "\nx\x00y", "nul-byte", true},
		{"lone CR", ok + "Subject: a\rBcc: b\n\nx", "bare-cr", true},
		{"line ends", "From: a@b.example\n\nx\nX\x0ay", "", false},
		{"same boundary", ok + "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n--a--\n", "boundary-twice", true},
		{"tail", ok + "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--ab\n\ny\n--a--\n", "boundary-with-tail", true},
		{"unknown coding", ok + "Content-Transfer-Encoding: x-what\n\nx", "unknown-transfer-encoding", true},
		{"misspelt 8bit", ok + "Content-Transfer-Encoding: 8-bit\n\nx", "", false},
		{"unknown charset", ok + "Content-Type: text/plain; charset=x-none\n\n\xe4\n", "unknown-charset", true},
		{"not UTF-8", ok + "Content-Type: text/plain; charset=utf-8\n\n\xe4\n", "charset-contradicted", true},
		{"8bit text", ok + "Content-Type: text/plain\n\n\xe4\n", "raw-8bit-body", false},
		{"two names", ok + "Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.exe\n\nx\n", "two-filenames", true},
		{"two names, same kind", ok + "Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=b.txt\n\nx\n", "", false},
		{"ordinary", ok + "Content-Type: text/plain; charset=utf-8\n\nx\n", "", false},
	} {
		m := looked(c.raw)
		if c.id == "" {
			if len(m.Oddities) > 0 {
				t.Errorf("%s: %v", c.what, m.Oddities)
			}
			continue
		}
		o, found := m.Odd(c.id)
		if !found || o.Ambiguous != c.ambiguous {
			t.Errorf("%s: %v", c.what, m.Oddities)
		}
		if c.ambiguous && !m.Ambiguous() {
			t.Errorf("%s: not ambiguous", c.what)
		}
	}
}

// TestUnion: where mail programs disagree, what any of them shows is looked at.
func TestUnion(t *testing.T) {
	const ok = "From: a@b.example\nMIME-Version: 1.0\n"
	const link = "https://evil.example/x"
	b64 := base64.StdEncoding.EncodeToString([]byte("go to " + link + " now"))
	for what, raw := range map[string]string{
		"second Content-Type is HTML":      ok + "Content-Type: text/plain\nContent-Type: text/html\n\n<a href='" + link + "'>x</a>",
		"second Content-Type is multipart": ok + "Content-Type: text/x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\n" + b64 + "\n--b--\n",
		"second boundary":                  ok + "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\nhi\n--b\nContent-Transfer-Encoding: base64\n\n" + b64 + "\n--b--\n--a--\n",
		"boundary not declared":            ok + "Content-Type: multipart/mixed\n\n--b\nContent-Transfer-Encoding: base64\n\n" + b64 + "\n--b--\n",
		"delimiter with a tail":            ok + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b;x\nContent-Transfer-Encoding: base64\n\n" + b64 + "\n--b--\n",
		"second transfer encoding":         ok + "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n" + b64 + "\n",
		"misspelt transfer encoding":       ok + "Content-Transfer-Encoding: base-64\n\n" + b64 + "\n",
	} {
		found := false
		m := looked(raw)
		for _, l := range m.Links {
			found = found || l.URL == link
		}
		if !found {
			t.Errorf("%s: %v", what, m.Links)
		}
		if !m.Ambiguous() {
			t.Errorf("%s: not ambiguous", what)
		}
	}
	m := looked(ok + "Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("more behind the padding", 3))) + "\n")
	if len(m.Attachments) != 2 || m.Attachments[0].Size != 5 || m.Attachments[1].Size != 74 {
		t.Errorf("behind the padding: %+v", m.Attachments)
	}
}

func TestForwarded(t *testing.T) {
	m := looked("From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\n<a href='https://in.example'>t</a>\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte("Subject: coded\n\nsee https://coded.example")) + "\n--b--\n")
	if len(m.Links) != 2 || m.Links[0].Host != "in.example" || m.Links[1].Host != "coded.example" {
		t.Errorf("links: %v", m.Links)
	}
	if len(m.Attachments) != 2 || m.Attachments[0].Sniffed != typeMessage {
		t.Errorf("attachments: %+v", m.Attachments)
	}
	for i, want := range []string{"inner", "coded"} {
		if in := m.Root.Parts[i].Message; in == nil || in.Subject != want || m.Links[i].Part.Of() != in {
			t.Errorf("message %d", i)
		}
	}
}

func TestUuencodeAndYEnc(t *testing.T) {
	m := looked("Subject: x\n\nhere it is\n\nbegin 644 run me.exe\n+:&5L;&\\@=V]R;&0`\n`\nend\nbye begin 644 not\n")
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "run me.exe" || m.Attachments[0].Size != 11 || m.Attachments[0].From != "uuencode" {
		t.Errorf("%+v", m.Attachments)
	}
	m = looked("Subject: x\n\n=ybegin line=128 size=3 name=a b.bin\n\x8b\x8c\x8d\n=yend size=3\n")
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "a b.bin" || m.Attachments[0].Size != 3 {
		t.Errorf("%+v", m.Attachments)
	}
}

func TestTNEF(t *testing.T) {
	m := attached("Content-Type: application/ms-tnef; name=winmail.dat", tnefOf("계획.jse", []byte(inert)))
	if len(m.Attachments) != 2 || m.Attachments[1].Name != "계획.jse" || m.Attachments[1].From != "tnef" || !hasMark(m.Attachments[1].Marks, MarkEncodedScript) {
		t.Errorf("%+v", m.Attachments)
	}
	if n := len(m.Texts); n != 2 || m.Texts[1].Visible != "see the file" {
		t.Errorf("%+v", m.Texts)
	}
}

func TestCalendar(t *testing.T) {
	m := looked("Subject: x\nMIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Pay now\\, please\nDESCRIPTION:go to https://a.exa\n mple/x\\nor else\nURL;VALUE=URI:https://b.example/\nEND:VEVENT\nEND:VCALENDAR\n")
	if len(m.Texts) != 1 || m.Texts[0].Visible != "Pay now, please go to https://a.example/x or else" {
		t.Errorf("%+v", m.Texts)
	}
	if len(m.Links) != 2 || m.Links[0].URL != "https://a.example/x" || m.Links[1].Host != "b.example" || m.Links[1].Source != LinkICS {
		t.Errorf("%v", m.Links)
	}
}

func TestPDF(t *testing.T) {
	plain := "%PDF-1.4\n1 0 obj\n<< /Type /Annot /A << /S /URI /URI (https://a.example/\\(x\\)) >> >>\n2 0 obj << /S /J#61vaScript /JS (app.alert\\(1\\)) >>\n3 0 obj << /S /Launch /F (cmd.exe) >> /URI <68747470733A2F2F682E6578616D706C65> /EmbeddedFiles 4 0 R\n"
	m := attached("Content-Type: application/pdf; name=a.pdf", []byte(plain))
	a := m.Attachments[0]
	for _, want := range []Mark{MarkPDFScript, MarkPDFLaunch, MarkPDFEmbedded} {
		if !hasMark(a.Marks, want) {
			t.Errorf("no mark %s", want)
		}
	}
	var urls []string
	for _, l := range m.Links {
		urls = append(urls, l.URL)
	}
	if got := strings.Join(urls, " "); got != "https://a.example/(x) https://h.example" {
		t.Errorf("links: %s", got)
	}
	m = attached("Content-Type: application/octet-stream; name=a.bin", pdfWithStream("<< /URI (https://packed.example/) >> /JS (x)"))
	if len(m.Links) != 1 || m.Links[0].Host != "packed.example" || m.Attachments[0].Sniffed != typePDF || !hasMark(m.Attachments[0].Marks, MarkPDFScript) {
		t.Errorf("%+v %v", m.Attachments, m.Links)
	}
}

func TestDocuments(t *testing.T) {
	const rel = `<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="https://x.example/t.dotm" TargetMode="External"/></Relationships>`
	for _, c := range []struct {
		what  string
		files map[string]string
		kind  string
		mark  Mark
	}{
		{"macro", map[string]string{"[Content_Types].xml": "x", "word/document.xml": "x", "word/vbaProject.bin": "x"}, "wordprocessingml", MarkMacro},
		{"template", map[string]string{"[Content_Types].xml": "x", "word/_rels/settings.xml.rels": rel}, "wordprocessingml", MarkExternalLink},
		{"sheet", map[string]string{"[Content_Types].xml": "x", "xl/workbook.xml": "x"}, "spreadsheetml", ""},
		{"script inside", map[string]string{"[Content_Types].xml": "x", "xl/media/image1.png": inert}, "spreadsheetml", MarkEncodedScript},
		{"hyperlink", map[string]string{"[Content_Types].xml": "x", "word/_rels/document.xml.rels": strings.ReplaceAll(rel, "attachedTemplate", "hyperlink")}, "wordprocessingml", ""},
	} {
		a := attached("Content-Type: application/octet-stream; name=a", zipOf(c.files)).Attachments[0]
		if !strings.Contains(a.Sniffed, c.kind) || (c.mark != "") != (len(a.Marks) > 0) || c.mark != "" && !hasMark(a.Marks, c.mark) {
			t.Errorf("%s: %q %v", c.what, a.Sniffed, a.Marks)
		}
	}
}

func TestSniff(t *testing.T) {
	pe := make([]byte, 256)
	copy(pe, "MZ")
	binary.LittleEndian.PutUint32(pe[60:], 128)
	copy(pe[128:], "PE\x00\x00")
	for _, c := range []struct{ what, body, kind string }{
		{"program", string(pe), typePE},
		{"MZ text", "MZ is my name, and this is a long enough text to be read as a text by anybody who reads it.", typeText},
		{"shortcut", "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F....", typeLNK},
		{"url file", "[InternetShortcut]\r\nURL=https://x.example/\r\n", typeURLFile},
		{"onenote", "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3....", typeOneNote},
		{"shell", "#!/bin/sh\necho hi\n", typeScript},
		{"batch", "@ECHO OFF\r\necho hi\r\n", typeScript},
		{"powershell in UTF-16", "\xff\xfe" + utf16le("$x = Invoke-WebRequest https://x.example"), typeScript},
		{"hta", "<html><HTA:APPLICATION id=x><script>1</script>", typeHTA},
		{"wsf", "<job id=\"a\"><script language=\"JScript\">1</script></job>", typeScript},
		{"page", "<!DOCTYPE html><html><script>x</script>", typeHTML},
		{"svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x</script></svg>", typeSVG},
		{"text", "Dear all, the plan is here.", typeText},
		{"csv of names", "a,b,c\n1,2,3\n", "text/csv"},
		{"empty", "", ""},
	} {
		if got := sniff([]byte(c.body)); got != c.kind {
			t.Errorf("%s: %q", c.what, got)
		}
	}
}

func utf16le(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

// TestBombs: what unpacks to more than allowed is named and costs little.
func TestBombs(t *testing.T) {
	lim := DefaultLimits()
	lim.AttachBytes, lim.ArchiveBytes = 4<<20, 8<<20
	zeros := string(make([]byte, 5<<20))
	inner := zipOf(map[string]string{"a": zeros, "b": zeros, "c": zeros, "d": zeros, "e": zeros})
	nested := inner
	for i := range 8 {
		nested = zipOf(map[string]string{fmt.Sprint(i): string(nested), "copy": string(nested)})
	}
	many := map[string]string{}
	for i := range 6000 {
		many[fmt.Sprint(i)] = "x"
	}
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	io.CopyN(w, zeroReader{}, 20<<20)
	w.Close()
	for what, data := range map[string][]byte{"zeros": inner, "gzip": gz.Bytes(), "nested": nested, "many": zipOf(many)} {
		within(t, 3e9, func() {
			m := attachedWith(lim, "Content-Type: application/zip; name=a.zip", data)
			a := m.Attachments[0]
			bomb := hasMark(a.Marks, MarkBomb) || hasMark(a.Marks, MarkTruncated)
			for _, e := range a.Entries {
				bomb = bomb || hasMark(e.Marks, MarkBomb) || hasMark(e.Marks, MarkTruncated)
			}
			if !bomb || len(m.Truncated) == 0 {
				t.Errorf("%s: marks %v, truncated %v", what, a.Marks, m.Truncated)
			}
		})
	}
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestArchiveNames(t *testing.T) {
	m := attached("Content-Type: application/octet-stream; name=a.zip", zipWithRawName("\xb0\xf8\xc1\xf6.jse", inert))
	if e := m.Attachments[0].Entries; len(e) != 1 || e[0].Name != "공지.jse" || !hasMark(e[0].Marks, MarkEncodedScript) {
		t.Errorf("%+v", e)
	}
	enc := zipOf(map[string]string{"a.doc": "secret"})
	for _, sig := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(enc, []byte(sig))
		enc[at+map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[sig]] |= 1
	}
	m = attached("Content-Type: application/octet-stream; name=a.zip", enc)
	if a := m.Attachments[0]; !hasMark(a.Marks, MarkEncrypted) || len(a.Entries) != 1 || !a.Entries[0].Encrypted {
		t.Errorf("%+v", a)
	}
}
