package config

import (
	"time"

	"kith/internal/kith"
	"kith/internal/mail"
)

// Default returns the configuration of an empty file. It listens nowhere but
// for metrics on loopback, and changes no mail.
func Default() *Config {
	return &Config{
		Mode:      kith.Shadow,
		Language:  "en",
		Deadline:  Duration{15 * time.Second},
		Org:       Org{RecipientDelimiter: "+"},
		Directory: Directory{LDAP: LDAP{StartTLS: "auto", Every: Duration{15 * time.Minute}, Timeout: Duration{10 * time.Second}}},
		Store:     Store{RetentionDays: 90, LedgerDays: 7},
		Learn:     Learn{Enabled: true, KeepDays: 90},
		Spool:     Spool{Memory: 1 << 20, MaxMessage: 50 << 20, MaxTotal: 2 << 30},
		LMTP:      LMTP{SocketMode: 0o660, MaxConnections: 100, OneAtATime: true},
		SMTP:      SMTP{SocketMode: 0o660, MaxConnections: 100},
		Milter:    Milter{SocketMode: 0o660, Judges: "alone", MaxConnections: 200},
		Auth:      Auth{Enabled: true, Deadline: Duration{5 * time.Second}, MaxSignatures: 8},
		Limits:    limitsOf(mail.DefaultLimits()),
		Policy:    Policy{WarningsPer1000: 2, Ceiling: Action{kith.ActHold}},
		Web:       Web{Listen: Address{Network: "tcp", Addr: "127.0.0.1:8099"}},
		Log:       Log{Level: "info", Format: "text"},
	}
}

func limitsOf(l mail.Limits) Limits {
	return Limits{
		HeaderBytes: Size(l.HeaderBytes), Fields: l.Fields, Depth: l.Depth, Parts: l.Parts, Addresses: l.Addresses,
		TextBytes: Size(l.TextBytes), Links: l.Links, AttachBytes: Size(l.AttachBytes),
		ArchiveDepth: l.ArchiveDepth, ArchiveEntries: l.ArchiveEntries, ArchiveBytes: Size(l.ArchiveBytes),
	}
}

// Mail returns the limits in the form in which the mail room takes them.
func (l Limits) Mail() mail.Limits {
	return mail.Limits{
		HeaderBytes: int(l.HeaderBytes), Fields: l.Fields, Depth: l.Depth, Parts: l.Parts, Addresses: l.Addresses,
		TextBytes: int(l.TextBytes), Links: l.Links, AttachBytes: int64(l.AttachBytes),
		ArchiveDepth: l.ArchiveDepth, ArchiveEntries: l.ArchiveEntries, ArchiveBytes: int64(l.ArchiveBytes),
	}
}

// FailMode returns what happens to mail when the store is gone: the
// configured word, else open in shadow and defer in enforce (design: a filter
// that only watches must not hold mail up; one that protects must not let mail
// slip by).
func (c *Config) FailMode() FailMode {
	switch {
	case c.Fail != FailByMode:
		return c.Fail
	case c.Mode == kith.Enforce:
		return FailDefer
	}
	return FailOpen
}
