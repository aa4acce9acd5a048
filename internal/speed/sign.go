package speed

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Selector is where the made-up DNS publishes the key that Sign signs with, for
// every domain.
const Selector = "kith-speed"

// Key signs mails and is published by the made-up DNS.
type Key struct{ private *rsa.PrivateKey }

// NewKey makes a 2048-bit RSA key, the size that most mail is signed with.
func NewKey() (*Key, error) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return &Key{k}, nil
}

// Record is the key's TXT record (RFC 6376 section 3.6.1).
func (k *Key) Record() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&k.private.PublicKey)
	if err != nil {
		return "", err
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
}

// Sign puts a DKIM signature of the author's domain on top of each mail and
// returns how many got one; mails whose author cannot be read get none.
func (k *Key) Sign(mails []Mail) (signed int, err error) {
	for i := range mails {
		_, domain := mails[i].author()
		if domain == "" {
			continue
		}
		f, err := k.signature(&mails[i], domain)
		if err != nil {
			return signed, fmt.Errorf("sign %s: %w", mails[i].Name, err)
		}
		mails[i].Fields = append([]Field{f}, mails[i].Fields...)
		signed++
	}
	return signed, nil
}

// usuallySigned are the fields that a signature covers when they are there
// (RFC 6376 section 5.4.1).
var usuallySigned = []string{"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type", "In-Reply-To", "References", "List-Id"}

func (k *Key) signature(m *Mail, domain string) (Field, error) {
	var keys []string
	for _, name := range usuallySigned {
		if m.get(name) != "" {
			keys = append(keys, name)
		}
	}
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(m.Bytes()), &dkim.SignOptions{
		Domain: domain, Selector: Selector, Signer: k.private, HeaderKeys: keys,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return Field{}, err
	}
	head, ok := strings.CutSuffix(out.String(), string(m.Bytes()))
	if !ok {
		return Field{}, fmt.Errorf("the signer changed the message")
	}
	name, value, _ := strings.Cut(strings.TrimSuffix(head, "\r\n"), ":")
	return Field{name, strings.ReplaceAll(value, "\r\n", "\n")}, nil
}

// Bytes is the whole message, line ends CRLF.
func (m Mail) Bytes() []byte {
	b := make([]byte, 0, m.Size())
	for _, f := range m.Fields {
		b = append(append(append(b, f.Name...), ':'), strings.ReplaceAll(f.Value, "\n", "\r\n")...)
		b = append(b, "\r\n"...)
	}
	return append(append(b, "\r\n"...), m.Body...)
}
