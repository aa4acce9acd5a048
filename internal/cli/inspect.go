package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kith/internal/mail"
)

func inspectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect FILE…",
		Short: "What kith's parser sees in a message",
		Long: `Shows a message as kith reads it: its parts, texts, links and attachments, and
everything about its bytes that can be read in more than one way. "-" is
standard input.`,
		Example: "  kith inspect message.eml\n  kith inspect --json *.eml",
		Args:    cobra.MinimumNArgs(1),
	}
	asJSON := cmd.Flags().Bool("json", false, "one JSON object a line, for programs")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, _, err := settings(cmd)
		if err != nil {
			return err
		}
		for _, name := range args {
			raw, err := readMessage(cmd.InOrStdin(), name, int64(c.Spool.MaxMessage))
			if err != nil {
				return err
			}
			m := mail.Parse(raw, c.Limits.Mail())
			m.Look(cmd.Context())
			if *asJSON {
				if err := writeJSON(cmd.OutOrStdout(), m.Dump(cmd.Context(), strings.TrimSuffix(filepath.Base(name), ".eml"))); err != nil {
					return err
				}
				continue
			}
			inspected(cmd.OutOrStdout(), m)
		}
		return nil
	}
	return cmd
}

func inspected(w io.Writer, m *mail.Message) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-11s %s\n", name, safe(fmt.Sprintf(format, args...)))
	}
	line("subject", "%s", orDash(m.Subject))
	for _, a := range m.From {
		line("from", "%s <%s>", a.Name, a.Addr)
	}
	line("message-id", "%s", orDash(m.MessageID))
	parts(w, m.Root, "")
	for _, l := range m.Links {
		line("link", "%s (%s)%s", l.URL, l.Source, given(" shown as %q", l.Text))
	}
	for _, a := range m.Attachments {
		line("attachment", "%s: says %s, is %s, %d bytes%s", orDash(a.Name), orDash(a.Declared), orDash(a.Sniffed), a.Size, marks(a.Marks))
		for _, e := range a.Entries {
			line("  inside", "%s%s, is %s, %d bytes%s", strings.Repeat("> ", e.Depth-1), e.Name, orDash(e.Sniffed), e.Size, marks(e.Marks))
		}
	}
	for _, t := range m.Texts {
		if t.Hidden != "" {
			line("hidden", "in part %s: %.200q", t.Part.Path, t.Hidden)
		}
	}
	for _, o := range m.Oddities {
		two := ""
		if o.Ambiguous {
			two = " (can be read in two ways)"
		}
		line("odd", "%s at byte %d%s%s", o.ID, o.Offset, two, given(": %s", o.Detail))
	}
	for _, t := range m.Truncated {
		line("cut short", "by the limit %s", t)
	}
}

func parts(w io.Writer, p *mail.Part, indent string) {
	what := fmt.Sprintf("%s %s%s, bytes %d to %d", orDash(p.Path), p.Type, given(", named %q", p.Filename), p.Body, p.End)
	fmt.Fprintf(w, "%-11s %s%s\n", "part", indent, safe(what))
	for _, c := range p.Parts {
		parts(w, c, indent+"  ")
	}
}

func marks(ms []mail.Mark) string {
	if len(ms) == 0 {
		return ""
	}
	w := make([]string, len(ms))
	for i, m := range ms {
		w[i] = string(m)
	}
	return " [" + strings.Join(w, ", ") + "]"
}
