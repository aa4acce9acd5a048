// Package serve puts the program together: it makes the rooms out of a
// configuration, opens the doors, and keeps the seats running until it is told
// to stop. It is the only place that knows all rooms, and it is wired by hand,
// so that one reading shows what depends on what.
package serve

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"kith/internal/border"
	"kith/internal/config"
	"kith/internal/detect"
	"kith/internal/judge"
	"kith/internal/mailauth"
	"kith/internal/pipeline"
	"kith/internal/policy"
	"kith/internal/resolve"
)

// Core is the part of a pipeline's options that comes from the configuration
// alone: what kith serve, kith judge and the child of the poison rule share.
func Core(c *config.Config, people *People, log *slog.Logger) (pipeline.Options, error) {
	j, err := judge.Default(detect.Classes())
	if err != nil {
		return pipeline.Options{}, err
	}
	verifier, err := authenticator(c)
	if err != nil {
		return pipeline.Options{}, err
	}
	return pipeline.Options{
		Limits: c.Limits.Mail(), Deadline: c.Deadline.Duration, Mode: c.Mode, Verifier: verifier,
		Directory: people.Directory, Border: trust(c), Judge: j,
		Policy:     policy.Policy{Mode: c.Mode, Ceiling: c.Policy.Ceiling.Action},
		AuthServID: AuthServID(c), Log: log, SentCopies: c.Learn.SentCopies,
	}, nil
}

// trust says which hosts are ours.
func trust(c *config.Config) *border.Trust {
	t := new(border.Trust)
	for _, r := range c.Border.Relays {
		if r.Name != "" {
			t.Hosts = append(t.Hosts, r.Name)
		} else {
			t.Relays = append(t.Relays, r.Prefix)
		}
	}
	return t
}

func authenticator(c *config.Config) (*mailauth.Verifier, error) {
	o := mailauth.Options{
		Deadline: c.Auth.Deadline.Duration, MaxSignatures: c.Auth.MaxSignatures, Off: !c.Auth.Enabled,
		TrustedAuthServ: c.Border.TrustedAuthServ, TrustedSealers: c.Auth.TrustedSealers,
	}
	if c.Auth.Enabled {
		r, err := resolve.New(resolve.Options{Servers: serverList(c.Auth.Resolver)})
		if err != nil {
			return nil, &config.Error{What: fmt.Sprintf("auth.resolver: %v", err)}
		}
		o.Resolver = r
	}
	return mailauth.New(o), nil
}

func serverList(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// AuthServID is our name in Authentication-Results fields.
func AuthServID(c *config.Config) string {
	if c.Border.AuthServID != "" {
		return c.Border.AuthServID
	}
	return Hostname()
}

// Hostname is this machine's name as seats say it.
func Hostname() string {
	h, err := os.Hostname()
	if err != nil || h == "" {
		return "localhost"
	}
	return strings.ToLower(h)
}

// Logger writes what the configuration asks for to standard error.
func Logger(c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}
