package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// index knows on which line of the file each key stands, so that an error
// found later can point at it. Building it also finds the two commonest
// faults, a key that does not exist and a value of the wrong form, while the
// words of the file are still at hand.
type index struct {
	name  string // the file
	data  []byte
	known map[string]Key
	lines map[string]int // key → line, from 1
	fault *Error         // the first one
}

func newIndex(name string, data []byte) *index {
	ix := &index{name: name, data: data, known: map[string]Key{}, lines: map[string]int{}}
	for _, k := range Keys() {
		ix.known[k.Path] = k
	}
	var p unstable.Parser
	p.Reset(data)
	table := ""
	for p.NextExpression() && ix.fault == nil {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			path, line := ix.key(e)
			table = path + "."
			ix.table(path, line, e.Kind == unstable.ArrayTable)
		case unstable.KeyValue:
			ix.keyValue(table, e)
		}
	}
	return ix
}

// where points at a key, or at the file when the key is not written in it.
func (ix *index) where(path string) string {
	if line := ix.lines[path]; line > 0 {
		return fmt.Sprintf("%s:%d", ix.name, line)
	}
	return ix.name
}

// key returns the dotted path of an expression's key and its line.
func (ix *index) key(e *unstable.Node) (string, int) {
	var parts []string
	line := 0
	for it := e.Key(); it.Next(); {
		n := it.Node()
		if line == 0 {
			line = 1 + bytes.Count(ix.data[:n.Raw.Offset], []byte("\n"))
		}
		parts = append(parts, string(n.Data))
	}
	return strings.Join(parts, "."), line
}

func (ix *index) table(path string, line int, array bool) {
	ix.lines[path] = line
	k, ok := ix.known[path]
	switch {
	case !ok:
		ix.unknown(path, line, "table")
	case array:
		ix.fail(line, fmt.Sprintf("[[%s]] is a list of tables", path), fmt.Sprintf("write [%s] once", path))
	case !k.Table && k.form != formTable:
		ix.fail(line, fmt.Sprintf("%s is not a table", path), fmt.Sprintf("write %s = %s", path, k.Default))
	}
}

func (ix *index) keyValue(prefix string, e *unstable.Node) {
	rel, line := ix.key(e)
	path := prefix + rel
	ix.lines[path] = line
	if owner, _, ok := cutFree(ix.known, path); ok {
		// A free key, such as a domain in org.alias_domains: dots belong to it.
		if e.Value().Kind != unstable.String {
			ix.fail(line, fmt.Sprintf("%s wants texts", owner), "put the value in quotes")
		}
		return
	}
	k, ok := ix.known[path]
	if !ok {
		ix.unknown(path, line, "key")
		return
	}
	if k.Table {
		ix.inlineTable(k, e.Value(), line)
		return
	}
	if got := k.form.wrongForm(e.Value()); got != "" {
		ix.fail(line, fmt.Sprintf("%s is %s where %s is wanted", path, got, k.form), fmt.Sprintf("its default is %s", k.Default))
	}
}

func (ix *index) inlineTable(k Key, v *unstable.Node, line int) {
	if v.Kind != unstable.InlineTable {
		ix.fail(line, fmt.Sprintf("%s is a table, not a value", k.Path), fmt.Sprintf("write [%s] on a line of its own and its keys below", k.Path))
		return
	}
	for it := v.Children(); it.Next() && ix.fault == nil; {
		if it.Node().Kind == unstable.KeyValue {
			ix.keyValue(k.Path+".", it.Node())
		}
	}
}

// cutFree splits a path below a table with free keys into the two.
func cutFree(known map[string]Key, path string) (owner, free string, ok bool) {
	for i := range len(path) {
		if path[i] == '.' {
			if k, is := known[path[:i]]; is && k.form == formTable && !k.Table {
				return path[:i], path[i+1:], true
			}
		}
	}
	return "", "", false
}

func (ix *index) unknown(path string, line int, what string) {
	mend := "every key is listed in docs/config.md"
	if near := nearest(path, ix.known, what == "table"); near != "" {
		mend = fmt.Sprintf("did you mean %q?", near)
	}
	ix.fail(line, fmt.Sprintf("unknown %s %q", what, path), mend)
}

func (ix *index) fail(line int, what, mend string) {
	if ix.fault == nil {
		ix.fault = &Error{Where: fmt.Sprintf("%s:%d", ix.name, line), What: what, Mend: mend}
	}
}
