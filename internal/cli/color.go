package cli

import (
	"io"
	"os"

	"golang.org/x/term"

	"kith/internal/kith"
	"kith/internal/plain"
)

// paint colours a headline on a terminal, and only there. NO_COLOR turns it off
// (no-color.org).
func paint(w io.Writer, b kith.Band, s string) string {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return s
	}
	code := "32" // green
	switch b {
	case kith.Suspicious:
		code = "33"
	case kith.Harm:
		code = "31;1"
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// safe makes text of outsiders harmless on a terminal, on one line.
func safe(s string) string { return plain.Safe(s, 400) }
