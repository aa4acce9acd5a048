package directory

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kith/internal/kith"
)

// Bounds of a list. They stand well above a million employees; what is beyond
// them is a wrong file, and reading on would only cost memory.
const (
	maxTOMLBytes = 64 << 20
	maxCSVBytes  = 512 << 20
	maxEntries   = 2_000_000
	maxValues    = 100 // names, aliases, roles or networks of one entry
	maxValue     = 1000
)

// row is one entry as read, before the own domains are known to it.
type row struct {
	line   int
	sender bool
	entry  Entry
	nets   []string // of a sender
}

// Load reads a list of people and boxes and returns the snapshot. A name that
// ends in ".csv" is read as CSV with a header row, any other as TOML. Errors
// are one line that names the file, the line and the mend; nothing is loaded by
// halves.
func Load(path string, opt Options) (*Directory, error) {
	name := filepath.Base(path)
	asCSV := strings.EqualFold(filepath.Ext(path), ".csv")
	limit := int64(maxTOMLBytes)
	if asCSV {
		limit = maxCSVBytes
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("list of people: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("list of people: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: larger than %d MiB; split it, or use CSV", name, limit>>20)
	}
	read := readTOML
	if asCSV {
		read = readCSV
	}
	rows, err := read(name, data)
	if err != nil {
		return nil, err
	}
	return build(name, rows, opt)
}

// New returns a snapshot of entries that do not come from a file. Addresses are
// normalised here; an entry with KindCatchAll and an address without local part
// ("@corp.test") stands for every unlisted address of its domain.
func New(opt Options, entries []Entry, senders []Sender) (*Directory, error) {
	rows := make([]row, 0, len(entries)+len(senders))
	for i, e := range entries {
		rows = append(rows, row{line: i + 1, entry: e})
	}
	for i, s := range senders {
		r := row{line: len(entries) + i + 1, sender: true, entry: Entry{Address: s.Address, Name: s.Name}}
		for _, n := range s.Networks {
			r.nets = append(r.nets, n.String())
		}
		rows = append(rows, r)
	}
	return build("entries", rows, opt)
}

// known names the tables of TOML and the values of the CSV column "kind".
var known = []string{"person", "shared", "list", "device", "catch-all", "sender"}

// kindOf returns the kind behind a name of known; a sender has none.
func kindOf(word string) (kind kith.RcptKind, sender bool) {
	if word == "sender" {
		return kith.KindDevice, true
	}
	return kith.RcptKind(word), false
}

// keys names the keys of an entry and of a sender.
var (
	entryKeys  = []string{"address", "name", "names", "aliases", "roles", "manager", "lang"}
	senderKeys = []string{"address", "name", "network"}
)

// set writes a value to the field that a key names. The key is known to be one
// of entryKeys or senderKeys. many tells whether the value may be a list.
func (r *row) set(key string, values []string) error {
	one := func(to *string) error {
		if len(values) != 1 {
			return fmt.Errorf("%s is one text, not a list", key)
		}
		if *to != "" {
			return fmt.Errorf("%s stands twice in one entry", key)
		}
		*to = values[0]
		return nil
	}
	list := func(to *[]string) error {
		if *to != nil {
			return fmt.Errorf("%s stands twice in one entry", key)
		}
		if len(values) > maxValues {
			return fmt.Errorf("%s has %d values, at most %d are read", key, len(values), maxValues)
		}
		*to = values
		return nil
	}
	for _, v := range values {
		if len(v) > maxValue {
			return fmt.Errorf("%s is longer than %d bytes", key, maxValue)
		}
		if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return fmt.Errorf("%s has a control character in it", key)
		}
	}
	switch key {
	case "address":
		return one(&r.entry.Address)
	case "name":
		return one(&r.entry.Name)
	case "manager":
		return one(&r.entry.Manager)
	case "lang":
		return one(&r.entry.Lang)
	case "names":
		return list(&r.entry.Names)
	case "aliases":
		return list(&r.entry.Aliases)
	case "roles":
		return list(&r.entry.Roles)
	default:
		return list(&r.nets)
	}
}

// nearest returns the known word that is at most three edits from word, or "".
func nearest(word string, words []string) string {
	best, at := "", 4
	for _, k := range words {
		if n := distance(strings.ToLower(word), k); n < at && n < len(k) {
			best, at = k, n
		}
	}
	return best
}

// hint ends an error about an unknown word.
func hint(word string, words []string) string {
	if n := nearest(word, words); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return "known are " + strings.Join(words, ", ")
}

// distance is the Levenshtein distance of two short words; long ones are cut.
func distance(a, b string) int {
	const long = 64
	a, b = a[:min(len(a), long)], b[:min(len(b), long)]
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		diag := prev[0]
		prev[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = prev[j+1]
			prev[j+1] = min(cost, prev[j+1]+1, prev[j]+1)
		}
	}
	return prev[len(b)]
}
