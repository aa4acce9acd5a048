//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	bigint "math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"kith/e2e/stack"
	"kith/internal/directory"
	"kith/internal/directory/ldap"
	word "kith/internal/kith"
)

const (
	suffix   = "dc=corp,dc=test"
	rootDN   = "cn=admin," + suffix
	reader   = "cn=kith,ou=services," + suffix
	password = "correct horse"
)

// slapd is a real OpenLDAP server on loopback in a folder of its own.
type slapd struct {
	t            *testing.T
	dir          string
	plain, ldaps string // host:port
	cmd          *exec.Cmd
}

// server says how a slapd differs from the plain one.
type server struct {
	noTLS   bool
	expired bool
	extra   string // lines before the database
	limits  string // lines in the database
}

// startSlapd starts a server with a few people in it; it ends with the test.
func startSlapd(t *testing.T, o server) *slapd {
	t.Helper()
	s := &slapd{t: t, dir: t.TempDir()}
	for _, at := range []*string{&s.plain, &s.ldaps} {
		port, err := stack.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		*at = port
	}
	s.certificates(o.expired)
	var b strings.Builder
	for _, schema := range []string{"core", "cosine", "inetorgperson", "misc"} {
		fmt.Fprintf(&b, "include /etc/ldap/schema/%s.schema\n", schema)
	}
	b.WriteString("modulepath /usr/lib/ldap\nmoduleload back_mdb\n" + o.extra + "\n")
	if !o.noTLS {
		fmt.Fprintf(&b, "TLSCACertificateFile %[1]s/ca.pem\nTLSCertificateFile %[1]s/cert.pem\nTLSCertificateKeyFile %[1]s/key.pem\n", s.dir)
	}
	fmt.Fprintf(&b, "database mdb\nsuffix %q\nrootdn %q\nrootpw %q\ndirectory %s/db\nmaxsize 104857600\ndbnosync\n%s\n", suffix, rootDN, password, s.dir, o.limits)
	fmt.Fprintf(&b, "access to attrs=userPassword by anonymous auth\naccess to * by dn.exact=%q read\n", reader)
	s.must(os.Mkdir(filepath.Join(s.dir, "db"), 0o700))
	s.must(os.WriteFile(filepath.Join(s.dir, "slapd.conf"), []byte(b.String()), 0o600))
	s.must(os.WriteFile(filepath.Join(s.dir, "password"), []byte(password+"\n"), 0o600))
	s.start()
	s.add(suffix, "objectClass=dcObject", "objectClass=organization", "o=Corp")
	for _, ou := range []string{"people", "services", "groups"} {
		s.add("ou="+ou+","+suffix, "objectClass=organizationalUnit")
	}
	s.add(reader, "objectClass=applicationProcess", "objectClass=simpleSecurityObject", "userPassword="+password)
	s.person("ann", "title=Geschäftsführerin", "preferredLanguage=de")
	s.person("bob", "title=Accountant", "manager="+dn("ann"))
	return s
}

func (s *slapd) start() {
	s.t.Helper()
	var out bytes.Buffer
	s.cmd = exec.Command("/usr/sbin/slapd", "-d", "0", "-f", filepath.Join(s.dir, "slapd.conf"), "-h", "ldap://"+s.plain+"/ ldaps://"+s.ldaps+"/")
	s.cmd.Stdout, s.cmd.Stderr = &out, &out
	s.must(s.cmd.Start())
	s.t.Cleanup(s.stop)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", s.plain)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("slapd does not listen: %s", out.String())
		}
	}
}

func (s *slapd) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

func (s *slapd) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// admin changes the server's data as its root.
func (s *slapd) admin(change func(*goldap.Conn) error) {
	s.t.Helper()
	c, err := goldap.DialURL("ldap://" + s.plain)
	s.must(err)
	defer c.Close()
	s.must(c.Bind(rootDN, password))
	s.must(change(c))
}

func addRequest(dn string, attributes []string) *goldap.AddRequest {
	r := goldap.NewAddRequest(dn, nil)
	values := map[string][]string{}
	for _, a := range attributes {
		name, v, _ := strings.Cut(a, "=")
		values[name] = append(values[name], v)
	}
	for name, v := range values {
		r.Attribute(name, v)
	}
	return r
}

func (s *slapd) add(dn string, attributes ...string) {
	s.t.Helper()
	s.admin(func(c *goldap.Conn) error { return c.Add(addRequest(dn, attributes)) })
}

func dn(uid string) string { return "uid=" + uid + ",ou=people," + suffix }

func (s *slapd) person(uid string, more ...string) {
	s.t.Helper()
	s.add(dn(uid), append([]string{"objectClass=inetOrgPerson", "objectClass=inetLocalMailRecipient", "sn=" + uid, "cn=Person " + uid, "mail=" + uid + "@corp.test"}, more...)...)
}

// options is what an administrator writes for this server.
func (s *slapd) options() ldap.Options {
	return ldap.Options{URL: "ldap://" + s.plain, StartTLS: ldap.TLSAlways, CAFile: filepath.Join(s.dir, "ca.pem"), BindDN: reader,
		PasswordFile: filepath.Join(s.dir, "password"), BaseDN: suffix, Domains: []string{"corp.test"}, Timeout: 5 * time.Second}
}

// certificates makes a CA and a certificate for ldap.corp.test and 127.0.0.1,
// and a second CA that has signed nothing.
func (s *slapd) certificates(expired bool) {
	from, to := time.Now().Add(-2*time.Hour), time.Now().Add(24*time.Hour)
	ca := &x509.Certificate{SerialNumber: bigint.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	if expired {
		to = time.Now().Add(-time.Hour)
	}
	leaf := &x509.Certificate{SerialNumber: bigint.NewInt(2), Subject: pkix.Name{CommonName: "ldap.corp.test"}, NotBefore: from, NotAfter: to,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{"ldap.corp.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	var caKey *ecdsa.PrivateKey
	for _, c := range []struct {
		file   string
		cert   *x509.Certificate
		key    string
		itself bool
	}{{"other.pem", ca, "", true}, {"ca.pem", ca, "", true}, {"cert.pem", leaf, "key.pem", false}} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		s.must(err)
		if c.itself {
			caKey = key
		}
		der, err := x509.CreateCertificate(rand.Reader, c.cert, ca, &key.PublicKey, caKey)
		s.must(err)
		s.must(os.WriteFile(filepath.Join(s.dir, c.file), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
		if c.key != "" {
			der, err := x509.MarshalPKCS8PrivateKey(key)
			s.must(err)
			s.must(os.WriteFile(filepath.Join(s.dir, c.key), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
		}
	}
}

// built is the directory that kith makes of entries.
func built(t *testing.T, entries []directory.Entry) *directory.Directory {
	t.Helper()
	d, err := directory.New(directory.Options{Domains: []string{"corp.test"}, Delimiter: "+"}, entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A person is added, renamed and removed; the directory follows at the next
// question.
func TestLDAPFollowsThePeople(t *testing.T) {
	s := startSlapd(t, server{})
	told := 0
	k, err := ldap.NewKeeper(s.options(), ldap.Care{Cache: filepath.Join(s.dir, "cache"), Changed: func(ldap.Snapshot) { told++ }})
	s.must(err)
	refresh := func() *directory.Directory {
		t.Helper()
		s.must(k.Refresh(t.Context()))
		return built(t, k.Snapshot().Entries)
	}
	d := refresh()
	if a := d.Lookup("ann+x@corp.test"); a.Name != "Person ann" || a.Kind != word.KindPerson || a.Lang != "de" || !slices.Equal(a.Roles, []string{"executive"}) {
		t.Errorf("ann is %+v", a)
	}
	if b := d.Lookup("bob@corp.test"); b.Manager != "ann@corp.test" || !slices.Equal(b.Roles, []string{"finance"}) {
		t.Errorf("bob is %+v", b)
	}
	refresh()
	if told != 1 {
		t.Errorf("told of %d changes, want 1", told)
	}

	s.person("cy")
	if cy := refresh().Lookup("cy@corp.test"); cy.Kind != word.KindPerson {
		t.Errorf("who was added is %+v", cy)
	}

	s.admin(func(c *goldap.Conn) error {
		m := goldap.NewModifyRequest(dn("cy"), nil)
		m.Replace("mail", []string{"cy.married@corp.test"})
		m.Replace("cn", []string{"Cy Married"})
		m.Add("mailLocalAddress", []string{"cy@corp.test"})
		return errors.Join(c.Modify(m), c.ModifyDN(goldap.NewModifyDNRequest(dn("cy"), "uid=cymarried", true, "")))
	})
	d = refresh()
	if cy := d.Lookup("cy@corp.test"); cy.Address != "cy.married@corp.test" || cy.Name != "Cy Married" {
		t.Errorf("who was renamed is %+v", cy)
	}

	s.admin(func(c *goldap.Conn) error { return c.Del(goldap.NewDelRequest(dn("cymarried"), nil)) })
	d = refresh()
	if cy := d.Lookup("cy.married@corp.test"); cy.Kind != word.KindUnknown || d.Len() != 2 || told != 4 {
		t.Errorf("who was removed is %+v; %d entries, told %d times", cy, d.Len(), told)
	}
}

// With the server gone, or hanging, the last good list stays, and a new start
// begins with it.
func TestLDAPAway(t *testing.T) {
	s := startSlapd(t, server{})
	o := s.options()
	o.Timeout = time.Second
	care := ldap.Care{Cache: filepath.Join(s.dir, "cache"), Every: time.Minute}
	k, err := ldap.NewKeeper(o, care)
	s.must(err)
	s.must(k.Refresh(t.Context()))
	check := func(k *ldap.Keeper, want string) {
		t.Helper()
		begin := time.Now()
		err := k.Refresh(t.Context())
		fault(t, err, want)
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("it took %s to see that", took)
		}
		if n := built(t, k.Snapshot().Entries).Len(); n != 2 {
			t.Errorf("%d entries are left", n)
		}
		t.Log(k.Status().Line(time.Now()))
	}
	s.must(s.cmd.Process.Signal(syscall.SIGSTOP))
	check(k, "in time")
	s.stop()
	check(k, "nobody listens at "+s.plain+"; start the LDAP server")

	again, err := ldap.NewKeeper(o, care)
	s.must(err)
	check(again, "nobody listens")
	if !again.Snapshot().Cached {
		t.Error("the snapshot is not from the cache")
	}
	if info, err := os.Stat(care.Cache); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the cache is %v, %v", info, err)
	}

	s.start()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); again.Run(ctx) }()
	for end := time.Now().Add(20 * time.Second); again.Snapshot().Cached && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	<-done
	if st := again.Status(); st.Cached || st.Err != nil || st.Entries != 2 {
		t.Errorf("after the server's return: %+v", st)
	}
}

// fault wants one line with a mend.
func fault(t *testing.T, err error, want string) {
	t.Helper()
	var f *ldap.Fault
	if !errors.As(err, &f) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || f.Mend == "" {
		t.Errorf("got  %v\nwant …%s…", err, want)
	} else {
		t.Log(err)
	}
}

// Each mistake of an administrator is told with its mend.
func TestLDAPMistakes(t *testing.T) {
	s := startSlapd(t, server{})
	file := func(name, text string) string {
		path := filepath.Join(s.dir, name)
		s.must(os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for name, c := range map[string]struct {
		change func(*ldap.Options)
		want   string
	}{
		"wrong password":  {func(o *ldap.Options) { o.PasswordFile = file("wrong", "no") }, `does not take bind_dn "` + reader + `" with its password (Invalid Credentials); correct directory.ldap.bind_dn or the password in ` + filepath.Join(s.dir, "wrong")},
		"empty password":  {func(o *ldap.Options) { o.PasswordFile = file("empty", "\n") }, "is empty or has several lines; write"},
		"no such account": {func(o *ldap.Options) { o.BindDN = "cn=nobody," + suffix }, "does not take bind_dn"},
		"anonymous":       {func(o *ldap.Options) { o.BindDN, o.PasswordFile = "", "" }, "for anonymous (no bind_dn); correct directory.ldap.base_dn, or let"},
		"no such base":    {func(o *ldap.Options) { o.BaseDN = "ou=people,dc=crop,dc=test" }, `the server has no "ou=people,dc=crop,dc=test" for ` + reader + `; correct directory.ldap.base_dn`},
		"nobody matches":  {func(o *ldap.Options) { o.Filter = "(uid=nobody)" }, `nothing below "dc=corp,dc=test" matches (uid=nobody); correct`},
		"nobody is ours":  {func(o *ldap.Options) { o.Domains = []string{"other.test"} }, "2 entries, but none has an address in org.domains; name the attribute"},
		"no such group":   {func(o *ldap.Options) { o.RoleGroups = map[string]string{"cn=none," + suffix: "finance"} }, `role_groups: the server has no group "cn=none,dc=corp,dc=test"; correct`},
		"nor by name":     {func(o *ldap.Options) { o.RoleGroups = map[string]string{"*": "finance"} }, `role_groups: the server has no group "*"; correct`},
		"unknown CA":      {func(o *ldap.Options) { o.CAFile = filepath.Join(s.dir, "other.pem") }, "signed by nobody whom this machine knows; name the file of its CA in directory.ldap.ca_file"},
		"system's CAs":    {func(o *ldap.Options) { o.CAFile, o.URL = "", "ldaps://"+s.ldaps }, "signed by nobody whom this machine knows; name"},
		"another name":    {func(o *ldap.Options) { o.URL = strings.Replace(o.URL, "127.0.0.1", "localhost", 1) }, "certificate is for other names ("},
		"another name, ldaps": {func(o *ldap.Options) { o.URL = "ldaps://" + strings.Replace(s.ldaps, "127.0.0.1", "localhost", 1) },
			"certificate is for other names (certificate is valid for ldap.corp.test, not localhost); write one of its names into directory.ldap.url"},
		"ldaps at the plain port": {func(o *ldap.Options) { o.URL = "ldaps://" + s.plain }, "; "},
		"a key for a CA":          {func(o *ldap.Options) { o.CAFile = filepath.Join(s.dir, "key.pem") }, "it holds a key and no certificate; give"},
	} {
		t.Run(name, func(t *testing.T) {
			o := s.options()
			o.Timeout = 2 * time.Second
			c.change(&o)
			entries, _, err := ldap.Fetch(t.Context(), o)
			fault(t, err, c.want)
			if entries != nil {
				t.Errorf("%d entries beside the error", len(entries))
			}
		})
	}
}

func TestLDAPServersThatRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		server server
		change func(*ldap.Options)
		want   string
	}{
		"no StartTLS":     {server{noTLS: true}, nil, "the server refuses StartTLS ("},
		"expired":         {server{expired: true}, nil, "certificate has expired or is not valid yet; renew it"},
		"TLS demanded":    {server{extra: "security tls=1"}, func(o *ldap.Options) { o.StartTLS = ldap.TLSNever }, "the server wants a protected connection ("},
		"no anonymous":    {server{extra: "disallow bind_anon\nrequire bind"}, func(o *ldap.Options) { o.BindDN, o.PasswordFile = "", "" }, "; "},
		"a limit of size": {server{limits: "sizelimit 1"}, nil, "the server hands out only a part (Size Limit Exceeded); raise"},
		"a referral": {server{extra: "referral ldap://192.0.2.1/"}, func(o *ldap.Options) { o.BaseDN = "dc=elsewhere" },
			`"dc=elsewhere" lies on another server (`},
	} {
		t.Run(name, func(t *testing.T) {
			// The data go in as root, to whom no limit and no demand applies.
			s := startSlapdFor(t, c.server)
			o := s.options()
			if c.change != nil {
				c.change(&o)
			}
			_, _, err := ldap.Fetch(t.Context(), o)
			fault(t, err, c.want)
		})
	}
}

// startSlapdFor fills a server before it becomes as strict as wanted.
func startSlapdFor(t *testing.T, o server) *slapd {
	t.Helper()
	strict := o.extra
	o.extra = ""
	s := startSlapd(t, o)
	if strict != "" {
		s.stop()
		path := filepath.Join(s.dir, "slapd.conf")
		text, err := os.ReadFile(path)
		s.must(err)
		s.must(os.WriteFile(path, bytes.Replace(text, []byte("database mdb"), []byte(strict+"\ndatabase mdb"), 1), 0o600))
		s.start()
	}
	return s
}

// More people than a page, lists, groups with roles, and a referral on the way.
func TestLDAPManyPeople(t *testing.T) {
	const many = 2500
	s := startSlapd(t, server{limits: `limits dn.exact="` + reader + `" size.prtotal=unlimited`})
	s.admin(func(c *goldap.Conn) error {
		for i := range many {
			uid := fmt.Sprintf("p%04d", i)
			r := addRequest(dn(uid), []string{"objectClass=inetOrgPerson", "sn=" + uid, "cn=Person " + uid, "mail=" + uid + "@corp.test", "manager=" + dn("ann")})
			if err := c.Add(r); err != nil {
				return err
			}
		}
		return nil
	})
	s.add("ou=far,"+suffix, "objectClass=referral", "objectClass=extensibleObject", "ref=ldap://192.0.2.1/ou=far,"+suffix)
	s.add("cn=pay (all) \\2A,ou=groups,"+suffix, "objectClass=groupOfNames", "member="+dn("p0007"), "member="+dn("bob"))
	s.add("cn=it,ou=groups,"+suffix, "objectClass=groupOfNames", "objectClass=extensibleObject", "mail=it@corp.test", "member="+dn("p0008"))
	o := s.options()
	o.URL = "ldaps://" + s.ldaps
	o.RoleGroups = map[string]string{"pay (all) *": "payments", "CN=IT, ou=Groups, " + suffix: "it"}
	begin := time.Now()
	entries, notes, err := ldap.Fetch(t.Context(), o)
	s.must(err)
	t.Logf("%d entries in %s, %+v", len(entries), time.Since(begin), notes)
	d := built(t, entries)
	if d.Len() != many+3 || notes.Read != many+3 {
		t.Errorf("%d entries, want %d; %+v", d.Len(), many+3, notes)
	}
	for addr, want := range map[string]string{"p0007@corp.test": "payments", "bob@corp.test": "finance payments", "p0008@corp.test": "it", "p0009@corp.test": ""} {
		e := d.Lookup(addr)
		if got := strings.Join(e.Roles, " "); got != want || addr[0] == 'p' && e.Manager != "ann@corp.test" {
			t.Errorf("%s has roles %q and manager %q, want %q", addr, got, e.Manager, want)
		}
	}
	if l := d.Lookup("it@corp.test"); l.Kind != word.KindList {
		t.Errorf("the group is %+v", l)
	}
}
