package mailauth

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A signer for tests. Its canonical forms are written from RFC 6376 section
// 3.4 with regular expressions, on purpose unlike those under test.

var (
	reFold  = regexp.MustCompile(`\r\n`)
	reWSP   = regexp.MustCompile(`[ \t]+`)
	reTail  = regexp.MustCompile(`(?m)[ \t]+\r\n`)
	reEmpty = regexp.MustCompile(`(\r\n)+$`)
)

func plainHeader(f string, relaxed bool) string {
	if !relaxed {
		return f
	}
	name, value, _ := strings.Cut(f, ":")
	value = reWSP.ReplaceAllString(reFold.ReplaceAllString(value, ""), " ")
	return strings.ToLower(strings.TrimRight(name, " \t")) + ":" + strings.Trim(value, " ") + "\r\n"
}

func plainBody(b string, relaxed bool) string {
	if b != "" && !strings.HasSuffix(b, "\r\n") {
		b += "\r\n"
	}
	if relaxed {
		b = reWSP.ReplaceAllString(reTail.ReplaceAllString(b, "\r\n"), " ")
	}
	b = reEmpty.ReplaceAllString(b, "")
	if b == "" && relaxed {
		return ""
	}
	return b + "\r\n"
}

// fieldsOf cuts a CRLF message.
func fieldsOf(msg string) (fields []string, body string) {
	header, body, _ := strings.Cut(msg, "\r\n\r\n")
	for _, line := range strings.SplitAfter(header+"\r\n", "\r\n") {
		switch {
		case line == "":
		case (line[0] == ' ' || line[0] == '\t') && len(fields) > 0:
			fields[len(fields)-1] += line
		default:
			fields = append(fields, line)
		}
	}
	return fields, body
}

type testKeys struct {
	rsa *rsa.PrivateKey
	ed  ed25519.PrivateKey
}

var keysOnce = sync.OnceValue(func() testKeys {
	strong, err1 := rsa.GenerateKey(rand.Reader, 2048)
	_, ed, err2 := ed25519.GenerateKey(rand.Reader)
	if err1 != nil || err2 != nil {
		panic("no keys")
	}
	return testKeys{rsa: strong, ed: ed}
})

func keyRecord(pub any) string {
	if p, ok := pub.(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(p)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic(err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

// signing says how to sign.
type signing struct {
	domain, selector string
	canon            string // "relaxed/relaxed"
	h                string // "from:to:subject"
	extra            string // further tags, " l=10;"
	ed               bool
	bodyLen          int // for l=; 0 = all
}

func (s signing) orDefault() signing {
	if s.domain == "" {
		s.domain = "vendor.example"
	}
	if s.selector == "" {
		s.selector = "sel"
	}
	if s.canon == "" {
		s.canon = "relaxed/relaxed"
	}
	if s.h == "" {
		s.h = "from:to:subject"
	}
	return s
}

// sign puts a DKIM-Signature in front of a CRLF message.
func sign(t testing.TB, msg string, s signing) string {
	t.Helper()
	s = s.orDefault()
	fields, body := fieldsOf(msg)
	hc, bc, _ := strings.Cut(s.canon, "/")
	canon := plainBody(body, bc == "relaxed")
	if s.bodyLen > 0 {
		canon = canon[:s.bodyLen]
	}
	bh := sha256.Sum256([]byte(canon))
	alg := "rsa-sha256"
	if s.ed {
		alg = "ed25519-sha256"
	}
	sig := fmt.Sprintf("DKIM-Signature: v=1; a=%s; c=%s; d=%s; s=%s;%s\r\n h=%s; bh=%s;\r\n\tb=",
		alg, s.canon, s.domain, s.selector, s.extra, s.h, base64.StdEncoding.EncodeToString(bh[:]))
	var data bytes.Buffer
	used := map[int]bool{}
	for _, name := range strings.Split(s.h, ":") {
		for i := len(fields) - 1; i >= 0; i-- {
			n, _, _ := strings.Cut(fields[i], ":")
			if !used[i] && strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(name)) {
				used[i] = true
				data.WriteString(plainHeader(fields[i], hc == "relaxed"))
				break
			}
		}
	}
	data.WriteString(strings.TrimSuffix(plainHeader(sig+"\r\n", hc == "relaxed"), "\r\n"))
	sum := sha256.Sum256(data.Bytes())
	keys := keysOnce()
	var raw []byte
	var err error
	if s.ed {
		raw = ed25519.Sign(keys.ed, sum[:])
	} else if raw, err = rsa.SignPKCS1v15(rand.Reader, keys.rsa, crypto.SHA256, sum[:]); err != nil {
		t.Fatal(err)
	}
	return sig + base64.StdEncoding.EncodeToString(raw) + "\r\n" + msg
}
