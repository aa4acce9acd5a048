package cli

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kith/internal/kith"
	mailroom "kith/internal/mail"
	"kith/internal/pipeline"
	"kith/internal/plain"
	"kith/internal/serve"
)

// judgeFlags are what the protocol would have said.
type judgeFlags struct {
	json, verbose            bool
	lang, failAt             string
	from, client, helo, user string
	to                       []string
}

func judgeCommand() *cobra.Command {
	var f judgeFlags
	cmd := &cobra.Command{
		Use:   "judge FILE…",
		Short: "Verdict and reasons for a message",
		Long: `Judges messages as a seat would, and says why in plain words. "-" is standard
input. Nothing is stored, and the message goes nowhere.

What a mail server would have known can be given by flags; without them the
sender is read from Return-Path, the recipients from Delivered-To or To.`,
		Example: "  kith judge message.eml\n  kith judge --lang de --to anna@firma.example message.eml\n  kith judge --fail-at suspicious *.eml",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runJudge(cmd, args, f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.json, "json", false, "one JSON object for each message and recipient")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "also show the sum behind the verdict")
	fl.StringVar(&f.lang, "lang", "", "language of the reasons: en, de, ja, ko")
	fl.StringVar(&f.failAt, "fail-at", "", "exit 1 when a message is at or above: suspicious, harmful")
	fl.StringVar(&f.from, "mail-from", "", "envelope sender")
	fl.StringSliceVar(&f.to, "to", nil, "recipient (may be given more than once)")
	fl.StringVar(&f.client, "client", "", "address of the client that sent it")
	fl.StringVar(&f.helo, "helo", "", "name by which the client introduced itself")
	fl.StringVar(&f.user, "login", "", "who signed in to send it")
	return cmd
}

func runJudge(cmd *cobra.Command, args []string, f judgeFlags) error {
	if f.failAt != "" && f.failAt != string(kith.Suspicious) && f.failAt != string(kith.Harm) {
		return fail(exitUsage, "judge: --fail-at %q: say suspicious or harmful", f.failAt)
	}
	if err := checkLang("judge", f.lang); err != nil {
		return err
	}
	c, _, err := settings(cmd)
	if err != nil {
		return err
	}
	if f.lang == "" {
		f.lang = c.Language
	}
	people, err := serve.LoadPeople(c, nil)
	if err != nil {
		return err
	}
	opt, err := serve.Core(c, people, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	p := pipeline.New(opt)
	held := false
	for _, name := range args {
		raw, err := readMessage(cmd.InOrStdin(), name, int64(c.Spool.MaxMessage))
		if err != nil {
			return err
		}
		env, err := f.envelope(raw, opt.Limits)
		if err != nil {
			return err
		}
		out := p.Judge(cmd.Context(), env, raw)
		if err := show(cmd.OutOrStdout(), name, len(args) > 1, out, env, f); err != nil {
			return err
		}
		for _, j := range out.Judgements {
			held = held || atOrAbove(j.Verdict.Band, f.failAt)
		}
	}
	if held {
		return fail(exitNotHeld, "judge: a message is %s", f.failAt)
	}
	return nil
}

func atOrAbove(b kith.Band, limit string) bool {
	switch limit {
	case string(kith.Harm):
		return b == kith.Harm
	case string(kith.Suspicious):
		return b == kith.Harm || b == kith.Suspicious
	}
	return false
}

// readMessage reads a file of at most max bytes.
func readMessage(in io.Reader, name string, max int64) ([]byte, error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fail(exitUsage, "%w: check the name", err)
		}
		defer file.Close()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, max+1))
	if err != nil {
		return nil, fail(exitUsage, "%s: %w: give a file that holds one message", name, err)
	}
	if int64(len(raw)) > max {
		return nil, fail(exitUsage, "%s: larger than [spool] max_message (%d bytes): raise it to look at this one", name, max)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, fail(exitUsage, "%s: it is empty: give a file that holds one message", name)
	}
	return raw, nil
}

// envelope makes up what a protocol would have said.
func (f judgeFlags) envelope(raw []byte, lim mailroom.Limits) (*kith.Envelope, error) {
	m := mailroom.Parse(raw, lim)
	e := &kith.Envelope{ID: "judge", Seat: kith.SeatJudge, Arrived: time.Now(), MailFrom: f.from, Rcpts: f.to, Login: f.user, Size: int64(len(raw)),
		Client: kith.Client{Helo: f.helo, Name: f.helo}}
	if f.client != "" {
		a, err := netip.ParseAddr(f.client)
		if err != nil {
			return nil, fail(exitUsage, "judge: --client %q is no address: write it like 192.0.2.7", f.client)
		}
		e.Client.Addr = a
	}
	if e.MailFrom == "" {
		e.MailFrom = strings.Trim(m.Header.Get("Return-Path"), "<> \t")
	}
	if len(e.Rcpts) == 0 {
		if d := strings.TrimSpace(m.Header.Get("Delivered-To")); d != "" {
			e.Rcpts = []string{d}
		}
	}
	for _, a := range m.To {
		if len(e.Rcpts) >= 20 || len(e.Rcpts) > 0 && f.to != nil {
			break
		}
		if _, err := mail.ParseAddress(a.Addr); err == nil && !contains(e.Rcpts, a.Addr) {
			e.Rcpts = append(e.Rcpts, a.Addr)
		}
	}
	if len(e.Rcpts) == 0 {
		e.Rcpts = []string{"recipient@invalid"}
	}
	return e, nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
			return true
		}
	}
	return false
}

// judgedJSON is the form of --json, one line for each recipient.
type judgedJSON struct {
	File    string           `json:"file"`
	Gap     string           `json:"gap,omitempty"`
	Summary pipeline.Summary `json:"summary"`
	kith.Judgement
	Text plain.Text `json:"text"`
}

// show prints the verdicts; recipients with the same verdict are said once.
func show(w io.Writer, name string, many bool, out *pipeline.Outcome, env *kith.Envelope, f judgeFlags) error {
	said := map[string]bool{}
	for _, j := range out.Judgements {
		text := plain.Render(f.lang, j)
		if f.json {
			if err := writeJSON(w, judgedJSON{File: name, Gap: out.Gap, Summary: out.Summary, Judgement: j, Text: text}); err != nil {
				return err
			}
			continue
		}
		key := fmt.Sprint(text)
		if said[key] {
			continue
		}
		said[key] = true
		if many {
			fmt.Fprintf(w, "%s: ", safe(name))
		}
		fmt.Fprintln(w, paint(w, j.Verdict.Band, text.Headline))
		for _, r := range text.Reasons {
			fmt.Fprintln(w, "  •", r)
		}
		if text.Cue != "" {
			fmt.Fprintln(w, "  →", text.Cue)
		}
		if f.verbose {
			sum(w, j, out)
		}
	}
	return nil
}

// sum shows the addition, so that it can be checked by hand.
func sum(w io.Writer, j kith.Judgement, out *pipeline.Outcome) {
	v := j.Verdict
	fmt.Fprintf(w, "\n  %s, %s%s\n", safe(orDash(out.Summary.Why)), orDash(out.Summary.Auth), given("; not known: %s", out.Gap))
	fmt.Fprintf(w, "  %8.2f  before anything was found (log2 of the odds)\n", v.Prior)
	for _, r := range v.Reasons {
		fmt.Fprintf(w, "  %+8.2f  %s\n", r.Bits, r.Finding.Kind)
	}
	fmt.Fprintf(w, "  %8.2f  = %.1f %% likely to be harmful; %s, %s\n", v.Score, 100*v.Probability, v.Class, v.Band)
	for _, s := range j.Plan.Steps {
		fmt.Fprintf(w, "  plan: %s on %s (%s)\n", s.Action, s.Component.Kind, s.Because)
	}
}
