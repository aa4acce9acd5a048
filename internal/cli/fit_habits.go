package cli

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"kith/internal/baseline"
	"kith/internal/fit"
)

func fitHabitsCommand() *cobra.Command {
	var out string
	var try bool
	var o fit.HabitOptions
	cmd := &cobra.Command{
		Use:   "habits SET… -o FILE",
		Short: "Fit how fast habits fade and how carefully they are believed",
		Long: `Plays benchmark sets and takes for each family of habits the half-life, the
strength of the wider context and the discount under which genuine mail was least
surprising, each message asked before it was learned. A minute or two for each set.

` + setsHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runFitHabits(cmd, args, out, try, o) },
	}
	fl := cmd.Flags()
	fl.StringVarP(&out, "output", "o", "", `file for the figures; "-" is standard output`)
	fl.IntVar(&o.Every, "every", 1, "evaluate each so many-th message; all are learned")
	fl.Float64Var(&o.Least, "least-discount", fit.LeastDiscount, "lowest discount that is taken")
	fl.BoolVar(&try, "try", false, "fit on any set, show the figures, write nothing")
	return cmd
}

func runFitHabits(cmd *cobra.Command, args []string, out string, try bool, o fit.HabitOptions) error {
	if out == "" && !try {
		return fail(exitUsage, "fit habits: say where to with -o FILE, or --try to write nothing")
	}
	if !try {
		if err := permitted(args); err != nil {
			return fail(exitNotHeld, "fit habits: %w", err)
		}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sets, err := habitSets(cmd, args)
	if err != nil {
		return fail(exitUsage, "fit habits: %w", err)
	}
	fits, err := fit.FitHabits(ctx, sets, o)
	if err != nil {
		return stopped(ctx, "fit habits", err)
	}
	fmt.Fprint(cmd.ErrOrStderr(), fit.HabitsMarkdown(fits))
	if try {
		return nil
	}
	made := fit.Made{Command: commandLine(cmd, args), When: time.Now().UTC()}
	for i := range sets {
		made.Sets = append(made.Sets, sets[i].Source)
	}
	table, err := fit.ParamsTable(fits, made, baseline.DefaultParams().Fallback(), o.Least)
	if err != nil {
		return fail(exitNotHeld, "fit habits: %w", err)
	}
	return whole(cmd.OutOrStdout(), out, write(table))
}

// habitSets opens what a fit or a measure of habits needs of sets.
func habitSets(cmd *cobra.Command, args []string) ([]fit.HabitSet, error) {
	var sets []fit.HabitSet
	for _, arg := range args {
		source, err := sourceOf(arg)
		if err != nil {
			return nil, err
		}
		labels, err := labelsOf(arg)
		if err != nil {
			return nil, err
		}
		play, err := player(cmd, arg)
		if err != nil {
			return nil, err
		}
		sets = append(sets, fit.HabitSet{Source: source, Labels: labels, Play: play})
	}
	return sets, nil
}

// write returns a function that writes a text.
func write(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}
