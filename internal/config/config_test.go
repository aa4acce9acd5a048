package config

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kith/internal/kith"
	"kith/internal/mail"
)

var update = flag.Bool("update", false, "rewrite etc/kith.toml and docs/config.md")

var sameConfig = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateComparable(Prefix{}, Relay{})}

// The printed documents are those in the tree.
func TestDocumentsAreCurrent(t *testing.T) {
	for path, want := range map[string][]byte{"../../etc/kith.toml": Example(), "../../docs/config.md": Manual()} {
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from the code; run: go test ./internal/config -update\n%s", path, cmp.Diff(string(got), string(want)))
		}
	}
}

// The example file means nothing as it is, and means the defaults when every
// key in it is made to speak.
func TestExampleIsTheDefault(t *testing.T) {
	spoken := regexp.MustCompile(`(?m)^#([a-z])`).ReplaceAll(Example(), []byte("$1"))
	if n := bytes.Count(spoken, []byte("\n")); n < 100 || bytes.Equal(spoken, Example()) {
		t.Fatalf("the example has %d lines and no commented key", n)
	}
	for name, text := range map[string][]byte{"as shipped": Example(), "all keys spoken": spoken, "empty": nil} {
		got, err := Parse(name, text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(Default(), got, sameConfig); d != "" {
			t.Errorf("%s: not the default (-want +got):\n%s", name, d)
		}
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if len(k.Doc) < 20 || !strings.HasSuffix(k.Doc, ".") {
			t.Errorf("%s: documentation is %q", k.Path, k.Doc)
		}
		if seen[k.Path] || strings.ToLower(k.Path) != k.Path {
			t.Errorf("%s: twice, or not in lower case", k.Path)
		}
		seen[k.Path] = true
	}
}

// The limits of the file are those of the mail room: none missing, none mixed up.
func TestLimitsMatchTheMailRoom(t *testing.T) {
	l := mail.DefaultLimits()
	v := reflect.ValueOf(&l).Elem()
	for i := range v.NumField() {
		v.Field(i).SetInt(int64(1000 + i))
	}
	if got := limitsOf(l).Mail(); got != l {
		t.Errorf("got %+v, want %+v", got, l)
	}
	if a, b := v.NumField(), reflect.TypeFor[Limits]().NumField(); a != b {
		t.Errorf("mail.Limits has %d fields, config.Limits %d", a, b)
	}
}

func TestLoadEverything(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	people, cert, key := file("people.toml", ""), file("cert.pem", ""), file("key.pem", "")
	c, err := Load(file("kith.toml", `
mode = "enforce"
deadline = "2m"
auth.deadline = "1500ms"
[org]
name = "Corp"
domains = ["corp.example", "bücher.example"] # own script is allowed
alias_domains = { "old.example" = "corp.example" }
[directory]
file = "`+people+`"
[spool]
memory = "64kB"
max_message = "100 MB"
[lmtp]
listen = "0.0.0.0:24"
next = "inet:store.corp.example:24"
socket_mode = "600"
peers = ["10.0.0.0/8", "2001:db8::1", "::ffff:192.0.2.7"]
tls_cert = "`+cert+`"
tls_key = "`+key+`"
[milter]
listen = "systemd:kith-milter"
submission_listen = "unix:/run/kith/submission.sock"
[border]
relays = ["192.0.2.0/24", "MX2.corp.example.", ".gateway.example"]
[limits]
archive = "128MB"
[policy]
ceiling = "junk"
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Mode != kith.Enforce || c.FailMode() != FailDefer || c.Deadline.Duration != 2*time.Minute || c.Auth.Deadline.Duration != 1500*time.Millisecond {
		t.Errorf("head: %+v", c)
	}
	if c.LMTP.Listen != (Address{"tcp", "0.0.0.0:24"}) || c.LMTP.Next != (Address{"tcp", "store.corp.example:24"}) || c.LMTP.SocketMode != 0o600 {
		t.Errorf("lmtp: %+v", c.LMTP)
	}
	if got := c.LMTP.Peers[2].String(); got != "192.0.2.7/32" {
		t.Errorf("a mapped IPv4 address became %s", got)
	}
	if c.Milter.Listen != (Address{"systemd", "kith-milter"}) || c.Milter.SubmissionListen != (Address{"unix", "/run/kith/submission.sock"}) {
		t.Errorf("milter: %+v", c.Milter)
	}
	if r := c.Border.Relays; !r[0].Prefix.IsValid() || r[1].Name != "mx2.corp.example" || r[2].Name != ".gateway.example" {
		t.Errorf("relays: %+v", r)
	}
	if c.Spool.Memory != 64<<10 || c.Spool.MaxMessage != 100<<20 || c.Limits.Mail().ArchiveBytes != 128<<20 || c.Policy.Ceiling.Action != kith.ActJunk {
		t.Errorf("sizes: %+v %+v %v", c.Spool, c.Limits, c.Policy)
	}
	if c.Org.AliasDomains["old.example"] != "corp.example" {
		t.Errorf("alias domains: %v", c.Org.AliasDomains)
	}
}

// Every fault is one line: place, what, mend.
func TestFaults(t *testing.T) {
	long := strings.Repeat("x", 120)
	for _, tc := range []struct{ name, text, want string }{
		{"letter missing", "[lmtp]\nlisen = 'x'", `f:2: unknown key "lmtp.lisen"; did you mean "lmtp.listen"?`},
		{"letters swapped", "mdoe = 'x'", `f:1: unknown key "mdoe"; did you mean "mode"?`},
		{"wrong case", "Mode = 'shadow'", `f:1: unknown key "Mode"; did you mean "mode"?`},
		{"under the wrong heading", "[spool]\nretention_days = 3", `f:2: unknown key "spool.retention_days"; did you mean "store.retention_days"?`},
		{"no heading", "trusted_sealers = []", `f:1: unknown key "trusted_sealers"; did you mean "auth.trusted_sealers"?`},
		{"dotted", "\n\nlmtp.nxt = 'x'", `f:3: unknown key "lmtp.nxt"; did you mean "lmtp.next"?`},
		{"in an inline table", "lmtp = { listen = '127.0.0.1:24',\n  nexd = 'x' }", `f:2: unknown key "lmtp.nexd"; did you mean "lmtp.next"?`},
		{"unknown table", "[limtp]\nlisten = 'x'", `f:1: unknown table "limtp"; did you mean "lmtp"?`},
		{"nothing near", "[ldap]\nwhatever = 1", `f:1: unknown table "ldap"; every key is listed in docs/config.md`},
		{"list of tables", "[[lmtp]]", `f:1: [[lmtp]] is a list of tables; write [lmtp] once`},
		{"table instead of a value", "[mode]", `f:1: mode is not a table; write mode = "shadow"`},
		{"value instead of a table", "lmtp = 3", `f:1: lmtp is a table, not a value; write [lmtp] on a line of its own and its keys below`},
		{"text for a number", "[store]\nledger_days = '7'", `f:2: store.ledger_days is a text in quotes where a whole number is wanted; its default is 7`},
		{"number for a text", "deadline = 15", `f:1: deadline is a whole number where a text in quotes is wanted; its default is "15s"`},
		{"float", "[store]\nledger_days = 7.5", `f:2: store.ledger_days is a float where a whole number is wanted; its default is 7`},
		{"text for a list", "org.domains = 'corp.example'", `f:1: org.domains is a text in quotes where a list of texts, ["…", "…"] is wanted; its default is []`},
		{"numbers in a list", "org.domains = [1]", `f:1: org.domains is a list with something else in it where a list of texts, ["…", "…"] is wanted; its default is []`},
		{"number among alias domains", "[org.alias_domains]\n'a.example' = 1", `f:2: org.alias_domains wants texts; put the value in quotes`},
		{"given twice", "mode = 'shadow'\nmode = 'enforce'", `f:2: key mode is already defined; see docs/config.md for the form of each key; texts stand in quotes`},
		{"no quotes", "mode = shadow", `f:1: `},
		{"unclosed", "[lmtp\nlisten = 'x'", `f:1: `},
		{"unknown word", "mode = 'on'", `f:1: mode is "on"; write one of shadow, enforce`},
		{"empty word where it is no default", "mode = ''", `f:1: mode is ""; write one of shadow, enforce`},
		{"bad time", "\ndeadline = '15'", `f:2: deadline: "15" is not a length of time; write a number and a unit, like "500ms", "15s" or "2m"`},
		{"negative time", "deadline = '-1s'", `f:1: deadline is -1s; write a time above zero; its default is "15s"`},
		{"auth longer than all", "[auth]\ndeadline = '1m'", `f:2: auth.deadline (1m0s) is longer than deadline (15s); make auth.deadline the shorter one, so that time is left to judge`},
		{"bad size", "[spool]\nmemory = '1 MiBi'", `f:2: spool.memory: "1 MiBi" is not a size; write a whole number and a unit, like "64kB", "50MB" or "2GB"`},
		{"size beyond the machine", "[spool]\nmemory = '99999999999GB'", `f:2: spool.memory: "99999999999GB" is not a size`},
		{"memory above message", "[spool]\nmemory = '1GB'", `f:2: spool.memory is larger than spool.max_message; `},
		{"no room", "[spool]\nmax_total = '1MB'", `f:2: spool.max_total is smaller than spool.max_message; `},
		{"zero", "[limits]\nparts = 0", `f:2: limits.parts is 0; write a number from 1; its default is 1000`},
		{"ledger too short", "[store]\nledger_days = 5", `f:2: store.ledger_days is 5, but an MTA tries for five days; write 6 or more, or a late second try is delivered twice`},
		{"no port", "[lmtp]\nlisten = '127.0.0.1'", `f:2: lmtp.listen: "127.0.0.1" is not an address; write host:port (127.0.0.1:8024), unix:/path or systemd:NAME`},
		{"service name", "[lmtp]\nlisten = '127.0.0.1:lmtp'", `f:2: lmtp.listen: "127.0.0.1:lmtp" has no port number from 0 to 65535; `},
		{"port too high", "[lmtp]\nlisten = '127.0.0.1:65536'", `f:2: lmtp.listen: "127.0.0.1:65536" has no port number from 0 to 65535; `},
		{"all addresses by nothing", "[lmtp]\nlisten = ':24'", `f:2: lmtp.listen: ":24" has no host before the port; `},
		{"relative socket", "[lmtp]\nlisten = 'unix:lmtp.sock'", `f:2: lmtp.listen: "unix:lmtp.sock" is not a unix socket's address; `},
		{"socket's name too long", "[lmtp]\nlisten = 'unix:/" + long + "'", `f:2: lmtp.listen: "unix:/` + long + `" is not a unix socket's address; `},
		{"a name to listen at", "[lmtp]\nlisten = 'mx.corp.example:24'\nnext = '127.0.0.1:25'", `f:2: lmtp.listen is "mx.corp.example:24", a name; `},
		{"no next", "[lmtp]\nlisten = '127.0.0.1:8024'", `f:2: lmtp.listen is set and lmtp.next is not; say where kith delivers to`},
		{"no listen", "[smtp]\nnext = '127.0.0.1:25'", `f:2: smtp.next is set and smtp.listen is not; `},
		{"a circle", "[lmtp]\nlisten = '127.0.0.1:24'\nnext = '127.0.0.1:24'", `f:3: lmtp.next is 127.0.0.1:24, where kith itself listens (lmtp.listen): mail would go in a circle; `},
		{"two at one address", "[lmtp]\nlisten = '127.0.0.1:24'\nnext = 'unix:/x'\n[milter]\nlisten = '127.0.0.1:24'", `f:5: lmtp.listen and milter.listen both listen at 127.0.0.1:24; give each its own address`},
		{"open without anything", "[lmtp]\nlisten = '0.0.0.0:24'\nnext = 'unix:/x'", `f:2: lmtp.listen is 0.0.0.0:24, which can be reached from outside this machine; set lmtp.tls_cert, lmtp.tls_key and lmtp.peers, or write 127.0.0.1 or unix:/path`},
		{"open without peers", "[smtp]\nlisten = '[::]:25'\nnext = 'unix:/x'\ntls_cert = '/dev/null'\ntls_key = '/dev/null'", `f:2: smtp.listen is [::]:25, which can be reached from outside this machine; set smtp.peers to the servers that may connect`},
		{"open milter", "[milter]\nsubmission_listen = '192.0.2.1:8025'", `f:2: milter.submission_listen is 192.0.2.1:8025, which can be reached from outside this machine; write 127.0.0.1 or unix:/path: the milter protocol has no TLS`},
		{"open web", "[web]\nlisten = '0.0.0.0:80'", `f:2: web.listen is 0.0.0.0:80, which can be reached from outside this machine; write 127.0.0.1 and put a reverse proxy with TLS in front of it`},
		{"key without certificate", "[lmtp]\ntls_key = '/dev/null'", `f: only one of lmtp.tls_cert and lmtp.tls_key is given; give both or none`},
		{"everybody is a peer", "[lmtp]\npeers = ['0.0.0.0/0']", `f:2: lmtp.peers: "0.0.0.0/0" is everybody; name the networks that are yours`},
		{"bits beyond the length", "[lmtp]\npeers = ['10.1.2.3/8']", `f:2: lmtp.peers: "10.1.2.3/8" has bits beyond its length; write 10.0.0.0/8 for the network or 10.1.2.3 for the one address`},
		{"not a network", "[lmtp]\npeers = ['10.0.0.0/33']", `f:2: lmtp.peers: "10.0.0.0/33" is neither an address nor a network; `},
		{"not a relay", "[border]\nrelays = ['mx 2']", `f:2: border.relays: "mx 2" is neither an address, a network nor a host name; `},
		{"half an address", "[border]\nrelays = ['10.1.2']", `f:2: border.relays: "10.1.2" is neither an address nor a network; `},
		{"not permissions", "[lmtp]\nsocket_mode = 'rw-rw----'", `f:2: lmtp.socket_mode: "rw-rw----" is not a set of permissions; write octal digits, like "0660"`},
		{"not an action", "[policy]\nceiling = 'delete'", `f:2: policy.ceiling: "delete" is not an action; write one of none, annotate,`},
		{"not a domain", "[org]\ndomains = ['corp.example', '@corp.example']", `f:2: org.domains: "@corp.example" is not a domain; `},
		{"alias of a stranger", "[org]\ndomains = ['a.example']\n[org.alias_domains]\n'b.example' = 'c.example'", `f:4: org.alias_domains: "b.example" = "c.example"; `},
		{"trusts itself", "[border]\nauthserv_id = 'mx.a.example'\ntrusted_authserv = ['MX.a.example']", `f:3: border.trusted_authserv names border.authserv_id itself; `},
		{"resolver by name", "[auth]\nresolver = 'dns.example'", `f:2: auth.resolver is "dns.example"; write the address of a DNS server`},
		{"delimiter", "[org]\nrecipient_delimiter = '@'", `f:2: org.recipient_delimiter is "@"; `},
		{"relative path", "[store]\npath = 'kith.db'", `f:2: store.path is "kith.db", which depends on where kith is started; write the whole path from /`},
		{"file not there", "[directory]\nfile = '/nowhere/people.toml'", `f:2: directory.file: there is no file /nowhere/people.toml; correct the path or make the file`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse("f", []byte(tc.text))
			wantFault(t, err, tc.want)
		})
	}
}

// wantFault checks that an error begins as wanted and is one whole sentence.
func wantFault(t *testing.T, err error, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if !strings.HasPrefix(e.Error(), want) {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	if strings.Contains(e.Error(), "\n") || e.What == "" || e.Mend == "" || e.Where == "" {
		t.Errorf("not one line of place, fault and mend: %#v", e)
	}
}

func TestLoadFileFaults(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, bytes.Repeat([]byte("# mail\n"), 200_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): dir + "/none: there is no such file; ",
		dir:                        dir + ": it cannot be read: is a directory; ",
		big:                        big + ": the file is larger than 1 MB; ",
	} {
		_, err := Load(path)
		wantFault(t, err, want)
	}
	denied := &os.PathError{Op: "open", Path: "p", Err: os.ErrPermission}
	wantFault(t, openFault("p", denied), "p: this user may not read it; ")
}

func TestFailMode(t *testing.T) {
	for _, tc := range []struct {
		mode kith.Mode
		fail FailMode
		want FailMode
	}{{kith.Shadow, "", FailOpen}, {kith.Enforce, "", FailDefer}, {kith.Shadow, FailDefer, FailDefer}, {kith.Enforce, FailOpen, FailOpen}} {
		c := Default()
		c.Mode, c.Fail = tc.mode, tc.fail
		if got := c.FailMode(); got != tc.want {
			t.Errorf("%s, %q: got %s, want %s", tc.mode, tc.fail, got, tc.want)
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, tc := range []struct {
		name string
		set  Store
		env  map[string]string
		uid  int
		want Paths
	}{
		{"under systemd", Store{}, map[string]string{"STATE_DIRECTORY": "/srv/kith:/srv/b", "HOME": "/x"}, 999,
			Paths{Store: "/srv/kith/kith.db", Database: "/srv/kith/kith.db", SiteKey: "/srv/kith/site.key", Spool: "/srv/kith/spool"}},
		{"root asks the service's store", Store{}, map[string]string{"HOME": "/root"}, 0,
			Paths{Store: "/var/lib/kith/kith.db", Database: "/var/lib/kith/kith.db", SiteKey: "/var/lib/kith/site.key", Spool: "/var/lib/kith/spool"}},
		{"a person", Store{}, map[string]string{"XDG_STATE_HOME": "/home/a/s", "HOME": "/home/a"}, 1000,
			Paths{Store: "/home/a/s/kith/kith.db", Database: "/home/a/s/kith/kith.db", SiteKey: "/home/a/s/kith/site.key", Spool: "/home/a/s/kith/spool"}},
		{"a person without XDG, or with a relative one", Store{}, map[string]string{"XDG_STATE_HOME": "s", "HOME": "/home/a"}, 1000,
			Paths{Store: "/home/a/.local/state/kith/kith.db", Database: "/home/a/.local/state/kith/kith.db", SiteKey: "/home/a/.local/state/kith/site.key", Spool: "/home/a/.local/state/kith/spool"}},
		{"as configured", Store{Path: "/d/k.db", SiteKey: "/etc/kith/key"}, nil, 1000, Paths{Store: "/d/k.db", Database: "/d/k.db", SiteKey: "/etc/kith/key", Spool: "/d/spool"}},
	} {
		c := Default()
		c.Store = tc.set
		got, err := c.Places(func(k string) string { return tc.env[k] }, tc.uid)
		if err != nil || got != tc.want {
			t.Errorf("%s: got %+v, %v", tc.name, got, err)
		}
	}
	if _, err := Default().Places(func(string) string { return "" }, 1000); err == nil {
		t.Error("no home at all is accepted")
	}
}
