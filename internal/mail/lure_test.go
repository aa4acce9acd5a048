package mail

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/unicode/norm"
)

// lureName is a file name of the kind that was reported from Korea: long, with
// spaces and brackets, a document's extension before the script's. The file in
// the tests is inert.
const lureName = "2026년도 국내 석사 야간과정 위탁교육생 선발관련 서류 (공지 사항) (1).hwpx.jse"

// inert is what Windows Script Encoder would write, without a script in it.
const inert = "#@~^AAAAAA==AAAAAA==^#~@"

func attached(header string, body []byte) *Message {
	return attachedWith(DefaultLimits(), header, body)
}

func attachedWith(lim Limits, header string, body []byte) *Message {
	raw := "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=euc-kr\r\n\r\nhi\r\n--x\r\n" +
		header + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(body) + "\r\n--x--\r\n"
	m := Parse([]byte(raw), lim)
	m.Look(context.Background())
	return m
}

func percent(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, "%%%02X", c)
	}
	return s.String()
}

// sections cuts a value into RFC 2231 sections of n bytes.
func sections(name, value string, n int) string {
	var s strings.Builder
	for i := 0; len(value) > 0; i++ {
		k := min(n, len(value))
		for k < len(value) && (value[k-1] == '%' || k >= 2 && value[k-2] == '%') {
			k++
		}
		fmt.Fprintf(&s, ";\r\n %s*%d*=%s", name, i, value[:k])
		value = value[k:]
	}
	return s.String()
}

// words cuts text into encoded words of n bytes each, in the middle of
// characters too, as many senders do.
func words(charset string, b []byte, n int) string {
	var s []string
	for len(b) > 0 {
		k := min(n, len(b))
		s = append(s, "=?"+charset+"?B?"+base64.StdEncoding.EncodeToString(b[:k])+"?=")
		b = b[k:]
	}
	return strings.Join(s, "\r\n ")
}

func TestLureNames(t *testing.T) {
	euc, err := korean.EUCKR.NewEncoder().Bytes([]byte(lureName))
	if err != nil {
		t.Fatal(err)
	}
	nfd := norm.NFD.String(lureName)
	rtl := "공지\u202exvwh.jse"
	file := "Content-Type: application/octet-stream\r\nContent-Disposition: attachment"
	for _, c := range []struct{ what, header, want string }{
		{"RFC 2231, one piece", file + "; filename*=utf-8''" + percent([]byte(lureName)), lureName},
		{"RFC 2231, sections", file + sections("filename", "utf-8'ko'"+percent([]byte(lureName)), 40), lureName},
		{"RFC 2231, EUC-KR", file + sections("filename", "euc-kr''"+percent(euc), 31), lureName},
		{"RFC 2231 beside a harmless plain name", file + "; filename=\"a.hwpx\"; filename*=utf-8''" + percent([]byte(lureName)), lureName},
		{"RFC 2047 in quotes", file + "; filename=\"" + words("utf-8", []byte(lureName), 45) + "\"", lureName},
		{"RFC 2047, cut characters", file + "; filename=\"" + words("ks_c_5601-1987", euc, 11) + "\"", lureName},
		{"RFC 2047 without quotes", file + "; filename=" + words("utf-8", []byte(lureName), 30), lureName},
		{"RFC 2047 in Content-Type only", "Content-Type: application/octet-stream; name=\"" + words("utf-8", []byte(lureName), 45) + "\"", lureName},
		{"raw UTF-8", file + "; filename=\"" + lureName + "\"", lureName},
		{"raw UTF-8 without quotes", file + "; filename=" + lureName, lureName},
		{"raw EUC-KR", file + "; filename=\"" + string(euc) + "\"", lureName},
		{"decomposed", file + "; filename=\"" + nfd + "\"", nfd},
		{"right-to-left mark", file + "; filename*=utf-8''" + percent([]byte(rtl)), rtl},
		{"extended sections without charset", file + "; filename*0=\"" + lureName[:30] + "\"; filename*1=\"" + lureName[30:] + "\"", lureName},
	} {
		m := attached(c.header, []byte(inert))
		if len(m.Attachments) != 1 {
			t.Errorf("%s: %d attachments", c.what, len(m.Attachments))
			continue
		}
		a := m.Attachments[0]
		if a.Name != c.want {
			t.Errorf("%s: name %q", c.what, a.Name)
		}
		if a.Sniffed != typeEncoded || !hasMark(a.Marks, MarkEncodedScript) {
			t.Errorf("%s: sniffed %q, marks %v", c.what, a.Sniffed, a.Marks)
		}
	}
}

func hasMark(marks []Mark, want Mark) bool {
	for _, m := range marks {
		if m == want {
			return true
		}
	}
	return false
}

// TestMarkerAnywhere: the encoded script is found by its bytes, whatever it is
// called and packed in.
func TestMarkerAnywhere(t *testing.T) {
	zipped := zipOf(map[string]string{"공지.hwpx": inert})
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"note.txt", []byte(inert)}, {"공지.hwpx", []byte(inert)}, {"a.dat", []byte("' comment\r\n" + inert)},
		{"a.zip", zipped}, {"a.zip", zipOf(map[string]string{"b.zip": string(zipped)})}, {"a.gz", gzipOf([]byte(inert))}, {"a.tgz", gzipOf(tarOf("x", inert))},
		{"a.htm", []byte("<html><script language=\"JScript.Encode\">" + inert + "</script>")},
		{"broken.zip", zipped[:len(zipped)-30]},
	} {
		m := attached("Content-Type: application/octet-stream; name=\""+c.name+"\"", c.body)
		a := m.Attachments[0]
		found := hasMark(a.Marks, MarkEncodedScript)
		for _, e := range a.Entries {
			found = found || hasMark(e.Marks, MarkEncodedScript)
		}
		if !found {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
	clean := attached("Content-Type: application/octet-stream; name=\"공지.hwpx\"", zipOf(map[string]string{
		"mimetype": "application/hwp+zip", "Contents/section0.xml": "<x/>", "Contents/content.hpf": "<x/>"}))
	if a := clean.Attachments[0]; a.Sniffed != typeHWPX || len(a.Marks) != 0 {
		t.Errorf("a true document: %+v", a)
	}
}

func TestBlob(t *testing.T) {
	blob := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("An inert text, Base64 twice over. 0123456789", 60)))
	m := attached("Content-Type: text/plain; name=a.js", []byte("var a = new ActiveXObject('Scripting.FileSystemObject'); var b = \""+blob+"\";"))
	if a := m.Attachments[0]; !hasMark(a.Marks, MarkScript) || !hasMark(a.Marks, MarkBlob) {
		t.Errorf("script: %+v", a)
	}
	m = attached("Content-Type: text/html; name=a.html", []byte("<html><script>var x = atob('"+blob+"')</script>"))
	if a := m.Attachments[0]; !hasMark(a.Marks, MarkBlob) {
		t.Errorf("page: %+v", a)
	}
	m = attached("Content-Type: text/html; name=a.html", []byte("<html><img src=\"data:image/png;base64,"+blob+"\">"))
	if a := m.Attachments[0]; hasMark(a.Marks, MarkBlob) {
		t.Errorf("picture: %+v", a)
	}
}
