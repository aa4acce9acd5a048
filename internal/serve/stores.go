package serve

import (
	"path/filepath"
	"strings"

	"kith/internal/config"
	"kith/internal/store"
)

// OpenStore opens the store of a configuration: a file, or a PostgreSQL database
// in which this machine is one node among others.
func OpenStore(p config.Paths, o store.Options) (*store.Store, error) {
	o.PasswordFile, o.Lock = p.Password, filepath.Join(filepath.Dir(p.Database), "node.lock")
	return store.Open(p.Store, o)
}

// OpenRows opens the habits that belong to it.
func OpenRows(p config.Paths, readOnly bool) (*store.Habits, error) {
	return store.OpenHabits(store.HabitsPath(p.Store), store.Options{ReadOnly: readOnly, PasswordFile: p.Password})
}

// storeName is how the store is called for people. Whoever wrote a password into
// the URL does not read it here.
func storeName(p config.Paths) string {
	if !store.Remote(p.Store) {
		return p.Store
	}
	scheme, rest, _ := strings.Cut(p.Store, "://")
	who, host, ok := strings.Cut(rest, "@")
	if !ok {
		return p.Store
	}
	name, _, _ := strings.Cut(who, ":")
	return scheme + "://" + name + "@" + host
}
