package demo

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/d--j/go-milter"
	"github.com/emersion/go-smtp"

	"kith/internal/seat/smtpwire"
)

// mta plays what stands before kith: the mail server of the organisation. It
// shows mail of its own people to the submission milter, and hands what is for
// its own people on by LMTP, telling who the client was (XFORWARD), as Postfix
// does with lmtp_send_xforward_command.
type mta struct {
	lmtp    string // address of kith's LMTP seat
	milter  string // address of kith's submission milter
	queued  int
	lmtpNow *smtp.Client
	wire    *smtpwire.Forward
}

// sent is what the MTA knows of a letter when it is done with it.
type sent struct {
	letter
	queueID string
	inside  bool   // handed on by LMTP; else it left for somebody else's server
	want    []byte // the bytes that each copy must have, kith's own fields apart
	replies map[string]*smtp.SMTPError
	took    time.Duration // from the final dot to the last reply
}

// send carries one letter. The error is one of the connection; a refusal is a
// reply.
func (m *mta) send(l letter) (*sent, error) {
	m.queued++
	s := &sent{letter: l, queueID: fmt.Sprintf("4Gk%05dzdemo", m.queued)}
	client := clientOf(l.scene)
	raw := l.raw
	if l.login != "" {
		var err error
		if raw, err = m.submit(s, client); err != nil {
			return nil, fmt.Errorf("submission milter: %w", err)
		}
	}
	if s.inside = domainOf(l.rcpts()[0]) == ourDomain; !s.inside {
		return s, nil // the rest of its way is through other people's servers
	}
	trace := received(l.scene, client, s.queueID, time.Now())
	s.want = append([]byte(trace), l.clean...)
	if err := m.deliver(s, client, append([]byte(trace), raw...)); err != nil {
		return nil, fmt.Errorf("LMTP seat: %w", err)
	}
	return s, nil
}

// clientOf is the SMTP client that the MTA sees.
func clientOf(s *scene) smtpwire.Attrs {
	a := smtpwire.Attrs{Given: smtpwire.AttrName | smtpwire.AttrAddr | smtpwire.AttrProto | smtpwire.AttrHelo | smtpwire.AttrIdent | smtpwire.AttrSource,
		Proto: "ESMTP", Source: "REMOTE"}
	switch {
	case s.login != "":
		a.Name, a.Helo, a.Addr = "office.hamburg."+ourDomain, "[10.20.0.31]", netip.MustParseAddr(office)
	case s.via == "scanner":
		a.Name, a.Helo, a.Addr = "scanner.hamburg."+ourDomain, "scanner", netip.MustParseAddr("10.20.0.15")
	default:
		h := hostOf(s.via)
		a.Name, a.Helo, a.Addr = h.helo, h.helo, netip.MustParseAddr(h.addr)
	}
	return a
}

// received is the field by which the MTA marks what it took (RFC 5321 section
// 4.4), in Postfix's form.
func received(s *scene, c smtpwire.Attrs, id string, at time.Time) string {
	proto := "ESMTPS"
	if s.login != "" {
		proto = "ESMTPSA" // RFC 3848
	}
	return fmt.Sprintf("Received: from %s (%s [%s])\r\n\tby %s (Postfix) with %s id %s;\r\n\t%s\r\n",
		c.Helo, c.Name, c.Addr, ourMX, proto, id, at.Format(time.RFC1123Z))
}

// submit shows a letter to the submission milter and returns it with the
// changes that the milter asked for.
func (m *mta) submit(s *sent, client smtpwire.Attrs) ([]byte, error) {
	macros := milter.NewMacroBag()
	for name, value := range map[milter.MacroName]string{
		milter.MacroMTAFQDN: ourMX, milter.MacroDaemonName: "submission", milter.MacroQueueId: s.queueID,
		milter.MacroAuthType: "PLAIN", milter.MacroAuthAuthen: s.login,
	} {
		macros.Set(name, value)
	}
	network := func(stage milter.MacroStage, names ...milter.MacroName) milter.Option {
		return milter.WithMacroRequest(stage, names)
	}
	c, err := milter.NewClient("tcp", m.milter, milter.WithAction(milter.AllClientSupportedActionMasks),
		network(milter.StageMail, milter.MacroQueueId, milter.MacroAuthType, milter.MacroAuthAuthen),
	).Session(macros)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := m.show(c, s, client); err != nil {
		return nil, err
	}
	changes, answer, err := c.End()
	if err != nil {
		return nil, err
	}
	if answer.Type != milter.ActionAccept && answer.Type != milter.ActionContinue {
		return nil, fmt.Errorf("answered %d %s", answer.SMTPCode, answer.SMTPReply)
	}
	return apply(s.raw, changes)
}

// show goes through the events of one message.
func (m *mta) show(c *milter.ClientSession, s *sent, client smtpwire.Attrs) error {
	head, body, _ := bytes.Cut(s.raw, []byte("\r\n\r\n"))
	said := func(_ *milter.Action, err error) error { return err }
	steps := []func() error{
		func() error { return said(c.Conn(client.Name, milter.FamilyInet, 50587, client.Addr.String())) },
		func() error { return said(c.Helo(client.Helo)) },
		func() error { return said(c.Mail(s.reversePath(), "")) },
	}
	for _, to := range s.rcpts() {
		steps = append(steps, func() error { return said(c.Rcpt(to, "")) })
	}
	steps = append(steps, func() error { return said(c.DataStart()) })
	for _, f := range unfolded(string(head)) {
		name, value, _ := strings.Cut(f, ":")
		steps = append(steps, func() error { return said(c.HeaderField(name, value, nil)) })
	}
	steps = append(steps, func() error { return said(c.HeaderEnd()) })
	for len(body) > 0 {
		n := min(len(body), 65000)
		chunk := body[:n]
		body = body[n:]
		steps = append(steps, func() error { return said(c.BodyChunk(chunk)) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// unfolded parts a header into fields; a field keeps its folds, as LF.
func unfolded(head string) (fields []string) {
	for line := range strings.SplitSeq(head, "\r\n") {
		if n := len(fields); n > 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			fields[n-1] += "\n" + line
			continue
		}
		fields = append(fields, line)
	}
	return fields
}

// apply does what a milter asked for. kith asks for fields on top, and for
// nothing else in mail that pretends nothing.
func apply(raw []byte, changes []milter.ModifyAction) ([]byte, error) {
	for _, c := range changes {
		if c.Type != milter.ActionInsertHeader || c.HeaderIndex > 1 {
			return nil, fmt.Errorf("asked for a change of type %d", c.Type)
		}
		f := c.HeaderName + ": " + strings.ReplaceAll(strings.TrimSpace(c.HeaderValue), "\n", "\r\n") + "\r\n"
		raw = append([]byte(f), raw...)
	}
	return raw, nil
}

// deliver hands bytes to kith's LMTP seat and notes its replies.
func (m *mta) deliver(s *sent, client smtpwire.Attrs, raw []byte) error {
	if err := m.connect(); err != nil {
		return err
	}
	client.Ident = s.queueID
	if ok, err := m.wire.XForward(m.lmtpNow, client); err != nil || !ok {
		return errors.Join(errors.New("XFORWARD was not taken"), err)
	}
	if err := m.lmtpNow.Mail(s.reversePath(), nil); err != nil {
		return err
	}
	for _, to := range s.rcpts() {
		if err := m.lmtpNow.Rcpt(to, nil); err != nil {
			return fmt.Errorf("%s: %w", to, err)
		}
	}
	w, err := m.lmtpNow.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	start := time.Now()
	said, err := w.CloseWithLMTPResponse()
	s.took = time.Since(start)
	s.replies = make(map[string]*smtp.SMTPError)
	for to, r := range said {
		s.replies[to] = &smtp.SMTPError{Code: 250, Message: r.StatusText}
	}
	var refused smtp.LMTPDataError
	if errors.As(err, &refused) {
		for to, r := range refused {
			s.replies[to] = r
		}
		return nil
	}
	return err
}

// connect keeps one connection, as an MTA does under load.
func (m *mta) connect() error {
	if m.lmtpNow != nil {
		return nil
	}
	conn, err := net.DialTimeout("tcp", m.lmtp, 10*time.Second)
	if err != nil {
		return err
	}
	m.wire = smtpwire.NewForward(conn)
	m.wire.LMTP = true
	c := smtp.NewClientLMTP(m.wire)
	if err := c.Hello(ourMX); err != nil {
		c.Close()
		return err
	}
	m.lmtpNow = c
	return nil
}

func (m *mta) close() {
	if m.lmtpNow != nil {
		m.lmtpNow.Quit()
	}
}
