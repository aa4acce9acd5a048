package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kith/internal/kith"
	"kith/internal/plain"
	"kith/internal/serve"
	"kith/internal/store"
)

func traceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trace WHAT",
		Short: "One message's whole story",
		Long: `Tells what happened to a message, recipient by recipient: when it came, from
whom, what vouched for it, what kith thought of it and why, and what the next
mail server said.

WHAT is the mail server's queue id, kith's own id (it stands in the mail
server's log behind each delivery), a Message-ID, or an address.`,
		Example: "  kith trace 4bXkQz2R3zGk\n  kith trace ann@vendor.example --limit 5\n  kith trace '<20261125.1@vendor.example>' --json",
		Args:    cobra.ExactArgs(1),
	}
	asJSON := cmd.Flags().Bool("json", false, "one JSON object a line")
	limit := cmd.Flags().Int("limit", 20, "at most so many recipients")
	lang := cmd.Flags().String("lang", "", "language of the reasons: en, de, ja, ko")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *limit < 1 {
			return fail(exitUsage, "trace: --limit %d: give a number from 1", *limit)
		}
		if err := checkLang("trace", *lang); err != nil {
			return err
		}
		c, p, err := settings(cmd)
		if err != nil {
			return err
		}
		st, err := serve.OpenStore(p, store.Options{ReadOnly: true})
		if err != nil {
			return coded{exitStore, err}
		}
		defer st.Close()
		recs, err := st.Trace(cmd.Context(), args[0], *limit)
		if err != nil {
			return coded{exitStore, err}
		}
		if len(recs) == 0 {
			return fail(exitNotHeld, "trace: nothing known of %q: the journal goes back %d days; check the spelling, or look in the mail server's log", args[0], c.Store.RetentionDays)
		}
		if *lang == "" {
			*lang = c.Language
		}
		for i, r := range recs {
			if *asJSON {
				if err := writeJSON(cmd.OutOrStdout(), r); err != nil {
					return err
				}
				continue
			}
			if i > 0 {
				fmt.Fprintln(cmd.OutOrStdout())
			}
			tell(cmd.OutOrStdout(), r, *lang)
		}
		return nil
	}
	return cmd
}

// tell writes one recipient's story.
func tell(w io.Writer, r kith.Record, lang string) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-10s %s\n", name, safe(fmt.Sprintf(format, args...)))
	}
	fmt.Fprintf(w, "%s  for %s\n", r.Arrived.Local().Format("2006-01-02 15:04:05"), safe(r.Rcpt))
	line("message", "%s%s, %d bytes, by the %s seat", orDash(r.Subject), bracketed(r.MessageID), r.Size, r.Seat)
	line("ids", "kith %s, queue id %s", r.ID, orDash(r.QueueID))
	line("from", "%s%s", orDash(r.From), given(" (envelope %s)", r.MailFrom))
	line("way", "%s%s%s", r.Direction, given(": %s", r.Why), given(", client %s", r.Client))
	if r.Login != "" {
		line("signed in", "%s", r.Login)
	}
	if r.Auth != "" {
		line("vouched", "%s", r.Auth)
	}
	judged(line, r, lang)
	line("became", "%s%s", stateWords(r), given(": %s", r.Reply))
}

func judged(line func(string, string, ...any), r kith.Record, lang string) {
	switch {
	case r.State == kith.StateReceived || r.Judged.Rcpt == "" && r.State == kith.StateInDoubt:
		line("judged", "kith stopped before it had judged")
		return
	case r.Judged.Rcpt == "":
		line("judged", "no: the next server refused the recipient first")
		return
	}
	v := r.Judged.Verdict
	line("judged", "%s (%s), %.0f %% likely to be harmful%s", v.Band, v.Class, 100*v.Probability, given("; not known: %s", r.Gap))
	for _, s := range plain.Render(lang, r.Judged).Reasons {
		line("", "- %s", s)
	}
	if p := r.Judged.Plan; len(p.Steps) > 0 {
		if p.Mode == kith.Shadow {
			line("plan", "%s, in shadow: nothing was done", p.Heaviest())
		} else {
			line("plan", "%s; done: %s", p.Heaviest(), p.Done)
		}
	}
}

// stateWords explains the states that need it at 3 a.m.
func stateWords(r kith.Record) string {
	switch r.State {
	case kith.StateReceived:
		return "under way, or kith has just stopped"
	case kith.StateInDoubt:
		return "in doubt: kith or the next server stopped between the message and its answer; the sender comes again, and a copy may then be doubled (the duplicate rule removes it)"
	case kith.StateDeferred:
		return "deferred: the sender keeps it and comes again"
	case kith.StatePassed:
		return "passed back to the mail server, which delivers"
	}
	w := string(r.State)
	if r.Attempts > 1 {
		w += fmt.Sprintf(" at attempt %d", r.Attempts)
	}
	return w
}

func given(format, s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf(format, s)
}

func bracketed(id string) string { return given(" <%s>", id) }

func orDash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "–"
	}
	return s
}

func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := time.Since(t).Round(time.Second)
	if d < 0 {
		return t.Local().Format("2006-01-02 15:04") + ", which is still to come"
	}
	if d > 48*time.Hour {
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
	return d.String() + " ago"
}
