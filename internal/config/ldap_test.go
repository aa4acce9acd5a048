package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLDAPKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(file, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("f", []byte(`
org.domains = ["corp.example"]
[directory.ldap]
url = "ldaps://dc1.corp.example ldap://dc2.corp.example:3389"
bind_dn = "kith@corp.example"
password_file = "`+file+`"
base_dn = "DC=corp,DC=example"
every = "5m"
attributes = { mail = "userPrincipalName mail" }
kinds = { "functional" = "shared", "ghost" = "" }
[directory.ldap.roles]
"head of sales" = "executive"
[directory.ldap.role_groups]
"CN=Pay.Roll,DC=corp,DC=example" = "finance"
`))
	if err != nil {
		t.Fatal(err)
	}
	want := LDAP{URL: "ldaps://dc1.corp.example ldap://dc2.corp.example:3389", StartTLS: "auto", BindDN: "kith@corp.example", PasswordFile: file,
		BaseDN: "DC=corp,DC=example", Every: Duration{5 * time.Minute}, Timeout: Duration{10 * time.Second},
		Attributes: map[string]string{"mail": "userPrincipalName mail"}, Kinds: map[string]string{"functional": "shared", "ghost": ""},
		Roles: map[string]string{"head of sales": "executive"}, RoleGroups: map[string]string{"CN=Pay.Roll,DC=corp,DC=example": "finance"}}
	if d := cmp.Diff(want, c.Directory.LDAP); d != "" || !c.Directory.LDAP.Set() || Default().Directory.LDAP.Set() {
		t.Error(d)
	}
}

func TestLDAPFaults(t *testing.T) {
	for text, want := range map[string]string{
		"url = 'ldap.corp.example'":        `f:3: directory.ldap.url: "ldap.corp.example" is no address of an LDAP server; write ldaps://`,
		"url = 'ldap://x'":                 `f:3: directory.ldap.url is set and directory.ldap.base_dn is not; say where`,
		"bind_dn = 'cn=x'":                 `f:3: only one of directory.ldap.bind_dn and directory.ldap.password_file is given; give both`,
		"every = '5s'":                     `f:3: directory.ldap.every is 5s; write one minute or more; its default is "15m"`,
		"timeout = '1h'":                   `f:3: directory.ldap.timeout is 1h0m0s; write a time from 1s to 5m; its default is "10s"`,
		"starttls = 'no'":                  `f:3: directory.ldap.starttls is "no"; write one of auto, always, never`,
		"ca_file = 'ca.pem'":               `f:3: directory.ldap.ca_file is "ca.pem", which depends on where kith is started; write the whole path`,
		"[directory.ldap.roles]\nx = 1":    `f:4: directory.ldap.roles wants texts; put the value in quotes`,
		"urls = 'ldap://x'":                `f:3: unknown key "directory.ldap.urls"; did you mean "directory.ldap.url"?`,
		"url = 'ldap://x'\nbase_dn='dc=x'": `f:3: directory.ldap.url is set and org.domains is empty, so nobody in LDAP is one of us; list the own`,
	} {
		t.Run(text, func(t *testing.T) {
			_, err := Parse("f", []byte("\n[directory.ldap]\n"+text))
			wantFault(t, err, want)
		})
	}
}
