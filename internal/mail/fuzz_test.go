package mail

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"
)

func smallLimits() Limits {
	l := DefaultLimits()
	l.ArchiveBytes, l.AttachBytes = 1<<20, 1<<20
	return l
}

// watch ends the process when an input takes long: the fuzzing engine knows
// crashes only, and a reader that does not return is worse than one that panics.
func watch(input any) (stop func() bool) {
	return time.AfterFunc(10*time.Second, func() { panic(fmt.Sprintf("no end with %q", input)) }).Stop
}

func FuzzParse(f *testing.F) {
	f.Add(ordinary())
	for _, s := range []string{"", "\n", "From x\nA: b\n\n", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b--", "Content-Type: message/rfc822\n\nContent-Type: multipart/digest; boundary=\"\n",
		"Content-Type: text/html\nContent-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\n--b\n\nx\n--a--\n--b--"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		defer watch(raw)()
		m := Parse(raw, smallLimits())
		checkMessage(t, m, raw)
		m.Look(context.Background())
		checkMessage(t, m, raw)
		m.Dump(context.Background(), "x")
		if _, bad := m.Odd("could-not-look"); bad {
			t.Fatal("a panic was caught")
		}
	})
}

func FuzzAddressList(f *testing.F) {
	for _, s := range []string{"a@b.example", "\"A, B\" <a@b.example>, c@d.example (C)", "G: a@b.example, <c@d.example>;", "Pete(A \\) chap) <pete(x)@silly.test(y)>", "=?utf-8?Q?a,b?= <x@y>", "<@a,@b:c@d>", "a b c", "\"unclosed"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		defer watch(s)()
		list, _ := readAddresses(s, "", 100)
		if len(list) > 100 {
			t.Fatalf("%d addresses", len(list))
		}
		for _, a := range list {
			if !utf8.ValidString(a.Name) || !utf8.ValidString(a.Addr) {
				t.Fatalf("not UTF-8: %q", a)
			}
		}
	})
}

func FuzzEncodedWord(f *testing.F) {
	for _, s := range []string{"=?utf-8?Q?a=C3=A9?=", "=?utf-8?B?w6k=?= =?utf-8?B?w6k?=", "=?iso-2022-jp?B?GyRCJCIbKEI=?=", "=?x?q?=", "=?utf-7?Q?+AOk-?=", "=?utf-8*en?q?a?="} {
		f.Add(s, "euc-kr")
	}
	f.Fuzz(func(t *testing.T, s, hint string) {
		defer watch(s)()
		if out := decodeWords(s, hint); !utf8.ValidString(out) {
			t.Fatalf("%q decodes to %q, which is not UTF-8", s, out)
		}
	})
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{"<p style='font-size:0'>a</p>b", "<style>.x{color:#fff}</style><b class=x>a</b>", "<!--[if mso]><a href=x>y</a><![endif]-->", "<a href='&#x68;ttp://x'>", "<table><td><p hidden>a<td>b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		defer watch(b)()
		p := readHTML(b, nil, LinkHTML, 100)
		if len(p.links) > 100 {
			t.Fatalf("%d links", len(p.links))
		}
		if n := p.visible.b.Len() + p.hidden.b.Len(); n > 8*len(b)+64 {
			t.Fatalf("%d bytes of text from %d", n, len(b))
		}
	})
}

func FuzzArchive(f *testing.F) {
	f.Add(zipOf(map[string]string{"a.txt": "hello", "b.js": "var x = new ActiveXObject('WScript.Shell')"}))
	f.Add([]byte("7z\xbc\xaf\x27\x1c\x00\x04"))
	f.Add([]byte("Rar!\x1a\x07\x01\x00"))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	f.Add(gzipOf([]byte("hello")))
	f.Add(tarOf("x", "y"))
	f.Fuzz(func(t *testing.T, b []byte) {
		defer watch(b)()
		o := &opener{ctx: context.Background(), lim: smallLimits(), entries: 100, bytes: 1 << 20, cut: func(string) {}}
		in := o.look(b, 0)
		if len(in.entries) > 101 {
			t.Fatalf("%d entries", len(in.entries))
		}
	})
}

func FuzzTNEF(f *testing.F) {
	f.Add(tnefOf("a.txt", []byte("hello")))
	f.Fuzz(func(t *testing.T, b []byte) {
		defer watch(b)()
		c := readTNEF(b, "")
		if len(c.files) > maxTNEFFiles {
			t.Fatal("too many files")
		}
	})
}

func FuzzPDF(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n1 0 obj <</A <</S /URI /URI (http://x.example/\\(a\\))>> /J#53 (x)>> stream\nx\nendstream"))
	f.Add(pdfWithStream("<< /URI (https://y.example/) /S /Launch >>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		defer watch(b)()
		o := &opener{ctx: context.Background(), lim: smallLimits(), entries: 100, bytes: 1 << 20, cut: func(string) {}}
		var in inside
		o.pdf(&in, b)
		for _, l := range in.links {
			if len(l.URL) > maxURL || bytes.IndexByte([]byte(l.URL), '\n') >= 0 {
				t.Fatalf("link %q", l.URL)
			}
		}
	})
}
