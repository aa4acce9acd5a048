package smtpwire

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// readCommand takes one line off the wire and hands it to the library (c.out),
// or answers it here. It returns without either so that Read can look again.
func (c *Conn) readCommand() error {
	sasl, idle := c.settle()
	limit := c.w.opt.Limits.Line
	if sasl {
		limit = c.w.opt.Limits.SASL
	}
	if idle && c.w.r == c.w.w && c.w.isWoken() {
		return c.farewell("421 4.3.2 Shutting down, try again later")
	}
	line, err := c.line(limit, idle)
	var unfit *errLine
	switch {
	case errors.As(err, &unfit) && sasl:
		c.out = []byte("*\r\n") // the library answers 501 (RFC 4954 section 4)
		return nil
	case errors.As(err, &unfit):
		return c.refuse(unfit.code, unfit.text)
	case err != nil:
		return c.quiet(err, idle)
	case sasl:
		c.mu.Lock()
		c.phase = atCommand
		c.mu.Unlock()
		c.out = line
		return nil
	}
	return c.dispatch(line)
}

// settle puts away what belonged to a transaction that is over, and tells what
// the line to come is.
func (c *Conn) settle() (sasl, idle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		c.resetLocked()
	}
	return c.phase == atSASL, !c.inMail && c.phase == atCommand
}

func (c *Conn) resetLocked() {
	c.over, c.inMail, c.rcpts, c.chunked = false, false, 0, false
	c.xforward = Attrs{}
}

// split reads a command line as the library does: four letters and a space, or
// a longer word that only we know.
func split(line []byte) (verb, arg string) {
	s := strings.TrimRight(string(line), "\r\n")
	word, rest, _ := strings.Cut(s, " ")
	switch up := strings.ToUpper(word); up {
	case "XFORWARD", "XCLIENT":
		return up, strings.TrimSpace(rest)
	}
	if len(s) >= 8 && strings.EqualFold(s[:8], "STARTTLS") {
		return "STARTTLS", strings.TrimSpace(s[8:])
	}
	if len(s) == 4 || len(s) > 5 && s[4] == ' ' {
		return strings.ToUpper(s[:4]), strings.TrimSpace(s[4:])
	}
	return "", ""
}

// dispatch decides who answers a command.
func (c *Conn) dispatch(line []byte) error {
	verb, arg := split(line)
	switch verb {
	case "EHLO", "LHLO", "HELO", "DATA", "AUTH", "STARTTLS":
		// These end a group (RFC 2920 section 3.1): what stands behind
		// them already was sent without waiting for the answer.
		if c.w.spokeEarly() {
			c.w.early.Add(1)
			if c.w.opt.Early == EarlyForbid {
				return c.desync()
			}
		}
	}
	switch verb {
	case "XFORWARD":
		return c.doXForward(arg)
	case "XCLIENT":
		return c.doXClient(arg)
	case "STARTTLS":
		return c.doStartTLS(arg)
	case "BDAT":
		return c.doBdat(arg)
	case "MAIL":
		if c.inTransaction() {
			// RFC 5321 section 4.1.4. The library would begin anew and
			// keep the recipients of the first.
			return c.refuse(503, "5.5.1 A MAIL command was given already")
		}
	}
	c.pass(verb, line, arg)
	return nil
}

// pass hands a command to the library.
func (c *Conn) pass(verb string, line []byte, arg string) {
	c.out = line
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verb = verb
	switch verb {
	case "EHLO", "LHLO", "HELO":
		c.offered, _, _ = strings.Cut(arg, " ")
	case "DATA":
		if arg == "" {
			c.out = []byte("DATA\r\n")
		}
	case "RCPT":
		c.out = bareRcpt(line, arg)
	}
}

func (c *Conn) inTransaction() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inMail
}

// refuse answers a command here. After too many of these the client goes.
func (c *Conn) refuse(code int, text string) error {
	if err := c.say(strconv.Itoa(code) + " " + text); err != nil {
		return err
	}
	if int(c.w.faults.Add(1)) > c.w.opt.Limits.Faults {
		return c.farewell("421 4.7.0 Too many errors, closing the connection")
	}
	return nil
}

func (c *Conn) desync() error {
	return c.farewell("554 5.5.0 You spoke before the answer came, closing the connection")
}

// mayClaim says whether XFORWARD and XCLIENT are heard now, in the order of
// Postfix's checks.
func (c *Conn) mayClaim(verb, arg string) *errLine {
	switch {
	case c.inTransaction():
		return &errLine{503, "5.5.1 A mail transaction is in progress"}
	case arg == "":
		return &errLine{501, "5.5.4 " + verb + " needs attribute=value"}
	case !c.w.trusted:
		return &errLine{550, "5.7.0 " + verb + " is not allowed from your address"}
	}
	return nil
}

func (c *Conn) doXForward(arg string) error {
	if no := c.mayClaim("XFORWARD", arg); no != nil {
		return c.refuse(no.code, no.text)
	}
	c.mu.Lock()
	merged, err := c.xforward.with(arg, xforwardAttrs)
	if err == nil {
		c.xforward = merged
	}
	c.mu.Unlock()
	if err != nil {
		return c.refuse(501, "5.5.4 "+err.Error())
	}
	return c.say("250 2.0.0 Ok")
}

// doXClient ends the conversation; the library's greeting of the next one is
// the answer 220 that the client waits for.
func (c *Conn) doXClient(arg string) error {
	if no := c.mayClaim("XCLIENT", arg); no != nil {
		return c.refuse(no.code, no.text)
	}
	merged, err := c.w.xclient.with(arg, xclientAttrs)
	if err != nil {
		return c.refuse(501, "5.5.4 "+err.Error())
	}
	c.w.xclient = merged
	return c.restart(false)
}

func (c *Conn) doStartTLS(arg string) error {
	w := c.w
	switch {
	case w.opt.TLS == nil:
		return c.refuse(502, "5.5.1 STARTTLS is not offered")
	case w.tls != nil:
		return c.refuse(503, "5.5.1 TLS is active already")
	case arg != "":
		return c.refuse(501, "5.5.4 STARTTLS has no parameter")
	case c.inTransaction():
		return c.refuse(503, "5.5.1 A mail transaction is in progress")
	}
	if err := c.say("220 2.0.0 Ready to start TLS"); err != nil {
		return err
	}
	// What came in plain text behind the command could be anybody's: it must
	// not be read as if it had come inside TLS (RFC 3207 section 4.2).
	w.r, w.w = 0, 0
	tc := tls.Server(w.raw, w.opt.TLS)
	if err := w.handshake(tc); err != nil {
		return c.end()
	}
	w.mu.Lock()
	w.sock = tc
	w.mu.Unlock()
	w.tls = tc
	return c.restart(true)
}

// doBdat hands a chunk over, or swallows it: its octets follow the command
// whatever the answer is (RFC 3030 section 2), so a chunk whose length cannot
// be told ends the connection.
func (c *Conn) doBdat(arg string) error {
	size, last, err := bdatArgs(arg)
	if err != nil {
		return c.farewell("501 5.5.4 " + err.Error() + ", closing the connection")
	}
	if size > c.w.opt.Limits.Chunk {
		return c.farewell("552 5.3.4 Chunk too large, closing the connection")
	}
	if !c.w.opt.Chunking || c.hides("CHUNKING") {
		if err := c.swallow(size); err != nil {
			return c.quiet(err, false)
		}
		return c.refuse(502, "5.5.1 CHUNKING is not offered")
	}
	line := fmt.Appendf(nil, "BDAT %d", size)
	if last {
		line = append(line, " LAST"...)
	}
	c.out = append(line, "\r\n"...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verb, c.last = "BDAT", last
	if !c.chunked {
		c.chunked = true
		c.chunks = tally{}
		c.lf.Store(0)
		c.cr.Store(0)
	}
	if c.left = size; size > 0 {
		c.phase = inChunk
	}
	return nil
}

// bdatArgs reads "1234" or "1234 LAST".
func bdatArgs(arg string) (size int64, last bool, err error) {
	f := strings.Fields(arg)
	if len(f) == 2 && strings.EqualFold(f[1], "LAST") {
		last = true
	} else if len(f) != 1 {
		return 0, false, errors.New("BDAT needs a chunk size, and LAST or nothing")
	}
	n, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		return 0, false, errors.New("BDAT has a malformed chunk size")
	}
	return int64(n), last, nil
}

// hides tells whether an EHLO keyword is kept from this client.
func (c *Conn) hides(keyword string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return hasKeyword(c.hide, keyword)
}

func hasKeyword(lines []string, keyword string) bool {
	for _, l := range lines {
		if strings.EqualFold(keywordOf(l), keyword) {
			return true
		}
	}
	return false
}

func keywordOf(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}

var crlf = []byte("\r\n")

// lines splits a gathered answer.
func lines(p []byte) [][]byte { return bytes.Split(bytes.TrimSuffix(p, crlf), crlf) }
