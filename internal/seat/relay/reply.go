package relay

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"
)

func reply(code int, ec smtp.EnhancedCode, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: ec, Message: text}
}

// What kith says itself when the next hop does not speak, and to a sender that
// comes again too early. All of it is temporary: the sender keeps the mail.
var (
	errAway  = reply(451, smtp.EnhancedCode{4, 4, 1}, "kith cannot reach the next mail server; try again later")
	errLost  = reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost the next mail server; try again later")
	errDoubt = reply(451, smtp.EnhancedCode{4, 4, 2}, "kith lost the next mail server behind the message; try again later")
	errBusy  = reply(451, smtp.EnhancedCode{4, 3, 0}, "kith is still delivering this message; try again later")
)

// asReply tells a server's words from a broken connection.
func asReply(err error) (*smtp.SMTPError, bool) {
	var e *smtp.SMTPError
	ok := errors.As(err, &e)
	return e, ok
}

// passable makes a reply of the next hop one that can be passed on. A 421 is
// about its connection with kith, not about the sender's. What is neither yes,
// later nor no (RFC 5321 section 4.2.1), and an enhanced code of another class
// than its reply, cannot be relied on.
func passable(said *smtp.SMTPError) *smtp.SMTPError {
	e := *said
	if c := e.Code / 100; e.Code == 421 || c != 2 && c != 4 && c != 5 {
		e.Code = 451
	}
	if e.EnhancedCode[0] != e.Code/100 {
		e.EnhancedCode = smtp.EnhancedCode{e.Code / 100, 0, 0}
	}
	e.Message = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return '?'
		}
		return r
	}, e.Message)
	return &e
}

// refusal is passable for a reply that does not say yes, whatever its code: 250
// is no answer to DATA.
func refusal(said *smtp.SMTPError) *smtp.SMTPError {
	if e := passable(said); e.Code/100 != 2 {
		return e
	}
	return reply(451, smtp.EnhancedCode{4, 5, 0}, "the next mail server's answer cannot be understood; try again later")
}

// success makes the next hop's words after 250 a reply that can be passed on:
// "2.0.0 <u001@corp.test> AbC Saved" loses the code (it is sent apart) and the
// recipient (go-smtp puts it in front again).
func success(text string) *smtp.SMTPError {
	e := &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}}
	text, _, _ = strings.Cut(text, "\n")
	if code, rest, ok := strings.Cut(text, " "); ok {
		var a, b, c int
		if n, _ := fmt.Sscanf(code, "%d.%d.%d", &a, &b, &c); n == 3 && a == 2 {
			e.EnhancedCode = smtp.EnhancedCode{a, b, c}
			text = rest
		}
	}
	e.Message = text
	return passable(e)
}

// tagged adds kith's id to a reply, so that it stands in the MTA's log, and
// takes the recipient off the front where go-smtp will set it again.
func tagged(e *smtp.SMTPError, rcpt, id string) *smtp.SMTPError {
	text, _, _ := strings.Cut(e.Message, "\n")
	text = strings.TrimPrefix(text, "<"+rcpt+"> ")
	return &smtp.SMTPError{Code: e.Code, EnhancedCode: e.EnhancedCode, Message: text + " (kith " + id + ")"}
}

// maxWords bounds what is kept of a reply, in bytes.
const maxWords = 500

// words is a reply as a log shows it.
func words(e *smtp.SMTPError) string {
	text := e.Message
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	ec := e.EnhancedCode
	if ec == smtp.NoEnhancedCode || ec == smtp.EnhancedCodeNotSet {
		return fmt.Sprintf("%d %s", e.Code, text)
	}
	return fmt.Sprintf("%d %d.%d.%d %s", e.Code, ec[0], ec[1], ec[2], text)
}
