package ldap

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// Bounds of the two small files.
const (
	maxPassword = 4 << 10
	maxCA       = 4 << 20
)

// answerBytes bounds what is read in answer to one question (one page). A page
// of a thousand people has well under a megabyte; the room above is for servers
// that know no paging and send all at once.
const answerBytes = 128 << 20

// session is one bound connection.
type session struct {
	*plan
	at    endpoint
	conn  *goldap.Conn
	meter *meter
	stop  func() bool // ends the watch over the context
}

// connect tries the servers in their order. A server that answers and refuses
// ends the search: asking the next one too would only help to lock the account.
func (p *plan) connect(ctx context.Context) (*session, error) {
	password, err := p.password()
	if err != nil {
		return nil, err
	}
	config, err := p.tlsConfig()
	if err != nil {
		return nil, err
	}
	var missed []string
	for i, e := range p.servers {
		s, f := p.open(ctx, e, config, password)
		if f == nil {
			return s, nil
		}
		if !f.Away || i == len(p.servers)-1 && len(missed) == 0 {
			return nil, f
		}
		missed = append(missed, f.What)
	}
	return nil, away("start one of them, or correct directory.ldap.url", "no LDAP server answers: %s", strings.Join(missed, "; "))
}

// open connects to one server, protects the connection and binds.
func (p *plan) open(ctx context.Context, e endpoint, config *tls.Config, password string) (*session, *Fault) {
	dialing, cancel := context.WithTimeout(ctx, p.o.Timeout)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(dialing, "tcp", e.address)
	if err != nil {
		return nil, dialFault(e, err)
	}
	m := &meter{Conn: raw, timeout: p.o.Timeout}
	m.refill()
	config = config.Clone()
	config.ServerName = e.host
	var wire net.Conn = m
	if e.tls {
		t := tls.Client(m, config)
		if err := t.HandshakeContext(dialing); err != nil {
			raw.Close()
			return nil, tlsFault(e, err)
		}
		wire = t
	}
	s := &session{plan: p, at: e, conn: goldap.NewConn(wire, e.tls), meter: m}
	s.conn.SetTimeout(p.o.Timeout)
	s.conn.Start()
	// Closing the socket is what ends a question that waits.
	s.stop = context.AfterFunc(ctx, func() { raw.Close() })
	if f := s.begin(raw, config, password); f != nil {
		s.close()
		return nil, f
	}
	return s, nil
}

// begin does StartTLS where it is due, and binds.
func (s *session) begin(raw net.Conn, config *tls.Config, password string) *Fault {
	if !s.at.tls && (s.o.StartTLS == TLSAlways || s.o.StartTLS == TLSAuto && !s.at.local) {
		// The library's handshake knows no time-out of its own.
		_ = raw.SetDeadline(time.Now().Add(s.o.Timeout))
		if err := s.conn.StartTLS(config); err != nil {
			return tlsFault(s.at, err)
		}
		_ = raw.SetDeadline(time.Time{})
	}
	if s.o.BindDN == "" {
		return nil
	}
	s.meter.refill()
	if err := s.conn.Bind(s.o.BindDN, password); err != nil {
		return s.askFault(s.at, err)
	}
	return nil
}

func (s *session) close() {
	s.stop()
	_ = s.conn.Close()
}

// password reads the password file. An empty password would be an
// unauthenticated bind (RFC 4513 §5.1.2), which many servers answer with
// success and then with nothing.
func (p *plan) password() (string, error) {
	if p.o.BindDN == "" {
		return "", nil
	}
	data, err := readSmall(p.o.PasswordFile, maxPassword)
	if err != nil {
		return "", faultf("make it readable for the user that runs kith (chgrp kith, chmod 640)", "directory.ldap.password_file: %v", err)
	}
	word := strings.TrimRight(string(data), "\r\n")
	if word == "" || strings.ContainsAny(word, "\r\n\x00") {
		return "", faultf("write the password on its only line", "directory.ldap.password_file: %s is empty or has several lines", p.o.PasswordFile)
	}
	return word, nil
}

func (p *plan) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.o.CAFile == "" {
		return c, nil
	}
	data, err := readSmall(p.o.CAFile, maxCA)
	if err != nil {
		return nil, faultf("make it readable for the user that runs kith", "directory.ldap.ca_file: %v", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(data) {
		hint := "no certificate in PEM form is in it"
		if bytes.Contains(data, []byte("PRIVATE KEY")) {
			hint = "it holds a key and no certificate"
		}
		return nil, faultf("give the certificate of the CA, beginning with -----BEGIN CERTIFICATE-----", "directory.ldap.ca_file: %s: %s", p.o.CAFile, hint)
	}
	return c, nil
}

// readSmall reads a whole file that must not be large.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data, err
}

// meter bounds what one answer may cost: bytes read since the last refill, and
// time to write a question. The library reads whole packets into memory, so the
// bound must be below it.
type meter struct {
	net.Conn
	timeout time.Duration
	left    atomic.Int64
}

var errTooMuch = errors.New("the answer is too large")

func (m *meter) refill()     { m.left.Store(answerBytes) }
func (m *meter) spent() bool { return m.left.Load() <= 0 }

func (m *meter) Read(b []byte) (int, error) {
	if m.spent() {
		return 0, errTooMuch
	}
	n, err := m.Conn.Read(b)
	m.left.Add(-int64(n))
	return n, err
}

func (m *meter) Write(b []byte) (int, error) {
	if err := m.SetWriteDeadline(time.Now().Add(m.timeout)); err != nil {
		return 0, err
	}
	return m.Conn.Write(b)
}
