package trait

import (
	"strings"

	"kith/internal/mail"
)

// Charset names the family of character sets and the transfer encoding of the first
// text, as "uni/quoted-printable".
//
// A program has a list of charsets it tries, and one way to get bytes beyond ASCII
// through. Which charset it takes depends on the letters in the mail, and on those
// in the mail that is answered: a text without umlauts goes out as US-ASCII, the
// next one as UTF-8, and many answer Latin-1 in Latin-1. All of these are "uni"
// here, for the people who write them are the same. So are 7bit, 8bit and nothing
// said one encoding, "clear". What stays is what tells programs and people apart: a
// charset of other letters ("gb", "iso-2022-jp"), quoted-printable, base64.
//
// It changes when somebody writes in another language, and with the first letter
// beyond ASCII from a program that quotes only those.
func Charset(m *mail.Message) string {
	p := firstText(authored(m))
	if p == nil {
		return ""
	}
	return bounded(charsetFamily(p.Charset) + "/" + encodingFamily(p))
}

// firstText returns the first leaf that is a text, or nil.
func firstText(p *mail.Part) *mail.Part {
	for range maxNesting * maxNesting {
		if len(p.Parts) == 0 {
			break
		}
		p = p.Parts[0]
	}
	if !strings.HasPrefix(p.Type, "text/") {
		return nil
	}
	return p
}

// charsetFamily puts charsets together between which a program chooses by the
// letters of one mail.
func charsetFamily(c string) string {
	switch c {
	case "", "us-ascii", "ascii", "utf-8", "utf8", "iso-8859-1", "iso-8859-15", "windows-1252", "latin1":
		return "uni"
	case "gb2312", "gbk", "gb18030":
		return "gb"
	}
	return c
}

func encodingFamily(p *mail.Part) string {
	switch p.Encoding {
	case "", "7bit", "8bit", "binary":
		return "clear"
	}
	return p.Encoding
}
