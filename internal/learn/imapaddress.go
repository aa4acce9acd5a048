package learn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// address is where an IMAP account is, as given to Open.
type address struct {
	host     string // name or address, without the port
	dial     string // host:port
	login    string
	implicit bool   // TLS from the first byte
	folder   string // "" = all
}

// isIMAP reports whether a source is an IMAP account.
func isIMAP(source string) bool {
	s := strings.ToLower(source)
	return strings.HasPrefix(s, "imap://") || strings.HasPrefix(s, "imaps://")
}

// parseAddress reads imap://user@host[:port]/[folder]. An "@" in the user may
// stand as it is.
func parseAddress(source string) (a address, err error) {
	u, err := url.Parse(source)
	if err != nil {
		// The error of url.Parse quotes all of it, a password too.
		return a, errors.New("the address cannot be read: write imap://user@host/ or imaps://user@host/")
	}
	if _, has := u.User.Password(); has {
		return a, fmt.Errorf("%s://%s@%s: no password in the address, where all on this machine can see it: put it into a file", u.Scheme, u.User.Username(), u.Host)
	}
	a.host, a.login = u.Hostname(), u.User.Username()
	a.implicit = strings.EqualFold(u.Scheme, "imaps")
	if a.host == "" || a.login == "" {
		return a, fmt.Errorf("%s: user or host is missing: write imap://user@host/", source)
	}
	port := u.Port()
	if port == "" {
		port = "143"
		if a.implicit {
			port = "993"
		}
	}
	a.dial = net.JoinHostPort(a.host, port)
	a.folder = strings.Trim(u.Path, "/")
	return a, nil
}

// local reports whether the server is on this machine, so that nobody can listen.
func (a address) local() bool {
	if strings.EqualFold(a.host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(a.host)
	return err == nil && ip.IsLoopback()
}

// Accounts makes of a source for a master user ("imap://*kith@host/") the sources
// of all owners ("imap://ann@corp.example*kith@host/"), so that one administrator
// can learn everybody's mail. Any other source is returned alone, as it is.
func Accounts(source string, owners []string) []string {
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok || !isIMAP(source) || !strings.HasPrefix(rest, "*") && !strings.HasPrefix(rest, "%2A") && !strings.HasPrefix(rest, "%2a") {
		return []string{source}
	}
	all := make([]string, len(owners))
	for i, o := range owners {
		// An "@" may stand as it is, and is easier to read.
		all[i] = scheme + "://" + strings.ReplaceAll(url.User(o).String(), "%40", "@") + rest
	}
	return all
}
