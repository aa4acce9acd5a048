package directory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// csvKeys are the columns of a CSV list. Several values stand in one cell,
// parted by semicolons.
var csvKeys = append([]string{"kind", "network"}, entryKeys...)

// readCSV reads a list in CSV (RFC 4180) with a header row. The columns may
// stand in any order; "address" must be there. An empty kind is a person. The
// comma, the semicolon and the tab are understood as separators, as the header
// row has them; a byte order mark is skipped.
func readCSV(name string, data []byte) ([]row, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.ReuseRecord = true
	r.TrimLeadingSpace = r.Comma != '\t'
	header, err := r.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%s:1: the header row is missing; begin with address,name", name)
	}
	if err != nil {
		return nil, csvError(name, err)
	}
	columns, err := csvColumns(header)
	if err != nil {
		return nil, fmt.Errorf("%s:1: %w", name, err)
	}
	var rows []row
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, csvError(name, err)
		}
		line, _ := r.FieldPos(0)
		if len(rows) >= maxEntries {
			return nil, fmt.Errorf("%s:%d: more than %d entries", name, line, maxEntries)
		}
		entry, err := csvRow(columns, cells)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		entry.line = line
		rows = append(rows, entry)
	}
}

// separator is the one of comma, semicolon and tab that the first line has most.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte{'\n'})
	best, most := ',', bytes.Count(first, []byte{','})
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(first, []byte{byte(c)}); n > most {
			best, most = c, n
		}
	}
	return best
}

func csvColumns(header []string) ([]string, error) {
	columns := make([]string, len(header))
	for i, h := range header {
		c := strings.ToLower(strings.TrimSpace(h))
		if !contains(csvKeys, c) {
			return nil, fmt.Errorf("unknown column %q; %s", c, hint(c, csvKeys))
		}
		if contains(columns[:i], c) {
			return nil, fmt.Errorf("column %q stands twice", c)
		}
		columns[i] = c
	}
	if !contains(columns, "address") {
		return nil, errors.New("the column \"address\" is missing")
	}
	return columns, nil
}

func csvRow(columns, cells []string) (row, error) {
	r := row{}
	kind := "person"
	for i, c := range columns {
		if c == "kind" && strings.TrimSpace(cells[i]) != "" {
			kind = strings.ToLower(strings.TrimSpace(cells[i]))
		}
	}
	if !contains(known, kind) {
		return r, fmt.Errorf("unknown kind %q; %s", kind, hint(kind, known))
	}
	r.entry.Kind, r.sender = kindOf(kind)
	allowed := entryKeys
	if r.sender {
		allowed = senderKeys
	}
	for i, c := range columns {
		cell := strings.TrimSpace(cells[i])
		if c == "kind" || cell == "" {
			continue
		}
		if !contains(allowed, c) {
			return r, fmt.Errorf("a %s has no %s; leave the cell empty", kind, c)
		}
		values := []string{strings.Clone(cell)}
		if c == "names" || c == "aliases" || c == "roles" || c == "network" {
			values = csvValues(cell)
		}
		if err := r.set(c, values); err != nil {
			return r, err
		}
	}
	return r, nil
}

// csvValues parts a cell at its semicolons; empty parts are nothing.
func csvValues(cell string) []string {
	var values []string
	for v := range strings.SplitSeq(cell, ";") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, strings.Clone(v))
		}
	}
	return values
}

func csvError(name string, err error) error {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s:%d: %w", name, pe.Line, pe.Err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
