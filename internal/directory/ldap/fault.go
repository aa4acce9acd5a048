package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	goldap "github.com/go-ldap/ldap/v3"
)

// Fault is why there is no answer, told in one line.
type Fault struct {
	What string // naming the server or the key of the configuration
	Mend string
	// Away tells that the server could not be spoken to at all; the next may be.
	Away bool

	code uint16 // result code of the server, 0 = none
}

func (f *Fault) Error() string { return f.What + "; " + f.Mend }

func faultf(mend, format string, args ...any) *Fault {
	return &Fault{What: oneLine(fmt.Sprintf(format, args...)), Mend: mend}
}

func away(mend, format string, args ...any) *Fault {
	f := faultf(mend, format, args...)
	f.Away = true
	return f
}

// oneLine keeps what a server says from breaking lines or filling pages.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	const long = 600
	if len(s) > long {
		s = strings.ToValidUTF8(s[:long], "") + "…"
	}
	return s
}

// dialFault tells why no connection came about.
func dialFault(e endpoint, err error) *Fault {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return away("correct directory.ldap.url or the DNS", "%s: DNS knows no such host", e.name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return away("start the LDAP server, or correct the port in directory.ldap.url", "%s: nobody listens at %s", e.name, e.address)
	case errors.Is(err, context.Canceled):
		return away("ask again", "%s: the question was given up", e.name)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return away("look whether a firewall stands between, and whether the server is up", "%s: no answer from %s in time", e.name, e.address)
	}
	return away("look at the network between here and there", "%s: no connection: %v", e.name, err)
}

// tlsFault tells why no protected connection came about. StartTLS hands its
// cause on as text only, so the words of crypto/x509 are looked for as well.
func tlsFault(e endpoint, err error) *Fault {
	var record tls.RecordHeaderError
	says := func(words string) bool { return strings.Contains(err.Error(), words) }
	switch {
	case errors.As(err, new(x509.UnknownAuthorityError)), says("signed by unknown authority"):
		return faultf("name the file of its CA in directory.ldap.ca_file (PEM)", "%s: its certificate is signed by nobody whom this machine knows", e.name)
	case errors.As(err, new(x509.HostnameError)), says("certificate is valid for"), says("doesn't contain any IP SANs"), says("not valid for any names"):
		return faultf("write one of its names into directory.ldap.url, or give the server a certificate for "+e.host, "%s: its certificate is for other names (%s)", e.name, certificateNames(err))
	case says("has expired or is not yet valid"):
		return faultf("renew it, or set this machine's clock", "%s: its certificate has expired or is not valid yet", e.name)
	case errors.As(err, &record), says("does not look like a TLS handshake"):
		return faultf("write ldap:// for StartTLS, or the port of ldaps (636)", "%s: what answers at %s does not speak TLS", e.name, e.address)
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultProtocolError, goldap.LDAPResultUnavailable, goldap.LDAPResultUnwillingToPerform, goldap.LDAPResultOperationsError):
		return faultf("give the server a certificate, or use ldaps://; starttls = \"never\" only where nobody can listen in", "%s: the server refuses StartTLS (%s)", e.name, serverSays(err))
	case errors.Is(err, context.DeadlineExceeded), says("timed out"), says("i/o timeout"):
		return away("look at the server's log", "%s: no TLS handshake in time", e.name)
	}
	return away("look at the server's log; for ldaps:// the port is 636, for StartTLS 389", "%s: no TLS: %v", e.name, err)
}

func certificateNames(err error) string {
	_, text, found := strings.Cut(err.Error(), "x509: ")
	if !found {
		return "see the certificate"
	}
	return strings.TrimSuffix(text, ")")
}

// askFault tells why the server refused to bind or to search.
func (p *plan) askFault(e endpoint, err error) *Fault {
	f := p.refusal(e, err)
	var answer *goldap.Error
	if errors.As(err, &answer) {
		f.code = answer.ResultCode
	}
	return f
}

func (p *plan) refusal(e endpoint, err error) *Fault {
	says := serverSays(err)
	is := func(codes ...uint16) bool { return goldap.IsErrorAnyOf(err, codes...) }
	switch {
	case is(goldap.LDAPResultInvalidCredentials):
		return faultf(credentialMend(says, p.o.PasswordFile), "%s: the server does not take bind_dn %q with its password (%s)", e.name, p.o.BindDN, says)
	case is(goldap.LDAPResultStrongAuthRequired, goldap.LDAPResultConfidentialityRequired):
		return faultf("use ldaps://, or set starttls = \"always\"", "%s: the server wants a protected connection (%s)", e.name, says)
	case is(goldap.LDAPResultNoSuchObject, goldap.LDAPResultInvalidDNSyntax):
		return faultf("correct directory.ldap.base_dn, or let bind_dn read it", "%s: the server has no %q for %s", e.name, p.o.BaseDN, p.who())
	case is(goldap.LDAPResultReferral):
		return faultf("write that server into directory.ldap.url: kith follows no referral", "%s: %q lies on another server (%s)", e.name, p.o.BaseDN, says)
	case is(goldap.LDAPResultInsufficientAccessRights, goldap.LDAPResultInappropriateAuthentication, goldap.LDAPResultUnwillingToPerform, goldap.LDAPResultAuthorizationDenied),
		is(goldap.LDAPResultOperationsError) && p.o.BindDN == "":
		return faultf("give bind_dn and password_file of an account that may read the people", "%s: %s may not search (%s)", e.name, p.who(), says)
	case is(goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultAdminLimitExceeded):
		return faultf("raise the server's limit for bind_dn (OpenLDAP: olcLimits … size.prtotal=unlimited size.hard=unlimited), or narrow base_dn and filter", "%s: the server hands out only a part (%s)", e.name, says)
	case is(goldap.LDAPResultTimeLimitExceeded), is(goldap.ErrorNetwork) && strings.Contains(err.Error(), "timed out"):
		return faultf("look at its load and its log, and index the attributes of directory.ldap.filter there", "%s: the server took longer than %s to answer one question", e.name, p.o.Timeout)
	case is(goldap.LDAPResultBusy, goldap.LDAPResultUnavailable):
		return away("wait; kith asks again", "%s: the server is busy or going down (%s)", e.name, says)
	}
	return away("look at the server's log", "%s: the connection broke or the server failed: %s", e.name, says)
}

// who names the asker.
func (p *plan) who() string {
	if p.o.BindDN == "" {
		return "anonymous (no bind_dn)"
	}
	return p.o.BindDN
}

// credentialMend reads the codes that Active Directory hides in its text.
func credentialMend(says, file string) string {
	for code, mend := range map[string]string{
		"data 525": "Active Directory knows no such account: correct bind_dn",
		"data 530": "the account may not sign in at this time: change its logon hours",
		"data 531": "the account may not sign in from here: change its workstations",
		"data 532": "the account's password has expired: set a new one that does not expire",
		"data 533": "the account is disabled: enable it",
		"data 701": "the account has expired: extend it",
		"data 773": "the account must change its password first: set one without that demand",
		"data 775": "the account is locked: unlock it",
	} {
		if strings.Contains(says, code) {
			return mend
		}
	}
	return "correct directory.ldap.bind_dn or the password in " + file
}

// serverSays is the result code in words and the server's own text.
func serverSays(err error) string {
	var e *goldap.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := goldap.LDAPResultCodeMap[e.ResultCode]
	if e.Err != nil && e.Err.Error() != "" {
		text += ": " + e.Err.Error()
	}
	return strings.TrimSpace(strings.TrimRight(text, "\x00"))
}
