package milter

import (
	"fmt"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"

	gomilter "github.com/d--j/go-milter"

	"kith/internal/kith"
)

// session is one connection of the MTA: one SMTP client, any number of
// messages, one after the other. The library calls it from one goroutine.
type session struct {
	server       *Server
	listener     Role
	leadingSpace bool

	// Of the SMTP connection.
	client kith.Client
	tls    bool
	daemon string

	// Of the message.
	mailFrom string
	utf8     bool
	login    string
	rcpts    []string
	msg      message
	strip    stripList
	open     bool // between MAIL and the answer
}

var _ gomilter.Milter = (*session)(nil)

// NewConnection is also called when the MTA uses its connection again for
// another client (SMFIC_QUIT_NC).
func (s *session) NewConnection(gomilter.Modifier) error {
	s.endMessage("aborted")
	s.client, s.tls, s.daemon = kith.Client{}, false, ""
	return nil
}

// Connect notes the client as the MTA saw it. Postfix says "unknown" for a
// client without a verified name, Sendmail its address in brackets.
func (s *session) Connect(host, _ string, _ uint16, addr string, m gomilter.Modifier) (*gomilter.Response, error) {
	s.client = kith.Client{Name: verifiedName(host)}
	a, err := netip.ParseAddr(strings.Trim(addr, "[]"))
	if err != nil {
		a, _ = netip.ParseAddr(strings.Trim(m.Get("{client_addr}"), "[]"))
	}
	s.client.Addr = a.Unmap().WithZone("")
	s.daemon = m.Get("{daemon_name}")
	return gomilter.RespContinue, nil
}

func verifiedName(host string) string {
	if host == "unknown" || strings.HasPrefix(host, "[") {
		return ""
	}
	return host
}

func (s *session) Helo(name string, m gomilter.Modifier) (*gomilter.Response, error) {
	s.client.Helo = name
	s.tls = m.Get("{tls_version}") != ""
	return gomilter.RespContinue, nil
}

func (s *session) MailFrom(from, args string, m gomilter.Modifier) (*gomilter.Response, error) {
	s.endMessage("aborted")
	s.open = true
	s.mailFrom = from
	s.utf8 = hasParameter(args, "SMTPUTF8")
	s.login = m.Get("{auth_authen}")
	s.msg.reset(s.server, s.leadingSpace)
	return gomilter.RespContinue, nil
}

// hasParameter looks for a MAIL parameter without a value (RFC 5321 section
// 4.1.1.11); keywords are case-insensitive.
func hasParameter(args, keyword string) bool {
	return slices.ContainsFunc(strings.Fields(args), func(a string) bool { return strings.EqualFold(a, keyword) })
}

func (s *session) RcptTo(rcpt, _ string, _ gomilter.Modifier) (*gomilter.Response, error) {
	switch {
	case !s.open:
	case len(s.rcpts) < s.server.opt.MaxRcpts:
		s.rcpts = append(s.rcpts, rcpt)
	default:
		s.msg.fail(gapRcpts)
	}
	return gomilter.RespContinue, nil
}

func (s *session) Data(gomilter.Modifier) (*gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

func (s *session) Header(name, value string, _ gomilter.Modifier) (*gomilter.Response, error) {
	if s.open {
		s.strip.see(name, value, s.server.opt.AuthServID())
		s.msg.field(name, value)
	}
	return gomilter.RespContinue, nil
}

func (s *session) Headers(gomilter.Modifier) (*gomilter.Response, error) {
	if s.open {
		s.msg.endHeader()
	}
	return gomilter.RespContinue, nil
}

func (s *session) BodyChunk(chunk []byte, _ gomilter.Modifier) (*gomilter.Response, error) {
	if s.open {
		s.msg.body(chunk)
	}
	return gomilter.RespContinue, nil
}

// EndOfMessage is the one question that is answered. What breaks on the way
// breaks this message only: the library runs each connection unguarded.
func (s *session) EndOfMessage(m gomilter.Modifier) (reply *gomilter.Response, _ error) {
	if !s.open { // no MAIL before it: not an MTA that works
		return gomilter.RespTempFail, nil
	}
	defer func() {
		result := ""
		if p := recover(); p != nil {
			s.server.opt.Log.Error("milter: a message broke", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			reply, result = gomilter.RespTempFail, "deferred"
			if s.server.opt.OnFailure == Open {
				reply, result = gomilter.RespAccept, "unjudged"
			}
		}
		s.endMessage(result)
	}()
	s.msg.endHeader()
	return s.answer(m), nil
}

// Abort ends the message, not the connection. MTAs also send it after the end.
func (s *session) Abort(gomilter.Modifier) error {
	s.endMessage("aborted")
	return nil
}

func (s *session) Unknown(string, gomilter.Modifier) (*gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

// Cleanup is called when the connection is gone, also in the middle of a
// message.
func (s *session) Cleanup(gomilter.Modifier) { s.endMessage("aborted") }

// endMessage forgets the message; result counts one that had no answer.
func (s *session) endMessage(result string) {
	if !s.open {
		return
	}
	s.open = false
	if result != "" {
		s.server.count(s.role(), result, 0, s.msg.size)
	}
	s.msg.release()
	s.mailFrom, s.login, s.utf8 = "", "", false
	s.rcpts = nil // the envelope has them
	s.strip = stripList{}
}

// role is Submission for whoever signed in or came through a daemon named so.
func (s *session) role() Role {
	if s.login != "" || slices.Contains(s.server.opt.SubmissionDaemons, s.daemon) {
		return Submission
	}
	return s.listener
}

// envelope is what the protocol said; the queue id may come as late as now.
func (s *session) envelope(m gomilter.Modifier) *kith.Envelope {
	client := s.client
	client.Proto = protocolName(s.tls, s.login != "")
	return &kith.Envelope{
		ID:       s.server.opt.NewID(),
		Seat:     kith.SeatMilter,
		QueueID:  m.Get("i"),
		Arrived:  s.server.opt.Now(),
		MailFrom: s.mailFrom,
		Rcpts:    s.rcpts,
		Client:   client,
		Login:    s.login,
		UTF8:     s.utf8,
		Size:     s.msg.size,
	}
}

// protocolName is the "with" word of RFC 3848, as far as it can be told: a
// milter does not learn whether the client said HELO or EHLO, but TLS and a
// login need EHLO.
func protocolName(tls, login bool) string {
	switch {
	case tls && login:
		return "ESMTPSA"
	case tls:
		return "ESMTPS"
	case login:
		return "ESMTPA"
	}
	return ""
}
