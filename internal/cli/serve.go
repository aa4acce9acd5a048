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

// memorySoft is the heap at which the collector works harder, unless GOMEMLIMIT
// says otherwise. A judging process needs far less.
const memorySoft = 200 << 20

func serveCommand(version string) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run all configured seats",
		Long: `Runs all configured seats until it is told to stop.

SIGTERM and SIGINT: take no new connections, finish what is under way, stop.
SIGHUP: read the configuration and the directory again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, p, err := settings(cmd)
			if err != nil {
				return err
			}
			path, _ := cmd.Flags().GetString("config")
			if !fileExists(path) {
				path = ""
			}
			if os.Getenv("GOMEMLIMIT") == "" {
				debug.SetMemoryLimit(memorySoft)
			}
			log := serve.Logger(c.Log)
			for _, n := range c.Notes() {
				log.Warn("configuration: " + n)
			}
			app, err := serve.Start(cmd.Context(), serve.Options{Config: c, ConfigPath: path, Paths: p, Version: version, Log: log})
			if err != nil {
				return startError(err)
			}
			log.Info("kith serves", "version", version, "mode", c.Mode, "go", runtime.Version())
			return live(app, log)
		},
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
func live(app *serve.App, log *slog.Logger) error {
	sig := make(chan os.Signal, 4)
	signal.Notify(sig, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(sig)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go app.Housekeep(ctx)
	go watchdog(ctx)
	daemon.SdNotify(false, daemon.SdNotifyReady)
	for {
		select {
		case err := <-app.Failed():
			stop(app, log)
			return coded{exitNetwork, err}
		case s := <-sig:
			if s == syscall.SIGHUP {
				reload(app, log)
				continue
			}
			log.Info("stopping: open transactions are finished first", "signal", s.String())
			daemon.SdNotify(false, daemon.SdNotifyStopping)
			cancel()
			return stop(app, log)
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

func stop(app *serve.App, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
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
