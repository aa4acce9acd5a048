package relay

import (
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"
)

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
	return e
}

// tagged adds kith's id to a reply, so that it stands in the MTA's log, and
// takes the recipient off the front where go-smtp will set it again.
func tagged(e *smtp.SMTPError, rcpt, id string) *smtp.SMTPError {
	text, _, _ := strings.Cut(e.Message, "\n")
	text = strings.TrimPrefix(text, "<"+rcpt+"> ")
	return &smtp.SMTPError{Code: e.Code, EnhancedCode: e.EnhancedCode, Message: text + " (kith " + id + ")"}
}
