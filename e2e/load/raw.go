package load

import (
	"bytes"
	"io"
)

// Raw sends one message to an SMTP port with its data exactly as given: no
// dot-stuffing and no final dot are added, and data may hold commands. It
// returns the first reply to the data and closes the connection a moment later.
func Raw(addr, from, to, data string) (string, error) {
	c, err := dial(addr, "", "", "")
	if err != nil {
		return "", err
	}
	defer c.close()
	if err := c.begin(from, to); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c.conn, data+"\r\n.\r\n"); err != nil {
		return "", err
	}
	_, text, err := c.reply(0)
	if err != nil {
		return err.Error(), nil // hanging up is an answer, too
	}
	c.quit()
	return text, nil
}

// HalfLMTP opens an LMTP session, sends size bytes of a message, and leaves the
// rest unsent: closing the result is a client that went away in mid-data.
func HalfLMTP(addr, from, to string, size int) (io.Closer, error) {
	c, err := connect(addr)
	if err != nil {
		return nil, err
	}
	if _, err := c.want(250, "LHLO %s", helo); err != nil {
		return nil, err
	}
	if err := c.begin(from, to); err != nil {
		return nil, err
	}
	line := bytes.Repeat([]byte("x"), 70)
	line = append(line, '\r', '\n')
	if _, err := io.WriteString(c.conn, IDField+": half\r\nSubject: half\r\n\r\n"); err != nil {
		return nil, err
	}
	_, err = c.conn.Write(bytes.Repeat(line, size/len(line)))
	return c.conn, err
}

// begin goes as far as the reply to DATA.
func (c *client) begin(from, to string) error {
	if _, err := c.want(250, "MAIL FROM:<%s>", from); err != nil {
		return err
	}
	if _, err := c.want(250, "RCPT TO:<%s>", to); err != nil {
		return err
	}
	_, err := c.want(354, "DATA")
	return err
}
