package learn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// ErrLogin says that the server knows the user or the password otherwise. Trying
// again, or other accounts with the same master password, would be of no use and
// may have the address blocked.
var ErrLogin = errors.New("the server refused the login: check the user name and the password")

// errLost says that the server is gone and did not come back.
var errLost = errors.New("the connection was lost and could not be made again: run the same command later, it goes on where it was")

// account is one login to an IMAP server.
type account struct {
	address
	where    string // the source, for people
	opt      *Options
	password string
	client   *imapclient.Client // nil = not connected
	conn     *watched
}

// do runs commands under the watchdog.
func (a *account) do(ctx context.Context, f func(*imapclient.Client) error) error {
	if a.client == nil {
		return net.ErrClosed
	}
	return a.conn.guard(ctx, a.opt.Patience, func() error { return f(a.client) })
}

// connect dials, makes the line safe and signs in.
func (a *account) connect(ctx context.Context) error {
	if a.password == "" {
		if a.opt.Password == nil {
			return fmt.Errorf("%s: %w", a.where, errNoPassword)
		}
		var err error
		if a.password, err = a.opt.Password(); err != nil {
			return fmt.Errorf("%s: %w", a.where, err)
		}
	}
	a.drop()
	if err := a.dialUp(ctx); err != nil {
		return a.plainDial(ctx, err)
	}
	err := a.do(ctx, func(c *imapclient.Client) error { return c.Login(a.login, a.password).Wait() })
	if err == nil {
		return nil
	}
	a.drop()
	var said *imap.Error
	if !errors.As(err, &said) {
		return fmt.Errorf("%s: while signing in: %w", a.where, err)
	}
	switch said.Code {
	case "", imap.ResponseCodeAuthenticationFailed, imap.ResponseCodeAuthorizationFailed, imap.ResponseCodeExpired:
		return fmt.Errorf("%s: %w (it said %q)", a.where, ErrLogin, said.Text)
	case imap.ResponseCodePrivacyRequired:
		return fmt.Errorf("%s: the server wants TLS: use imaps://", a.where)
	}
	return fmt.Errorf("%s: the server cannot sign in anybody now, try again later (it said %q)", a.where, said.Text)
}

// dialUp connects and waits for the greeting; the line is safe then, or local.
func (a *account) dialUp(ctx context.Context) error {
	d := net.Dialer{Timeout: min(a.opt.Patience, 30*time.Second)}
	raw, err := d.DialContext(ctx, "tcp", a.dial)
	if err != nil {
		return err
	}
	a.conn = &watched{Conn: raw}
	base := a.opt.TLS
	if base == nil {
		base = &tls.Config{}
	}
	config := base.Clone()
	if config.ServerName == "" {
		config.ServerName = a.host
	}
	err = a.conn.guard(ctx, a.opt.Patience, func() error {
		switch {
		case a.implicit:
			config.NextProtos = []string{"imap"}
			line := tls.Client(a.conn, config)
			if err := line.HandshakeContext(ctx); err != nil {
				return err
			}
			a.client = imapclient.New(line, nil)
		case a.opt.Plain || a.local() && a.opt.TLS == nil:
			a.client = imapclient.New(a.conn, nil)
		default:
			c, err := imapclient.NewStartTLS(a.conn, &imapclient.Options{TLSConfig: config})
			if err != nil {
				return err
			}
			a.client = c
		}
		return a.client.WaitGreeting()
	})
	if err != nil {
		raw.Close()
		a.drop()
	}
	return err
}

// plainDial says why there is no connection, and what to do.
func (a *account) plainDial(ctx context.Context, err error) error {
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var said *imap.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &unknown), errors.As(err, &cert):
		return fmt.Errorf("%s: the server's certificate is not trusted: %w: use the name in the certificate, or give the file of its authority", a.where, err)
	case errors.As(err, &said) && !a.implicit:
		return fmt.Errorf("%s: the server does not offer TLS here (it said %q): use imaps://, or allow a plain connection if nobody can listen", a.where, said.Text)
	case errors.Is(err, errSilent):
		return fmt.Errorf("%s: %w: is %s an IMAP port, and is imap:// or imaps:// right for it?", a.where, err, a.dial)
	}
	return fmt.Errorf("%s: no connection to %s: %w: check host, port and firewall", a.where, a.dial, err)
}

// drop closes the connection without a word.
func (a *account) drop() {
	if a.client != nil {
		a.client.Close()
	}
	a.client, a.conn = nil, nil
}

// close signs off.
func (a *account) close() error {
	if a.client != nil {
		// Politeness only: a server that does not answer is left all the same.
		a.conn.guard(context.Background(), 3*time.Second, func() error { return a.client.Logout().Wait() })
	}
	a.drop()
	return nil
}
