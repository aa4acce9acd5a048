package cli

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kith/internal/demo"
	"kith/internal/plain"
	"kith/internal/serve"
)

func demoCommand(version string) *cobra.Command {
	o := demo.Options{Version: version, Command: os.Args[0]}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A made-up organisation with real mail, on this machine",
		Long: `Starts kith for a made-up organisation of twelve people, on this machine only.
First it reads the mail of three months that they have already, as kith learn
does, and so knows who writes with whom and how. Then some seventy mails in four
languages go through its real seats: ordinary mail, the tricks that real
organisations were taken in by, and mail that only who knows the people can tell
from their own. Shows what kith noticed and says why, as the employees would read
it, and what it has learned about one of them. Nothing needs to be set up, and
nothing outside its own folder is touched.

It is a check, too. It exits with 1 when something expected was not noticed, or
not for its reasons, when an ordinary mail was warned of, when an incident was
learned from, or when a mail was lost or changed beyond kith's own fields.`,
		Example: "  kith demo\n  kith demo --once --lang en\n  kith demo --about yuki.tanaka\n  kith demo --dir ./kith-demo",
		Args:    cobra.NoArgs,
	}
	fl := cmd.Flags()
	fl.StringVar(&o.Dir, "dir", "", "keep everything in this new or empty folder (default: a temporary one)")
	fl.StringVar(&o.Lang, "lang", "", "language of all reasons: en, de, ja, ko")
	fl.StringVar(&o.About, "about", "", "whose portrait is told (default: one who speaks --lang)")
	fl.BoolVar(&o.Once, "once", false, "end when the mail is through")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.Lang != "" && !slices.Contains(plain.Languages(), o.Lang) {
			return fail(exitUsage, "demo: --lang %q: say one of %s", o.Lang, strings.Join(plain.Languages(), ", "))
		}
		o.Out = cmd.OutOrStdout()
		o.Live = terminal(o.Out)
		o.Color = o.Live && os.Getenv("NO_COLOR") == ""
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		_, err := demo.Run(ctx, o)
		return demoError(ctx.Err() != nil, err)
	}
	return cmd
}

// demoError gives a run's error its exit code. A run that was stopped from the
// keyboard has done what was asked.
func demoError(stopped bool, err error) error {
	var n serve.NetworkError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, demo.ErrNotHeld):
		return coded{exitNotHeld, demo.ErrNotHeld}
	case stopped:
		return fail(exitNotHeld, "demo: stopped before the mail was through")
	case errors.As(err, &n):
		return coded{exitNetwork, err}
	case errors.Is(err, demo.ErrFolder), errors.Is(err, demo.ErrNobody):
		return coded{exitUsage, err}
	}
	if code := codeOf(err); code != exitUsage {
		return coded{code, err}
	}
	return coded{exitNotHeld, err}
}

// terminal reports whether what is written can be written over.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}
