package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"kith/internal/config"
	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/plain"
	"kith/internal/serve"
)

// site is the running organisation: kith between a played mail server and a
// played mail store.
type site struct {
	dir    string // everything lies below it
	own    bool   // the folder is ours to remove
	people *directory.Directory
	names  *nameServer
	store  *mailStore
	kith   *serve.App
	conf   *config.Config
	log    *os.File
}

// configPath is the configuration file of the demo's kith.
func (s *site) configPath() string { return filepath.Join(s.dir, "kith.toml") }

// openSite makes the folder and starts everything but the mail. On an error
// nothing is left running.
func openSite(ctx context.Context, o Options, key string) (_ *site, err error) {
	s := &site{}
	if s.dir, s.own, err = folder(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close(ctx, true)
		}
	}()
	if s.people, err = s.writePeople(); err != nil {
		return nil, err
	}
	if s.names, err = startNameServer(records(key)); err != nil {
		return nil, err
	}
	if s.store, err = startMailStore(filepath.Join(s.dir, "Maildir"), s.people); err != nil {
		return nil, err
	}
	if s.log, err = os.Create(filepath.Join(s.dir, "kith.log")); err != nil {
		return nil, err
	}
	return s, s.writeConfig()
}

// folder makes the demo's folder, or takes the one that is given if it is empty.
func folder(given string) (dir string, own bool, err error) {
	if given == "" {
		dir, err = os.MkdirTemp("", "kith-demo-")
		return dir, true, err
	}
	if dir, err = filepath.Abs(given); err != nil {
		return "", false, err
	}
	if err = os.MkdirAll(dir, 0o700); err != nil {
		return "", false, err
	}
	list, err := os.ReadDir(dir)
	if err == nil && len(list) > 0 {
		err = fmt.Errorf("demo: %s %w: name a new one, the demo keeps its mail and its store there", dir, ErrFolder)
	}
	return dir, false, err
}

func (s *site) writePeople() (*directory.Directory, error) {
	path := filepath.Join(s.dir, "people.toml")
	if err := os.WriteFile(path, peopleFile, 0o600); err != nil {
		return nil, err
	}
	return directory.Load(path, directory.Options{Domains: []string{ourDomain}, Delimiter: "+"})
}

// subject finds the employee of whom is told what was learned: the one who was
// asked for, else one who speaks the language.
func (s *site) subject(o Options) (directory.Entry, error) {
	address := o.About
	if address == "" {
		address = speakers[o.Lang]
	}
	if !strings.Contains(address, "@") {
		address += "@" + ourDomain
	}
	e := s.people.Lookup(address)
	if e.Kind != kith.KindPerson {
		return e, fmt.Errorf("demo: --about %s: %w: name one of the twelve, like oliver.marsh", plain.Safe(o.About, 100), ErrNobody)
	}
	return e, nil
}

// speakers are those of whom is told what was learned, by language.
var speakers = map[string]string{"": "oliver.marsh", "en": "oliver.marsh", "de": "paul.vogt", "ja": "haruto.mori", "ko": "seoyeon.kim"}

// configText is the configuration of the demo's kith.
const configText = `# The configuration of kith demo. Everything listens on this machine only.

# Verdicts are carried out: harmful mail is filed in the folder Junk, and every
# mail gets a few fields by kith on top. Nothing else of a mail is changed.
mode = "enforce"

[org]
name = "Gartenklang"
domains = [%q]

[directory]
file = %q

[store]
path = %q

[lmtp]
listen = "127.0.0.1:%s"
next = %q

[milter]
submission_listen = "127.0.0.1:%s"

# Before kith came, another filter wrote down who vouches for a mail. Its fields
# stand in the mail of the months before and are believed.
[border]
authserv_id = %q
trusted_authserv = [%q]

# The name server of the demo, which knows the made-up senders and nobody else.
[auth]
resolver = %q

[learn]
zone = %q

[policy]
ceiling = "junk"

[web]
listen = "127.0.0.1:%s"
`

// writeConfig writes the configuration and reads it as kith serve does.
func (s *site) writeConfig() error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	text := fmt.Sprintf(configText, ourDomain, filepath.Join(s.dir, "people.toml"), filepath.Join(s.dir, "state", "kith.db"), ports[0], s.store.addr,
		ports[1], ourMX, frontServer, s.names.addr, hamburg, ports[2])
	if err := os.WriteFile(s.configPath(), []byte(text), 0o600); err != nil {
		return err
	}
	s.conf, err = config.Load(s.configPath())
	return err
}

// startKith starts kith. A port that was free a moment ago can be taken; then
// others are tried.
func (s *site) startKith(ctx context.Context, version string) error {
	for tries := 0; ; tries++ {
		places, err := s.conf.Places(os.Getenv, os.Getuid())
		if err != nil {
			return err
		}
		s.kith, err = serve.Start(ctx, serve.Options{Config: s.conf, ConfigPath: s.configPath(), Paths: places, Version: version,
			Log: slog.New(slog.NewTextHandler(s.log, nil))})
		var taken serve.NetworkError
		if !errors.As(err, &taken) || tries == 2 {
			return err
		}
		if err := s.writeConfig(); err != nil {
			return err
		}
	}
}

// freePorts asks the system for ports of loopback that nobody uses.
func freePorts(n int) (ports []string, err error) {
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close()
		ports = append(ports, strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
	}
	return ports, nil
}

// close stops everything and removes a folder of our own, unless it is to be
// looked at.
func (s *site) close(ctx context.Context, remove bool) error {
	var errs []error
	if s.kith != nil {
		errs = append(errs, s.kith.Stop(ctx))
	}
	if s.store != nil {
		s.store.stop()
	}
	if s.names != nil {
		s.names.stop()
	}
	if s.log != nil {
		s.log.Close()
	}
	if s.own && remove {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}
