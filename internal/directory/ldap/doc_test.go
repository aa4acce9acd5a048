package ldap

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// What the administrator's page shows is taken as it stands.
func TestThePageIsRight(t *testing.T) {
	page, err := os.ReadFile("../../../docs/directory-ldap.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) < 3 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, b := range blocks {
		var c struct {
			Directory struct {
				LDAP struct {
					URL        string            `toml:"url"`
					CAFile     string            `toml:"ca_file"`
					BindDN     string            `toml:"bind_dn"`
					Password   string            `toml:"password_file"`
					BaseDN     string            `toml:"base_dn"`
					Filter     string            `toml:"filter"`
					Roles      map[string]string `toml:"roles"`
					RoleGroups map[string]string `toml:"role_groups"`
				} `toml:"ldap"`
			} `toml:"directory"`
		}
		if err := toml.Unmarshal(b[1], &c); err != nil {
			t.Fatal(err)
		}
		l, o := c.Directory.LDAP, corp()
		if l.URL != "" {
			o.URL, o.CAFile, o.BindDN, o.PasswordFile, o.BaseDN, o.Filter = l.URL, l.CAFile, l.BindDN, l.Password, l.BaseDN, l.Filter
		}
		o.Roles, o.RoleGroups = l.Roles, l.RoleGroups
		if err := Check(o); err != nil {
			t.Errorf("%s\n%v", b[1], err)
		}
	}
	for _, f := range fields {
		for _, a := range strings.Fields(f.attributes) {
			if !strings.Contains(string(page), a) {
				t.Errorf("the page does not name %s", a)
			}
		}
	}
}
