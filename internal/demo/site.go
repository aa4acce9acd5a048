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

	"kith/internal/config"
	"kith/internal/directory"
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
	// A port that was free a moment ago can be taken; then others are tried.
	for range 3 {
		var taken serve.NetworkError
		if err = s.startKith(ctx, o.Version); !errors.As(err, &taken) {
			break
		}
	}
	return s, err
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

// startKith writes the configuration, reads it as kith serve does, and starts.
func (s *site) startKith(ctx context.Context, version string) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`# The configuration of kith demo. Everything listens on this machine only.

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

[border]
authserv_id = %q

# The name server of the demo, which knows the made-up senders and nobody else.
[auth]
resolver = %q

[policy]
ceiling = "junk"

[web]
listen = "127.0.0.1:%s"
`, ourDomain, filepath.Join(s.dir, "people.toml"), filepath.Join(s.dir, "state", "kith.db"), ports[0], s.store.addr, ports[1], ourMX, s.names.addr, ports[2])
	if err := os.WriteFile(s.configPath(), []byte(text), 0o600); err != nil {
		return err
	}
	if s.conf, err = config.Load(s.configPath()); err != nil {
		return err
	}
	places, err := s.conf.Places(os.Getenv, os.Getuid())
	if err != nil {
		return err
	}
	s.kith, err = serve.Start(ctx, serve.Options{Config: s.conf, ConfigPath: s.configPath(), Paths: places, Version: version,
		Log: slog.New(slog.NewTextHandler(s.log, nil))})
	return err
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
