package smtpwire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func serverTLS(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"kith.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

var anyCert = &tls.Config{InsecureSkipVerify: true}

// Commands in plain text behind STARTTLS must not be heard inside TLS
// (CVE-2011-0411 and its kin), and nothing said before it counts.
func TestStartTLS(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{TLS: serverTLS(t)}, false)
	c := dial(t, addr)
	c.want("220")
	c.send("EHLO me\r\n")
	if got := c.reply(); !strings.Contains(got, "STARTTLS") {
		t.Fatalf("not offered: %q", got)
	}
	c.send("STARTTLS\r\nMAIL FROM:<injected@evil.example>\r\n")
	c.want("220 2.0.0 Ready")
	tc := tls.Client(c.conn, anyCert)
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	in := newChat(t, tc)
	in.send("MAIL FROM:<a@b.example>\r\n")
	in.want("502") // the first reply inside: nothing was injected, the EHLO is forgotten
	in.send("EHLO me\r\n")
	if got := in.reply(); strings.Contains(got, "STARTTLS") {
		t.Errorf("offered inside TLS: %q", got)
	}
	in.play(`
		> STARTTLS
		< 503
		> MAIL FROM:<a@b.example>
		< 250
		> RCPT TO:<c@b.example>
		< 250
		> DATA
		< 354
		> x
		> .
		< 250`)
	if _, ok := r.wire().TLS(); !ok {
		t.Error("the session does not see TLS")
	}
	if len(r.mails) != 1 || r.wire().Stats().Early != 1 {
		t.Errorf("mails %q, stats %+v", r.mails, r.wire().Stats())
	}
}

func TestStartTLSFails(t *testing.T) {
	addr, _ := serve(t, &recorder{}, Options{TLS: serverTLS(t)}, false)
	c := dial(t, addr)
	c.play("< 220\n> EHLO me\n< 250\n> STARTTLS\n< 220 2.0.0\n> NOOP this is no handshake")
	for {
		if _, err := c.r.ReadByte(); err != nil {
			return
		}
	}
}

func TestImplicitTLS(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	s := newServer(r, false)
	go s.Serve(Listen(tls.NewListener(inner, serverTLS(t)), Options{Trusted: everybody}))
	defer s.Close()
	conn, err := tls.Dial("tcp", inner.Addr().String(), anyCert)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := newChat(t, conn)
	c.play("< 220\n> EHLO me\n< 250\n> XCLIENT NAME=a.example\n< 220\n> EHLO me\n< 250")
	if _, ok := r.wire().TLS(); !ok {
		t.Error("the session does not see TLS")
	}
}

func TestForwardStartTLS(t *testing.T) {
	r := &recorder{}
	addr, _ := serve(t, r, Options{TLS: serverTLS(t), Trusted: everybody}, false)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	f := NewForward(conn)
	if err := f.StartTLS("proxy.example", anyCert); err != nil {
		t.Fatal(err)
	}
	client := smtp.NewClient(f)
	defer client.Close()
	if err := client.Hello("proxy.example"); err != nil {
		t.Fatal(err)
	}
	if said, err := f.XForward(client, Attrs{Given: AttrIdent, Ident: "Q1"}); err != nil || !said {
		t.Fatal(said, err)
	}
	if err := client.SendMail("a@b.example", []string{"c@b.example"}, strings.NewReader("x\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := r.messages(); len(got) != 1 || got[0].ident != "Q1" {
		t.Errorf("%+v", got)
	}
	if _, ok := f.TLS(); !ok {
		t.Error("no TLS")
	}
}
