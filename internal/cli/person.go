package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kith/internal/directory"
	"kith/internal/habits"
	"kith/internal/plain"
	"kith/internal/serve"
)

func exportCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "export ADDRESS",
		Short: "Everything that was learned about one person",
		Long: `Shows what kith has learned about one person, readable or, with --json, as a file
that the person can take along. kith serve must not run meanwhile.`,
		Example: "  kith export anna@corp.example\n  kith export --json anna@corp.example > anna.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPerson(cmd, args[0], func(site *serve.Import, who directory.Entry) error {
				p, err := site.Keeper.Portrait(cmd.Context(), who.Address)
				if err != nil {
					return fail(exitStore, "export: %w", err)
				}
				if asJSON {
					enc := json.NewEncoder(cmd.OutOrStdout())
					enc.SetIndent("", "  ")
					return enc.Encode(p)
				}
				return tellPortrait(cmd.OutOrStdout(), p)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return cmd
}

func eraseCommand() *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "erase ADDRESS",
		Short: "Forget one person",
		Long: `Forgets what was learned about one person: the person's relations and habits, the
person as an author, and the records of what was learned from the person's mail.
What others' mail taught about those others stays; it is theirs. What is older
than [learn] keep_days can only fade where it was counted together with others.
The journal forgets by itself after [store] retention_days. kith serve must not
run meanwhile. Make a backup first if you are not sure.`,
		Example: "  kith erase anna@corp.example --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !sure && !yes(cmd.InOrStdin(), cmd.ErrOrStderr(), "Forget what was learned about "+plain.Safe(args[0], 200)+"? This cannot be undone. Type yes: ") {
				return fail(exitNotHeld, "erase: nothing was forgotten")
			}
			return withPerson(cmd, args[0], func(site *serve.Import, who directory.Entry) error {
				for _, a := range append([]string{who.Address}, who.Aliases...) {
					e, err := site.Keeper.Erase(cmd.Context(), a, append([]string{who.Name}, who.Names...))
					if err != nil {
						return fail(exitStore, "erase: %w", err)
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rows of habits and %d learning records are gone\n", plain.Safe(a, 200), e.Rows, e.Lessons)
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return cmd
}

// withPerson opens the site's store and finds the person.
func withPerson(cmd *cobra.Command, address string, f func(*serve.Import, directory.Entry) error) error {
	c, paths, err := settings(cmd)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	site, err := serve.OpenImport(cmd.Context(), c, paths, log)
	if err != nil {
		return fail(exitStore, "%w", err)
	}
	defer site.Close()
	who := site.Lookup(address)
	if who.Address == "" || !strings.Contains(address, "@") {
		return fail(exitUsage, "%s: this is no address; give the person's whole address", plain.Safe(address, 200))
	}
	return f(site, who)
}

func yes(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question)
	s, _ := bufio.NewReader(io.LimitReader(in, 100)).ReadString('\n')
	return strings.TrimSpace(s) == "yes"
}

// maxShown is how many peers and values are listed for a person to read.
const maxShown = 15

func tellPortrait(w io.Writer, p *habits.Portrait) error {
	var b strings.Builder
	date := func(t time.Time) string { return t.Format("2006-01-02") }
	fmt.Fprintf(&b, "What kith has learned about %s\n\n", plain.Safe(p.Address, 200))
	if len(p.Peers) == 0 && len(p.Writes) == 0 {
		b.WriteString("Nothing.\n")
	}
	if len(p.Peers) > 0 {
		fmt.Fprintf(&b, "People (%d)\n", len(p.Peers))
	}
	for i, e := range p.Peers {
		if i == maxShown {
			fmt.Fprintf(&b, "  … and %d more (--json lists all)\n", len(p.Peers)-i)
			break
		}
		name := e.Address
		if name == "" {
			name = "(an address kept as a hash only)"
		}
		fmt.Fprintf(&b, "  %-40s wrote on %d days, was written to on %d, %s to %s\n", plain.Safe(name, 100), e.Wrote, e.Written, date(e.First), date(e.Last))
	}
	for _, part := range []struct {
		title string
		all   []habits.Usual
	}{{"How the person's own mail is", p.Writes}, {"What the person gets", p.Gets}, {"What the person sends", p.Sends}} {
		tellUsual(&b, part.title, part.all)
	}
	n := 0
	for _, m := range p.Lessons {
		n += m.Count
	}
	fmt.Fprintf(&b, "\n%d learning records are kept.\n", n)
	_, err := io.WriteString(w, b.String())
	return err
}

// tellUsual lists the most frequent value of each habit, and how many others.
func tellUsual(b *strings.Builder, title string, all []habits.Usual) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].Habit == all[i].Habit {
			j++
		}
		value := all[i].Value
		if value == "" {
			value = "kept as a hash"
		}
		fmt.Fprintf(b, "  %-62s %s, on %d days", all[i].Sees, plain.Safe(value, 60), all[i].Days)
		if n := j - i - 1; n > 0 {
			fmt.Fprintf(b, "; %d other values", n)
		}
		b.WriteByte('\n')
		i = j
	}
}
