package directory

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlReader walks the expressions of a list. The file is flat (tables of texts
// and lists of texts), and every mistake must be told with its line, also one
// that shows only later, as an address that stands twice; so the walk is by
// hand and not into structs, which forget where they came from.
type tomlReader struct {
	name string
	data []byte
	p    unstable.Parser
	rows []row
	keys []string // keys of the open table, nil before the first one

	seen, line int // newlines are counted once, from seen on
}

// readTOML reads [[person]], [[shared]], [[list]], [[device]], [[catch-all]] and
// [[sender]] tables. It returns rows in file order, or an error of one line.
func readTOML(name string, data []byte) ([]row, error) {
	t := &tomlReader{name: name, data: data, line: 1}
	t.p.Reset(data)
	for t.p.NextExpression() {
		if err := t.expression(t.p.Expression()); err != nil {
			return nil, err
		}
	}
	if err := t.p.Error(); err != nil {
		var pe *unstable.ParserError
		if errors.As(err, &pe) {
			return nil, fmt.Errorf("%s:%d: %s", name, t.lineOf(pe.Highlight), pe.Message)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t.rows, nil
}

func (t *tomlReader) expression(n *unstable.Node) error {
	key := n.Key()
	if !key.Next() {
		return nil
	}
	first := key.Node()
	word, line := string(first.Data), t.lineAt(int(first.Raw.Offset))
	dotted := !key.IsLast()
	switch n.Kind {
	case unstable.ArrayTable:
		if dotted || !contains(known, word) {
			return t.errorf(line, "unknown table [[%s]]; %s", word, hint(word, known))
		}
		return t.open(word, line)
	case unstable.Table:
		if contains(known, word) {
			return t.errorf(line, "[%s] holds one entry only; write [[%s]]", word, word)
		}
		return t.errorf(line, "unknown table [%s]; %s", word, hint(word, known))
	case unstable.KeyValue:
		if t.keys == nil {
			return t.errorf(line, "key %q stands before the first [[person]]", word)
		}
		if dotted || !contains(t.keys, word) {
			return t.errorf(line, "unknown key %q; %s", word, hint(word, t.keys))
		}
		values, err := t.values(n.Value())
		if err == nil {
			err = t.rows[len(t.rows)-1].set(word, values)
		}
		if err != nil {
			return t.errorf(line, "%w", err)
		}
	}
	return nil
}

// open begins a new entry.
func (t *tomlReader) open(word string, line int) error {
	if len(t.rows) >= maxEntries {
		return t.errorf(line, "more than %d entries", maxEntries)
	}
	r := row{line: line}
	r.entry.Kind, r.sender = kindOf(word)
	t.keys = entryKeys
	if r.sender {
		t.keys = senderKeys
	}
	t.rows = append(t.rows, r)
	return nil
}

// values reads a text, or a list of texts.
func (t *tomlReader) values(n *unstable.Node) ([]string, error) {
	switch n.Kind {
	case unstable.String:
		return []string{string(n.Data)}, nil
	case unstable.Array:
		values := []string{}
		for it := n.Children(); it.Next(); {
			switch e := it.Node(); e.Kind {
			case unstable.Comment:
			case unstable.String:
				values = append(values, string(e.Data))
			default:
				return nil, fmt.Errorf("a list here holds texts in quotes only")
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("the value must be a text in quotes, or a list of them")
}

// lineOf returns the line of a part of the document. The parser hands out
// slices of it, so the capacity tells where they begin.
func (t *tomlReader) lineOf(part []byte) int {
	at := cap(t.data) - cap(part)
	if at < 0 || at > len(t.data) {
		return t.line
	}
	return t.lineAt(at)
}

// lineAt returns the line of an offset. Offsets mostly grow, so the file is
// counted through about once.
func (t *tomlReader) lineAt(offset int) int {
	offset = min(offset, len(t.data))
	if offset < t.seen {
		return 1 + bytes.Count(t.data[:offset], []byte{'\n'})
	}
	t.line += bytes.Count(t.data[t.seen:offset], []byte{'\n'})
	t.seen = offset
	return t.line
}

func (t *tomlReader) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{t.name, line}, args...)...)
}
