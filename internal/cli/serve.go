package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"kith/internal/serve"
)

// drainTime is how long open transactions have at a stop; systemd waits 90 s.
const drainTime = 30 * time.Second

// The collector: kith makes much short-lived garbage over a small live heap, so
// it is collected less often than Go's default (a third of the collector's CPU),
// and the heap is held below memorySoft, at which the collector works harder. A
// judging process needs far less. GOGC and GOMEMLIMIT override both.
const (
	memorySoft = 90 << 20
	gcPercent  = 400
)

func serveCommand(version string) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run all configured seats",
		Long: `Runs all configured seats until it is told to stop.

SIGTERM and SIGINT: take no new connections, finish what is under way, stop.
A second one does not wait for what is under way.
SIGHUP: read the configuration and the directory again.`,
		Example: "  kith serve\n  kith serve --config ./kith.toml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			relaxTimers()
			c, p, err := settings(cmd)
			if err != nil {
				return err
			}
			path, _ := cmd.Flags().GetString("config")
			if !fileExists(path) {
				path = ""
			}
			tuneCollector()
			log := serve.Logger(c.Log)
			for _, n := range c.Notes() {
				log.Warn("configuration: " + n)
			}
			// From here on a signal waits for its answer: none may end a kith that has
			// opened its doors and not yet said so.
			sig := make(chan os.Signal, 4)
			signal.Notify(sig, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
			defer signal.Stop(sig)
			app, err := serve.Start(cmd.Context(), serve.Options{Config: c, ConfigPath: path, Paths: p, Version: version, Log: log})
			if err != nil {
				return startError(err)
			}
			log.Info("kith serves", "version", version, "mode", c.Mode, "go", runtime.Version())
			return live(app, log, sig)
		},
	}
}

func tuneCollector() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memorySoft)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

func startError(err error) error {
	var n serve.NetworkError
	if errors.As(err, &n) {
		return coded{exitNetwork, err}
	}
	if code := codeOf(err); code != exitUsage {
		return coded{code, err}
	}
	return coded{exitStore, err}
}

// live waits for signals and for seats that end by themselves.
func live(app *serve.App, log *slog.Logger, sig <-chan os.Signal) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go app.Housekeep(ctx)
	go watchdog(ctx)
	daemon.SdNotify(false, daemon.SdNotifyReady)
	for {
		select {
		case err := <-app.Failed():
			stop(app, log, sig)
			return coded{exitNetwork, err}
		case s := <-sig:
			if s == syscall.SIGHUP {
				reload(app, log)
				continue
			}
			log.Info("stopping: open transactions are finished first", "signal", s.String())
			daemon.SdNotify(false, daemon.SdNotifyStopping)
			cancel()
			return stop(app, log, sig)
		}
	}
}

// reload tells systemd (Type=notify-reload) when it began and ended.
func reload(app *serve.App, log *slog.Logger) {
	daemon.SdNotify(false, "RELOADING=1\nMONOTONIC_USEC="+monotonicMicros())
	if err := app.Reload(); err != nil {
		log.Error("reload failed, the old configuration stays in force", "error", err)
	} else {
		log.Info("configuration and directory are read again")
	}
	daemon.SdNotify(false, daemon.SdNotifyReady)
}

// monotonicMicros is CLOCK_MONOTONIC, which sd_notify(3) wants with RELOADING.
func monotonicMicros() string {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return "0"
	}
	return strconv.FormatInt(ts.Nano()/1000, 10)
}

// stop drains; a second SIGTERM or SIGINT ends its patience.
func stop(app *serve.App, log *slog.Logger, sig <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-sig:
				if s != syscall.SIGHUP {
					cancel()
				}
			}
		}
	}()
	if err := app.Stop(ctx); err != nil {
		log.Warn("stopped before all was finished; what was not answered comes again", "error", err)
		return nil
	}
	log.Info("stopped")
	return nil
}

// watchdog tells systemd that kith is alive.
func watchdog(ctx context.Context) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return
	}
	t := time.NewTicker(every / 2)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			daemon.SdNotify(false, daemon.SdNotifyWatchdog)
		}
	}
}
