package cli

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kith/internal/serve"
)

func statusCommand(version string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "What flows, what is missing, what to mend",
		Long: `Looks at the store, at the doors and at the next mail servers, and says what
flows, what is missing and what to mend. Exit code 1 when something is to be
mended.`,
		Example: "  kith status\n  kith status --json",
		Args:    cobra.NoArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "one JSON object")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, p, err := settings(cmd)
		if err != nil {
			return err
		}
		s, err := serve.Look(cmd.Context(), c, p, version)
		if err != nil {
			return coded{exitStore, err}
		}
		if *asJSON {
			err = writeJSON(cmd.OutOrStdout(), s)
		} else {
			printStatus(cmd.OutOrStdout(), s)
		}
		if err == nil && len(s.Mend) > 0 {
			return coded{exitNotHeld, fmt.Errorf("status: %d to mend", len(s.Mend))}
		}
		return err
	}
	return cmd
}

func printStatus(w io.Writer, s *serve.Status) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-12s %s\n", name, safe(fmt.Sprintf(format, args...)))
	}
	line("kith", "%s, %s mode, %s", s.Version, s.Mode, s.Running)
	if s.Paused != "" {
		line("paused", "%s", s.Paused)
	}
	for _, d := range s.Doors {
		line(d.Name, "%s: %s", d.At, d.Says)
	}
	line("last mail", "%s", ago(s.LastMail))
	line("last sent", "%s", ago(s.LastLogin))
	line("last day", "%s", counts(s.Day))
	line("in doubt", "%d deliveries", s.InDoubt)
	line("people", "%d listed, %d addresses discovered", s.Listed, s.Discovered)
	line("store", "%s, %s, schema %d", s.StorePath, size(s.StoreBytes), s.Schema)
	if l := s.Learning; l != nil {
		line("learned", "%d authors, %d relations, %s; %d lessons are kept%s", l.Authors, l.Pairs, size(l.Bytes), l.Lessons, span(l.From, l.To))
	}
	for _, n := range s.Notes {
		line("note", "%s", n)
	}
	for _, m := range s.Mend {
		line("MEND", "%s", m)
	}
	if len(s.Mend) == 0 {
		line("", "nothing to mend")
	}
}

func counts(by map[string]int) string {
	if len(by) == 0 {
		return "no mail"
	}
	var w []string
	for st, n := range by {
		w = append(w, fmt.Sprintf("%d %s", n, st))
	}
	sort.Strings(w)
	return strings.Join(w, ", ")
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d kB", n>>10)
}

// span says from when to when, "" where nothing is known.
func span(from, to time.Time) string {
	if from.IsZero() {
		return ""
	}
	return ", of mail from " + from.Local().Format("2006-01-02") + " to " + to.Local().Format("2006-01-02")
}
