// Package load sends test mail and checks what became of it.
//
// A Sender builds messages of many kinds from a seed, hands them to an SMTP
// port over several connections, and writes down in a Manifest what the server
// accepted for whom. A Check then reads the mailboxes and says for each
// (message, recipient) whether the copy is there, once, and byte for byte. The
// two share only the manifest and the field X-Test-Id, which stands first in
// each message: what lies above it in a mailbox was added on the way, and all
// from it on must be as it was sent.
//
// The package knows nothing of kith but the prefix X-Kith-, so that the same
// check judges a bare Postfix and Dovecot, a pass-through, and kith.
package load

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Kind is a way to build a message.
type Kind string

// The kinds. Each but Plain has a known way to break a filter in the path.
const (
	Plain      Kind = "plain"
	HTML       Kind = "html"       // multipart/alternative
	Attachment Kind = "attachment" // 40 kB of base64
	EightBit   Kind = "8bit"       // UTF-8 body, needs 8BITMIME to stay
	UTF8Header Kind = "utf8header" // raw UTF-8 in a header field, without SMTPUTF8
	Dots       Kind = "dots"       // lines that dot-stuffing touches
	LongLine   Kind = "longline"   // 5,000 characters in a line
	Folded     Kind = "folded"     // odd folding, empty fields, trailing blanks
	NoEnd      Kind = "noend"      // empty body, no blank line after the header
	Big        Kind = "big"        // 25 MB
	SMTPUTF8   Kind = "smtputf8"   // as UTF8Header, with the SMTPUTF8 parameter
	Torture    Kind = "torture"    // the malformed ones of Tortures, in turn
	File       Kind = "file"       // Sender.Files, in turn
)

// Ordinary are the kinds that every path has to keep byte for byte.
var Ordinary = []Kind{Plain, HTML, Attachment, EightBit, UTF8Header, Dots, LongLine, Folded, NoEnd}

const bigBytes = 25_000_000

// IDField is the name of the field that identifies a test message.
const IDField = "X-Test-Id"

// builder collects the lines of one message. The same seed gives the same
// message.
type builder struct {
	bytes.Buffer
	rnd *rand.Rand
}

func (b *builder) line(format string, args ...any) {
	fmt.Fprintf(b, format+"\r\n", args...)
}

// build makes a message of a kind, CRLF line ends throughout.
func build(kind Kind, id, from string, to []string, seed uint64) []byte {
	b := &builder{rnd: rand.New(rand.NewPCG(seed, 1))}
	b.line("%s: %s", IDField, id)
	b.line("Date: Mon, 02 Mar 2026 09:00:00 +0100")
	b.line("From: Robin Example <%s>", from)
	b.line("To: %s", strings.Join(to, ",\r\n\t"))
	b.line("Message-ID: <%s@load.outside.test>", id)
	switch kind {
	case HTML:
		b.html(id)
	case Attachment:
		b.mixed(id, 30_000)
	case Big:
		b.mixed(id, bigBytes/4*3)
	case EightBit:
		b.utf8("Smörgåsbord", "8bit")
	case UTF8Header, SMTPUTF8:
		b.line("Comments: späte Grüße, 日本語")
		b.utf8("raw UTF-8 in Comments", "8bit")
	case Dots:
		b.line("Subject: dots\r\n")
		b.line(".\r\n..\r\n...\r\n.a line\r\n\r\n.\r\n. \r\n.")
	case LongLine:
		b.line("Subject: a long line\r\n")
		b.line("%s.", strings.Repeat("abcdefghi ", 500))
	case Folded:
		b.folded()
	case NoEnd:
		b.line("Subject: a header and nothing else")
	default:
		b.line("Subject: plain %d", b.rnd.IntN(1000))
		b.line("")
		b.line("%s", b.words(100+b.rnd.IntN(200)))
	}
	return b.Bytes()
}

var vocabulary = strings.Fields(`we the order offer next week with your team please on Tuesday and thank you for
	a sample of invoice delivery plan budget meeting notes call later today number about`)

func (b *builder) words(n int) string {
	var s strings.Builder
	for i := range n {
		s.WriteString(vocabulary[b.rnd.IntN(len(vocabulary))])
		if i%11 == 10 {
			s.WriteString("\r\n")
		} else {
			s.WriteByte(' ')
		}
	}
	return s.String()
}

func (b *builder) html(id string) {
	b.line("Subject: two ways to read it")
	b.line("MIME-Version: 1.0")
	b.line("Content-Type: multipart/alternative; boundary=%q", "=_"+id)
	b.line("\r\n--=_%s\r\nContent-Type: text/plain; charset=utf-8\r\n", id)
	b.line("%s", b.words(60))
	b.line("--=_%s\r\nContent-Type: text/html; charset=utf-8\r\n", id)
	b.line("<html><body><p>%s</p><a href=\"https://shop.outside.test/?a=1&amp;b=2\">here</a></body></html>", b.words(60))
	b.line("--=_%s--", id)
}

// mixed has an attachment of n bytes, a quarter more once encoded.
func (b *builder) mixed(id string, n int) {
	b.line("Subject: with a file")
	b.line("MIME-Version: 1.0")
	b.line("Content-Type: multipart/mixed; boundary=%q", "=_"+id)
	b.line("\r\n--=_%s\r\nContent-Type: text/plain; charset=utf-8\r\n", id)
	b.line("%s", b.words(50))
	b.line("--=_%s\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64", id)
	b.line("Content-Disposition: attachment; filename=\"table.bin\"\r\n")
	b.base64(n)
	b.line("--=_%s--", id)
}

func (b *builder) base64(n int) {
	raw := make([]byte, 57)
	line := make([]byte, 76)
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], b.rnd.Uint64())
	for random := rand.NewChaCha8(seed); n > 0; n -= len(raw) {
		random.Read(raw)
		base64.StdEncoding.Encode(line, raw)
		b.Write(line)
		b.WriteString("\r\n")
	}
}

func (b *builder) utf8(subject, encoding string) {
	b.line("Subject: %s", subject)
	b.line("MIME-Version: 1.0")
	b.line("Content-Type: text/plain; charset=utf-8")
	b.line("Content-Transfer-Encoding: %s\r\n", encoding)
	b.line("Übermäßig schöne Grüße, naïve façade, 日本語 한국어. %s", b.words(40))
}

func (b *builder) folded() {
	b.line("Subject: folded\r\n over\r\n\tthree lines with a blank at the end ")
	b.line("X-Tight:no blank after the colon")
	b.line("X-Nothing:")
	b.line("X-Case: one\r\nx-cAsE: two\r\nX-Case: one")
	b.line("References: <a@x.test>\r\n <b@x.test>\r\n     <c@x.test>")
	b.line("Received: from a.outside.test by b.outside.test; Mon, 02 Mar 2026 08:59:00 +0100")
	b.line("Delivered-To: somebody@outside.test")
	b.line("\r\nblanks at the end   \r\n\ttab\r\n\r\n\r\n")
}
