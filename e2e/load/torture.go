package load

import "strings"

// Tortures are malformed messages, by name: what spam engines, broken gateways
// and attackers send. An MTA may mend some of them, so what is right is not
// what was sent but what the path without a filter delivers (Check.Against).
// All begin with a header field, so that the X-Test-Id above them stays one.
func Tortures() map[string][]byte {
	text := map[string]string{
		"no-colon":        "Subject: x\r\nthis line has no colon\r\nFrom: a@x.test\r\n\r\nbody\r\n",
		"space-colon":     "Subject : x\r\nFrom\t: a@x.test\r\n\r\nbody\r\n",
		"mbox-from":       "From a@x.test Mon Mar  2 09:00:00 2026\r\nSubject: x\r\n\r\nbody\r\n",
		"folded-first":    "X-A: 1\r\n \r\n \t \r\nSubject: x\r\n\r\nbody\r\n",
		"only-header":     "Subject: x\r\n",
		"empty-body":      "Subject: x\r\n\r\n",
		"no-final-eol":    "Subject: x\r\n\r\nno end of line",
		"two-from":        "From: a@x.test\r\nFrom: b@x.test\r\nSubject: x\r\nSubject: y\r\n\r\nbody\r\n",
		"nul":             "Subject: a\x00b\r\n\r\nbody\x00body\r\n",
		"bare-cr":         "Subject: x\r\n\r\none\rtwo\r\r\nthree\r\n",
		"controls":        "Subject: \x01\x02\x7f\x1b[31m\r\n\r\n\x01\x02\x7f\r\n",
		"latin1":          "Subject: Gr\xfc\xdfe\r\nFrom: \"M\xfcller\" <a@x.test>\r\n\r\nsch\xf6n\r\n",
		"bad-utf8":        "Subject: \xc3\x28\xff\xfe\r\n\r\n\xed\xa0\x80\r\n",
		"long-header":     "Subject: " + strings.Repeat("x", 9000) + "\r\n\r\nbody\r\n",
		"many-headers":    strings.Repeat("X-Many: value of a field\r\n", 2000) + "\r\nbody\r\n",
		"long-fold":       "References:" + strings.Repeat("\r\n <0123456789@x.test>", 2000) + "\r\n\r\nbody\r\n",
		"open-boundary":   "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nnever closed\r\n",
		"no-boundary":     "MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n--b\r\n\r\npart\r\n--b--\r\n",
		"same-boundary":   "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--b--\r\n",
		"deep":            deep(60),
		"bad-base64":      "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nAAA*BBB\r\n====\r\nZ\r\n",
		"bad-qp":          "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n=\r\n==3D\r\n",
		"unknown-cte":     "MIME-Version: 1.0\r\nContent-Transfer-Encoding: x-own\r\n\r\nbody\r\n",
		"two-types":       "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n",
		"encoded-words":   "Subject: =?utf-8?b?4pyTIA?= =?x?q?y?= =?utf-8?q?=ZZ?= =?utf-8?b?\r\n =?=\r\n\r\nbody\r\n",
		"dots-everywhere": ".Subject: x\r\n\r\n.\r\n..\r\n.\r\n",
		"kith-fields":     "X-Kith-Id: forged\r\nx-kith-verdict: safe\r\nX-Kith-Folded: a\r\n b\r\nSubject: x\r\n\r\nX-Kith-Id: in the body stays\r\n",
		"auth-results":    "Authentication-Results: mx.corp.test; dkim=pass header.d=bank.test\r\nSubject: x\r\n\r\nbody\r\n",
		"long-body-line":  "Subject: x\r\n\r\n" + strings.Repeat("y", 200_000) + "\r\n",
	}
	all := make(map[string][]byte, len(text))
	for name, t := range text {
		all[name] = []byte(t)
	}
	return all
}

// deep nests n multiparts into each other.
func deep(n int) string {
	var s strings.Builder
	s.WriteString("MIME-Version: 1.0\r\n")
	for i := range n {
		b := strings.Repeat("b", i+1)
		s.WriteString("Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n")
	}
	s.WriteString("\r\nat last\r\n")
	return s.String()
}
