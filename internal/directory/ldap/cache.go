package ldap

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"kith/internal/directory"
	"kith/internal/kith"
)

// The cache file is a line of JSON about the snapshot and then a line for each
// entry, so that a million entries are written and read without standing in
// memory twice.
const (
	cacheForm  = "kith ldap snapshot 1"
	cacheLine  = 8 << 20 // bytes of one line: an entry has at most maxValues values of a few fields
	cacheBytes = 4 << 30
)

// cacheHead is the first line.
type cacheHead struct {
	Form    string    `json:"form"`
	Source  string    `json:"source"`
	At      time.Time `json:"at"`
	Entries int       `json:"entries"`
}

// cacheEntry is one entry in short.
type cacheEntry struct {
	Address string        `json:"a"`
	Kind    kith.RcptKind `json:"k"`
	Name    string        `json:"n,omitempty"`
	Names   []string      `json:"ns,omitempty"`
	Aliases []string      `json:"as,omitempty"`
	Roles   []string      `json:"r,omitempty"`
	Manager string        `json:"m,omitempty"`
	Lang    string        `json:"l,omitempty"`
}

// writeCache replaces the file at path: written beside it, brought to the disk,
// then renamed, so that a crash leaves the old one or the new one. The file is
// for its owner alone (0600).
func writeCache(path string, s Snapshot, source string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err = enc.Encode(cacheHead{cacheForm, source, s.At, len(s.Entries)}); err != nil {
		return err
	}
	for _, e := range s.Entries {
		c := cacheEntry{e.Address, e.Kind, e.Name, e.Names, e.Aliases, e.Roles, e.Manager, e.Lang}
		if err = enc.Encode(c); err != nil {
			return err
		}
	}
	if err = errors.Join(w.Flush(), f.Sync()); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if dir, openErr := os.Open(filepath.Dir(path)); openErr == nil {
		err = dir.Sync()
		dir.Close()
	}
	return err
}

// loadCache reads a snapshot of the same source. A file of another source, or
// one that is broken, is an error: half a list is worse than none, since who is
// missing from it is a stranger.
func loadCache(path, source string) (Snapshot, error) {
	f, err := os.Open(path)
	if err != nil {
		return Snapshot{}, err
	}
	defer f.Close()
	s, of, err := readCache(f)
	if err == nil && of != source {
		err = errors.New("it is of another server, base_dn or filter")
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func readCache(r io.Reader) (Snapshot, string, error) {
	lines := bufio.NewScanner(io.LimitReader(r, cacheBytes))
	lines.Buffer(nil, cacheLine)
	var head cacheHead
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Form != cacheForm || head.Entries < 0 || head.Entries > maxEntries {
		return Snapshot{}, "", errors.New("it is no snapshot of LDAP")
	}
	s := Snapshot{At: head.At, Cached: true}
	for lines.Scan() {
		var c cacheEntry
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil || len(s.Entries) >= head.Entries || !c.sound() {
			return Snapshot{}, "", fmt.Errorf("its line %d is broken", len(s.Entries)+2)
		}
		s.Entries = append(s.Entries, directory.Entry{Address: c.Address, Kind: c.Kind, Name: c.Name, Names: c.Names,
			Aliases: c.Aliases, Roles: c.Roles, Manager: c.Manager, Lang: c.Lang})
	}
	if err := lines.Err(); err != nil {
		return Snapshot{}, "", err
	}
	if len(s.Entries) != head.Entries {
		return Snapshot{}, "", fmt.Errorf("it has %d of %d entries", len(s.Entries), head.Entries)
	}
	return s, head.Source, nil
}

// sound reports whether an entry is one that a fetch could have made.
func (c cacheEntry) sound() bool {
	kinds := []kith.RcptKind{kith.KindPerson, kith.KindShared, kith.KindList, kith.KindDevice}
	return slices.Contains(kinds, c.Kind) && (c.Lang == "" || language(c.Lang) == c.Lang)
}
