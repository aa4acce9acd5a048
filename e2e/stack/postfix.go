package stack

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"
)

// postfix is one private instance. Everything is under dir: etc, queue, data.
type postfix struct {
	name             string // "postfix" or "postfix2"; also the log's name
	dir, etc, queue  string
	smtp, submission string // listening host:port; submission may be ""
	stack            *Stack
	master           *Process
}

func (s *Stack) newPostfix(name, smtp, submission string) *postfix {
	dir := filepath.Join(s.Dir, name)
	return &postfix{
		name: name, dir: dir,
		etc: filepath.Join(dir, "etc"), queue: filepath.Join(dir, "queue"),
		smtp: smtp, submission: submission, stack: s,
	}
}

// mainCF is the whole main.cf. Three things in it are easy to get wrong:
//
//   - Bytes must pass as received, so line breaking at delivery and the
//     rewriting of mail from this machine are off.
//   - Nothing may leave the machine and no bounce may loop: strangers' mail
//     goes to the sink, local and relay transports refuse.
//   - A test client meets many 4xx on purpose, so the delays and the limits for
//     clients with errors are off.
var mainCF = template.Must(template.New("main.cf").Parse(`compatibility_level = 3.6
config_directory = {{.Etc}}
queue_directory = {{.Queue}}
data_directory = {{.Data}}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
multi_instance_enable = no
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C
maillog_file = {{.Log}}
maillog_file_prefixes = {{.LogDir}}
myhostname = {{.Host}}
myorigin = {{.Domain}}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +

virtual_mailbox_domains = {{.Domain}}
virtual_mailbox_maps = texthash:{{.Etc}}/mailboxes
virtual_alias_maps = texthash:{{.Etc}}/aliases
virtual_transport = {{.Deliver}}
lmtp_destination_recipient_limit = 200
smtp_destination_recipient_limit = 200
default_destination_concurrency_limit = 20
lmtp_send_xforward_command = {{.Xforward}}
lmtp_fallback_relay = {{.Fallback}}

default_transport = smtp:[127.0.0.1]:{{.Sink}}
relay_transport = error:5.7.1 no relaying here
local_transport = error:5.1.1 no local delivery here
notify_classes =
hopcount_limit = 15

local_header_rewrite_clients =
smtp_line_length_limit = 0
lmtp_line_length_limit = 0
message_size_limit = 52428800
mailbox_size_limit = 0

smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_authorized_xforward_hosts = 127.0.0.0/8
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 10000

minimal_backoff_time = 1s
maximal_backoff_time = 3s
queue_run_delay = 1s
lmtp_connect_timeout = 5s
lmtp_data_done_timeout = 60s
smtp_connect_timeout = 5s
smtp_data_done_timeout = 60s
default_destination_concurrency_failed_cohort_limit = 0
transport_retry_time = 1s

smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_local_domain = {{.Domain}}
smtpd_sender_login_maps = texthash:{{.Etc}}/logins
smtpd_tls_security_level = may
smtpd_tls_cert_file = {{.TLS}}/cert.pem
smtpd_tls_key_file = {{.TLS}}/key.pem
smtpd_tls_auth_only = no

smtpd_milters = {{.Milters25}}
non_smtpd_milters =
milter_default_action = {{.MilterDefault}}
milter_protocol = 6
milter_connect_timeout = 5s
{{range .Extra}}{{.}}
{{end}}`))

// masterCF lists the services. None is chrooted, so that sockets may be
// anywhere under the stack's directory; even the smallest instance needs
// proxymap, rewrite, the bounce family, retry and error.
var masterCF = template.Must(template.New("master.cf").Parse(`{{.SMTP}} inet n - n - 100 smtpd
{{with .Submission}}{{.}} inet n - n - 100 smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_sender_restrictions=reject_sender_login_mismatch
  -o smtpd_authorized_xclient_hosts=
  -o milter_macro_daemon_name=ORIGINATING
  -o smtpd_milters={{$.Milters587}}
{{end}}pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - 50 lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`))

// configure writes main.cf, master.cf and the maps.
func (p *postfix) configure(o Options, deliver string) error {
	xforward, milterDefault := "yes", o.MilterDefault
	if o.NoXforward {
		xforward = "no"
	}
	if milterDefault == "" {
		milterDefault = "tempfail"
	}
	_, sinkPort, _ := strings.Cut(p.stack.Out, ":")
	host := "mx." + Domain
	if p.name != "postfix" {
		host = "mx2." + Domain // a name of its own, or it sees a loop
	}
	values := map[string]any{
		"Etc": p.etc, "Queue": p.queue, "Data": filepath.Join(p.dir, "data"),
		"Log": p.logFile(), "LogDir": filepath.Join(p.stack.Dir, "log"), "TLS": filepath.Join(p.stack.Dir, "tls"),
		"Host": host, "Domain": Domain, "Deliver": deliver, "Xforward": xforward, "Fallback": o.Fallback,
		"Sink": sinkPort, "Milters25": strings.Join(o.Milters25, ","), "Milters587": strings.Join(o.Milters587, ","),
		"MilterDefault": milterDefault, "Extra": o.Extra, "SMTP": p.smtp, "Submission": p.submission,
	}
	if err := os.MkdirAll(p.etc, 0o755); err != nil {
		return err
	}
	for name, t := range map[string]*template.Template{"main.cf": mainCF, "master.cf": masterCF} {
		var text strings.Builder
		if err := t.Execute(&text, values); err != nil {
			return err
		}
		if err := p.write(name, text.String()); err != nil {
			return err
		}
	}
	return p.writeMaps(o)
}

// writeMaps writes the texthash maps, which Postfix reads as they are.
func (p *postfix) writeMaps(o Options) error {
	var mailboxes, logins, aliases strings.Builder
	for _, u := range p.stack.Users() {
		fmt.Fprintf(&mailboxes, "%s x\n", u)
		fmt.Fprintf(&logins, "%s %s\n", u, u)
	}
	for i := range o.Ghosts {
		fmt.Fprintf(&mailboxes, "%s x\n", p.stack.Ghost(i+1))
	}
	for _, a := range slices.Sorted(maps.Keys(o.Aliases)) {
		fmt.Fprintf(&aliases, "%s %s\n", a, strings.Join(o.Aliases[a], ", "))
	}
	for name, text := range map[string]string{
		"mailboxes": mailboxes.String(), "logins": logins.String(), "aliases": aliases.String(),
	} {
		if err := p.write(name, text); err != nil {
			return err
		}
	}
	return nil
}

func (p *postfix) write(name, text string) error {
	return os.WriteFile(filepath.Join(p.etc, name), []byte(text), 0o644)
}

func (p *postfix) logFile() string { return filepath.Join(p.stack.Dir, "log", p.name+".log") }

// prepare makes the queue's directories and has Postfix look at its own
// configuration.
func (p *postfix) prepare() error {
	for _, d := range []string{p.queue, filepath.Join(p.dir, "data")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := chownTo(filepath.Join(p.dir, "data"), "postfix"); err != nil {
		return err
	}
	return p.run("postfix", "-c", p.etc, "check")
}

// start runs the master daemon as a child; start-fg would put a shell between.
func (p *postfix) start() error {
	out := filepath.Join(p.stack.Dir, "log", p.name+"-start.log")
	m, err := StartProcess(out, nil, masterProgram, "-c", p.etc, "-s")
	if err != nil {
		return err
	}
	p.master = m
	for _, a := range []string{p.smtp, p.submission} {
		if a == "" {
			continue
		}
		if err := WaitPort("tcp", a, 15*time.Second); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// reload makes the daemons read the configuration again. The queue manager and
// the delivery agents end when idle and start anew; half a second is enough
// for that on a slow machine.
func (p *postfix) reload() error {
	if err := p.run("postfix", "-c", p.etc, "reload"); err != nil {
		return err
	}
	time.Sleep(500 * time.Millisecond)
	return nil
}

func (p *postfix) stop() {
	if p.master != nil {
		p.master.Stop()
	}
}

// run executes one of Postfix's commands; its words become the error.
func (p *postfix) run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

func (p *postfix) queueLen() int {
	n := 0
	for _, q := range []string{"maildrop", "incoming", "active", "deferred", "hold"} {
		filepath.WalkDir(filepath.Join(p.queue, q), func(_ string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				n++
			}
			return nil // a file that went away meanwhile was delivered
		})
	}
	return n
}

func (p *postfix) queueText() string {
	out, err := exec.Command("postqueue", "-c", p.etc, "-p").CombinedOutput()
	if err != nil {
		return err.Error()
	}
	if len(out) > 3000 {
		out = append(out[:3000], "…\n"...)
	}
	return string(out)
}
