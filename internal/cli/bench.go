package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kith/internal/speed"
)

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure what kith costs and what it is worth"}
	cmd.AddCommand(speedCommand(), judgementCommand(), calibrationCommand(), noopCommand())
	return cmd
}

// What kith may cost beside rspamd: at most a quarter of its CPU, and no more
// of its patience and memory than it takes itself.
const mostCPU = 0.25

func speedCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "speed",
		Short: "kith and rspamd on the same mail, in one run",
		Long: `Starts a private rspamd and a private kith as milters, and a milter that does
nothing, and sends the same mail to each in turn, playing Postfix's part of the
protocol. Prints CPU time for each message, latency and memory with their
ratios, and how busy the machine was. Exit code 1 when kith costs more than it
may: a quarter of rspamd's CPU, its p99, its memory.

rspamd must be installed (Debian: apt-get install rspamd). Nothing is sent
anywhere; DNS answers are made up on this machine, and the mails are signed
anew with a key of the run, so that both check signatures to their end.`,
		Example: "  kith bench speed --mail ~/Maildir/cur --rounds 5\n  kith bench speed --auth=false",
		Args:    cobra.NoArgs,
	}
	fl := cmd.Flags()
	mail := fl.String("mail", "", "folder of .eml files, or a .tar.zst of them; without it mails are made up")
	limit := fl.Int("limit", 600, "so many of them")
	rounds := fl.Int("rounds", 3, "times that each server is loaded")
	n := fl.IntP("messages", "n", 1000, "messages in each load")
	auth := fl.Bool("auth", true, "SPF, DKIM and DMARC on in both, or off in both")
	peer := fl.Bool("rspamd", true, "measure beside rspamd")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o := speed.Options{Rounds: *rounds, Messages: *n, Progress: cmd.ErrOrStderr()}
		if err := speedMails(&o, *mail, *limit); err != nil {
			return coded{exitUsage, err}
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		o.Contenders = []speed.Contender{speed.NoopContender(self, "bench", "noop"), speed.Command("kith", kithMilter(self, *auth))}
		if *peer {
			r := speed.Rspamd{Auth: *auth}.Contender()
			o.Contenders, o.Reference = append(o.Contenders, r), r.Name
			for m, most := range map[speed.Measure]float64{speed.CPU: mostCPU, speed.P99: 1, speed.RSS: 1} {
				o.Bounds = append(o.Bounds, speed.Bound{Name: "kith", Than: r.Name, Measure: m, Most: most})
			}
		}
		if _, err = speed.Run(cmd.Context(), o, cmd.OutOrStdout()); errors.Is(err, speed.ErrBounds) {
			return coded{exitNotHeld, err}
		}
		return err
	}
	return cmd
}

func speedMails(o *speed.Options, path string, limit int) (err error) {
	if o.DNS.Key, err = speed.NewKey(); err != nil {
		return err
	}
	o.Mails = speed.MakeMails(limit)
	if path != "" {
		if o.Mails, err = speed.LoadMails(path, limit); err != nil {
			return err
		}
	}
	signed, err := o.DNS.Key.Sign(o.Mails)
	fmt.Fprintf(o.Progress, "%d mails, %d signed\n", len(o.Mails), signed)
	return err
}

// kithMilter is a kith that judges at its milter seat, as shipped.
func kithMilter(self string, auth bool) func(speed.Env, string) ([]string, error) {
	return func(e speed.Env, path string) ([]string, error) {
		conf := filepath.Join(e.Dir, "kith.toml")
		text := fmt.Sprintf(`[org]
domains = ["corp.test"]
[store]
path = %q
[milter]
listen = %q
[auth]
enabled = %v
resolver = %q
[web]
listen = ""
[log]
level = "warn"
`, filepath.Join(e.Dir, "kith.db"), "unix:"+path, auth, e.DNS.String())
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			return nil, err
		}
		return []string{self, "--config", conf, "serve"}, nil
	}
}

// noopCommand is the milter that does nothing, as a program of its own.
func noopCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "noop LISTEN",
		Short:  "A milter that does nothing, as a yardstick",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			nw := "unix"
			if !strings.Contains(args[0], "/") {
				nw = "tcp"
			}
			ln, err := net.Listen(nw, args[0])
			if err != nil {
				return coded{exitNetwork, err}
			}
			return speed.ServeNoop(cmd.Context(), ln)
		},
	}
}
