package stack

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"
)

// mailOwner owns all mailboxes. A bare number needs no entry in passwd.
const mailOwner = 45000

var dovecotConf = template.Must(template.New("dovecot.conf").Parse(`base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
instance_name = {{.Instance}}
log_path = {{.Log}}
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{{.TLS}}/cert.pem
ssl_key = <{{.TLS}}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_master_user_separator = *
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
mail_location = maildir:~/Maildir
mail_plugins = quota
first_valid_uid = 1
mail_max_userip_connections = 200
default_vsz_limit = 1024 M
passdb {
  driver = passwd-file
  master = yes
  args = {{.Dir}}/master-users
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%Lu {{.Dir}}/users
}
userdb {
  driver = passwd-file
  args = username_format=%Lu {{.Dir}}/users
  default_fields = uid={{.Owner}} gid={{.Owner}} home={{.Mail}}/%Ld/%Ln
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Junk {
    auto = create
    special_use = \Junk
  }
  mailbox Sent {
    auto = subscribe
    special_use = \Sent
  }
}
service auth {
  unix_listener {{.Queue}}/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
service lmtp {
  process_min_avail = 2
  inet_listener lmtp {
    address = 127.0.0.1
    port = {{.LMTPPort}}
  }
}
service imap-login {
  inet_listener imap {
    port = {{.IMAPPort}}
  }
  inet_listener imaps {
    port = 0
  }
}
protocol lmtp {
  mail_plugins = $mail_plugins sieve
}
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
plugin {
  quota = maildir:User quota
  quota_grace = 0
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_before = {{.Dir}}/sieve/before.sieve
  sieve_duplicate_max_period = 7d
}
`))

// The rule of the duplicate drill, with six days: longer than Postfix keeps a
// message, and within sieve_duplicate_max_period above, without which Dovecot
// silently shortens it to two days.
const duplicateRule = `require ["duplicate"];
if duplicate :header "X-Kith-Id" :seconds 518400 { discard; stop; }
`

// prepareDovecot writes Dovecot's configuration, its users and its scripts.
func (s *Stack) prepareDovecot() error {
	dir := filepath.Join(s.Dir, "dovecot")
	for _, d := range []string{"run", "state", "sieve"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(s.MailDir(), 0o700); err != nil {
		return err
	}
	if err := os.Chown(s.MailDir(), mailOwner, mailOwner); err != nil {
		return err
	}
	if err := s.writeDovecotUsers(dir); err != nil {
		return err
	}
	_, lmtp, _ := strings.Cut(s.LMTP, ":")
	_, imap, _ := strings.Cut(s.IMAP, ":")
	var text strings.Builder
	if err := dovecotConf.Execute(&text, map[string]any{
		"Dir": dir, "Instance": filepath.Base(s.Dir), "Log": filepath.Join(s.Dir, "log", "dovecot.log"),
		"TLS": filepath.Join(s.Dir, "tls"), "Mail": s.MailDir(), "Owner": mailOwner,
		"Queue": s.first.queue, "LMTPPort": lmtp, "IMAPPort": imap,
	}); err != nil {
		return err
	}
	if err := os.WriteFile(s.dovecotConf(), []byte(text.String()), 0o644); err != nil {
		return err
	}
	return s.compileSieve(dir)
}

func (s *Stack) dovecotConf() string { return filepath.Join(s.Dir, "dovecot", "dovecot.conf") }

func (s *Stack) writeDovecotUsers(dir string) error {
	var users strings.Builder
	for _, u := range s.Users() {
		extra := ""
		if limit, ok := s.opt.Quota[strings.TrimSuffix(u, "@"+Domain)]; ok {
			extra = fmt.Sprintf("userdb_quota_rule=*:storage=%dB", limit)
		}
		fmt.Fprintf(&users, "%s:{PLAIN}%s::::::%s\n", u, Password(u), extra)
	}
	master := fmt.Sprintf("%s:{PLAIN}%s::::::\n", MasterUser, MasterPassword)
	for name, text := range map[string]string{"users": users.String(), "master-users": master} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		if err := chownTo(path, "dovecot"); err != nil {
			return err
		}
	}
	return nil
}

// compileSieve compiles the global script now, as root: the owner of the mail,
// as whom it runs later, may not write beside it.
func (s *Stack) compileSieve(dir string) error {
	text := "keep;\n"
	if s.opt.DuplicateRule {
		text = duplicateRule
	}
	script := filepath.Join(dir, "sieve", "before.sieve")
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		return err
	}
	out, err := exec.Command("sievec", "-c", s.dovecotConf(), script).CombinedOutput()
	if err != nil {
		return fmt.Errorf("sievec: %w: %s", err, out)
	}
	return nil
}

// StartDovecot starts Dovecot if it does not run, and waits for its ports.
func (s *Stack) StartDovecot() error {
	if s.dovecot.Running() {
		return nil
	}
	p, err := StartProcess(filepath.Join(s.Dir, "log", "dovecot-start.log"), nil, "/usr/sbin/dovecot", "-F", "-c", s.dovecotConf())
	if err != nil {
		return err
	}
	s.dovecot = p
	for _, a := range []string{s.LMTP, s.IMAP} {
		if err := WaitPort("tcp", a, 15*time.Second); err != nil {
			return fmt.Errorf("dovecot: %w", err)
		}
	}
	return nil
}

// StopDovecot ends Dovecot in its usual way; deliveries under way are cut.
func (s *Stack) StopDovecot() {
	if s.dovecot != nil {
		s.dovecot.Stop()
	}
}

// PauseDovecot makes Dovecot and its children hang (SIGSTOP): connections are
// still taken by the kernel, and never answered.
func (s *Stack) PauseDovecot() error { return s.dovecot.Signal(syscall.SIGSTOP) }

// ResumeDovecot lets a paused Dovecot go on.
func (s *Stack) ResumeDovecot() error { return s.dovecot.Signal(syscall.SIGCONT) }

// chownTo gives a file to a system user and its group.
func chownTo(path, name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("user %s is missing: %s", name, Install)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return os.Chown(path, uid, gid)
}
