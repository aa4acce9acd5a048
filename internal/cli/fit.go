package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"kith/internal/fit"
	"kith/internal/judge"
)

// fitFlags are what is asked of a fit.
type fitFlags struct {
	out, samples, from string
	try                bool
	o                  fit.Options
}

func fitCommand() *cobra.Command {
	var f fitFlags
	cmd := &cobra.Command{
		Use:   "fit SET… -o FILE",
		Short: "Fit the weights that ship on benchmark sets",
		Long: `Plays benchmark sets through the real pipeline, sets what was found beside their
labels, and fits what each finding weighs. The file is the judge's table, with
the command, the sets and the figures in it; figures come from folds that the
fit behind them has not seen. Only sets whose README permits it are taken.

` + setsHelp,
		Example: "  kith fit bench/office bench/structure --samples samples.gz -o internal/judge/weights.toml\n" +
			"  kith fit habits bench/office bench/structure -o internal/baseline/params.toml",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runFit(cmd, args, f) },
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.out, "output", "o", "", `file for the weights; "-" is standard output`)
	fl.StringVar(&f.samples, "samples", "", "file that keeps what was found, to fit again in seconds")
	fl.StringVar(&f.from, "from", "", "weights to begin with; without it the shipped ones")
	fl.BoolVar(&f.try, "try", false, "fit on any set, show the figures, write nothing")
	fl.Float64Var(&f.o.Draw, "draw", 0, "how strongly beliefs draw; 0 = chosen on folds")
	cmd.AddCommand(fitHabitsCommand())
	return cmd
}

func runFit(cmd *cobra.Command, args []string, f fitFlags) error {
	if f.out == "" && !f.try {
		return fail(exitUsage, "fit: say where to with -o FILE, or --try to write nothing")
	}
	if !f.try {
		if err := permitted(args); err != nil {
			return fail(exitNotHeld, "fit: %w", err)
		}
	}
	text := judge.Shipped()
	if f.from != "" {
		var err error
		if text, err = os.ReadFile(f.from); err != nil {
			return fail(exitUsage, "fit: %w", err)
		}
	}
	was, err := judge.ReadWeights(text)
	if err != nil {
		return fail(exitUsage, "fit: %w", err)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	samples, err := collect(ctx, cmd, args, f.samples)
	if err != nil {
		return stopped(ctx, "fit", err)
	}
	f.o.Step = progress(cmd.ErrOrStderr())
	res, err := fit.Weights(ctx, samples, was, f.o)
	if err != nil {
		return stopped(ctx, "fit", err)
	}
	fmt.Fprint(cmd.ErrOrStderr(), res.Markdown())
	if f.try {
		return nil
	}
	made := fit.Made{Command: commandLine(cmd, args), When: time.Now().UTC()}
	for i := range samples.Sets {
		made.Sets = append(made.Sets, samples.Sets[i].Source)
	}
	table, err := res.Table(string(text), made)
	if err != nil {
		return fail(exitNotHeld, "fit: %w", err)
	}
	return whole(cmd.OutOrStdout(), f.out, write(table))
}

// commandLine is the command as another would give it: sets by their names, since
// folders differ, and without files of this machine.
func commandLine(cmd *cobra.Command, args []string) string {
	words := strings.Fields(cmd.CommandPath())
	for _, arg := range args {
		folder, events := setOf(arg)
		if words = append(words, filepath.Base(filepath.Clean(folder))); folder != arg {
			words[len(words)-1] += ":" + events
		}
	}
	for _, name := range []string{"draw", "every", "least-discount"} {
		d := cmd.Flags().Lookup(name)
		if d == nil || !d.Changed {
			continue
		}
		words = append(words, "--"+name, d.Value.String())
	}
	return strings.Join(words, " ")
}

// stopped says an error of a long command, or that it was ended.
func stopped(ctx context.Context, command string, err error) error {
	if ctx.Err() != nil {
		return fail(exitNotHeld, "%s: stopped before the end; nothing was written", command)
	}
	return fail(codeOf(err), "%s: %w", command, err)
}
