package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"kith/internal/directory"
	"kith/internal/kith"
)

const maxOrg = 64 << 20 // bytes of org.json

// orgFile is a set's org.json.
type orgFile struct {
	Domains   []string `json:"domains"`
	Employees []struct {
		Address string   `json:"address"`
		Names   []string `json:"names"`
		Aliases []string `json:"aliases"`
		Roles   []string `json:"roles"`
	} `json:"employees"`
	Directory [][]string `json:"directory"` // the rest of the house: address, name
}

// readOrg reads org.json; nil when the set has none.
func readOrg(path string) (*orgFile, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: make it readable", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxOrg+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; fetch the set again", path, err)
	}
	if len(data) > maxOrg {
		return nil, fmt.Errorf("%s: larger than %d MiB; it is no list of people", path, maxOrg>>20)
	}
	o := new(orgFile)
	if err := json.Unmarshal(data, o); err != nil {
		return nil, fmt.Errorf("%s: %w; fetch the set again", path, err)
	}
	if len(o.Domains) == 0 {
		return nil, fmt.Errorf("%s: it names no domains; add \"domains\"", path)
	}
	return o, nil
}

// directory makes the list of people that a site would have. Addresses that the
// set gives to nobody of its own domains, or to two, are left out: a set is a
// picture of real houses, which have such slips. Who stands in the rest of the
// house without a name is left to be seen.
func (s *Set) directory(opt directory.Options) (*directory.Directory, error) {
	if s.org == nil {
		opt.Domains = s.ours
		return directory.New(opt, nil, nil)
	}
	opt.Domains = s.org.Domains
	bare, err := directory.New(opt, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("org.json of %s: %w", s.name, err)
	}
	taken := map[string]bool{}
	free := func(addr string) bool {
		a := bare.Normalize(addr)
		at := strings.LastIndexByte(a, '@')
		if at < 0 || !bare.IsOurs(a[at+1:]) || taken[a] {
			return false
		}
		taken[a] = true
		return true
	}
	var entries []directory.Entry
	for _, e := range s.org.Employees {
		if !free(e.Address) {
			continue
		}
		p := directory.Entry{Address: e.Address, Roles: e.Roles, Kind: kith.KindPerson}
		if len(e.Names) > 0 {
			p.Name, p.Names = e.Names[0], e.Names[1:]
		}
		entries = append(entries, p)
	}
	for i, at := 0, 0; i < len(s.org.Employees) && at < len(entries); i++ { // main addresses go first
		e := s.org.Employees[i]
		if e.Address != entries[at].Address {
			continue
		}
		for _, a := range e.Aliases {
			if free(a) {
				entries[at].Aliases = append(entries[at].Aliases, a)
			}
		}
		at++
	}
	for _, r := range s.org.Directory {
		if len(r) == 2 && strings.TrimSpace(r[1]) != "" && free(r[0]) {
			entries = append(entries, directory.Entry{Address: r[0], Name: r[1], Kind: kith.KindPerson})
		}
	}
	d, err := directory.New(opt, entries, nil)
	if err != nil {
		return nil, fmt.Errorf("org.json of %s: %w", s.name, err)
	}
	return d, nil
}
