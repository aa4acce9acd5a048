package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// ordinary makes a mail as a business sends it: a long header, text and HTML,
// and a small picture, about 25 kB.
func ordinary() []byte {
	var b bytes.Buffer
	for i := 0; i < 4; i++ {
		fmt.Fprintf(&b, "Received: from mx%d.example.com (mx%d.example.com [192.0.2.%d])\r\n\tby mail.example.net (Postfix) with ESMTPS id 4F2A1%d\r\n\tfor <ann@example.net>; Mon,  3 Nov 2025 10:12:0%d +0100 (CET)\r\n", i, i, i, i, i)
	}
	b.WriteString("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1;\r\n\tt=1762161121; h=from:to:subject:date:message-id:mime-version:content-type;\r\n\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb=" + strings.Repeat("abcdEFGH", 40) + "\r\n")
	b.WriteString("From: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <juergen@example.com>\r\nTo: Ann Example <ann@example.net>, \"Bob, the other\" <bob@example.net>\r\nCc: team@example.net\r\n")
	b.WriteString("Subject: =?utf-8?Q?Angebot_f=C3=BCr_das_n=C3=A4chste?=\r\n =?utf-8?Q?_Quartal?=\r\nDate: Mon, 3 Nov 2025 10:12:01 +0100\r\nMessage-ID: <20251103101201.4711@example.com>\r\n")
	b.WriteString("In-Reply-To: <1@example.net>\r\nReferences: <0@example.net> <1@example.net>\r\nMIME-Version: 1.0\r\nX-Mailer: Example Mail 12.3\r\nContent-Type: multipart/mixed; boundary=\"outer-4711\"\r\n\r\n")
	b.WriteString("--outer-4711\r\nContent-Type: multipart/alternative; boundary=\"inner-4711\"\r\n\r\n--inner-4711\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	b.WriteString(strings.Repeat("Liebe Ann, anbei das Angebot f=C3=BCr das n=C3=A4chste Quartal. Mehr unter https://www=\r\n.example.com/angebot/4711 oder telefonisch.\r\n", 20))
	b.WriteString("\r\n--inner-4711\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><head><style>.pre{display:none} td.x{color:#333}</style></head><body>\r\n")
	b.WriteString(strings.Repeat("<table style=3D\"width:100%\"><tr><td class=3D\"x\" style=3D\"color:#333333;font-size:14px\"><p>Liebe Ann, anbei das <b>Angebot</b> f=C3=BCr das n=C3=A4chste Quartal. <a href=3D\"https://www.example.com/angebot/4711?x=3D1&amp;y=3D2\">Zum Angebot</a></p></td></tr></table>\r\n", 50))
	b.WriteString("</body></html>\r\n--inner-4711--\r\n\r\n--outer-4711\r\nContent-Type: image/png; name=\"logo.png\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline; filename=\"logo.png\"\r\nContent-ID: <logo@example.com>\r\n\r\n")
	pic := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x02\x00\x00\x00"), bytes.Repeat([]byte{1, 2, 3, 5, 8, 13}, 400)...)
	enc := base64.StdEncoding.EncodeToString(pic)
	for len(enc) > 76 {
		b.WriteString(enc[:76] + "\r\n")
		enc = enc[76:]
	}
	b.WriteString(enc + "\r\n--outer-4711--\r\n")
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	raw := ordinary()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw, DefaultLimits())
	}
}

func BenchmarkParseLook(b *testing.B) {
	raw := ordinary()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw, DefaultLimits()).Look(context.Background())
	}
}
