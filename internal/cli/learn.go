package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kith/internal/learn"
	"kith/internal/plain"
	"kith/internal/serve"
)

// learnFlags are what is said of the sources.
type learnFlags struct {
	owner, domain, passwordFile, ca string
	folders                         []string
	again, plain                    bool
	maxMB                           int64
}

func learnCommand() *cobra.Command {
	var f learnFlags
	cmd := &cobra.Command{
		Use:   "learn SOURCE…",
		Short: "Learn from the mail that people already have",
		Long: `Reads mail that is there already, so that kith knows on its first day who knows
whom. A source is an mbox file, a Maildir, a tree of .eml files, or an IMAP
account. Junk, trash and drafts are passed over, Sent folders are recognised.

Nothing is changed in the source, and no network is asked but the IMAP server.
What is learned are counts under keyed hashes. The same mail twice is learned
once, and a run that was stopped goes on where it was. kith serve must not run
meanwhile on the same store.`,
		Example: `  kith learn /var/mail/vhosts
  kith learn --owner anna@corp.example ~/Maildir
  kith learn --password-file pw imap://anna@corp.example@mail.corp.example/
  kith learn --password-file pw 'imap://*master@mail.corp.example/'   everybody's, by a master user`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runLearn(cmd, args, f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.owner, "owner", "", "whose mail it is; otherwise read from the path or the login")
	fl.StringVar(&f.domain, "domain", "", "domain of owners whose folder or login has none")
	fl.StringSliceVar(&f.folders, "folder", nil, "NAME=ROLE: inbox, sent, archive, junk, trash, drafts, other")
	fl.StringVar(&f.passwordFile, "password-file", "", "file with the IMAP password, else $KITH_IMAP_PASSWORD")
	fl.StringVar(&f.ca, "ca", "", "file of further certificates to trust (PEM)")
	fl.BoolVar(&f.plain, "plain", false, "send the password without TLS to another machine")
	fl.BoolVar(&f.again, "from-start", false, "read everything again; what was learned is not learned twice")
	fl.Int64Var(&f.maxMB, "max-mb", 64, "pass over messages larger than this")
	return cmd
}

func runLearn(cmd *cobra.Command, args []string, f learnFlags) error {
	c, paths, err := settings(cmd)
	if err != nil {
		return err
	}
	if len(c.Org.Domains) == 0 {
		return fail(exitConfig, "learn: kith does not know which domains are yours: set [org] domains in the configuration")
	}
	if !c.Learn.Enabled {
		return fail(exitConfig, "learn: learning is switched off: set [learn] enabled = true")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	site, err := serve.OpenImport(ctx, c, paths, log)
	if err != nil {
		return fail(exitStore, "%w", err)
	}
	defer site.Close()
	opt, err := f.options(cmd)
	if err != nil {
		return err
	}
	var sources []string
	for _, a := range args {
		sources = append(sources, learn.Accounts(a, site.Owners())...)
	}
	for _, s := range sources {
		if err := learnOne(ctx, cmd, site, s, opt, f.again); err != nil {
			return err
		}
	}
	t := site.Taught()
	fmt.Fprintf(cmd.OutOrStdout(), "learned from %d messages (%d lessons)\n", t.Messages, t.Lessons)
	for _, x := range []struct {
		n    int
		what string
	}{
		{t.Silent, "taught nothing: known already to be unsafe, or nothing proves who wrote them"}, {t.NoTime, "passed over: nobody knows when they came"},
		{t.Stranger, "passed over: their owner is nobody of ours; give --owner"}, {t.NotOurs, "passed over: in a Sent folder, but written by somebody else"},
	} {
		if x.n > 0 {
			fmt.Fprintf(cmd.OutOrStdout(), "%d %s\n", x.n, x.what)
		}
	}
	return nil
}

// options makes the source's options out of the flags.
func (f *learnFlags) options(cmd *cobra.Command) (learn.Options, error) {
	o := learn.Options{Owner: f.owner, Domain: f.domain, MaxMessage: f.maxMB << 20, Plain: f.plain, Roles: map[string]learn.Role{}}
	for _, s := range f.folders {
		name, word, ok := strings.Cut(s, "=")
		role, err := learn.ParseRole(word)
		if !ok || err != nil {
			return o, fail(exitUsage, "learn: --folder %q: write NAME=ROLE with a role of inbox, sent, archive, junk, trash, drafts, other", s)
		}
		o.Roles[name] = role
	}
	if f.ca != "" {
		pem, err := os.ReadFile(f.ca)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(pem) {
			return o, fail(exitUsage, "learn: --ca %s: no certificate could be read from it; give a PEM file", f.ca)
		}
		o.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	switch {
	case f.passwordFile != "":
		o.Password = learn.PasswordFile(f.passwordFile)
	case os.Getenv("KITH_IMAP_PASSWORD") != "":
		o.Password = learn.PasswordEnv("KITH_IMAP_PASSWORD")
	default:
		o.Password = askPassword
	}
	faults := 0
	o.Report = func(where string, err error) {
		if faults++; faults <= maxFaults {
			fmt.Fprintln(cmd.ErrOrStderr(), plain.Safe(fmt.Sprintf("%s: %v", where, err), longestError))
		} else if faults == maxFaults+1 {
			fmt.Fprintln(cmd.ErrOrStderr(), "further faults are counted only")
		}
	}
	return o, nil
}

// maxFaults is how many faulty messages are named; a broken disk has thousands.
const maxFaults = 20

func askPassword() (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", errors.New("no password: give --password-file or $KITH_IMAP_PASSWORD")
	}
	fmt.Fprint(os.Stderr, "IMAP password: ")
	b, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(b), err
}

// learnOne reads one source from where it was left.
func learnOne(ctx context.Context, cmd *cobra.Command, site *serve.Import, source string, o learn.Options, again bool) error {
	if !again {
		at, err := site.Places(ctx, source)
		if err != nil {
			return fail(exitStore, "%w", err)
		}
		o.Resume = at
	}
	src, err := learn.Open(ctx, source, o)
	if err != nil {
		return fail(codeFor(err, source), "learn: %w", err)
	}
	defer src.Close()
	total, err := src.Count(ctx)
	if err != nil {
		return fail(codeFor(err, source), "learn: %w", err)
	}
	bar := learnBar(cmd.ErrOrStderr(), src, total)
	report, err := learn.Run(ctx, src, func(ctx context.Context, it learn.Item) error {
		bar()
		return site.Take(ctx, it)
	})
	keep := context.WithoutCancel(ctx)
	if ferr := site.Flush(keep); ferr != nil {
		return fail(exitStore, "learn: %w", ferr)
	}
	if kerr := site.KeepPlaces(source, report.Positions); kerr != nil {
		return fail(exitStore, "learn: %w", kerr)
	}
	tellReport(cmd.OutOrStdout(), source, report)
	switch {
	case ctx.Err() != nil:
		return fail(exitNotHeld, "learn: stopped; the same command goes on from here")
	case err != nil:
		return fail(codeFor(err, source), "learn: %w", err)
	}
	return nil
}

func codeFor(err error, source string) int {
	if strings.HasPrefix(source, "imap") || errors.Is(err, learn.ErrLogin) {
		return exitNetwork
	}
	return exitUsage
}

// tellReport says what was read and what was left out.
func tellReport(w io.Writer, source string, r learn.Report) {
	fmt.Fprintf(w, "%s: %d messages in %d folders\n", plain.Safe(source, 200), r.Handed.Messages, r.Folders)
	var why []string
	for reason, n := range r.Skipped {
		why = append(why, fmt.Sprintf("%d %s", n, reason))
	}
	slices.Sort(why)
	if len(why) > 0 {
		fmt.Fprintln(w, "  passed over:", strings.Join(why, ", "))
	}
	for i, l := range r.Left {
		if i == 10 {
			fmt.Fprintf(w, "  and %d more folders\n", len(r.Left)-i)
			break
		}
		fmt.Fprintf(w, "  left out: %s (%s)\n", plain.Safe(l.Name, 100), l.Role)
	}
	for key, err := range r.Failed {
		fmt.Fprintf(w, "  not read to its end: %s: %s\n", plain.Safe(key, 100), plain.Safe(err.Error(), 300))
	}
}

// learnBar shows how far a source is, where there is a terminal.
func learnBar(w io.Writer, src *learn.Source, total learn.Count) func() {
	if !terminal(w) {
		return func() {}
	}
	meter := learn.NewMeter(total, time.Now())
	bar := progressbar.NewOptions64(max(total.Messages, 1), progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("learning"),
		progressbar.OptionSetWidth(40), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("mails"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	return func() {
		p := meter.Read(src.Passed(), time.Now())
		bar.ChangeMax64(max(p.Total, 1))
		_ = bar.Set64(p.Done)
	}
}
