package speed

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// The MTA's part of the milter protocol, version 6, as Postfix plays it. It is
// written out here because the load must be cheap, must honour every "no reply"
// and "do not send" bit, and must send the macros that Postfix sends.

// noSend and noReply are the negotiated bits for each event.
var (
	noSend  = map[byte]uint32{'C': 1 << 0, 'H': 1 << 1, 'M': 1 << 2, 'R': 1 << 3, 'B': 1 << 4, 'L': 1 << 5, 'N': 1 << 6, 'T': 1 << 9}
	noReply = map[byte]uint32{'L': 1 << 7, 'C': 1 << 12, 'H': 1 << 13, 'M': 1 << 14, 'R': 1 << 15, 'T': 1 << 16, 'N': 1 << 18, 'B': 1 << 19}
)

const (
	offeredActions  = 0x1FF
	offeredProtocol = 0x1FFFFF
	leadingSpace    = 1 << 20
	chunkSize       = 65535
	patience        = 60 * time.Second
)

// postfixMacros are Postfix's defaults for each event (milter_*_macros), sent
// unless the server asks for others.
var postfixMacros = map[byte]string{
	'C': "j {daemon_name} {daemon_addr} v _",
	'H': "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
	'M': "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
	'R': "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
	'T': "i", 'N': "i", 'E': "i",
}

// stages are the numbers by which a server asks for macros (SMFIM_*).
var stages = [...]byte{'C', 'H', 'M', 'R', 'T', 'E', 'N'}

// client sends mails one after the other, each in a connection of its own.
type client struct {
	network, address string
}

var queueID atomic.Int64

// talk is one connection.
type talk struct {
	r      *bufio.Reader
	w      *bufio.Writer
	skip   uint32
	macros map[byte]string
	values map[string]string
}

func newTalk(c net.Conn, values map[string]string) *talk {
	return &talk{r: bufio.NewReaderSize(c, 16<<10), w: bufio.NewWriterSize(c, 64<<10), macros: postfixMacros, values: values}
}

// send sends one mail. answer is the final answer's letter, with the reply code
// for an answer of the server's own words; changed counts its modifications.
func (c client) send(ctx context.Context, m *Mail) (answer string, changed int, err error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	t := newTalk(conn, macroValues(m))
	if err := t.negotiate(); err != nil {
		return "", 0, err
	}
	early, err := t.events(m)
	if err != nil || early != "" {
		return early, 0, err
	}
	return t.end()
}

func macroValues(m *Mail) map[string]string {
	_, host, _ := strings.Cut(m.From, "@")
	_, rcptHost, _ := strings.Cut(m.Rcpt, "@")
	return map[string]string{
		"j": "mx.corp.example", "v": "Postfix 3.7.11", "_": m.Helo + " [" + m.Client + "]",
		"{daemon_name}": "mx.corp.example", "{daemon_addr}": "127.0.0.1", "{client_addr}": m.Client, "{client_name}": m.Helo,
		"i":           fmt.Sprintf("4SP%012d", queueID.Add(1)),
		"{mail_addr}": m.From, "{mail_host}": host, "{mail_mailer}": "smtp",
		"{rcpt_addr}": m.Rcpt, "{rcpt_host}": rcptHost, "{rcpt_mailer}": "lmtp",
	}
}

func (t *talk) negotiate() error {
	t.packet('O', string(bigEndian(6)), string(bigEndian(offeredActions)), string(bigEndian(offeredProtocol)))
	code, data, err := t.read()
	if err != nil {
		return fmt.Errorf("negotiate: %w", err)
	}
	if code != 'O' || len(data) < 12 {
		return fmt.Errorf("negotiate: answer %q of %d bytes", code, len(data))
	}
	t.skip = binary.BigEndian.Uint32(data[8:])
	t.wishes(data[12:])
	return nil
}

// wishes takes the server's own choice of macros: a number, names, a zero.
func (t *talk) wishes(b []byte) {
	if len(b) == 0 {
		return
	}
	t.macros = map[byte]string{}
	for k, v := range postfixMacros {
		t.macros[k] = v
	}
	for len(b) > 4 {
		stage := binary.BigEndian.Uint32(b)
		names, rest, _ := strings.Cut(string(b[4:]), "\x00")
		if int(stage) < len(stages) {
			t.macros[stages[stage]] = names
		}
		b = []byte(rest)
	}
}

// packet writes one packet into the buffer.
func (t *talk) packet(code byte, data ...string) {
	n := 1
	for _, d := range data {
		n += len(d)
	}
	t.w.Write(bigEndian(uint32(n)))
	t.w.WriteByte(code)
	for _, d := range data {
		t.w.WriteString(d)
	}
}

func bigEndian(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// head reads a packet's code and the length of what follows.
func (t *talk) head() (code byte, n int, err error) {
	var b [5]byte
	if _, err := io.ReadFull(t.r, b[:]); err != nil {
		return 0, 0, err
	}
	length := binary.BigEndian.Uint32(b[:])
	if length < 1 || length > 1<<20 {
		return 0, 0, fmt.Errorf("packet of %d bytes", length)
	}
	return b[4], int(length) - 1, nil
}

// read sends what is buffered and waits for a reply that is not a progress note.
func (t *talk) read() (byte, []byte, error) {
	if err := t.w.Flush(); err != nil {
		return 0, nil, err
	}
	for {
		code, n, err := t.head()
		if err != nil {
			return 0, nil, err
		}
		data := make([]byte, n)
		if _, err := io.ReadFull(t.r, data); err != nil {
			return 0, nil, err
		}
		if code != 'p' {
			return code, data, nil
		}
	}
}

// event sends one event with its macros and takes the reply if there is one.
// Any answer but "go on" ends the message; 's' ends this kind of event.
func (t *talk) event(code byte, data ...string) (answer byte, err error) {
	if t.skip&noSend[code] != 0 {
		return 'c', nil
	}
	t.define(code)
	t.packet(code, data...)
	if t.skip&noReply[code] != 0 {
		return 'c', nil
	}
	answer, _, err = t.read()
	return answer, err
}

func (t *talk) define(code byte) {
	var list []string
	for name := range strings.FieldsSeq(t.macros[code]) {
		if v := t.values[name]; v != "" {
			list = append(list, name, "\x00", v, "\x00")
		}
	}
	if len(list) > 0 {
		t.packet('D', append([]string{string(code)}, list...)...)
	}
}

// events sends everything before the end of the message; early is the answer
// of a server that decided already.
func (t *talk) events(m *Mail) (early string, err error) {
	type step struct {
		code byte
		data []string
	}
	steps := []step{
		{'C', []string{m.Helo, "\x00", "4", "\x30\x39", m.Client, "\x00"}},
		{'H', []string{m.Helo, "\x00"}},
		{'M', []string{"<", m.From, ">\x00"}},
		{'R', []string{"<", m.Rcpt, ">\x00"}},
		{'T', nil},
	}
	for _, f := range m.Fields {
		value := f.Value
		if t.skip&leadingSpace == 0 {
			value = strings.TrimPrefix(value, " ")
		}
		steps = append(steps, step{'L', []string{f.Name, "\x00", value, "\x00"}})
	}
	steps = append(steps, step{'N', nil})
	for body := m.Body; len(body) > 0; {
		n := min(len(body), chunkSize)
		steps = append(steps, step{'B', []string{body[:n]}})
		body = body[n:]
	}
	skipped := byte(0)
	for _, s := range steps {
		if s.code == skipped {
			continue
		}
		answer, err := t.event(s.code, s.data...)
		switch {
		case err != nil:
			return "", fmt.Errorf("event %c: %w", s.code, err)
		case answer == 's':
			skipped = s.code
		case answer != 'c':
			return string(answer), nil
		}
	}
	return "", nil
}

// end asks the last question and counts the changes before the answer.
func (t *talk) end() (answer string, changed int, err error) {
	t.define('E')
	t.packet('E')
	for {
		code, data, err := t.read()
		if err != nil {
			return "", changed, fmt.Errorf("end of message: %w", err)
		}
		switch code {
		case 'y':
			answer = fmt.Sprintf("y%.3s", data)
		case 'c', 'a', 'r', 'd', 't':
			answer = string(code)
		default:
			changed++
			continue
		}
		t.packet('Q')
		return answer, changed, t.w.Flush()
	}
}
