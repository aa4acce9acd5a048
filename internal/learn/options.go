package learn

import (
	"crypto/tls"
	"time"
)

// Options say how a source is read. The zero value is usable.
type Options struct {
	// Owner is whose mail it is; "" = found in the path or the login.
	Owner string
	// Domain completes a login or a directory name that has none: ann →
	// ann@Domain.
	Domain string
	// Roles gives folders a role by name, which wins over every other sign. The
	// name is the whole of Item.Folder or Item.Key, or its last level; case does
	// not count.
	Roles map[string]Role
	// Also lists roles to be read that are skipped otherwise (Junk, Trash, Drafts).
	Also []Role
	// Resume holds Item.Position by Item.Key. Folders that are not in it are read
	// from the beginning.
	Resume map[string]string
	// MaxMessage bounds the bytes of a message; larger ones are skipped and
	// counted. 0 = 64 MB.
	MaxMessage int64
	// Report is told of each fault that was passed over. nil = nobody. It is
	// called from Open, Count and Run, on their goroutine.
	Report func(where string, err error)
	// Now is the clock; nil = time.Now.
	Now func() time.Time

	// Password answers for the password of an IMAP account. It is asked once, when
	// a connection is first made. See PasswordFile and PasswordEnv.
	Password func() (string, error)
	// TLS is the base of the TLS settings for IMAP (further roots, for example).
	// When it is nil, imap:// to this machine goes without TLS.
	TLS *tls.Config
	// Plain allows a password without TLS to a host that is not this machine.
	Plain bool
	// Patience is how long the IMAP server may be silent while it owes an answer;
	// 0 = 90 s.
	Patience time.Duration
}

const (
	defaultMaxMessage = 64 << 20
	defaultPatience   = 90 * time.Second
)

func (o Options) withDefaults() Options {
	if o.MaxMessage <= 0 {
		o.MaxMessage = defaultMaxMessage
	}
	if o.Report == nil {
		o.Report = func(string, error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	return o
}
