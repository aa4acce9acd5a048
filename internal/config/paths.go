package config

import (
	"path/filepath"
	"strings"
)

// Paths are the places on disk once all defaults are settled.
type Paths struct {
	Store    string // what the store is opened by: Database, or the URL of a server
	Password string // file with the server's password; "" = none
	Database string // the file, or where it would be: the files of this node lie beside it
	SiteKey  string // made at the first start, mode 0600; its contents are never in the configuration
	Spool    string // folder
}

// Places settles where things lie. getenv is os.Getenv and uid os.Getuid() in
// the program. systemd's STATE_DIRECTORY comes first, for it is the folder
// that the unit was allowed to write; then /var/lib/kith for system users;
// then the person's own state folder (XDG base directory specification). The
// error is an *Error.
func (c *Config) Places(getenv func(string) string, uid int) (Paths, error) {
	db := c.Store.Path
	if db == "" {
		dir := stateDir(getenv, uid)
		if dir == "" {
			return Paths{}, &Error{What: "store.path is empty and there is no home folder to put the database in", Mend: "set store.path, or XDG_STATE_HOME in the environment"}
		}
		db = filepath.Join(dir, "kith.db")
	}
	p := Paths{Store: db, Database: db, Password: c.Store.PasswordFile, SiteKey: c.Store.SiteKey, Spool: c.Spool.Dir}
	if c.Store.URL != "" {
		p.Store = c.Store.URL
	}
	if p.SiteKey == "" {
		p.SiteKey = filepath.Join(filepath.Dir(db), "site.key")
	}
	if p.Spool == "" {
		p.Spool = filepath.Join(filepath.Dir(db), "spool")
	}
	return p, nil
}

// firstPersonUID is where Debian, Fedora and systemd begin to number people.
const firstPersonUID = 1000

func stateDir(getenv func(string) string, uid int) string {
	// STATE_DIRECTORY may list several folders, divided by colons; ours is the first.
	if d, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), ":"); filepath.IsAbs(d) {
		return d
	}
	if uid < firstPersonUID {
		return "/var/lib/kith"
	}
	if d := getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "kith")
	}
	if d := getenv("HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, ".local", "state", "kith")
	}
	return ""
}
