package cli

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kith/internal/fit"
	"kith/internal/judge"
)

// judgementCommand is kith bench judgement.
func judgementCommand() *cobra.Command {
	var file, weights string
	var refit bool
	cmd := &cobra.Command{
		Use:   "judgement SET…",
		Short: "What the judge catches, what it costs, what each detector is worth",
		Long: `Plays benchmark sets through the real pipeline, sets what was judged beside their
labels, and prints Markdown: what is caught by kind of attack, wrong warnings
overall and by employee, each detector's lift and cost, and what is left when a
detector or a whole group of evidence is taken out.

The figures are those of the weights on all that is scored. Where they were fitted
on the same set they flatter them; the figures in weights.toml are held out.

` + setsHelp,
		Example: "  kith bench judgement bench/office --samples samples.gz",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := judge.Shipped()
			if weights != "" {
				var err error
				if text, err = os.ReadFile(weights); err != nil {
					return fail(exitUsage, "bench judgement: %w", err)
				}
			}
			w, err := judge.ReadWeights(text)
			if err != nil {
				return fail(exitUsage, "bench judgement: %w", err)
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			samples, err := collect(ctx, cmd, args, file)
			if err != nil {
				return stopped(ctx, "bench judgement", err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", benchHead(cmd, args), fit.Judgement(samples, w, refit))
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&file, "samples", "", "file that keeps what was found, as of kith fit")
	fl.StringVar(&weights, "weights", "", "weights to measure; without it the shipped ones")
	fl.BoolVar(&refit, "refit", false, "also fit anew without each group of evidence")
	return cmd
}

// calibrationCommand is kith bench calibration.
func calibrationCommand() *cobra.Command {
	var every int
	cmd := &cobra.Command{
		Use:   "calibration SET…",
		Short: "Whether what habits call probable comes true",
		Long: `Plays benchmark sets and compares, on the last third of the time of genuine mail,
what each family of habits said of every value with what came, each message asked
before it was learned. Prints Markdown.

` + setsHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			sets, err := habitSets(cmd, args)
			if err != nil {
				return fail(exitUsage, "bench calibration: %w", err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), benchHead(cmd, args))
			for i := range sets {
				all, err := fit.Calibrate(ctx, sets[i], every)
				if err != nil {
					return stopped(ctx, "bench calibration", err)
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "\n### %s\n\n%s", sets[i].Source.Name, fit.CalibrationMarkdown(all)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&every, "every", 1, "evaluate each so many-th message; all are learned")
	return cmd
}

// benchHead says by which command figures came about, and how busy the machine was.
func benchHead(cmd *cobra.Command, args []string) string {
	load := "not known"
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		if f := strings.Fields(string(b)); len(f) >= 3 {
			load = strings.Join(f[:3], " ")
		}
	}
	return fmt.Sprintf("`%s`, %s, %d cores, load average %s.", commandLine(cmd, args), runtime.Version(), runtime.NumCPU(), load)
}
