package demo

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"

	"kith/internal/directory"
	"kith/internal/kith"
)

// letter is a scene as bytes, as its sender hands it over.
type letter struct {
	*scene
	raw   []byte // what the sender says, forged fields on top
	clean []byte // the same without the fields that kith must remove
}

// composer writes scenes as the mail programs of their authors would.
type composer struct {
	dir *directory.Directory
	key *rsa.PrivateKey   // nil: nothing is signed
	ids map[string]string // Message-ID by scene, for answers
}

func newComposer(dir *directory.Directory, key *rsa.PrivateKey) *composer {
	return &composer{dir: dir, key: key, ids: make(map[string]string)}
}

// newKey makes the key by which all senders of the demo sign, and the record
// under which they publish it (RFC 6376 section 3.6.1).
func newKey() (*rsa.PrivateKey, string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, "", err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return key, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), err
}

// field is a header field.
type field struct{ name, value string }

// orders are the fields of some mail programs in the order in which these
// write them; "*" stands for what the list does not name.
var orders = map[string]string{
	"outlook":     "From To Cc Reply-To Subject Thread-Topic Date Message-ID In-Reply-To References * Accept-Language X-Mailer MIME-Version Content-Type Content-Transfer-Encoding",
	"thunderbird": "Message-ID Date MIME-Version User-Agent To Cc From Reply-To Subject References In-Reply-To * Content-Type Content-Transfer-Encoding",
	"apple":       "From Content-Type Content-Transfer-Encoding MIME-Version Subject Message-ID Date To Cc Reply-To * In-Reply-To References X-Mailer",
	"web":         "Date From Reply-To To Cc Message-ID Subject * MIME-Version Content-Type Content-Transfer-Encoding",
}

// programs are the names by which mail programs introduce themselves.
var programs = map[string]field{
	"outlook":     {"X-Mailer", "Microsoft Outlook 16.0"},
	"thunderbird": {"User-Agent", "Mozilla Thunderbird"},
	"apple":       {"X-Mailer", "Apple Mail (2.3826.700.81)"},
	"erp":         {"X-Mailer", "Warenfluss ERP 9.2"},
}

// compose writes one scene as it was written at a time.
func (c *composer) compose(s *scene, at time.Time) (letter, error) {
	body, content, err := s.content()
	if err != nil {
		return letter{}, fmt.Errorf("%s: %w", s.name, err)
	}
	id := messageID(s, at)
	c.ids[s.name] = id
	fields := append(c.head(s, id, at.In(c.zone(s))), content...)
	var forged []field
	for _, f := range s.forged {
		name, value, _ := strings.Cut(f, ": ")
		forged = append(forged, field{name, value})
	}
	clean := assemble(fields, body)
	if d := s.signer(); d != "" && c.key != nil {
		if clean, err = c.sign(clean, d); err != nil {
			return letter{}, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return letter{scene: s, clean: clean, raw: append(assemble(forged, nil), clean...)}, nil
}

// signer is the domain that signs a mail on its way, "" when none does: mail of
// our own is signed behind kith, and who forges a domain has not its key.
func (s *scene) signer() string {
	h := hostOf(domainOf(s.from.Address))
	if s.login != "" || h == nil || !h.dkim || s.via == "dynamic.example" {
		return ""
	}
	return h.domain
}

// zone is where the author's clock stands.
func (c *composer) zone(s *scene) *time.Location {
	name := s.zone
	if name == "" {
		if e := c.dir.Lookup(s.from.Address); e.Kind != kith.KindExternal {
			name = offices[e.Lang]
		} else if h := hostOf(domainOf(s.from.Address)); h != nil {
			name = h.zone
		}
	}
	return location(name)
}

// head is the fields that every mail has, in the order of its program.
func (c *composer) head(s *scene, id string, at time.Time) []field {
	list := []field{
		{"From", c.address(s, s.from)}, {"To", c.addresses(s, s.to)}, {"Subject", s.word(s.subject)},
		{"Date", at.Format(time.RFC1123Z)}, {"Message-ID", id}, {"MIME-Version", "1.0"},
	}
	if len(s.cc) > 0 {
		list = append(list, field{"Cc", c.addresses(s, s.cc)})
	}
	if s.replyTo != nil {
		list = append(list, field{"Reply-To", c.address(s, s.replyTo)})
	}
	if first := c.ids[s.re]; first != "" {
		list = append(list, field{"In-Reply-To", first}, field{"References", first})
	}
	if p, ok := programs[s.mailer]; ok {
		list = append(list, p)
	}
	for _, h := range s.headers {
		name, value, _ := strings.Cut(h, ": ")
		list = append(list, field{name, value})
	}
	return ordered(list, s.mailer)
}

func ordered(list []field, mailer string) (out []field) {
	order := orders[mailer]
	if order == "" {
		order = orders["web"]
	}
	names := strings.Fields(order)
	for _, name := range names {
		for _, f := range list {
			if f.name == name || name == "*" && !strings.Contains(" "+order+" ", " "+f.name+" ") {
				out = append(out, f)
			}
		}
	}
	return out
}

// address writes an address with its name; colleagues are called as the
// directory calls them.
func (c *composer) address(s *scene, a *mail.Address) string {
	name := a.Name
	if name == "" {
		name = c.dir.Lookup(a.Address).Name
	}
	switch {
	case name == "":
		return "<" + a.Address + ">"
	case ascii(name):
		return (&mail.Address{Name: name, Address: a.Address}).String()
	}
	return s.word(name) + " <" + a.Address + ">"
}

func (c *composer) addresses(s *scene, list []*mail.Address) string {
	var out []string
	for _, a := range list {
		out = append(out, c.address(s, a))
	}
	return strings.Join(out, ",\r\n\t")
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// encodings are the charsets that some programs still write.
var encodings = map[string]encoding.Encoding{"iso-2022-jp": japanese.ISO2022JP, "euc-kr": korean.EUCKR}

// encode turns a text into the scene's charset, UTF-8 where that is not named.
func (s *scene) encode(text string) (charset, out string) {
	if e, ok := encodings[s.charset]; ok {
		if b, err := e.NewEncoder().String(text); err == nil {
			return s.charset, b
		}
	}
	return "utf-8", text
}

// word encodes a text for the header (RFC 2047) and folds it.
func (s *scene) word(text string) string {
	if ascii(text) {
		return text
	}
	if s.charset == "" {
		return strings.ReplaceAll(mime.BEncoding.Encode("utf-8", text), "?= =?", "?=\r\n =?")
	}
	// These charsets are split before they are encoded: an encoded word ends in
	// the state in which it began.
	var words []string
	for part := range chunks([]rune(text), 12) {
		charset, b := s.encode(string(part))
		words = append(words, "=?"+charset+"?B?"+base64.StdEncoding.EncodeToString([]byte(b))+"?=")
	}
	return strings.Join(words, "\r\n ")
}

func chunks(r []rune, n int) func(yield func([]rune) bool) {
	return func(yield func([]rune) bool) {
		for len(r) > 0 {
			k := min(n, len(r))
			if !yield(r[:k]) {
				return
			}
			r = r[k:]
		}
	}
}

// sign puts the domain's DKIM signature on top.
func (c *composer) sign(raw []byte, domain string) ([]byte, error) {
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(raw), &dkim.SignOptions{
		Domain: domain, Selector: selector, Signer: c.key, HeaderKeys: []string{"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type"},
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	return out.Bytes(), err
}
