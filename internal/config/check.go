package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
)

// checker gathers the first fault.
type checker struct {
	ix    *index
	fault *Error
}

func (k *checker) bad(key, what, mend string) {
	if k.fault == nil {
		k.fault = &Error{Where: k.ix.where(key), What: what, Mend: mend}
	}
}

// check looks at what the form of a single value cannot show: words out of a
// closed set, numbers within bounds, keys that need each other.
func (c *Config) check(ix *index) error {
	k := &checker{ix: ix}
	walk(reflect.ValueOf(c).Elem(), "", k.value)
	c.checkTimes(k)
	if _, err := time.LoadLocation(c.Learn.Zone); err != nil {
		k.bad("learn.zone", fmt.Sprintf("learn.zone is %q", c.Learn.Zone), "write the name of a time zone, as Europe/Berlin or Asia/Tokyo; leave it out for this machine's own")
	}
	c.checkSizes(k)
	c.checkNames(k)
	c.checkLDAP(k)
	c.checkSeats(k)
	if k.fault != nil {
		return k.fault
	}
	return nil
}

// value checks what the tags of a key promise.
func (k *checker) value(key Key, v reflect.Value) {
	switch {
	case key.Table:
	case key.Choice != nil && v.Kind() == reflect.String:
		word := v.String()
		if !slices.Contains(key.Choice, word) && quote(word) != defaultOf(key.Path) {
			k.bad(key.Path, fmt.Sprintf("%s is %q", key.Path, word), "write one of "+strings.Join(key.Choice, ", "))
		}
	case key.place != "":
		k.place(key, v.String())
	case key.form == formNumber:
		if v.Int() < 1 || v.Int() > 1<<30 {
			k.bad(key.Path, fmt.Sprintf("%s is %d", key.Path, v.Int()), "write a number from 1; its default is "+defaultOf(key.Path))
		}
	}
}

func defaultOf(path string) string {
	for _, k := range Keys() {
		if k.Path == path {
			return k.Default
		}
	}
	return ""
}

func (k *checker) place(key Key, path string) {
	if path == "" {
		return
	}
	if !filepath.IsAbs(path) {
		k.bad(key.Path, fmt.Sprintf("%s is %q, which depends on where kith is started", key.Path, path), "write the whole path from /")
		return
	}
	if key.place != "read" {
		return
	}
	f, err := os.Open(path)
	switch {
	case err == nil:
		f.Close()
	case errors.Is(err, fs.ErrNotExist):
		k.bad(key.Path, fmt.Sprintf("%s: there is no file %s", key.Path, path), "correct the path or make the file")
	case errors.Is(err, fs.ErrPermission):
		k.bad(key.Path, fmt.Sprintf("%s: this user may not read %s", key.Path, path), "chgrp kith and chmod 640 it, or run the command as the user kith (sudo -u kith …)")
	default:
		k.bad(key.Path, fmt.Sprintf("%s: %s cannot be read: %s", key.Path, path, cause(err)), "give a plain file")
	}
}

func (c *Config) checkTimes(k *checker) {
	for _, d := range []struct {
		key string
		Duration
	}{{"deadline", c.Deadline}, {"auth.deadline", c.Auth.Deadline}} {
		if d.Duration.Duration <= 0 {
			k.bad(d.key, fmt.Sprintf("%s is %s", d.key, d.Duration), "write a time above zero; its default is "+defaultOf(d.key))
		}
	}
	if c.Auth.Enabled && c.Auth.Deadline.Duration > c.Deadline.Duration {
		k.bad("auth.deadline", fmt.Sprintf("auth.deadline (%s) is longer than deadline (%s)", c.Auth.Deadline, c.Deadline),
			"make auth.deadline the shorter one, so that time is left to judge")
	}
	if c.Store.LedgerDays < 6 {
		k.bad("store.ledger_days", fmt.Sprintf("store.ledger_days is %d, but an MTA tries for five days", c.Store.LedgerDays),
			"write 6 or more, or a late second try is delivered twice")
	}
}

func (c *Config) checkSizes(k *checker) {
	sizes := []struct {
		key string
		n   Size
	}{{"spool.memory", c.Spool.Memory}, {"spool.max_message", c.Spool.MaxMessage}, {"spool.max_total", c.Spool.MaxTotal},
		{"limits.header", c.Limits.HeaderBytes}, {"limits.text", c.Limits.TextBytes},
		{"limits.attachment", c.Limits.AttachBytes}, {"limits.archive", c.Limits.ArchiveBytes}}
	for _, s := range sizes {
		if s.n <= 0 {
			k.bad(s.key, s.key+" is zero", "write a size; its default is "+defaultOf(s.key))
		}
	}
	if c.Spool.Memory > c.Spool.MaxMessage {
		k.bad("spool.memory", "spool.memory is larger than spool.max_message", "make it smaller: it is the part of a message that stays in memory")
	}
	if c.Spool.MaxTotal < c.Spool.MaxMessage {
		k.bad("spool.max_total", "spool.max_total is smaller than spool.max_message", "leave room for at least one message; the default is "+defaultOf("spool.max_total"))
	}
}

func (c *Config) checkNames(k *checker) {
	domains := map[string][]string{"org.domains": c.Org.Domains, "border.trusted_authserv": c.Border.TrustedAuthServ, "auth.trusted_sealers": c.Auth.TrustedSealers}
	for _, key := range []string{"org.domains", "border.trusted_authserv", "auth.trusted_sealers"} {
		for _, d := range domains[key] {
			if !domainLike(d) {
				k.bad(key, fmt.Sprintf("%s: %q is not a domain", key, d), "write the name alone, like corp.example, in letters, digits, dots and hyphens or in its own script")
			}
		}
	}
	for alias, d := range c.Org.AliasDomains {
		if !domainLike(alias) || !containsFold(c.Org.Domains, d) {
			k.bad("org.alias_domains."+alias, fmt.Sprintf("org.alias_domains: %q = %q", alias, d), "give an alias domain on the left and one of org.domains on the right")
		}
	}
	if strings.ContainsAny(c.Org.RecipientDelimiter, "@ \t\"") {
		k.bad("org.recipient_delimiter", fmt.Sprintf("org.recipient_delimiter is %q", c.Org.RecipientDelimiter), "write the same characters as in Postfix, usually +")
	}
	if a := c.Border.AuthServID; a != "" && !domainLike(a) {
		k.bad("border.authserv_id", fmt.Sprintf("border.authserv_id is %q", a), "write a host name, like mx.corp.example")
	}
	if containsFold(c.Border.TrustedAuthServ, c.Border.AuthServID) {
		k.bad("border.trusted_authserv", "border.trusted_authserv names border.authserv_id itself", "leave our own name out: only kith may use it")
	}
	if r := c.Auth.Resolver; r != "" && !resolverLike(r) {
		k.bad("auth.resolver", fmt.Sprintf("auth.resolver is %q", r), "write the address of a DNS server, like 127.0.0.1 or 127.0.0.1:5353")
	}
}

func containsFold(list []string, s string) bool {
	return s != "" && slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}

// domainLike also takes names in their own script (U-labels): those who use
// them turn them into A-labels.
func domainLike(d string) bool {
	ascii := strings.Map(func(r rune) rune {
		if r > 0x7f {
			return 'x'
		}
		return r
	}, d)
	_, err := netip.ParseAddr(d)
	return err != nil && hostLike(ascii)
}

func resolverLike(r string) bool {
	if _, err := netip.ParseAddr(strings.Trim(r, "[]")); err == nil {
		return true
	}
	host, port, err := net.SplitHostPort(r)
	if err != nil || port == "" || !isDigits(port) {
		return false
	}
	_, err = netip.ParseAddr(host)
	return err == nil
}
