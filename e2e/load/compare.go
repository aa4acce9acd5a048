package load

import (
	"bytes"
	"fmt"
	"strings"
)

// normal gives line ends as LF, as a Maildir has them.
func normal(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// findID returns the value of the first X-Test-Id that begins a line.
func findID(b []byte) string { return fieldOf(b, IDField) }

// fieldOf returns the value of the first line that begins with "name: ".
func fieldOf(b []byte, name string) string {
	mark := []byte(name + ": ")
	if !bytes.HasPrefix(b, mark) {
		i := bytes.Index(b, append([]byte("\n"), mark...))
		if i < 0 {
			return ""
		}
		b = b[i+1:]
	}
	line, _, _ := bytes.Cut(b[len(mark):], []byte("\n"))
	return strings.TrimSpace(string(line))
}

// split cuts a message at its X-Test-Id: the names of the fields above, and the
// text below, without blank lines at the end (a mailbox may add or drop one
// line end). A message without the field has everything above.
func split(b []byte, id string) (above []string, below []byte) {
	mark := fmt.Appendf(nil, "%s: %s\n", IDField, id)
	head, below, ok := bytes.Cut(b, mark)
	if !ok {
		return []string{"(no " + IDField + ")"}, b
	}
	for line := range bytes.Lines(head) {
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, _, _ := bytes.Cut(line, []byte(":"))
		above = append(above, string(bytes.TrimSpace(name)))
	}
	return above, bytes.TrimRight(below, "\n")
}

// dropFields removes from a header what Postfix or kith remove by design:
// DroppedByPostfix and forged X-Kith- fields.
func dropFields(b []byte) []byte {
	header, body := b, []byte(nil)
	if i := bytes.Index(b, []byte("\n\n")); i >= 0 {
		header, body = b[:i+1], b[i+1:]
	}
	out := make([]byte, 0, len(b))
	drop := false
	for line := range bytes.Lines(header) {
		if line[0] != ' ' && line[0] != '\t' {
			drop = dropped(line)
		}
		if !drop {
			out = append(out, line...)
		}
	}
	return append(out, body...)
}

func dropped(line []byte) bool {
	name, _, _ := bytes.Cut(line, []byte(":"))
	if len(name) > 7 && strings.EqualFold(string(name[:7]), "X-Kith-") {
		return true
	}
	for _, d := range DroppedByPostfix {
		if strings.EqualFold(string(name), d) {
			return true
		}
	}
	return false
}

// firstDifference shows both texts around the first byte that differs.
func firstDifference(want, got []byte) string {
	i := 0
	for i < len(want) && i < len(got) && want[i] == got[i] {
		i++
	}
	around := func(b []byte) []byte { return b[max(0, min(i, len(b))-25):min(len(b), i+35)] }
	return fmt.Sprintf("at byte %d of %d and %d: want %q, got %q", i, len(want), len(got), around(want), around(got))
}

// WithoutKith removes forged X-Kith- fields from texts that a path without kith
// delivered, as kith is to do.
func WithoutKith(texts map[string][]byte) map[string][]byte {
	all := make(map[string][]byte, len(texts))
	for name, text := range texts {
		all[name] = dropFields(text)
	}
	return all
}
