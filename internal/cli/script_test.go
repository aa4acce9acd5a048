package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(cleanly{m}, map[string]func(){
		"kith": func() { os.Exit(Main("test", os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// cleanly removes what the tests share.
type cleanly struct{ m *testing.M }

func (c cleanly) Run() int {
	code := c.m.Run()
	if builtDir != "" {
		os.RemoveAll(builtDir)
	}
	return code
}

// TestScript runs testdata/script/*.txt. Beside testscript's own commands they
// have those of scriptCommands.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds:                scriptCommands,
		Setup: func(env *testscript.Env) error {
			// No file of the machine's may be read, and no store of its made.
			env.Setenv("STATE_DIRECTORY", env.WorkDir+"/state")
			env.Setenv("TZ", "UTC")
			return nil
		},
	})
}

var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":    cmdExits,
	"expand":   cmdExpand,
	"free":     cmdFree,
	"nexthop":  cmdNextHop,
	"answers":  cmdAnswers,
	"lmtp":     cmdLMTP,
	"signal":   cmdSignal,
	"newer":    cmdNewer,
	"harmless": cmdHarmless,
	"fill":     cmdFill,
}

func usage(ts *testscript.TestScript, neg bool, args []string, min int, form string) {
	if neg || len(args) < min {
		ts.Fatalf("usage: %s", form)
	}
}

// exits CODE COMMAND… runs a command and demands its exit code. A command that
// fails says why in one line, the last one; what stands before it is a log.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "exits code command…")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	if want == 0 {
		return
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stderr"), "\n"), "\n")
	for i, l := range lines {
		if last := i == len(lines)-1; strings.HasPrefix(l, "kith: ") != last || !last && !strings.HasPrefix(l, "time=") {
			ts.Fatalf("the reason is not one line at the end: %q", lines)
		}
	}
}

// expand FILE… replaces $NAME in files.
func cmdExpand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "expand file…")
	for _, f := range args {
		ts.Check(os.WriteFile(ts.MkAbs(f), []byte(os.Expand(ts.ReadFile(f), ts.Getenv)), 0o600))
	}
}

// free NAME… sets variables to addresses at which nobody listens.
func cmdFree(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "free name…")
	for _, name := range args {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		defer ln.Close() // together, so that no two are the same
		ts.Setenv(name, ln.Addr().String())
	}
}

// sink is a mail store that takes everything but mail for nobody@.
type sink struct{}

func (sink) NewSession(*smtp.Conn) (smtp.Session, error) { return sink{}, nil }
func (sink) Mail(string, *smtp.MailOptions) error        { return nil }
func (sink) Reset()                                      {}
func (sink) Logout() error                               { return nil }
func (sink) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such \x1b[31mmailbox"}
	}
	return nil
}
func (sink) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// nexthop NAME starts a mail store behind kith until the script ends.
func cmdNextHop(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "nexthop name")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	go serveSink(ln)
	ts.Defer(func() { ln.Close() })
	ts.Setenv(args[0], ln.Addr().String())
}

// serveSink is a mail store at a port until it is closed.
func serveSink(ln net.Listener) {
	s := smtp.NewServer(sink{})
	s.LMTP, s.Domain = true, "dovecot.corp.test"
	s.Serve(ln)
}

// answers ADDRESS waits until somebody listens there.
func cmdAnswers(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "answers address")
	for range 600 {
		if c, err := net.Dial("tcp", args[0]); err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("nobody answers at %s", args[0])
}

// lmtp ADDRESS FILE RCPT… delivers a message as Postfix would; the replies are
// its output.
func cmdLMTP(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: [!] lmtp address file rcpt…")
	}
	err := sendLMTP(ts.Stdout(), args[0], ts.ReadFile(args[1]), args[2:])
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	}
	if (err != nil) != neg {
		ts.Fatalf("delivery: %v", err)
	}
}

func sendLMTP(said io.Writer, addr, text string, to []string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	if err := c.Mail("ann@vendor.example", nil); err != nil {
		return err
	}
	for _, r := range to {
		if err := c.Rcpt(r, nil); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		return err
	}
	replies, err := w.CloseWithLMTPResponse()
	for r, d := range replies {
		fmt.Fprintln(said, r, d.StatusText)
	}
	return err
}

// signal HUP|TERM sends a signal to every background command.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "signal HUP|TERM")
	sig, ok := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}[args[0]]
	if !ok {
		ts.Fatalf("unknown signal %s", args[0])
	}
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(sig))
	}
}

// newer FILE makes a store look as if a newer kith had written it: the number
// at byte 60 is user_version (sqlite.org/fileformat2.html section 1.3).
func cmdNewer(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "newer file")
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteAt([]byte{0, 0, 0, 99}, 60)
	ts.Check(errors.Join(err, f.Close()))
}

// harmless FILE… demands that nothing in a file (or stdout, stderr) moves a
// terminal's cursor, changes its state or hides something.
func cmdHarmless(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "harmless file…")
	for _, f := range args {
		if bad := unprintable(ts.ReadFile(f)); bad != "" {
			ts.Fatalf("%s holds %s", f, bad)
		}
	}
}

// unprintable names the first thing in a text that a terminal would obey.
func unprintable(text string) string {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 || r != '\n' && !unicode.IsPrint(r) {
			return fmt.Sprintf("%q at byte %d: %q", r, i, text[max(0, i-30):min(len(text), i+30)])
		}
		i += n
	}
	return ""
}

// fill FILE SIZE makes a file of zeros.
func cmdFill(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "fill file bytes")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), make([]byte, n), 0o600))
}
