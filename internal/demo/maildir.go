package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"kith/internal/directory"
	"kith/internal/kith"
)

// mailStore plays what stands behind kith: an LMTP server that files mail in
// Maildirs and, by the field X-Kith-Folder, in the folder Junk, as a Sieve
// rule of a real mail store would.
type mailStore struct {
	root  string // one Maildir for each mailbox below it
	dir   *directory.Directory
	addr  string
	srv   *smtp.Server
	count atomic.Int64 // files written, for their names
}

func startMailStore(root string, dir *directory.Directory) (*mailStore, error) {
	m := &mailStore{root: root, dir: dir}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("demo: mail store: %w", err)
	}
	m.addr = ln.Addr().String()
	m.srv = smtp.NewServer(m)
	m.srv.LMTP, m.srv.Domain, m.srv.EnableSMTPUTF8 = true, "store."+ourDomain, true
	m.srv.MaxLineLength = 1 << 16
	m.srv.ReadTimeout, m.srv.WriteTimeout = time.Minute, time.Minute
	m.srv.ErrorLog = log.New(io.Discard, "", 0)
	go m.srv.Serve(ln)
	return m, nil
}

func (m *mailStore) stop() { m.srv.Close() }

// NewSession implements smtp.Backend.
func (m *mailStore) NewSession(*smtp.Conn) (smtp.Session, error) { return &storing{store: m}, nil }

// storing is one connection.
type storing struct {
	store *mailStore
	from  string
	to    []string
}

// Mail begins a transaction.
func (s *storing) Mail(from string, _ *smtp.MailOptions) error {
	s.from, s.to = from, nil
	return nil
}

// Rcpt takes the people and boxes of the directory.
func (s *storing) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch s.store.dir.Lookup(to).Kind {
	case kith.KindPerson, kith.KindShared:
		s.to = append(s.to, to)
		return nil
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
}

// Data is not called in LMTP.
func (s *storing) Data(io.Reader) error { return errors.New("this server speaks LMTP") }

// LMTPData files one copy for each recipient.
func (s *storing) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	for _, to := range s.to {
		if err := s.store.file(s.from, to, raw); err != nil {
			status.SetStatus(to, &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: err.Error()})
			continue
		}
		status.SetStatus(to, nil)
	}
	return nil
}

// Reset ends a transaction.
func (s *storing) Reset() { s.from, s.to = "", nil }

// Logout ends a connection.
func (s *storing) Logout() error { return nil }

// boxOf is the folder of a mailbox, named by its address, so that whose mail it is
// can be read from the path.
func (m *mailStore) boxOf(addr string) string {
	return filepath.Join(m.root, m.dir.Normalize(addr))
}

// file writes one copy. Like every mail store it adds Return-Path and
// Delivered-To (RFC 5321 section 4.4) and changes nothing else.
func (m *mailStore) file(from, to string, raw []byte) error {
	folder := m.boxOf(to)
	if headerHas(raw, "X-Kith-Folder: Junk") {
		folder = filepath.Join(folder, ".Junk")
	}
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o700); err != nil {
			return err
		}
	}
	name := fmt.Sprintf("%d.%04d.gartenklang", time.Now().Unix(), m.count.Add(1))
	head := "Return-Path: <" + from + ">\r\nDelivered-To: " + to + "\r\n"
	tmp := filepath.Join(folder, "tmp", name)
	if err := os.WriteFile(tmp, append([]byte(head), raw...), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(folder, "new", name))
}

// headerHas reports whether the header has just this line.
func headerHas(raw []byte, want string) bool {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for line := range bytes.Lines(head) {
		if string(bytes.TrimRight(line, "\r\n")) == want {
			return true
		}
	}
	return false
}
