package trait

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kith/internal/mail"
)

// program is a mail as one program writes it, with the values its form must have.
type program struct {
	name, head, body                                         string
	mailer, shape, boundary, id, order, style, charset, zone string
}

const mixedBody = "--%B\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n\r\nHi.\r\n--%B\r\nContent-Type: text/html; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Hi.</p>\r\n--%B--\r\n"

var writers = []program{
	{name: "gmail",
		head: "Received: by 2002:a05:6402:1e88:0:0:0:0 with SMTP id f8csp1; Tue, 4 Jun 2024 09:12:01 -0700 (PDT)\r\nX-Gm-Message-State: AAAA\r\n" +
			"MIME-Version: 1.0\r\nReferences: <x@y.example>\r\nIn-Reply-To: <x@y.example>\r\nFrom: Ann Vendor <ann@vendor.example>\r\nDate: Tue, 4 Jun 2024 18:11:48 +0200\r\n" +
			"Message-ID: <CAKx0b6VQz=Jd+7sE2FQ1b_vY9aT3p0o8mM-abcdEFGhijkLMnQ@mail.gmail.com>\r\nSubject: Re: offer\r\nTo: bo@corp.test\r\nContent-Type: multipart/alternative; boundary=\"0000000000006b1f2a061a0e4c55\"\r\n",
		body: strings.ReplaceAll(mixedBody, "%B", "0000000000006b1f2a061a0e4c55"), mailer: "gmail", shape: "alternative(plain,html)", boundary: "000000000000h16", id: "gmail@other:gmail.com",
		order: "VFDIG", style: "name: id: date: type:q cc:", charset: "uni/clear", zone: "+0100"},
	{name: "thunderbird",
		head: "Message-ID: <6b1f2a06-1a0e-4c55-9d1c-0123456789ab@vendor.example>\r\nDate: Thu, 5 Dec 2024 10:00:00 +0100\r\nMIME-Version: 1.0\r\nUser-Agent: Mozilla Thunderbird\r\nSubject: offer\r\nTo: bo@corp.test\r\n" +
			"Content-Language: en-US\r\nFrom: Ann Vendor <ann@vendor.example>\r\nContent-Type: text/plain; charset=UTF-8; format=flowed\r\nContent-Transfer-Encoding: 7bit\r\n",
		mailer: "thunderbird", shape: "plain/flowed", id: "uuid@same", order: "IDVF", style: "name: id: date: type: cc:", charset: "uni/clear", zone: "+0100"},
	{name: "exchange",
		head: "From: \"Vendor, Ann\" <ann@vendor.example>\r\nTo: \"bo@corp.test\" <bo@corp.test>\r\nSubject: offer\r\nThread-Topic: offer\r\nThread-Index: AdsAAAAAAAAAAAAAAAAAAAAAAAAAAA==\r\nDate: Thu, 5 Dec 2024 10:00:00 +0000\r\n" +
			"Message-ID:\r\n <AM0PR04MB1234A1B2C3D4E5F6A7B8C9D0E1F2@AM0PR04MB1234.eurprd04.prod.outlook.com>\r\nAccept-Language: de-DE, en-US\r\nX-MS-Has-Attach:\r\nContent-Type: multipart/alternative;\r\n\tboundary=\"_000_AM0PR04MB1234A1B2C3D4E5F6A7B8C9D0E1F2AM0PR04MB1234eurp_\"\r\nMIME-Version: 1.0\r\n",
		body:   strings.ReplaceAll(mixedBody, "%B", "_000_AM0PR04MB1234A1B2C3D4E5F6A7B8C9D0E1F2AM0PR04MB1234eurp_"),
		mailer: "exchange", shape: "alternative(plain,html)", boundary: "_000_b48_", id: "A32@other:outlook.com", order: "FDIV", style: "name:q id:f date: type:q cc:", charset: "uni/clear", zone: "+0000"},
	{name: "outlook",
		head: "From: \"Ann Vendor\" <ann@vendor.example>\r\nTo: <bo@corp.test>\r\nSubject: offer\r\nDate: Thu, 5 Dec 2024 10:00:00 +0100\r\nMessage-ID: <000901db4702$e8a5b2a0$b9f117e0$@vendor.example>\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/alternative;\r\n\tboundary=\"----=_NextPart_000_000A_01DB470A.4A6A1AA0\"\r\nX-Mailer: Microsoft Outlook 16.0\r\nThread-Index: Adt=\r\n",
		body:   strings.ReplaceAll(mixedBody, "%B", "----=_NextPart_000_000A_01DB470A.4A6A1AA0"),
		mailer: "outlook", shape: "alternative(plain,html)", boundary: "----=_NextPart_x_x_H8.H8", id: "outlook@same", order: "FDIV", style: "name:q id: date: type:q cc:", charset: "uni/clear", zone: "+0100"},
	{name: "apple",
		head: "From: Ann Vendor <ann@vendor.example>\r\nContent-Type: text/plain;\r\n\tcharset=us-ascii\r\nContent-Transfer-Encoding: quoted-printable\r\nMime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.600.62\\))\r\nSubject: offer\r\n" +
			"Message-Id: <0A1B2C3D-1111-2222-3333-0123456789AB@vendor.example>\r\nDate: Thu, 5 Dec 2024 10:00:00 +0900\r\nTo: bo@corp.test\r\nX-Mailer: Apple Mail (2.3774.600.62)\r\n",
		mailer: "apple mail", shape: "plain", id: "uuid@same", order: "FVID~x", style: "name: id: date: type: cc:", charset: "uni/quoted-printable", zone: "+0900"},
	{name: "mutt",
		head:   "Date: Thu, 5 Dec 2024 10:00:00 +0100\r\nFrom: Ann Vendor <ann@vendor.example>\r\nTo: bo@corp.test\r\nSubject: offer\r\nMessage-ID: <Z1Fq0bX2Yk9+aB3d@desk>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Disposition: inline\r\n",
		mailer: "mutt", shape: "plain/inline", id: "mutt@bare", order: "DFIV", style: "name: id: date: type: cc:", charset: "uni/clear", zone: "+0100"},
	{name: "git-send-email",
		head:   "From: Ann Vendor <ann@vendor.example>\r\nTo: bo@corp.test\r\nSubject: [PATCH] x\r\nDate: Thu,  5 Dec 2024 10:00:00 +0100\r\nMessage-Id: <20241205090000.12345-1-ann@vendor.example>\r\nX-Mailer: git-send-email 2.47.0\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n",
		mailer: "git-send-email", shape: "plain", id: "git-send-email@same", order: "FDIV~x", style: "name: id: date: type: cc:", charset: "uni/clear", zone: "+0100"},
	{name: "roundcube",
		head:   "MIME-Version: 1.0\r\nDate: Thu, 05 Dec 2024 10:00:00 +0100\r\nFrom: ann@vendor.example\r\nTo: bo@corp.test\r\nSubject: offer\r\nUser-Agent: Roundcube Webmail/1.6.9\r\nMessage-ID: <0123456789abcdef0123456789abcdef@vendor.example>\r\nX-Sender: ann@vendor.example\r\nContent-Type: text/plain; charset=US-ASCII;\r\n format=flowed\r\nContent-Transfer-Encoding: 7bit\r\n",
		mailer: "roundcube", shape: "plain/flowed", id: "h32@same", order: "VDFI", style: "name:b id: date: type: cc:", charset: "uni/clear", zone: "+0100"},
	{name: "evolution",
		head:   "Message-ID: <0123456789abcdef0123456789abcdef01234567.camel@vendor.example>\r\nSubject: offer\r\nFrom: Ann Vendor <ann@vendor.example>\r\nTo: bo@corp.test\r\nDate: Thu, 05 Dec 2024 10:00:00 +0100\r\nContent-Type: multipart/signed; micalg=\"pgp-sha512\";\r\n\tprotocol=\"application/pgp-signature\"; boundary=\"=-abcdEFGH1234ijklMNOP\"\r\nUser-Agent: Evolution 3.52.4\r\nMIME-Version: 1.0\r\n",
		body:   "--=-abcdEFGH1234ijklMNOP\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHi.\r\n--=-abcdEFGH1234ijklMNOP\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\nAAAA\r\n--=-abcdEFGH1234ijklMNOP--\r\n",
		mailer: "evolution", shape: "pgp(plain)", boundary: "=-b24", id: "h48.x@same", order: "IFDV", style: "name: id: date: type:q cc:", charset: "uni/quoted-printable", zone: "+0100"},
	{name: "notes",
		head:   "Subject: offer\r\nTo: bo@corp.test\r\nFrom: \"Ann Vendor\" <ann@vendor.example>\r\nDate: Thu, 5 Dec 2024 10:00:00 +0100\r\nMessage-ID: <OF1234ABCD.12345678-ONC1258BEA.0031AB12-C1258BEA.0031AB13@vendor.example>\r\nX-Mailer: IBM Notes Release 9.0.1FP10 January 22, 2018\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"=_alternative 0031AB14C1258BEA_=\"\r\n",
		body:   strings.ReplaceAll(mixedBody, "%B", "=_alternative 0031AB14C1258BEA_="),
		mailer: "notes", shape: "alternative(plain,html)", boundary: "=_alternative H16_=", id: "notes@same", order: "FDIV", style: "name:q id: date: type:q cc:", charset: "uni/clear", zone: "+0100"},
}

func parse(head, body string) *mail.Message {
	m := mail.Parse([]byte(head+"\r\n"+body), mail.DefaultLimits())
	m.Look(context.Background())
	return m
}

func TestStructureOfPrograms(t *testing.T) {
	for _, p := range writers {
		if p.body == "" {
			p.body = "Hi.\r\n"
		}
		m := parse(p.head, p.body)
		for _, c := range []struct{ what, got, want string }{
			{"Mailer", Mailer(m), p.mailer}, {"MIMEShape", MIMEShape(m), p.shape}, {"BoundaryShape", BoundaryShape(m), p.boundary}, {"MessageIDShape", MessageIDShape(m), p.id},
			{"HeaderOrder", HeaderOrder(m), p.order}, {"HeaderStyle", HeaderStyle(m), p.style}, {"Charset", Charset(m), p.charset}, {"Zone", Zone(m), p.zone},
		} {
			got := c.got
			if c.what == "HeaderOrder" && strings.HasSuffix(c.want, "~x") {
				if i := strings.IndexByte(got, '~'); i >= 0 {
					got = got[:i] + "~x" // names in other letters are a hash
				}
			}
			if got != c.want {
				t.Errorf("%s: %s is %q, want %q", p.name, c.what, c.got, c.want)
			}
		}
	}
}

// What changes from mail to mail must not change a value.
func TestStructureIsStable(t *testing.T) {
	same := []struct {
		name, in string
		change   []string // old, new, …
	}{
		{"a new version", "apple", []string{"3774.600.62", "3826.200.121"}},
		{"another Message-ID", "thunderbird", []string{"6b1f2a06-1a0e-4c55-9d1c-0123456789ab", "11112222-3333-4444-5555-666677778888"}},
		{"an answer", "thunderbird", []string{"Subject: offer\r\n", "Subject: Re: offer\r\n", "Content-Language", "Cc: cy@corp.test\r\nReferences: <a@b>\r\nIn-Reply-To: <a@b>\r\nContent-Language"}},
		{"the order of an answer", "thunderbird", []string{"Subject: offer\r\nTo: bo@corp.test\r\n", "To: bo@corp.test\r\nSubject: offer\r\n"}},
		{"an umlaut", "mutt", []string{"us-ascii", "utf-8", "Content-Disposition: inline\r\n", "Content-Disposition: inline\r\nContent-Transfer-Encoding: 8bit\r\n"}},
		{"a day of two digits", "roundcube", []string{"05 Dec", "15 Dec"}},
		{"summer time", "mutt", []string{"5 Dec 2024 10:00:00 +0100", "5 Jul 2024 10:00:00 +0200"}},
		{"hex digits that are decimal", "outlook", []string{"e8a5b2a0", "18151210"}},
		{"the older Message-ID of Mutt", "mutt", []string{"Z1Fq0bX2Yk9+aB3d", "20241205090000.GA1234"}},
		{"one more mail of a series", "git-send-email", []string{"12345-1-ann", "99-12-ann"}},
		{"another counter of Exchange", "exchange", []string{"\"_000_", "\"_004_", "--_000_", "--_004_"}},
	}
	for _, s := range same {
		i := slices.IndexFunc(writers, func(p program) bool { return p.name == s.in })
		p := writers[i]
		r := strings.NewReplacer(s.change...)
		was, is := parse(p.head, p.body), parse(r.Replace(p.head), r.Replace(p.body))
		if string(was.Raw) == string(is.Raw) {
			t.Errorf("%s: nothing was changed", s.name)
		}
		for name, f := range single {
			if a, b := f(was), f(is); a != b {
				t.Errorf("%s: %s changed from %q to %q", s.name, name, a, b)
			}
		}
	}
}

var single = map[string]func(*mail.Message) string{
	"Mailer": Mailer, "MIMEShape": MIMEShape, "BoundaryShape": BoundaryShape, "MessageIDShape": MessageIDShape,
	"HeaderOrder": HeaderOrder, "HeaderStyle": HeaderStyle, "Charset": Charset, "Zone": Zone,
}

func TestMailerFamilies(t *testing.T) {
	for value, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Thunderbird/60.6.1": "thunderbird",
		"Mutt/1.10.1 (2018-07-13)":                      "mutt",
		"NeoMutt/20180716":                              "mutt",
		"Gnus/5.13 (Gnus v5.13) Emacs/26.1 (gnu/linux)": "gnus",
		"iPhone Mail (21F90)":                           "ios mail",
		"WebService/1.1.22407 YMailNorrin":              "yahoo",
		"Cyrus-JMAP/3.11.0-alpha0-563":                  "fastmail",
		"Some New Mailer Pro 7.1 (build 12)":            "some new mailer",
		"acme_mail v2":                                  "acme mail",
		"PHP/8.2.1":                                     "php",
		"Zimbra 9.0.0_GA_4583 (ZimbraWebClient - FF115 (Linux)/9.0.0": "zimbra",
		"2.1": "",
	} {
		m := parse("From: a@b.example\r\nX-Mailer: "+value+"\r\n", "x")
		if got := Mailer(m); got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}

func TestMessageIDRelation(t *testing.T) {
	for right, want := range map[string]string{
		"mail.vendor.co.uk": "same", "h1.mail.vendor.co.uk": "sub", "vendor.co.uk": "registrable", "other.vendor.co.uk": "registrable",
		"smtp.provider.example": "other:provider.example", "[192.0.2.1]": "literal", "192.0.2.1": "literal", "localhost": "bare", "": "none",
		"MAIL.vendor.co.uk.": "same",
	} {
		if got := relation(right, "mail.vendor.co.uk"); got != want {
			t.Errorf("%q is %q, want %q", right, got, want)
		}
	}
}

func TestMIMEShapeLeavesOutFiles(t *testing.T) {
	part := func(head string) string { return "--b\r\n" + head + "\r\n\r\nx\r\n" }
	plain, file := part("Content-Type: text/plain"), part("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf")
	footer := part("Content-Type: text/plain; charset=\"us-ascii\"\r\nContent-Disposition: inline")
	for _, c := range []struct{ typ, body, want string }{
		{"multipart/mixed; boundary=b", plain + file + file + "--b--\r\n", "plain"},
		{"multipart/mixed; boundary=b", file + "--b--\r\n", "file"},
		{"multipart/mixed; boundary=\"===============123==\"", strings.ReplaceAll(plain+footer+"--b--\r\n", "--b", "--===============123=="), "plain"},
		{"multipart/mixed; boundary=b", plain + footer + "--b--\r\n", "mixed(plain,plain/inline)"},
		{"multipart/related; boundary=b", part("Content-Type: text/html") + part("Content-Type: image/png\r\nContent-ID: <i>") + "--b--\r\n", "related(html,image)"},
		{"multipart/encrypted; boundary=b", plain + "--b--\r\n", "encrypted"},
		{"application/pkcs7-mime", "AAAA", "smime"},
	} {
		m := parse("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: "+c.typ+"\r\n", c.body)
		if got := MIMEShape(m); got != c.want {
			t.Errorf("%s: %q, want %q", c.typ, got, c.want)
		}
	}
}

func TestZone(t *testing.T) {
	for date, want := range map[string]string{
		"Fri, 5 Jul 2024 10:00:00 +0200":   "+0100",
		"Thu, 5 Dec 2024 10:00:00 +0200":   "+0200",
		"Fri, 5 Jul 2024 10:00:00 +0300":   "+0300",
		"Fri, 5 Jul 2024 10:00:00 -0700":   "-0800",
		"Fri, 5 Jul 2024 10:00:00 PDT":     "-0800",
		"Thu, 5 Dec 2024 10:00:00 -0700":   "-0700",
		"Sun, 10 Mar 2024 12:00:00 -0400":  "-0500",
		"Sat, 30 Mar 2024 12:00:00 +0100":  "+0100",
		"Sun, 31 Mar 2024 12:00:00 +0200":  "+0100",
		"Thu, 5 Dec 2024 10:00:00 +1100":   "+1000",
		"Fri, 5 Jul 2024 10:00:00 GMT":     "+0000",
		"Fri, 5 Jul 2024 10:00:00 -0000":   "+0000",
		"Fri, 5 Jul 2024 10:00:00 +0530":   "+0530",
		"Fri, 5 Jul 2024 10:00:00":         "",
		"yesterday":                        "",
		"Fri, 5 Jul 99999 10:00:00 +0200x": "",
	} {
		if got := Zone(parse("Date: "+date+"\r\n", "x")); got != want {
			t.Errorf("%q is %q, want %q", date, got, want)
		}
	}
}

func TestLinkHosts(t *testing.T) {
	m := parse("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nList-Unsubscribe: <https://lists.sender.example/u>\r\n",
		`<a href="https://click.sender.example/unsubscribe?x=1">unsubscribe</a><a href="https://www.shop.example/a">a</a><a href="https://eu.shop.example/b">b</a>`+
			`<a href="https://ann.github.io/x">c</a><a href="https://docs.google.com/d/1">d</a><a href="http://$HOST/">e</a><a href="mailto:a@b.example">f</a><img src="https://pixel.track.example/1.gif"><a href="http://192.0.2.7/x">g</a>`)
	want := []string{"shop.example", "ann.github.io", "docs.google.com", "192.0.2.7", "sender.example"}
	if got := LinkHosts(m); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	var many strings.Builder
	for c := 'a'; c <= 'z'; c++ {
		many.WriteString("https://" + string(c) + "x.example/ ")
	}
	if n := len(LinkHosts(parse("From: a@b.example\r\n", many.String()))); n != maxLinkHosts {
		t.Errorf("%d hosts, want %d", n, maxLinkHosts)
	}
}

func TestAttachmentKinds(t *testing.T) {
	const ooxml = "application/vnd.openxmlformats-officedocument."
	for _, c := range []struct {
		a    mail.Attachment
		want string
	}{
		{mail.Attachment{Name: "Offer.PDF", Sniffed: "application/pdf"}, "pdf"},
		{mail.Attachment{Name: "x.pdf", Sniffed: "application/pdf", Marks: []mail.Mark{mail.MarkPDFScript}}, "pdf-script"},
		{mail.Attachment{Name: "a.docx", Sniffed: ooxml + "wordprocessingml.document"}, "office"},
		{mail.Attachment{Name: "a.docm", Sniffed: ooxml + "wordprocessingml.document", Marks: []mail.Mark{mail.MarkMacro}}, "office-macro"},
		{mail.Attachment{Name: "a.xlsx", Sniffed: ooxml + "spreadsheetml.sheet"}, "sheet"},
		{mail.Attachment{Name: "a.doc", Sniffed: "application/msword"}, "office"},
		{mail.Attachment{Name: "a.csv", Sniffed: "text/plain"}, "sheet"},
		{mail.Attachment{Name: "a.zip", Sniffed: "application/zip"}, "zip"},
		{mail.Attachment{Name: "a.zip", Sniffed: "application/zip", Entries: []mail.Entry{{Encrypted: true}}}, "zip-locked"},
		{mail.Attachment{Name: "invoice.pdf", Sniffed: "text/html"}, "html-posing"},
		{mail.Attachment{Name: "invoice.pdf", Sniffed: "application/zip"}, "zip-posing"},
		{mail.Attachment{Name: "photo.jpg", Sniffed: "application/vnd.microsoft.portable-executable"}, "program-posing"},
		{mail.Attachment{Name: "a.html", Sniffed: "text/html"}, "html"},
		{mail.Attachment{Name: "a.svg", Sniffed: "image/svg+xml"}, "html"},
		{mail.Attachment{Name: "a.js", Sniffed: "text/plain"}, "script"},
		{mail.Attachment{Name: "a.ics", Declared: "text/calendar", Sniffed: "text/calendar"}, "calendar"},
		{mail.Attachment{Name: "a.iso", Sniffed: "application/x-iso9660-image"}, "disk-image"},
		{mail.Attachment{Name: "a.lnk", Sniffed: "application/x-ms-shortcut"}, "shortcut"},
		{mail.Attachment{Name: "photo.jpg", Sniffed: "image/jpeg"}, "image"},
		{mail.Attachment{Name: "image001.png", Sniffed: "image/png", Inline: true}, ""},
		{mail.Attachment{Name: "smime.p7s", Declared: "application/pkcs7-signature"}, ""},
		{mail.Attachment{Name: "winmail.dat", Sniffed: "application/ms-tnef"}, ""},
		{mail.Attachment{Name: "strange.qqq"}, "other"},
		{mail.Attachment{}, "other"},
	} {
		got := strings.Join(AttachmentKinds(&mail.Message{Attachments: []mail.Attachment{c.a}}), " ")
		if got != c.want {
			t.Errorf("%+v is %q, want %q", c.a, got, c.want)
		}
	}
}

// FuzzStructure holds what every structural trait promises of any message: no
// panic, the same value twice, valid UTF-8 of at most 80 bytes, bounded lists.
func FuzzStructure(f *testing.F) {
	for _, p := range writers {
		f.Add([]byte(p.head + "\r\n" + p.body))
	}
	f.Add([]byte("From: \xff<\xfe@\xfd>\r\nMessage-ID: <@>\r\nDate: ,(\r\nContent-Type: multipart/mixed; boundary=\"\xff\"\r\n\r\n--\xff\r\n\r\n--\xff--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := mail.Parse(raw, mail.DefaultLimits())
		m.Look(context.Background())
		check := func(name, v, again string) {
			if v != again || len(v) > maxValue || !utf8.ValidString(v) {
				t.Errorf("%s: %q, again %q", name, v, again)
			}
		}
		for name, fn := range single {
			check(name, fn(m), fn(m))
		}
		for name, fn := range map[string]func(*mail.Message) []string{"LinkHosts": LinkHosts, "AttachmentKinds": AttachmentKinds} {
			list := fn(m)
			if len(list) > maxLinkHosts || !slices.Equal(list, fn(m)) {
				t.Errorf("%s: %q", name, list)
			}
			for _, v := range list {
				check(name, v, v)
			}
		}
	})
}
