package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// LDAP says where people are asked for and what their attributes mean.
type LDAP struct {
	URL          string            `toml:"url" doc:"The server: ldaps://ldap.corp.example, or ldap:// with StartTLS. Several, divided by spaces, are tried in their order. Empty: no LDAP."`
	StartTLS     string            `toml:"starttls" choice:"auto always never" doc:"Whether a connection to ldap:// is protected by StartTLS. auto: beyond this machine. always: on this machine too. never: password and people go over the network for everybody to read."`
	CAFile       string            `toml:"ca_file" path:"read" doc:"Certificates (PEM) of those who sign the server's. When empty: the system's."`
	BindDN       string            `toml:"bind_dn" doc:"Who asks: a DN, for Active Directory also kith@corp.example. An account that may only read is enough. Empty: anonymous."`
	PasswordFile string            `toml:"password_file" path:"read" doc:"File with the password of bind_dn on its only line. It is read anew each time."`
	BaseDN       string            `toml:"base_dn" doc:"Below which the people and boxes are, as ou=people,dc=corp,dc=example."`
	Filter       string            `toml:"filter" doc:"Which entries count, as (&(objectClass=user)(mail=*)). When empty: all that have an address. Addresses outside org.domains are left out in any case."`
	Every        Duration          `toml:"every" doc:"How often the server is asked. In between, and while it is away, the last good list counts; it is kept beside the database, so that kith starts without the server."`
	Timeout      Duration          `toml:"timeout" doc:"Longest wait for the connection and for each answer (a page of 1,000 entries)."`
	Attributes   map[string]string `toml:"attributes" doc:"Attributes of a field where they are not the usual ones, divided by spaces, the main one first. The fields: mail, aliases (proxyAddresses mailAlternateAddress mailLocalAddress), name (displayName cn msDS-PhoneticDisplayName), title (title employeeType department departmentNumber), manager, lang (preferredLanguage msExchUserCulture), kind (employeeType)."`
	Roles        map[string]string `toml:"roles" doc:"Words of a title, employee type or department that tell a role, as { \"head of sales\" = \"executive\" }, beside those that kith knows in English, German, Japanese and Korean. A * stands for the rest of a word, = in front for the whole title; an empty role takes a word out. Those that kith gives itself: executive, finance, assistant, hr, it, developer, legal, purchasing."`
	RoleGroups   map[string]string `toml:"role_groups" doc:"Groups whose members have a role, by DN, name or address, as { \"cn=payments,ou=groups,dc=corp,dc=example\" = \"finance\" }."`
	Kinds        map[string]string `toml:"kinds" doc:"Values of the kind field, or object classes, that tell what a box is: person, shared, list or device; empty leaves such entries out. As { \"functional\" = \"shared\" }. Without them kith goes by Exchange's attributes and the usual object classes."`
}

// Set reports whether people are asked for at all.
func (l LDAP) Set() bool { return strings.TrimSpace(l.URL) != "" }

// checkLDAP finds what can be found without LDAP's own grammar; the room that
// asks checks DNs, filters and tables.
func (c *Config) checkLDAP(k *checker) {
	l := c.Directory.LDAP
	for server := range strings.FieldsSeq(l.URL) {
		u, err := url.Parse(server)
		if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
			k.bad("directory.ldap.url", fmt.Sprintf("directory.ldap.url: %q is no address of an LDAP server", server), "write ldaps://ldap.corp.example or ldap://ldap.corp.example")
		}
	}
	switch {
	case l.Every.Duration < time.Minute:
		k.bad("directory.ldap.every", fmt.Sprintf("directory.ldap.every is %s", l.Every), "write one minute or more; its default is "+defaultOf("directory.ldap.every"))
	case l.Timeout.Duration < time.Second || l.Timeout.Duration > 5*time.Minute:
		k.bad("directory.ldap.timeout", fmt.Sprintf("directory.ldap.timeout is %s", l.Timeout), "write a time from 1s to 5m; its default is "+defaultOf("directory.ldap.timeout"))
	case (l.BindDN == "") != (l.PasswordFile == ""):
		k.bad("directory.ldap.bind_dn", "only one of directory.ldap.bind_dn and directory.ldap.password_file is given", "give both, or none for an anonymous search")
	case l.Set() && l.BaseDN == "":
		k.bad("directory.ldap.url", "directory.ldap.url is set and directory.ldap.base_dn is not", "say where the people are, like ou=people,dc=corp,dc=example")
	case l.Set() && len(c.Org.Domains) == 0:
		k.bad("directory.ldap.url", "directory.ldap.url is set and org.domains is empty, so nobody in LDAP is one of us", "list the own mail domains in org.domains")
	}
}
