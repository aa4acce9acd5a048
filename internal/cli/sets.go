package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"kith/internal/config"
	"kith/internal/fit"
	"kith/internal/kith"
	"kith/internal/pipeline"
	"kith/internal/replay"
	"kith/internal/serve"
)

// What fits and the bench of quality share: sets that are played from nothing
// known, with their truth beside them.

// setOf splits FOLDER[:EVENTS], the form in which a command names a set.
func setOf(arg string) (folder, events string) {
	if i := strings.LastIndexByte(arg, ':'); i > 0 && strings.HasPrefix(arg[i+1:], "events") {
		return arg[:i], arg[i+1:]
	}
	return arg, replay.DefaultEvents
}

const setsHelp = `A SET is the folder of a benchmark set; FOLDER:events.NAME.jsonl.zst takes
another of its event files.`

// sourceOf names a set and takes the digest of its events.
func sourceOf(arg string) (fit.Source, error) {
	folder, events := setOf(arg)
	f, err := os.Open(filepath.Join(folder, events))
	if err != nil {
		return fit.Source{}, fmt.Errorf("%w: name the folder of a set", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fit.Source{}, err
	}
	return fit.Source{Name: filepath.Base(filepath.Clean(folder)), Events: events, Digest: hex.EncodeToString(h.Sum(nil))}, nil
}

// maxReadme bounds what is read of a set's README.
const maxReadme = 1 << 20

// permitted refuses sets on which nothing that ships may be fitted.
func permitted(args []string) error {
	for _, arg := range args {
		folder, _ := setOf(arg)
		f, err := os.Open(filepath.Join(folder, "README.md"))
		if err != nil {
			return fmt.Errorf("%w: a set must say what may be fitted on it", err)
		}
		text, err := io.ReadAll(io.LimitReader(f, maxReadme))
		f.Close()
		if err != nil {
			return err
		}
		if ok, said := fit.Permitted(string(text)); !ok {
			return fmt.Errorf("weights that ship may not be fitted on %s (%s); --try fits and writes nothing", filepath.Base(folder), said)
		}
	}
	return nil
}

// maxLabels bounds a set's labels as they are unpacked, in bytes.
const maxLabels = 1 << 30

// labelsOf reads a set's truth.
func labelsOf(arg string) (map[string]fit.Label, error) {
	folder, _ := setOf(arg)
	f, err := os.Open(filepath.Join(folder, "labels.jsonl.zst"))
	if err != nil {
		return nil, fmt.Errorf("%w: a set without labels measures nothing", err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f, zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return fit.ReadLabels(io.LimitReader(z, maxLabels))
}

// player plays a set as kith replay does, with learning.
func player(cmd *cobra.Command, arg string) (fit.Play, error) {
	c := config.Default()
	c.Learn.Zone = "UTC"
	if cmd.Flags().Changed("config") {
		var err error
		if c, _, err = settings(cmd); err != nil {
			return nil, err
		}
	}
	c.Auth.Enabled = false // the set says what was found
	errs := cmd.ErrOrStderr()
	core, err := serve.Core(c, new(serve.People), slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return nil, err
	}
	folder, events := setOf(arg)
	return func(ctx context.Context, each fit.Judged) (report *replay.Report, err error) {
		set, err := replay.Open(folder, events)
		if err != nil {
			return nil, err
		}
		defer set.Close()
		memory, err := serve.Scratch(c, "", "")
		if err != nil {
			return nil, coded{exitStore, err}
		}
		defer func() { err = errors.Join(err, memory.Close()) }()
		core := core
		core.Habits = memory.Keeper
		r, err := replay.New(set, core, replay.Options{
			Delimiter: c.Org.RecipientDelimiter, Step: progress(errs),
			After: func(ctx context.Context, ev *replay.Event, env *kith.Envelope, out *pipeline.Outcome) error {
				if err := each(ctx, ev, env, out); err != nil {
					return err
				}
				return memory.Learn(ctx, out)
			},
		})
		if err != nil {
			return nil, err
		}
		if report, err = r.Run(ctx, io.Discard); err == nil {
			fmt.Fprintf(errs, "%s: %s\n", filepath.Base(folder), report)
		}
		return report, err
	}, nil
}

// collect plays sets for samples, or reads them from a file that an earlier run
// left. The file is written when it is not there.
func collect(ctx context.Context, cmd *cobra.Command, args []string, file string) (*fit.Samples, error) {
	var sources []fit.Source
	for _, arg := range args {
		s, err := sourceOf(arg)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	maker := buildDigest()
	if file != "" {
		if kept, err := keptSamples(file, sources); err != nil || kept != nil {
			if kept != nil && kept.Maker != maker {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s was collected by another build; delete it if detectors or habits have changed since\n", file)
			}
			return kept, err
		}
	}
	out := &fit.Samples{Maker: maker}
	for i, arg := range args {
		labels, err := labelsOf(arg)
		if err != nil {
			return nil, err
		}
		play, err := player(cmd, arg)
		if err != nil {
			return nil, err
		}
		set, err := fit.Collect(ctx, sources[i], labels, play)
		if err != nil {
			return nil, err
		}
		out.Sets = append(out.Sets, *set)
	}
	if file == "" {
		return out, nil
	}
	return out, whole(cmd.OutOrStdout(), file, out.Write)
}

// keptSamples reads samples of the very sets that are asked for; nil when the file
// is not there.
func keptSamples(file string, sources []fit.Source) (*fit.Samples, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := fit.ReadSamples(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	same := len(s.Sets) == len(sources)
	for i := range sources {
		same = same && s.Sets[i].Source == sources[i]
	}
	if !same {
		return nil, fmt.Errorf("%s holds samples of other sets; name another file", file)
	}
	return s, nil
}

// buildDigest names this build: a digest of the program itself.
func buildDigest() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// whole lets write make a file that stands under its name only when it is whole,
// or standard output.
func whole(std io.Writer, name string, write func(io.Writer) error) error {
	_, err := predictions(std, name, func(w io.Writer) (*replay.Report, error) { return nil, write(w) })
	return err
}
