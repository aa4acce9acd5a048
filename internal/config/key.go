package config

import (
	"encoding"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Key describes one key of the file, or one table when Table is set.
type Key struct {
	Path    string // "lmtp.listen"
	Table   bool
	Doc     string
	Choice  []string // allowed words, nil = any
	Default string   // as TOML writes it
	form    form
	place   string // the path tag: "read" must exist, "any" need not, "" is no path
}

// form is the shape of a value in TOML.
type form int

const (
	formText form = iota
	formNumber
	formBool
	formList  // of texts
	formTable // of texts, with free keys
)

// String says the shape in words, for people.
func (f form) String() string {
	return [...]string{"a text in quotes", "a whole number", "true or false", "a list of texts, [\"…\", \"…\"]", "a table of texts, { \"…\" = \"…\" }"}[f]
}

// Keys lists all keys and tables in the order of the documents, with the
// defaults of Default.
func Keys() []Key {
	var keys []Key
	v := reflect.ValueOf(Default()).Elem()
	walk(v, "", func(k Key, _ reflect.Value) { keys = append(keys, k) })
	return keys
}

// walk visits every key of a configuration value with the field that holds it.
func walk(v reflect.Value, prefix string, visit func(Key, reflect.Value)) {
	t := v.Type()
	for i := range t.NumField() {
		tag, field := t.Field(i).Tag, v.Field(i)
		k := Key{Path: prefix + tag.Get("toml"), Doc: tag.Get("doc"), place: tag.Get("path")}
		if c := tag.Get("choice"); c != "" {
			k.Choice = strings.Fields(c)
		}
		if isTable(field) {
			k.Table = true
			visit(k, field)
			walk(field, k.Path+".", visit)
			continue
		}
		k.form, k.Default = formOf(field), literal(field)
		visit(k, field)
	}
}

func isTable(v reflect.Value) bool {
	_, text := v.Interface().(encoding.TextMarshaler)
	return v.Kind() == reflect.Struct && !text
}

func formOf(v reflect.Value) form {
	if _, ok := v.Interface().(encoding.TextMarshaler); ok {
		return formText
	}
	switch v.Kind() {
	case reflect.Int:
		return formNumber
	case reflect.Bool:
		return formBool
	case reflect.Slice:
		return formList
	case reflect.Map:
		return formTable
	}
	return formText
}

// literal writes a value as TOML does.
func literal(v reflect.Value) string {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		b, err := m.MarshalText()
		if err != nil {
			return `""`
		}
		return quote(string(b))
	}
	switch v.Kind() {
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = literal(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		items := make([]string, 0, v.Len())
		for _, k := range v.MapKeys() {
			items = append(items, quote(k.String())+" = "+literal(v.MapIndex(k)))
		}
		sort.Strings(items)
		if len(items) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(items, ", ") + " }"
	}
	return quote(v.String())
}

// quote writes a TOML basic string; only what TOML wants escaped is escaped.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// wrongForm says what stands in the file when it is not the form wanted, or
// "" when it fits.
func (f form) wrongForm(value *unstable.Node) string {
	is := map[unstable.Kind]form{unstable.String: formText, unstable.Integer: formNumber, unstable.Bool: formBool,
		unstable.Array: formList, unstable.InlineTable: formTable}
	got, known := is[value.Kind]
	switch {
	case !known:
		return "a " + strings.ToLower(value.Kind.String())
	case got != f:
		return got.String()
	case f != formList:
		return ""
	}
	for it := value.Children(); it.Next(); {
		if n := it.Node(); n.Kind != unstable.String && n.Kind != unstable.Comment {
			return "a list with something else in it"
		}
	}
	return ""
}
