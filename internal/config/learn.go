package config

import "time"

// Learn says what is learned and how long what was learned from is remembered.
type Learn struct {
	Enabled    bool   `toml:"enabled" doc:"Learn from the mail that passes what is normal for every employee and every author, and judge by it. What is learned are counts under keyed hashes, no texts."`
	Zone       string `toml:"zone" doc:"Time zone in which days and hours are cut, as Europe/Berlin. When empty: the zone of this machine."`
	SentCopies string `toml:"sent_copies" doc:"Address to which the MTA sends a copy of each mail that one of us sends (Postfix: sender_bcc_maps), so that kith learns to whom people write where it does not stand on the submission port. The copies are delivered on like any mail: give them a mailbox that empties itself."`
	KeepDays   int    `toml:"keep_days" doc:"Days for which it is remembered which mail taught what. As long as it is, it can be taken back exactly; later it can only fade."`
}

// Location returns the time zone. Check has seen that it exists.
func (l Learn) Location() *time.Location {
	if l.Zone == "" {
		return time.Local
	}
	loc, err := time.LoadLocation(l.Zone)
	if err != nil {
		return time.Local
	}
	return loc
}
