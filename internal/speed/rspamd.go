package speed

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// Rspamd is a private rspamd with the distribution's rules, as a milter that
// scans by itself. Off are the modules that ask the network or need servers
// that are not here (block lists, fuzzy hashes, redis with Bayes and history):
// a production rspamd does more and costs more.
type Rspamd struct {
	Auth    bool   // SPF, DKIM, DMARC and ARC, against the made-up DNS
	Workers int    // 2
	Log     string // level; "warning". At "info" every message's symbols are logged
}

// Contender starts it. Without rspamd on the machine the start fails with a
// sentence that says so.
func (r Rspamd) Contender() Contender {
	name := "rspamd"
	if !r.Auth {
		name = "rspamd-local"
	}
	inner := Command(name, r.prepare)
	start := func(ctx context.Context, e Env) (*Running, error) {
		run, err := inner.Start(ctx, e)
		if err != nil {
			return nil, err
		}
		if err := idle(ctx, run.Roots); err != nil {
			run.Stop()
			return nil, err
		}
		return run, nil
	}
	return Contender{Name: name, Start: func(ctx context.Context, e Env) (*Running, error) {
		// The first start compiles the patterns and keeps twice the memory for it.
		// What is measured is a start like every later one.
		first, err := start(ctx, e)
		if err != nil {
			return nil, err
		}
		first.Stop()
		return start(ctx, e)
	}}
}

// idle waits until a process tree used no CPU for twice three seconds: a helper
// of rspamd goes on compiling patterns after the socket answers, and that must
// not be counted as mail.
func idle(ctx context.Context, roots []int) error {
	last := treeCPU(roots)
	for quiet := 0; quiet < 2; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(3 * time.Second):
		}
		now := treeCPU(roots)
		if quiet++; now-last > tick {
			quiet = 0
		}
		last = now
	}
	return nil
}

// needNetwork are the modules that are always off.
var needNetwork = []string{
	"antivirus", "arc_sign", "asn", "aws_s3", "bimi", "clickhouse", "dcc", "dkim_signing", "elastic", "external_services",
	"fuzzy_check", "greylist", "history_redis", "known_senders", "metadata_exporter", "mx_check", "neural", "phishing",
	"ratelimit", "rbl", "replies", "reputation", "rspamd_update", "surbl", "url_redirector",
}

// authModules are off in the local profile; whitelist rests on their results.
var authModules = []string{"spf", "dkim", "dmarc", "arc", "whitelist"}

func (r Rspamd) prepare(e Env, path string) ([]string, error) {
	program, err := exec.LookPath("rspamd")
	if err != nil {
		return nil, fmt.Errorf("rspamd is not installed; install it, or leave it out of the contenders")
	}
	files := r.files(e, path)
	etc := filepath.Join(e.Dir, "etc")
	if err := os.RemoveAll(etc); err != nil {
		return nil, err
	}
	for name, text := range files {
		file := filepath.Join(etc, "override.d", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	args := []string{program, "-f", "-c", "/etc/rspamd/rspamd.conf"}
	owner, err := rspamdUser(&args)
	if err != nil {
		return nil, err
	}
	for _, v := range []struct{ variable, folder string }{{"DBDIR", "db"}, {"RUNDIR", "run"}, {"LOGDIR", "log"}} {
		dir := filepath.Join(e.Dir, v.folder)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, owner, -1); err != nil {
			return nil, err
		}
		args = append(args, "--var="+v.variable+"="+dir)
	}
	// The folder may be a temporary one that only its maker can enter.
	if err := os.Chmod(filepath.Dir(e.Dir), 0o755); err != nil {
		return nil, err
	}
	return append(args, "--var=LOCAL_CONFDIR="+etc), nil
}

// rspamdUser lets rspamd give up root for its own user, and returns the owner
// of its folders.
func rspamdUser(args *[]string) (uid int, err error) {
	if os.Getuid() != 0 {
		return os.Getuid(), nil
	}
	for _, name := range []string{"_rspamd", "rspamd"} {
		if u, err := user.Lookup(name); err == nil {
			*args = append(*args, "-u", name, "-g", name)
			return strconv.Atoi(u.Uid)
		}
	}
	return 0, fmt.Errorf("rspamd's user is not there: neither _rspamd nor rspamd")
}

// files are written to override.d, which wins over the distribution's rules.
func (r Rspamd) files(e Env, path string) map[string]string {
	workers, level := r.Workers, r.Log
	setIfZero(&workers, 2)
	if level == "" {
		level = "warning"
	}
	files := map[string]string{
		"options.inc": fmt.Sprintf("dns { nameserver = [\"%s:%d:1\"]; timeout = 1s; retransmits = 1; }\nlocal_addrs = [\"10.0.0.0/8\"];\ncontrol_socket = \"%s mode=0600\";\n",
			e.DNS.Addr(), e.DNS.Port(), filepath.Join(e.Dir, "run", "control.sock")),
		"worker-normal.inc":     "enabled = false;\n",
		"worker-controller.inc": fmt.Sprintf("bind_socket = [\"%s mode=0600\"];\nsecure_ip = null;\n", filepath.Join(e.Dir, "run", "controller.sock")),
		"worker-proxy.inc": fmt.Sprintf("bind_socket = [\"%s mode=0666\"];\nmilter = yes;\ntimeout = 60s;\ncount = %d;\nupstream \"local\" { default = yes; self_scan = yes; }\n",
			path, workers),
		"logging.inc": fmt.Sprintf("level = %q;\n", level),
	}
	off := needNetwork
	if !r.Auth {
		off = append(append([]string{}, needNetwork...), authModules...)
	}
	for _, m := range off {
		files[m+".conf"] = "enabled = false;\n"
	}
	return files
}

var symbol = regexp.MustCompile(`([A-Z][A-Z0-9_]{3,})\(-?[0-9.]+\)`)

// RspamdSymbols counts the symbols in the log of an rspamd that ran in dir with
// Log "info": the proof that both sides did the work that is compared.
func RspamdSymbols(dir string) (map[string]int, error) {
	f, err := os.Open(filepath.Join(dir, "log", "rspamd.log"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	counts := map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		for _, m := range symbol.FindAllStringSubmatch(lines.Text(), -1) {
			counts[m[1]]++
		}
	}
	return counts, lines.Err()
}
