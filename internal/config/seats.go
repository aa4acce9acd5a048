package config

import (
	"fmt"
	"net"
)

// door is one place at which kith listens, with the keys that guard it.
type door struct {
	table, key string
	at         Address
	peers      []Prefix
	tls        bool // the protocol can do TLS here
	cert, priv string
}

func (d door) path() string { return d.table + "." + d.key }

func (c *Config) doors() []door {
	return []door{
		{"lmtp", "listen", c.LMTP.Listen, c.LMTP.Peers, true, c.LMTP.TLSCert, c.LMTP.TLSKey},
		{"smtp", "listen", c.SMTP.Listen, c.SMTP.Peers, true, c.SMTP.TLSCert, c.SMTP.TLSKey},
		{"milter", "listen", c.Milter.Listen, c.Milter.Peers, false, "", ""},
		{"milter", "submission_listen", c.Milter.SubmissionListen, c.Milter.Peers, false, "", ""},
		{"web", "listen", c.Web.Listen, nil, false, "", ""},
	}
}

func (c *Config) checkSeats(k *checker) {
	taken := map[string]string{}
	for _, d := range c.doors() {
		if (d.cert == "") != (d.priv == "") {
			k.bad(d.table+".tls_cert", fmt.Sprintf("only one of %s.tls_cert and %s.tls_key is given", d.table, d.table), "give both or none")
		}
		if !d.at.Set() {
			continue
		}
		listenName(k, d)
		if d.at.Exposed() {
			k.exposed(d, k.ix.where(d.path()))
		}
		if _, port, _ := net.SplitHostPort(d.at.Addr); taken[d.at.String()] != "" && port != "0" {
			k.bad(d.path(), fmt.Sprintf("%s and %s both listen at %s", taken[d.at.String()], d.path(), d.at), "give each its own address")
		}
		taken[d.at.String()] = d.path()
	}
	k.next("lmtp", c.LMTP.Listen, c.LMTP.Next, taken)
	k.next("smtp", c.SMTP.Listen, c.SMTP.Next, taken)
}

// listenName refuses names but localhost: what a name means may change, and
// with it who can connect.
func listenName(k *checker, d door) {
	if d.at.Network != "tcp" {
		return
	}
	host, _, _ := net.SplitHostPort(d.at.Addr)
	if host != "localhost" && net.ParseIP(host) == nil {
		k.bad(d.path(), fmt.Sprintf("%s is %q, a name", d.path(), d.at), "write the address itself, like 127.0.0.1 or 192.0.2.7, so that it cannot come to mean another")
	}
}

// exposed is the rule that what listens beyond this machine has TLS and a list
// of peers.
func (k *checker) exposed(d door, where string) {
	what := fmt.Sprintf("%s is %s, which can be reached from outside this machine", d.path(), d.at)
	var mend string
	switch {
	case d.table == "web":
		mend = "write 127.0.0.1 and put a reverse proxy with TLS in front of it"
	case !d.tls:
		mend = "write 127.0.0.1 or unix:/path: the milter protocol has no TLS"
	case d.cert == "" || d.priv == "":
		mend = fmt.Sprintf("set %s.tls_cert, %s.tls_key and %s.peers, or write 127.0.0.1 or unix:/path", d.table, d.table, d.table)
	case len(d.peers) == 0:
		mend = fmt.Sprintf("set %s.peers to the servers that may connect (with %s.tls_cert and %s.tls_key, which are there)", d.table, d.table, d.table)
	default:
		return
	}
	if k.fault == nil {
		k.fault = &Error{where, what, mend}
	}
}

func (k *checker) next(table string, listen, next Address, taken map[string]string) {
	key := table + ".next"
	switch {
	case !listen.Set() && !next.Set():
	case !next.Set():
		k.bad(table+".listen", fmt.Sprintf("%s.listen is set and %s is not", table, key), "say where kith delivers to, like unix:/run/dovecot/lmtp or 127.0.0.1:24")
	case !listen.Set():
		k.bad(key, fmt.Sprintf("%s is set and %s.listen is not", key, table), "say where mail comes in, like 127.0.0.1:8024, or remove both")
	case next.Network == "systemd":
		k.bad(key, fmt.Sprintf("%s is %s, but systemd sockets are for listening", key, next), "write host:port or unix:/path")
	case taken[next.String()] != "":
		k.bad(key, fmt.Sprintf("%s is %s, where kith itself listens (%s): mail would go in a circle", key, next, taken[next.String()]), "write the address of the server behind kith")
	}
}

// CheckListener applies the rule of exposed doors to a listener that is
// already open, such as one that systemd handed over and whose address the
// file does not show. table is "lmtp", "smtp", "milter" or "web". The error is
// an *Error.
func (c *Config) CheckListener(table string, addr net.Addr) error {
	if !ExposedAddr(addr) {
		return nil
	}
	k := &checker{}
	for _, d := range c.doors() {
		if d.table == table {
			d.at = Address{"tcp", addr.String()}
			k.exposed(d, "")
		}
	}
	if k.fault != nil {
		return k.fault
	}
	return nil
}

// Notes says, one line each, what is allowed but probably not meant. They are
// advice for `kith config check` and the first lines of the log, never errors.
func (c *Config) Notes() []string {
	var notes []string
	if len(c.Org.Domains) == 0 {
		notes = append(notes, "org.domains is empty: kith cannot tell who is one of us; list your mail domains")
	}
	if !c.LMTP.Listen.Set() && !c.SMTP.Listen.Set() && !c.Milter.Listen.Set() && !c.Milter.SubmissionListen.Set() {
		notes = append(notes, "no seat listens: no mail comes by; set lmtp.listen and lmtp.next, or milter.listen")
	}
	if c.LMTP.Listen.Set() && !c.Milter.SubmissionListen.Set() {
		notes = append(notes, "milter.submission_listen is empty: who signed in is known only from Received fields; add the submission milter")
	}
	if !c.Auth.Enabled && len(c.Border.TrustedAuthServ) == 0 {
		notes = append(notes, "auth.enabled is false and border.trusted_authserv is empty: nobody's mail can be proven; set one of them")
	}
	return notes
}
