package config

import (
	"fmt"
	"strings"
)

// Example returns the annotated example file, etc/kith.toml: every key with
// its documentation and, commented out, its default. Removing the # before
// every key gives a file that means the same as an empty one.
func Example() []byte {
	var b strings.Builder
	b.WriteString(`# The configuration of kith, in TOML.
#
# Every key stands here with its default, commented out: this file as it is
# means the same as an empty one. Remove the # before a key to change it. An
# unknown key is an error. After a change: kith config check, then
# systemctl reload kith.
#
# Sizes: "64kB", "50MB", "2GB"; a kB is 1,024 bytes.   Times: "500ms", "15s", "2m".
# This text is printed from the program's source; docs/config.md says the same.
`)
	for _, k := range Keys() {
		b.WriteByte('\n')
		if k.Table {
			fmt.Fprintf(&b, "\n%s[%s]\n", comment(k.Doc), k.Path)
			continue
		}
		b.WriteString(comment(k.Doc))
		if k.Choice != nil && !saysAll(k.Doc, k.Choice) {
			b.WriteString(comment("One of: " + strings.Join(k.Choice, ", ") + "."))
		}
		fmt.Fprintf(&b, "#%s = %s\n", last(k.Path), k.Default)
	}
	return []byte(b.String())
}

// Manual returns docs/config.md.
func Manual() []byte {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Printed from the struct tags in internal/config by "go test ./internal/config -update". Change them there. -->

One TOML file, ` + "`" + DefaultPath + "`" + ` unless ` + "`--config`" + ` names another. An unknown key, a value of the wrong kind or a
seat that is open to the network without TLS and a peer list is an error of one line with the file, the line and the
mend (exit status 3). ` + "`kith config check`" + ` reads the file and says what it thinks of it; nothing else happens.

- *size*: ` + "`\"64kB\"`, `\"50MB\"`, `\"2GB\"`" + `; a kB is 1,024 bytes.
- *time*: ` + "`\"500ms\"`, `\"15s\"`, `\"2m\"`" + `.
- *address*: ` + "`\"127.0.0.1:8024\"`, `\"[::1]:8024\"`, `\"unix:/path\"`, `\"systemd:NAME\"`" + ` (a socket that systemd opened); ` + "`\"inet:\"`" + ` may stand before
  host and port, as Postfix writes it. Empty: not there.
- *network*: ` + "`\"10.1.2.3\"`, `\"10.0.0.0/8\"`, `\"2001:db8::/32\"`" + `.
- Paths are written whole, from /.

## Without a table
`)
	for _, k := range Keys() {
		if k.Table {
			fmt.Fprintf(&b, "\n## [%s]\n\n%s\n", k.Path, k.Doc)
			continue
		}
		fmt.Fprintf(&b, "\n**`%s`** = `%s`\n", k.Path, k.Default)
		if k.Choice != nil && !saysAll(k.Doc, k.Choice) {
			fmt.Fprintf(&b, "One of `%s`. ", strings.Join(k.Choice, "`, `"))
		}
		b.WriteString(k.Doc + "\n")
	}
	return []byte(b.String())
}

// saysAll reports whether the sentences name every word already.
func saysAll(doc string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(doc, w) {
			return false
		}
	}
	return true
}

// comment breaks a text into lines of at most 78 characters that begin with
// "# ".
func comment(text string) string {
	var b strings.Builder
	n := 0
	for _, w := range strings.Fields(text) {
		if n > 0 && n+1+len(w) > 78 {
			b.WriteByte('\n')
			n = 0
		}
		if n == 0 {
			b.WriteByte('#')
			n = 1
		}
		b.WriteString(" " + w)
		n += 1 + len(w)
	}
	b.WriteByte('\n')
	return b.String()
}
