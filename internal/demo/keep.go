package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// kept counts what was put into mailboxes.
type kept struct{ mails, copies, boxes int }

// keepHistory files the history as a mail store would have kept it: what came in
// INBOX or Junk, what was sent in Sent.
func (m *mailStore) keepHistory(mails []bygone) (kept, error) {
	k := kept{mails: len(mails)}
	made := make(map[string]bool)
	for i := range mails {
		x := &mails[i]
		if x.login != "" {
			if err := m.keep(made, x.login, ".Sent", i, x.at, x.clean); err != nil {
				return k, err
			}
			k.copies++
		}
		for _, to := range x.rcpts() {
			if domainOf(to) != ourDomain {
				continue
			}
			folder := ""
			if x.junk {
				folder = ".Junk"
			}
			head := "Return-Path: <" + x.reversePath() + ">\r\nDelivered-To: " + to + "\r\n" + x.checked() + receivedOnce(x.scene, i, x.at)
			if err := m.keep(made, to, folder, i, x.at, append([]byte(head), x.clean...)); err != nil {
				return k, err
			}
			k.copies++
		}
	}
	boxes, err := os.ReadDir(m.root)
	k.boxes = len(boxes)
	return k, err
}

// keep writes one file of a Maildir, marked as read.
func (m *mailStore) keep(made map[string]bool, box, folder string, i int, at time.Time, raw []byte) error {
	dir := filepath.Join(m.boxOf(box), folder)
	if !made[dir] {
		for _, sub := range []string{"tmp", "new", "cur"} {
			if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
				return err
			}
		}
		made[dir] = true
	}
	name := fmt.Sprintf("%d.%05d.gartenklang:2,S", at.Unix(), i)
	return os.WriteFile(filepath.Join(dir, "cur", name), raw, 0o600)
}

// receivedOnce is the field by which the MTA marked a mail of the history. It
// names who signed in (Postfix's smtpd_sasl_authenticated_header), so that a mail
// from a colleague is known as his.
func receivedOnce(s *scene, i int, at time.Time) string {
	f := received(s, clientOf(s), fmt.Sprintf("4Gh%05dzpast", i), at.In(location(hamburg)))
	if s.login != "" {
		f = strings.Replace(f, "\r\n\tby ", "\r\n\t(Authenticated sender: "+s.login+")\r\n\tby ", 1)
	}
	return f
}

// checked is the field in which the filter that stood before kith wrote down who
// vouches for the mail (RFC 8601); "" for what our own people and machines sent.
func (s *scene) checked() string {
	if s.login != "" || s.via == "scanner" {
		return ""
	}
	author, envelope := domainOf(s.from.Address), "smtp.mailfrom="+s.reversePath()
	sender := hostOf(domainOf(s.reversePath()))
	if s.reversePath() == "" {
		sender, envelope = hostOf(s.via), "smtp.helo="+hostOf(s.via).helo
	}
	spf, dkim, dmarc := "none", "dkim=none", "none"
	if sender != nil {
		spf = "fail"
		if sender.addr == hostOf(s.via).addr {
			spf = "pass"
		}
	}
	if d := s.signer(); d != "" {
		dkim = "dkim=pass header.d=" + d + " header.s=" + selector
	}
	if h := hostOf(author); h != nil && h.dmarc != "" {
		dmarc = "fail"
		if s.signer() == author || spf == "pass" && sender.domain == author {
			dmarc = "pass"
		}
		dmarc += " (p=" + h.dmarc + ")"
	}
	return "Authentication-Results: " + frontServer + ";\r\n\tspf=" + spf + " " + envelope + ";\r\n\t" + dkim + ";\r\n\tdmarc=" + dmarc + " header.from=" + author + "\r\n"
}
