//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/e2e/load"
	"kith/e2e/stack"
)

// setup is how a kith of a test differs from the plain one: the LMTP seat in
// shadow mode between the stack's Postfix and its Dovecot.
type setup struct {
	mode, fail string
	next       string // of the LMTP seat; "" means the stack's Dovecot
	listen     string // of the LMTP seat; "" means a free port, "none" no such seat
	smtpNext   string // switches the SMTP seat on
	milter     bool   // switches the milter on, for port 25 and submission
	resolver   string
	deadline   string // of a message's authentication
	dir        string // for store and spool; "" means a new one
	env        []string
	armed      int // how many starts have env; 0 means 1
}

// kith is a running kith.
type kith struct {
	*daemon
	dir, config                    string
	lmtp, smtp, milter25, milter87 string
	web                            string
}

// configText is the only place that knows the names of kith's configuration.
func configText(k *kith, s setup) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("mode = %q", s.mode)
	line("fail = %q", s.fail)
	line("[org]\ndomains = [%q]\nrecipient_delimiter = \"+\"", stack.Domain)
	line("[directory]\nfile = %q", filepath.Join(k.dir, "people.toml"))
	line("[store]\npath = %q", filepath.Join(k.dir, "kith.db"))
	line("[spool]\ndir = %q", filepath.Join(k.dir, "spool"))
	line("[border]\nrelays = [\"127.0.0.1\"]\nauthserv_id = \"mx.%s\"", stack.Domain)
	line("[auth]\nresolver = %q", s.resolver)
	if s.deadline != "" {
		line("deadline = %q", s.deadline)
	}
	if k.lmtp != "" {
		line("[lmtp]\nlisten = %q\nnext = %q\nsocket_mode = \"0666\"", k.lmtp, s.next)
	}
	if k.smtp != "" {
		line("[smtp]\nlisten = %q\nnext = %q\nxforward_hosts = [\"127.0.0.1\"]", k.smtp, s.smtpNext)
	}
	if k.milter25 != "" {
		line("[milter]\nlisten = %q\nsubmission_listen = %q", k.milter25, k.milter87)
	}
	line("[web]\nlisten = %q", k.web)
	return b.String()
}

// people lists the first ten employees; the others are known by their domain.
func people(st *stack.Stack) string {
	var b strings.Builder
	for i, u := range st.Users() {
		if i == 10 {
			break
		}
		fmt.Fprintf(&b, "[[person]]\naddress = %q\nname = \"Person %d\"\n\n", u, i+1)
	}
	return b.String()
}

// kithOnce builds the binary at its first use. The tag gives it the means to
// kill itself at a named step (internal/drill).
var kithOnce = sync.OnceValue(func() error {
	if ready := os.Getenv("KITH_E2E_KITH"); ready != "" {
		return os.Symlink(ready, filepath.Join(binaries, "kith"))
	}
	out, err := exec.Command("go", "build", "-tags", "drill", "-o", filepath.Join(binaries, "kith"), "kith/cmd/kith").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build kith: %w\n%s", err, out)
	}
	return nil
})

// newKith writes the configuration of a kith and does not start it.
func newKith(t *testing.T, st *stack.Stack, s setup) *kith {
	t.Helper()
	if err := kithOnce(); err != nil {
		t.Fatal(err)
	}
	k := &kith{dir: s.dir}
	if k.dir == "" {
		k.dir = workDir(t)
	}
	ports := make([]string, 5)
	for i := range ports {
		p, err := stack.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = p
	}
	k.web = ports[4]
	if k.lmtp = s.listen; s.listen == "" {
		k.lmtp = ports[0]
	} else if s.listen == "none" {
		k.lmtp = ""
	}
	if s.smtpNext != "" {
		k.smtp = ports[1]
	}
	if s.milter {
		k.milter25, k.milter87 = ports[2], ports[3]
	}
	if s.mode == "" {
		s.mode = "shadow"
	}
	if s.next == "" {
		s.next = st.LMTP
	}
	if s.resolver == "" {
		s.resolver = emptyDNS(t)
	}
	k.config = filepath.Join(k.dir, "kith.toml")
	k.daemon = newDaemon(t, "kith", k.web, "--config", k.config, "serve")
	k.env, k.armed = s.env, max(1, s.armed)
	for name, text := range map[string]string{"kith.toml": configText(k, s), "people.toml": people(st)} {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k.ready = []string{k.lmtp, k.smtp, k.milter25, k.milter87}
	return k
}

// startKith starts a kith and leads the stack's mail through its LMTP seat.
func startKith(t *testing.T, st *stack.Stack, s setup) *kith {
	t.Helper()
	k := newKith(t, st, s)
	k.start()
	rewire(t, st, k.wire)
	return k
}

// wire is what an administrator writes into main.cf for the seats that are on.
func (k *kith) wire(o *stack.Options) {
	if k.lmtp != "" {
		o.Deliver = "lmtp:" + postfixName(k.lmtp)
	}
	if k.milter25 != "" {
		o.Milters25, o.Milters587 = []string{postfixName(k.milter25)}, []string{postfixName(k.milter87)}
	}
}

// postfixName is an address in Postfix's words.
func postfixName(a string) string {
	if strings.HasPrefix(a, "unix:") {
		return a
	}
	return "inet:" + a
}

// run runs a command of kith on the same configuration.
func (k *kith) run(args ...string) (string, error) {
	out, err := exec.Command(k.program, append([]string{"--config", k.config}, args...)...).CombinedOutput()
	return string(out), err
}

// traced demands that kith can tell the story of a message: by its queue id,
// with every recipient in it.
func (k *kith) traced(st *stack.Stack, e load.Entry) string {
	k.t.Helper()
	qid := queueID(st, e.ID)
	if qid == "" {
		k.t.Errorf("Postfix's log has no queue id for %s", e.ID)
		return ""
	}
	out, err := k.run("trace", "--limit", "500", qid)
	if err != nil {
		k.t.Errorf("kith trace %s: %v\n%s", qid, err, out)
	}
	for _, want := range append([]string{qid, e.From}, e.To...) {
		if !strings.Contains(out, want) {
			k.t.Errorf("kith trace %s does not tell of %s:\n%s", qid, want, out)
		}
	}
	return out
}

// queueID finds the queue id under which Postfix took a test message.
func queueID(st *stack.Stack, id string) string {
	re := regexp.MustCompile(`: ([0-9A-Za-z]+): message-id=<` + regexp.QuoteMeta(id) + `@`)
	if m := re.FindStringSubmatch(st.Log("postfix")); m != nil {
		return m[1]
	}
	return ""
}

// spooled lists the messages in the spool. The overflow of outcomes lies there,
// too, and is no message.
func (k *kith) spooled() []string {
	found, _ := filepath.Glob(filepath.Join(k.dir, "spool", "*"))
	return slices.DeleteFunc(found, func(path string) bool { return filepath.Base(path) == "outcomes" })
}

// workDir is a directory for one kith. With KITH_E2E_KEEP it outlives the test.
func workDir(t *testing.T) string {
	if os.Getenv("KITH_E2E_KEEP") == "" {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("", "kith-kept-")
	if err != nil {
		t.Fatal(err)
	}
	t.Log("kept:", dir)
	return dir
}

// emptyDNS is a resolver that knows no name and says so at once.
func emptyDNS(t *testing.T) string {
	t.Helper()
	addr, stop, err := stack.EmptyDNS()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}

// healthy demands 200 from the web door.
func (k *kith) healthy() {
	k.t.Helper()
	for _, page := range []string{"/healthz", "/readyz", "/metrics"} {
		c := http.Client{Timeout: 5 * time.Second}
		r, err := c.Get("http://" + k.web + page)
		if err != nil {
			k.t.Error(err)
			continue
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			k.t.Errorf("%s answers %s", page, r.Status)
		}
	}
}
