package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"kith/internal/config"
	"kith/internal/kith"
	"kith/internal/pipeline"
	"kith/internal/replay"
	"kith/internal/serve"
)

// replayFlags are what is asked of a replay.
type replayFlags struct {
	out, events         string
	store, passwordFile string
	o                   replay.Options
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay SET -o FILE",
		Short: "Run a benchmark set through kith and write its predictions",
		Long: `Plays a benchmark set (a folder with events, mail and a list of people) through
the real pipeline, event by event: each message is judged from what came before
it, the prediction is written, and only then may it be learned. The set's labels
are not read. Nothing is sent, no network is asked, and nothing of this
machine's own mail or store is used; the configuration only if --config names
one. The same set gives the same file.`,
		Example: "  kith replay bench/office -o office.jsonl\n  kith replay bench/structure --events events.auth.jsonl.zst -o -",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runReplay(cmd, args[0], f) },
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.out, "output", "o", "", `file for the predictions; "-" is standard output`)
	fl.StringVar(&f.events, "events", replay.DefaultEvents, "event file in the set's folder")
	fl.IntVar(&f.o.Limit, "limit", 0, "only so many events, from the first")
	fl.Float64Var(&f.o.Share, "share", 0, "only this share of the events, from the first (0.1 is a tenth)")
	fl.BoolVar(&f.o.All, "all", false, "predict also where the set does not ask for it")
	fl.BoolVar(&f.o.Clutter, "clutter", false, "say also what is unwanted")
	fl.StringVar(&f.store, "store", "", "learn in this empty PostgreSQL database, not in a file")
	fl.StringVar(&f.passwordFile, "password-file", "", "file with the password for --store")
	_ = cmd.MarkFlagRequired("output")
	return cmd
}

func runReplay(cmd *cobra.Command, folder string, f replayFlags) error {
	if f.o.Limit < 0 || f.o.Share < 0 || f.o.Share > 1 {
		return fail(exitUsage, "replay: --limit is 1 or more, --share above 0 and at most 1")
	}
	c := config.Default()
	c.Learn.Zone = "UTC" // not this machine's: the same set gives the same file
	if cmd.Flags().Changed("config") {
		var err error
		if c, _, err = settings(cmd); err != nil {
			return err
		}
	}
	c.Auth.Enabled = false // the set says what was found
	core, err := serve.Core(c, new(serve.People), slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	set, err := replay.Open(folder, f.events)
	if err != nil {
		return fail(exitUsage, "replay: %w", err)
	}
	defer set.Close()
	memory, err := serve.Scratch(c, f.store, f.passwordFile)
	if err != nil {
		return fail(exitStore, "replay: %w", err)
	}
	defer memory.Close()
	core.Budget = serve.Lines(c, core.Judge)
	core.Habits, f.o.After = memory.Keeper, func(ctx context.Context, _ *replay.Event, _ *kith.Envelope, out *pipeline.Outcome) error {
		return memory.Learn(ctx, out)
	}
	f.o.Delimiter = c.Org.RecipientDelimiter
	f.o.Step = progress(cmd.ErrOrStderr())
	r, err := replay.New(set, core, f.o)
	if err != nil {
		return fail(exitUsage, "replay: %w", err)
	}
	report, err := predictions(cmd.OutOrStdout(), f.out, func(w io.Writer) (*replay.Report, error) { return r.Run(ctx, w) })
	if ctx.Err() != nil {
		return fail(exitNotHeld, "replay: stopped before the end; %s was not written", f.out)
	}
	if err != nil {
		return fail(exitUsage, "replay: %w", err)
	}
	said, err := memory.Tell(ctx)
	if err != nil {
		return fail(exitStore, "replay: %w", err)
	}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%v\n%s\n", report, said)
	return err
}

// predictions lets run write to a file that stands under its name only when it
// is whole, or to standard output.
func predictions(std io.Writer, name string, run func(io.Writer) (*replay.Report, error)) (*replay.Report, error) {
	part := name
	if info, err := os.Stat(name); err != nil || info.Mode().IsRegular() {
		part = name + ".part"
	}
	var file *os.File
	if name != "-" {
		var err error
		if file, err = os.Create(part); err != nil {
			return nil, fmt.Errorf("%w: name a file that can be written", err)
		}
		defer file.Close()
		std = file
	}
	w := bufio.NewWriterSize(std, 1<<16)
	report, err := run(w)
	if err == nil {
		err = w.Flush()
	}
	if file != nil && part != name {
		if err == nil {
			err = file.Sync()
		}
		if err == nil {
			err = os.Rename(part, name)
		}
		if err != nil {
			os.Remove(part)
		}
	}
	return report, err
}

// progress returns a bar with the rate and the time left, or nil where a line
// cannot be written over.
func progress(w io.Writer) func(done, total int) {
	if !terminal(w) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("events"),
				progressbar.OptionSetWidth(40), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("events"),
				progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = bar.Set(done) // a bar that cannot be drawn stops nothing
	}
}
