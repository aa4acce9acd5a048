package demo

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"

	"kith/internal/directory"
)

// letter is a scene as bytes, as its sender hands it over.
type letter struct {
	*scene
	raw   []byte // what the sender says, forged fields on top
	clean []byte // the same without the fields that kith must remove
}

// composer writes scenes as the mail programs of their authors would.
type composer struct {
	dir   *directory.Directory
	start time.Time // when the first mail was written
	key   *rsa.PrivateKey
	ids   map[string]string // Message-ID by scene, for answers
	n     int
}

func newComposer(dir *directory.Directory, start time.Time, key *rsa.PrivateKey) *composer {
	return &composer{dir: dir, start: start, key: key, ids: make(map[string]string)}
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

// compose writes one scene.
func (c *composer) compose(s *scene) (letter, error) {
	c.n++
	body, content, err := s.content()
	if err != nil {
		return letter{}, fmt.Errorf("%s: %w", s.name, err)
	}
	id := fmt.Sprintf("<%s.%d@%s>", s.name, c.start.Unix()+int64(c.n), domainOf(s.from.Address))
	c.ids[s.name] = id
	fields := append(c.head(s, id), content...)
	var forged []field
	for _, f := range s.forged {
		name, value, _ := strings.Cut(f, ": ")
		forged = append(forged, field{name, value})
	}
	clean := assemble(fields, body)
	if h := hostOf(domainOf(s.from.Address)); s.login == "" && h != nil && h.dkim && s.via != "dynamic.example" {
		if clean, err = c.sign(clean, h.domain); err != nil {
			return letter{}, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return letter{scene: s, clean: clean, raw: append(assemble(forged, nil), clean...)}, nil
}

// head is the fields that every mail has, in the order of its program.
func (c *composer) head(s *scene, id string) []field {
	list := []field{
		{"From", c.address(s, s.from)}, {"To", c.addresses(s, s.to)}, {"Subject", s.word(s.subject)},
		{"Date", c.start.Add(time.Duration(c.n) * 97 * time.Second).Format(time.RFC1123Z)}, {"Message-ID", id}, {"MIME-Version", "1.0"},
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

// content is the body and the fields that describe it.
func (s *scene) content() ([]byte, []field, error) {
	p := s.textPart("plain", s.text)
	if s.html != "" {
		p = multipart("alternative", s.name+".a", p, s.textPart("html", s.html))
	}
	if len(s.files) > 0 {
		parts := []part{p}
		for _, m := range s.files {
			a, err := attached(m, s.subject)
			if err != nil {
				return nil, nil, err
			}
			parts = append(parts, a)
		}
		p = multipart("mixed", s.name+".m", parts...)
	}
	return p.body, p.fields, nil
}

// part is a MIME part.
type part struct {
	fields []field
	body   []byte
}

func multipart(kind, boundary string, parts ...part) part {
	boundary = "=_" + boundary
	var b bytes.Buffer
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n")
		b.Write(assemble(p.fields, p.body))
	}
	b.WriteString("--" + boundary + "--\r\n")
	return part{[]field{{"Content-Type", "multipart/" + kind + ";\r\n boundary=\"" + boundary + "\""}}, b.Bytes()}
}

func (s *scene) textPart(kind, text string) part {
	charset, out := s.encode(strings.ReplaceAll(text, "\n", "\r\n"))
	if kind == "html" {
		out += "\r\n"
	}
	how := "quoted-printable"
	var b bytes.Buffer
	switch {
	case ascii(out):
		how = "7bit"
		b.WriteString(out)
	case charset == "euc-kr" || 3*strings.Count(out, " ") < len([]rune(out)) && len([]rune(out))*2 < len(out):
		how = "base64"
		b.Write(lines64([]byte(out)))
	default:
		w := quotedprintable.NewWriter(&b)
		w.Write([]byte(out)) // a bytes.Buffer does not fail
		w.Close()
	}
	return part{[]field{{"Content-Type", "text/" + kind + "; charset=" + charset}, {"Content-Transfer-Encoding", how}}, b.Bytes()}
}

// attached makes an attachment, with its name as most programs write it: an
// encoded word for old readers, RFC 2231 for the others.
func attached(m made, title string) (part, error) {
	kind, data, err := file(m, title)
	if err != nil {
		return part{}, err
	}
	name, param := `"`+m.name+`"`, `filename="`+m.name+`"`
	if !ascii(m.name) {
		name = `"` + strings.ReplaceAll(mime.BEncoding.Encode("utf-8", m.name), "?= =?", "?=\r\n =?") + `"`
		param = "filename*=UTF-8''" + percent(m.name)
	}
	return part{[]field{
		{"Content-Type", kind + ";\r\n name=" + name}, {"Content-Disposition", "attachment;\r\n " + param}, {"Content-Transfer-Encoding", "base64"},
	}, lines64(data)}, nil
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lines64 is base64 in lines of 76 (RFC 2045 section 6.8).
func lines64(b []byte) []byte {
	s := base64.StdEncoding.EncodeToString(b)
	var out bytes.Buffer
	for len(s) > 0 {
		n := min(76, len(s))
		out.WriteString(s[:n] + "\r\n")
		s = s[n:]
	}
	return out.Bytes()
}

// assemble writes fields and, unless it is nil, the empty line and the body.
func assemble(fields []field, body []byte) []byte {
	var b bytes.Buffer
	for _, f := range fields {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	if body != nil {
		b.WriteString("\r\n")
		b.Write(body)
	}
	return b.Bytes()
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
