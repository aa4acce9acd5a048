package ldap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOptionsThatCannotBe(t *testing.T) {
	for want, change := range map[string]func(*Options){
		`directory.ldap.url is empty; write ldaps://`:                                      func(o *Options) { o.URL = " " },
		`directory.ldap.url: "http://x" is no address of an LDAP server; write`:            func(o *Options) { o.URL = "http://x" },
		`directory.ldap.url: "ldap://x/dc=corp" says more than the host; write the host`:   func(o *Options) { o.URL = "ldap://ok ldap://x/dc=corp" },
		`directory.ldap.starttls is "maybe"; write auto, always or never`:                  func(o *Options) { o.StartTLS = "maybe" },
		`directory.ldap: only one of bind_dn and password_file is given; give both`:        func(o *Options) { o.BindDN = "cn=x" },
		`directory.ldap.base_dn is empty; write where`:                                     func(o *Options) { o.BaseDN = "" },
		`directory.ldap.base_dn: "corp" is no DN; write it like`:                           func(o *Options) { o.BaseDN = "corp" },
		`directory.ldap.filter: "(mail=*" is no filter; write it like`:                     func(o *Options) { o.Filter = "(mail=*" },
		`directory.ldap.attributes: unknown field "phone"; the fields are`:                 func(o *Options) { o.Attributes = map[string]string{"phone": "x"} },
		`directory.ldap.attributes: mail = "a,b"; write names`:                             func(o *Options) { o.Attributes = map[string]string{"mail": "a,b"} },
		`directory.ldap.attributes: no attribute holds an address; leave mail out`:         func(o *Options) { o.Attributes = map[string]string{"mail": "", "aliases": ""} },
		`directory.ldap.kinds: "x" = "king"; write person, shared, list or device`:         func(o *Options) { o.Kinds = map[string]string{"x": "king"} },
		`directory.ldap.role_groups: "cn=x" = ""; write it like`:                           func(o *Options) { o.RoleGroups = map[string]string{"cn=x": ""} },
		`org.domains is empty, so nobody in LDAP is one of us; list the own mail domains`:  func(o *Options) { o.Domains = nil },
		`directory.ldap.password_file: open /nowhere: no such file or directory; make it`:  func(o *Options) { o.BindDN, o.PasswordFile = "cn=x", "/nowhere" },
		`directory.ldap.ca_file: open /nowhere: no such file or directory; make it`:        func(o *Options) { o.CAFile = "/nowhere" },
		`directory.ldap.password_file: FILE is empty or has several lines; write the`:      func(o *Options) { o.BindDN, o.PasswordFile = "cn=x", "FILE" },
		`directory.ldap.ca_file: FILE: no certificate in PEM form is in it; give the cert`: func(o *Options) { o.CAFile = "FILE" },
	} {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		o := corp()
		o.URL = "ldap://" + closedPort(t)
		change(&o)
		for _, at := range []*string{&o.PasswordFile, &o.CAFile} {
			*at = strings.ReplaceAll(*at, "FILE", file)
		}
		_, _, err := Fetch(t.Context(), o)
		if err == nil || !strings.HasPrefix(strings.ReplaceAll(err.Error(), file, "FILE"), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestServersInTheirOrder(t *testing.T) {
	o := corp()
	o.URL = "ldap://" + closedPort(t) + "  ldap://" + closedPort(t)
	_, _, err := Fetch(t.Context(), o)
	if err == nil || strings.Count(err.Error(), "nobody listens") != 2 || !strings.HasPrefix(err.Error(), "no LDAP server answers: ") {
		t.Error(err)
	}
}

func TestWherePasswordsAreProtected(t *testing.T) {
	for url, local := range map[string]bool{"ldap://localhost": true, "ldap://127.0.0.2:3890": true, "ldap://[::1]": true, "ldap://192.0.2.1": false, "ldap://localhost.corp.test": false, "ldap://ldap.corp.test": false} {
		o := corp()
		o.URL = url
		p, err := compile(o)
		if err != nil || p.servers[0].local != local {
			t.Errorf("%s: local is %v, %v", url, p.servers[0].local, err)
		}
	}
	o := corp()
	o.URL = "ldap://a ldaps://b ldap://[::1]:1389"
	p, err := compile(o)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a:389", "b:636", "[::1]:1389"} {
		if p.servers[i].address != want {
			t.Errorf("got %s, want %s", p.servers[i].address, want)
		}
	}
	if want := "(|(mail=*)(proxyAddresses=*)(mailAlternateAddress=*)(mailLocalAddress=*))"; p.filter != want {
		t.Errorf("got %s, want %s", p.filter, want)
	}
}
