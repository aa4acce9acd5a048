package mail

import (
	"fmt"
	"strings"
	"testing"
)

func TestVisibleHidden(t *testing.T) {
	for _, c := range []struct{ html, visible, hidden string }{
		{"<p>a</p><p>b</p>", "a b", ""},
		{"a<b>b</b>c", "abc", ""},
		{"<div style='display:none'>x</div>y", "y", "x"},
		{"<div style='DISPLAY : NONE !important;'>x<p>z</p></div>y", "y", "x z"},
		{"<span style='visibility:hidden'>x<i style='visibility:visible'>v</i></span>", "v", "x"},
		{"<span style='font-size:0'>x</span>y", "y", "x"},
		{"<span style='font-size:1px'>x<b style='font-size:14px'>v</b></span>", "v", "x"},
		{"<span style='font-size:0.05em'>x</span>", "", "x"},
		{"<span style='opacity:0'>x</span>", "", "x"},
		{"<p hidden>x</p>y", "y", "x"},
		{"<font color=white>x</font>y", "y", "x"},
		{"<font color=#FEFEFE>x</font>", "", "x"},
		{"<table bgcolor=#000000><tr><td><font color=white>v</font><font color=black>x</font></td></tr></table>", "v", "x"},
		{"<div style='background:#123456'><span style='color:#123456'>x</span><span style='color:rgb(255,255,255)'>v</span></div>", "v", "x"},
		{"<div style='background:url(a.png)'><span style='color:white'>v</span></div>", "v", ""},
		{"<div style='position:absolute;left:-9999px'>x</div>", "", "x"},
		{"<div style='text-indent:-9999px'>x</div>", "", "x"},
		{"<div style='max-height:0;overflow:hidden'>x</div>", "", "x"},
		{"<div style='color:transparent'>x</div>", "", "x"},
		{"<style>.h{display:none} p.k, #i {font-size:0px}</style><p class='a h'>x</p><p class=k>y</p><p id=i>z</p><p class=n>v</p>", "v", "x y z"},
		{"<style>@media (max-width:1px){.h{display:none}}</style><p class=h>v</p>", "v", ""},
		{"<p class=h>x</p><style>.h{display:none}</style>", "", "x"},
		{"<p style='display:none'>x<p>v", "v", "x"},
		{"<table><tr><td style='display:none'>x<td>v</table>", "v", "x"},
		{"pay\u200bp\u00adal&#8203;.com", "paypal.com", ""},
		{"a&nbsp;b  c\n\td", "a b c d", ""},
		{"<script>x</script><title>t</title>v<!-- c -->", "v", ""},
		{"<a href=x style='color:#fff'>x</a><a href=y>v</a>", "v", "x"},
		{"</div></td>v<p", "v", ""},
		{"\u202eexe.cod", "\u202eexe.cod", ""},
	} {
		p := readHTML([]byte(c.html), nil, LinkHTML, 100)
		if got := p.visible.String(); got != c.visible {
			t.Errorf("%s: visible %q, want %q", c.html, got, c.visible)
		}
		if got := p.hidden.String(); got != c.hidden {
			t.Errorf("%s: hidden %q, want %q", c.html, got, c.hidden)
		}
	}
}

func TestLinksHTML(t *testing.T) {
	for _, c := range []struct{ html, want string }{
		{"<a href='https://X.Example/a?b=1&amp;c=2'>Click <b>here</b></a>", "html https x.example https://X.Example/a?b=1&c=2 [Click here] seen"},
		{"<a href=\" ht\ntps://x.example/\">t</a>", "html https x.example https://x.example/ [t] seen"},
		{"<a href='https:\\\\x.example\\y'>t</a>", "html https x.example https:\\\\x.example\\y [t] seen"},
		{"<a href='https://good.example@evil.example/'>t</a>", "html https evil.example https://good.example@evil.example/ [t] seen"},
		{"<a href='//x.example/y'>t</a>", "html  x.example //x.example/y [t] seen"},
		{"<base href='https://x.example/d/'><a href='e'>t</a>", "html https x.example https://x.example/d/e [t] seen"},
		{"<a href='https://xn--e1afmkfd.example'>t</a><a href='https://пример.example'>u</a>", "html https xn--e1afmkfd.example https://xn--e1afmkfd.example [t] seen|html https xn--e1afmkfd.example https://пример.example [u] seen"},
		{"<a href='https://x.example:8443/'>t</a>", "html https x.example https://x.example:8443/ [t] seen"},
		{"<a href='https://%78.example/'>t</a>", "html https x.example https://%78.example/ [t] seen"},
		{"<a href='javascript:x()'>t</a>", "html javascript  javascript:x() [t] seen"},
		{"<a href='mailto:a@b.example?subject=x'>t</a>", "html mailto b.example mailto:a@b.example?subject=x [t] seen"},
		{"<form action='https://f.example/'><input></form>", "form https f.example https://f.example/ [] seen"},
		{"<img src='https://i.example/p.gif' width=1 height=1>", "image https i.example https://i.example/p.gif []"},
		{"<a href='https://x.example'><img src='cid:1' alt='Invoice'></a>", "html https x.example https://x.example [Invoice] seen"},
		{"<div style='display:none'><a href='https://x.example'>t</a></div>", "html https x.example https://x.example []"},
		{"see https://t.example/a. or (www.u.example)", "text https t.example https://t.example/a [] seen|text http www.u.example www.u.example [] seen"},
		{"<map><area href='https://a.example'></map>", "html https a.example https://a.example [] seen"},
		{"<meta http-equiv=refresh content='0; url=https://m.example/'>", "html https m.example https://m.example/ []"},
		{"<!--[if mso]><a href='https://o.example'>t</a><![endif]-->", "html https o.example https://o.example [t]"},
		{"<a href='#top'>t</a><a>u</a>", ""},
		{"<a href='https://a.example/?x=1&copy=2'>t</a>", "html https a.example https://a.example/?x=1&copy=2 [t] seen"},
		{"<a href='&#104;ttps://a.example'>t</a>", "html https a.example https://a.example [t] seen"},
		{"<a href=https://a.example>t<a href=https://b.example>u</a>", "html https a.example https://a.example [t] seen|html https b.example https://b.example [u] seen"},
	} {
		p := readHTML([]byte(c.html), nil, LinkHTML, 100)
		var got []string
		for _, l := range p.links {
			s := string(l.Source) + " " + l.Scheme + " " + l.Host + " " + l.URL + " [" + l.Text + "]"
			if l.Visible {
				s += " seen"
			}
			got = append(got, s)
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.html, strings.Join(got, "|"), c.want)
		}
	}
}

func TestTextLinks(t *testing.T) {
	for in, want := range map[string]string{
		"http://a.example":                        "http://a.example",
		"(http://a.example/x_(y))":                "http://a.example/x_(y)",
		"<https://a.example/>, x":                 "https://a.example/",
		"WWW.A.example! xwww.b.example":           "WWW.A.example",
		"자세히: https://a.example/공지。다음":            "https://a.example/공지",
		"xhttps://a.example ftp://f.example":      "ftp://f.example",
		"\"https://a.example/?q=1&r=2\"":          "https://a.example/?q=1&r=2",
		"http:// www. nothing":                    "",
		"https://a.example https://b.example/#c.": "https://a.example|https://b.example/#c",
	} {
		var got []string
		textLinks(in, func(u string, _ int) bool { got = append(got, u); return true })
		if strings.Join(got, "|") != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestHTMLCost: neither depth nor many rules may cost more than a small factor.
func TestHTMLCost(t *testing.T) {
	deep := strings.Repeat("<div style='color:red'>", 50000) + "x"
	var rules strings.Builder
	rules.WriteString("<style>")
	for range 2000 {
		rules.WriteString(".a{" + strings.Repeat("color:red;", 50) + "}")
	}
	rules.WriteString("</style>" + strings.Repeat("<p class=a>x", 20000))
	for _, s := range []string{deep, rules.String(), strings.Repeat("<", 300000), strings.Repeat("<style>", 50000), strings.Repeat("</p>", 100000), strings.Repeat("<a href=x>", 50000), "<a " + strings.Repeat("b=c ", 100000) + ">"} {
		within(t, 3e9, func() { readHTML([]byte(s), nil, LinkHTML, 1000) })
	}
}

// What a conditional comment is not read for must hold nothing that counts.
func TestConditionalCommentsAreReadForWhatCounts(t *testing.T) {
	for _, in := range []string{
		`<a HREF="https://x.example/a">a</a>`, `<v:roundrect hRef=https://x.example/a>`, `<form method=post>`, `<SCRIPT>1</SCRIPT>`,
		`<button formaction="https://x.example/a">`, `<object data="https://x.example/a">`, `<iframe src='https://x.example/a'>`,
		`<video poster="https://x.example/a">`, `<meta http-equiv=refresh content="0;URL=https://x.example/a">`, `<svg><a xlink:href="https://x.example/a">`,
	} {
		read := func(limit bool) string {
			r := &htmlReader{part: &Part{}, src: LinkHTML, limit: 100, inner: 1}
			r.stack = []element{{st: rootStyle(), link: -1}}
			if !limit || mayLead([]byte(in)) {
				r.run([]byte(in))
			}
			return fmt.Sprint(len(r.links), r.form, r.script)
		}
		if got, want := read(true), read(false); got != want || want == "0 false false" {
			t.Errorf("%s: read with the short look %s, without it %s", in, got, want)
		}
	}
	if mayLead([]byte(`<table role="presentation" width="600" style="border-spacing:0;mso-table-lspace:0pt"><tr><td valign="top"><![endif]`)) {
		t.Error("a table is worth a look")
	}
}
