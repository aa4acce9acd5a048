package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// DefaultPath is where the packaged program looks for its file.
const DefaultPath = "/etc/kith/kith.toml"

// maxFile bounds the file; a real one has a few kilobytes.
const maxFile = 1 << 20

// Load reads and checks the file at path. What the file does not say has its
// default. Every error is an *Error.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, openFault(path, err)
	}
	if len(data) > maxFile {
		return nil, &Error{path, "the file is larger than 1 MB", "give the configuration file of kith, not a mail or a mailbox"}
	}
	return Parse(path, data)
}

// Parse is Load for text that is already read; name stands in the errors.
func Parse(name string, data []byte) (*Config, error) {
	ix := newIndex(name, data)
	if ix.fault != nil {
		return nil, ix.fault
	}
	c := Default()
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return nil, decodeFault(name, err)
	}
	if err := c.check(ix); err != nil {
		return nil, err
	}
	return c, nil
}

// Check checks a configuration that was not read from a file, such as one that
// the demo has put together. The error is an *Error.
func (c *Config) Check() error {
	return c.check(&index{name: "configuration", lines: map[string]int{}})
}

func openFault(path string, err error) error {
	e := &Error{Where: path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.What, e.Mend = "there is no such file", "give another with --config, or copy etc/kith.toml there"
	case errors.Is(err, fs.ErrPermission):
		e.What, e.Mend = "this user may not read it", "run as the user kith (sudo -u kith …), or chgrp kith and chmod 640 the file"
	default:
		e.What, e.Mend = "it cannot be read: "+cause(err), "give a plain file with --config"
	}
	return e
}

// cause drops the path that os puts into its errors, for it is said already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// decodeFault turns an error of the TOML reader into one line. Unknown keys
// and wrong forms were found before; what is left is broken syntax, a key
// given twice, or a value that its type does not take.
func decodeFault(name string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		err = &strict.Errors[0]
	}
	var d *toml.DecodeError
	if !errors.As(err, &d) {
		return &Error{name, oneLine(err.Error()), "see docs/config.md for the form of each key"}
	}
	line, _ := d.Position()
	what, mend, told := strings.Cut(strings.TrimPrefix(oneLine(d.Error()), "toml: "), "; ")
	if !told {
		mend = "see docs/config.md for the form of each key; texts stand in quotes"
	}
	if key := strings.Join(d.Key(), "."); key != "" && !strings.Contains(what, key) {
		what = key + ": " + what
	}
	return &Error{fmt.Sprintf("%s:%d", name, line), what, mend}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
