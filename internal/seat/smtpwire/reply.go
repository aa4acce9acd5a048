package smtpwire

import (
	"bytes"
	"net"
	"strings"
)

// Write implements net.Conn for the library. What it writes goes out at once
// and unchanged, but for the answer to EHLO and LHLO.
func (c *Conn) Write(p []byte) (int, error) {
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	if c.first {
		if err := c.greet(); err != nil {
			return 0, err
		}
	}
	send := c.follow(p)
	if len(send) == 0 {
		return len(p), nil
	}
	if err := c.w.write(send); err != nil {
		return 0, err
	}
	return len(p), nil
}

// greet comes before the first octet on a socket.
func (c *Conn) greet() error {
	c.first = false
	if err := c.w.open(); err != nil {
		c.end()
		return err
	}
	if !c.w.spokeEarly() {
		return nil
	}
	c.w.early.Add(1)
	if c.w.opt.Early == EarlyForbid {
		return c.desync()
	}
	return nil
}

// follow reads the library's replies to know where it stands, and returns what
// is to be sent.
func (c *Conn) follow(p []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return nil
	}
	gather := c.phase == atCommand && (c.verb == "EHLO" || c.verb == "LHLO")
	mute := c.silent && c.phase == atGreeting
	var edited []byte
	for rest := p; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n') + 1
		piece := rest[:i]
		if i == 0 {
			piece = rest
		}
		rest = rest[len(piece):]
		c.headLen += copy(c.head[c.headLen:], piece)
		if gather {
			c.answer = append(c.answer, piece...)
		}
		if i == 0 {
			continue // the line goes on in the next Write
		}
		final := c.headLen < 4 || c.head[3] != '-'
		c.headLen = 0
		if !final {
			continue
		}
		code := string(c.head[:3])
		if gather {
			edited = append(edited, c.edit(code)...)
			c.answer = nil
		}
		c.replied(code)
	}
	switch {
	case mute:
		return nil
	case gather:
		return edited
	}
	return p
}

// replied notes a whole reply of the library.
func (c *Conn) replied(code string) {
	if c.phase == atGreeting {
		c.phase = atCommand
		return
	}
	if c.phase == inData {
		return // LMTP replies that a session gives before the end
	}
	good := code[0] == '2'
	switch c.verb {
	case "EHLO", "LHLO", "HELO":
		if good {
			c.helo = c.offered
			c.resetLocked()
		}
	case "RSET":
		if good {
			c.resetLocked()
		}
	case "MAIL":
		c.inMail = c.inMail || good
	case "RCPT":
		if good {
			c.rcpts++
		}
	case "AUTH":
		if code == "334" {
			c.phase = atSASL
		}
	case "DATA":
		if code == "354" {
			c.phase = inData
			c.ends = lineEnds{}
			c.octets = 0
			c.chunked = false
			c.lf.Store(0)
			c.cr.Store(0)
		}
	case "BDAT":
		c.chunkReplied(good)
	}
}

// chunkReplied notes the reply to a chunk. Without recipients the library
// refused it and the transaction stands as before; else a refusal and the last
// chunk both end it.
func (c *Conn) chunkReplied(good bool) {
	if c.rcpts == 0 || c.over || good && !c.last {
		return
	}
	c.over = true
	if c.last {
		c.messages++
		c.w.left = c.w.opt.Timeouts.Patience
	}
}

// edit makes the answer to EHLO: no more than the session offers.
func (c *Conn) edit(code string) []byte {
	if code != "250" {
		return c.answer
	}
	ls := lines(c.answer)
	var words []string
	for _, l := range ls[1:] {
		words = append(words, string(l[min(4, len(l)):]))
	}
	hello := string(ls[0][min(4, len(ls[0])):])
	if name := c.w.opt.Hostname; name != "" {
		hello = name
	}
	var b bytes.Buffer
	offer := c.offer(words)
	for i, line := range append([]string{hello}, offer...) {
		b.WriteString(code)
		if i < len(offer) {
			b.WriteByte('-')
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(line)
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

func (c *Conn) offer(words []string) []string {
	add := c.add
	if c.w.opt.TLS != nil && c.w.tls == nil {
		add = append(add[:len(add):len(add)], "STARTTLS")
	}
	if c.w.trusted {
		add = append(add[:len(add):len(add)],
			"XFORWARD "+names(xforwardAttrs), "XCLIENT "+names(xclientAttrs))
	}
	var offer []string
	for _, line := range words {
		key := keywordOf(line)
		hidden := hasKeyword(c.hide, key) || strings.EqualFold(key, "CHUNKING") && !c.w.opt.Chunking
		if !hidden && !hasKeyword(add, key) {
			offer = append(offer, line)
		}
	}
	for _, line := range add {
		if !hasKeyword(c.hide, keywordOf(line)) {
			offer = append(offer, line)
		}
	}
	return offer
}
