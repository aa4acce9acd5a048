// Package cli is the command line: one file for each command, with no logic
// beyond flags and printing. What a command does lives in the room that is
// named for it.
package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kith/internal/config"
	"kith/internal/plain"
	"kith/internal/store"
)

// Exit codes, as documented in kith --help.
const (
	exitDone    = 0
	exitNotHeld = 1 // a check failed, a verdict at or above --fail-at
	exitUsage   = 2
	exitConfig  = 3
	exitStore   = 4
	exitNetwork = 5
)

// coded is an error with the exit code that it ends the program with.
type coded struct {
	code int
	err  error
}

func (c coded) Error() string { return c.err.Error() }
func (c coded) Unwrap() error { return c.err }

func fail(code int, format string, args ...any) error {
	return coded{code, fmt.Errorf(format, args...)}
}

// Main runs the command line and returns the exit code.
func Main(version string, args []string, in io.Reader, out, errs io.Writer) int {
	root := newRoot(version)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitDone
	}
	var output *fs.PathError
	if spoken := (coded{}); !errors.As(err, &spoken) && errors.As(err, &output) {
		err = coded{exitNotHeld, err} // what was found could not be written
	}
	fmt.Fprintln(errs, "kith:", oneLine(err, cmd))
	return codeOf(err)
}

// longestError bounds an error's line; names of files and addresses stand in it.
const longestError = 2000

// oneLine says an error in one line, with nothing in it that a terminal would
// obey. The words of the flag parser get the mend that they lack.
func oneLine(err error, cmd *cobra.Command) string {
	text := strings.TrimSpace(err.Error())
	if spoken := (coded{}); codeOf(err) == exitUsage && !errors.As(err, &spoken) {
		text = strings.NewReplacer("\n\nDid you mean this?\n\t", ", perhaps ", "\n\t", " or ").Replace(text)
		text += "; see '" + cmd.CommandPath() + " --help'"
	}
	return plain.Safe(text, longestError)
}

func codeOf(err error) int {
	var c coded
	var cfg *config.Error
	switch {
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &cfg):
		return exitConfig
	case errors.Is(err, store.ErrBroken), errors.Is(err, store.ErrNewer), errors.Is(err, store.ErrInUse), errors.Is(err, store.ErrAway):
		return exitStore
	}
	return exitUsage
}

const rootHelp = `kith stands beside your mail server, learns what is normal for every employee,
and notices what does not belong. It says why in plain words.

A first look, with nothing to set up:
  kith demo                      a made-up organisation with real mail, on this machine
  kith judge message.eml         what kith thinks of one of your own messages

On your server:
  kith config check              is the configuration right?
  kith serve                     run the seats (systemd does this for you)
  kith status                    what flows, what is missing, what to mend
  kith trace WHAT                one message's whole story: queue id, Message-ID or address
  kith learn SOURCE…             learn from mailboxes that are there already
  kith pause                     pass all mail unjudged, at once; kith resume ends it

Exit codes: 0 done, 1 it did not hold, 2 usage, 3 configuration, 4 store, 5 network.`

func newRoot(version string) *cobra.Command {
	root := &cobra.Command{
		Use:           "kith",
		Short:         "Email security that knows your people",
		Long:          rootHelp,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentFlags().StringP("config", "c", config.DefaultPath, "configuration file")
	root.SetVersionTemplate("kith {{.Version}}\n")
	root.AddCommand(serveCommand(version), demoCommand(version), judgeCommand(), inspectCommand(), traceCommand(), statusCommand(version),
		pauseCommand(), resumeCommand(), backupCommand(), restoreCommand(), configCommand(), learnCommand(), exportCommand(), eraseCommand(), fitCommand(), replayCommand(), benchCommand(), apartCommand())
	return root
}

// settings loads the configuration that --config names. Without the flag, and
// without a file at the default place, the defaults serve: commands that only
// look need no set-up.
func settings(cmd *cobra.Command) (*config.Config, config.Paths, error) {
	path, _ := cmd.Flags().GetString("config")
	c, err := config.Load(path)
	if err != nil && !cmd.Flags().Changed("config") && !fileExists(path) {
		c, err = config.Default(), nil
	}
	if err != nil {
		return nil, config.Paths{}, err
	}
	p, err := c.Places(os.Getenv, os.Getuid())
	return c, p, err
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// checkLang refuses a language that kith has no words for. "" is the
// configuration's.
func checkLang(command, lang string) error {
	base := strings.ToLower(lang)
	if i := strings.IndexAny(base, "-_."); i >= 0 { // de-AT, de_AT.UTF-8
		base = base[:i]
	}
	if lang == "" || slices.Contains(plain.Languages(), base) {
		return nil
	}
	return fail(exitUsage, "%s: --lang %q: say one of %s", command, lang, strings.Join(plain.Languages(), ", "))
}
