package serve

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"kith/internal/config"
	"kith/internal/directory"
	"kith/internal/directory/ldap"
)

// People holds the directory that is in force; a reload swaps it. What was
// discovered stays. It is made of the list and of what LDAP said last; where both
// know an address, the list wins.
type People struct {
	found *directory.Discoverer // nil: nobody is discovered
	now   atomic.Pointer[directory.Directory]

	mu     sync.Mutex // one build at a time
	config *config.Config
	ldap   *ldap.Keeper // nil: LDAP is not asked
	stop   context.CancelFunc
}

// Directory returns the directory in force.
func (p *People) Directory() *directory.Directory { return p.now.Load() }

// LDAP returns what is asked of LDAP, or nil.
func (p *People) LDAP() *ldap.Keeper {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ldap
}

// load builds the directory that a configuration names, with what LDAP said last
// out of its cache. It asks no server. On an error the old one stays in force.
func (p *People) load(c *config.Config, log *slog.Logger) error {
	var keep *ldap.Keeper
	if c.Directory.LDAP.Set() {
		var err error
		if keep, err = p.keeper(c, log); err != nil {
			return &config.Error{What: err.Error()}
		}
	}
	d, err := people(c, p.found, keep)
	if err != nil {
		return &config.Error{What: err.Error()}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	p.config, p.ldap = c, keep
	p.now.Store(d)
	return nil
}

// people builds a directory.
func people(c *config.Config, found *directory.Discoverer, keep *ldap.Keeper) (*directory.Directory, error) {
	o := directory.Options{Domains: c.Org.Domains, AliasDomains: c.Org.AliasDomains, Delimiter: c.Org.RecipientDelimiter, Org: c.Org.Name, Discovered: found}
	listed, err := directory.New(o, nil, nil)
	if c.Directory.File != "" {
		listed, err = directory.Load(c.Directory.File, o)
	}
	if err != nil || keep == nil {
		return listed, err
	}
	return directory.New(o, ldap.Merge(listed.Entries(), keep.Snapshot().Entries), listed.Senders())
}

// LDAPOptions are those of a configuration.
func LDAPOptions(c *config.Config) ldap.Options {
	l := c.Directory.LDAP
	return ldap.Options{
		URL: l.URL, StartTLS: l.StartTLS, CAFile: l.CAFile, BindDN: l.BindDN, PasswordFile: l.PasswordFile, BaseDN: l.BaseDN, Filter: l.Filter,
		Attributes: l.Attributes, Roles: l.Roles, RoleGroups: l.RoleGroups, Kinds: l.Kinds,
		Domains: c.Org.Domains, AliasDomains: c.Org.AliasDomains, Timeout: l.Timeout.Duration,
	}
}

// keeper makes the keeper of LDAP's answers; its cache lies beside the database.
func (p *People) keeper(c *config.Config, log *slog.Logger) (*ldap.Keeper, error) {
	paths, err := c.Places(os.Getenv, os.Getuid())
	if err != nil {
		return nil, err
	}
	return ldap.NewKeeper(LDAPOptions(c), ldap.Care{
		Cache: filepath.Join(filepath.Dir(paths.Database), "ldap.cache"), Every: c.Directory.LDAP.Every.Duration, Log: log, Changed: p.changed,
	})
}

// changed builds anew when LDAP has something new to say.
func (p *People) changed(ldap.Snapshot) {
	go func() { // the keeper holds its lock while it tells
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.ldap == nil {
			return
		}
		if d, err := people(p.config, p.found, p.ldap); err == nil {
			p.now.Store(d)
		}
	}()
}

// firstLook is how long a start waits for LDAP when nothing of it is known yet.
const firstLook = 10 * time.Second

// follow begins to ask LDAP again and again. When nothing of it is known yet the
// start waits a moment for the first answer; without one it goes on with the list.
func (p *People) follow(ctx context.Context, log *slog.Logger) {
	p.mu.Lock()
	keep := p.ldap
	p.mu.Unlock()
	if keep == nil {
		return
	}
	if keep.Snapshot().At.IsZero() {
		first, cancel := context.WithTimeout(ctx, firstLook)
		err := keep.Refresh(first)
		cancel()
		if err != nil {
			log.Warn("LDAP does not answer yet: kith begins with the people that are listed, and asks again", "error", err)
		} else if d, err := people(p.config, p.found, keep); err == nil {
			p.now.Store(d)
		}
	}
	run, stop := context.WithCancel(context.Background())
	p.mu.Lock()
	p.stop = stop
	p.mu.Unlock()
	go keep.Run(run)
}

// close stops asking.
func (p *People) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// LoadPeople reads the directory of a configuration. found may be nil.
func LoadPeople(c *config.Config, found *directory.Discoverer) (*People, error) {
	p := &People{found: found}
	return p, p.load(c, slog.New(slog.DiscardHandler))
}
