package config

import "kith/internal/kith"

// Config is the whole configuration. The order of the fields is the order in
// which the documents list them. The tags: toml is the key, doc its
// documentation in plain sentences, choice the words that are allowed, path
// marks a place on disk that must be written from the root.
//
// A Config is not changed after Load has returned it, and is safe for
// concurrent reading.
type Config struct {
	Mode     kith.Mode `toml:"mode" choice:"shadow enforce" doc:"What kith does with its verdicts. shadow: judge, record and learn, but change nothing in the mail (the lmtp seat adds one field, X-Kith-Id, by which a copy doubled after a crash can be told). enforce: carry the plans out."`
	Fail     FailMode  `toml:"fail" choice:"open defer" doc:"What happens to mail when kith's own store is gone or its disk is full. open: deliver it unjudged and say so. defer: answer 4xx, so that the MTA keeps it in its queue and tries again. When empty: open in shadow, defer in enforce."`
	Language string    `toml:"language" choice:"en de ja ko" doc:"Language of the reasons given to people for whom the directory names no other."`
	Deadline Duration  `toml:"deadline" doc:"Longest time that kith may spend on judging one message. What is not known by then is a gap in the record and the mail flows on. Must be well below the MTA's own limits (Postfix: lmtp_data_done_timeout 600s, milter_content_timeout 300s)."`

	Org       Org       `toml:"org" doc:"Whose mail this is: who is one of us and who is not."`
	Directory Directory `toml:"directory" doc:"Who is who: employees, shared boxes, aliases, roles."`
	Store     Store     `toml:"store" doc:"What kith must not lose: the ledger of deliveries, the journal, what was learned."`
	Spool     Spool     `toml:"spool" doc:"Where the bytes of a message wait while it is judged and delivered."`
	LMTP      LMTP      `toml:"lmtp" doc:"The seat between Postfix and Dovecot: Postfix delivers to kith, kith delivers on and passes each recipient's answer back. The strongest seat."`
	SMTP      SMTP      `toml:"smtp" doc:"The seat between any two SMTP servers (a proxy before the queue)."`
	Milter    Milter    `toml:"milter" doc:"The seat beside Postfix or Sendmail on port 25 and on the submission port. It tells kith who signed in and what the client was; without an LMTP seat it also judges."`
	Border    Border    `toml:"border" doc:"Where our own servers end and strangers begin."`
	Auth      Auth      `toml:"auth" doc:"Checking who vouches for a message: SPF, DKIM, DMARC and ARC."`
	Limits    Limits    `toml:"limits" doc:"Bounds of one look at one message. Each is above what ordinary mail needs by a factor of ten or more. A message that goes beyond one is still delivered; that the look was cut short is recorded as a fact."`
	Learn     Learn     `toml:"learn" doc:"The learned normal: what is usual for whom."`
	Policy    Policy    `toml:"policy" doc:"What may follow from a verdict."`
	Web       Web       `toml:"web" doc:"Metrics and health over HTTP."`
	Log       Log       `toml:"log" doc:"The log goes to standard error; systemd keeps it."`
}

// FailMode says what happens to mail when kith itself cannot do its part.
type FailMode string

// The two ways to fail, and the empty word that lets Mode decide.
const (
	FailByMode FailMode = ""
	FailOpen   FailMode = "open"
	FailDefer  FailMode = "defer"
)

// Org says whose mail this is.
type Org struct {
	Name               string            `toml:"name" doc:"The organisation's name as its people say it."`
	Domains            []string          `toml:"domains" doc:"All mail domains that are ours. Without them kith cannot tell who is one of us."`
	AliasDomains       map[string]string `toml:"alias_domains" doc:"Domains whose addresses mean the same people as in another of ours, as { \"old.example\" = \"corp.example\" }."`
	RecipientDelimiter string            `toml:"recipient_delimiter" doc:"What divides a mailbox from its extension, as in Postfix: with + mail for ann+shop@ is mail for ann@. Empty: addresses have no extensions. Several characters: each of them divides."`
}

// Directory says where the people are listed.
type Directory struct {
	File string `toml:"file" path:"read" doc:"File of people and boxes. When empty kith knows only those whom LDAP tells and those whom it sees signing in. For an address that LDAP tells too the file wins; what the file leaves empty comes from LDAP."`

	LDAP LDAP `toml:"ldap" doc:"People and boxes from an LDAP server, such as OpenLDAP or Active Directory. docs/directory-ldap.md shows both."`
}

// Store is the database.
type Store struct {
	Path          string `toml:"path" path:"any" doc:"The SQLite database. When empty: /var/lib/kith/kith.db for a system user (or the folder that systemd names in STATE_DIRECTORY), $XDG_STATE_HOME/kith/kith.db for a person. Must be on a local disk: SQLite's locks do not hold on network file systems."`
	URL           string `toml:"url" doc:"A PostgreSQL database in place of the file, shared by all nodes: postgres://kith@db.corp.example/kith. Several hosts and target_session_attrs=read-write find the new primary after a failover. Beyond this machine add sslmode=verify-full. No password here. path then only says where the files of this node lie."`
	PasswordFile  string `toml:"password_file" path:"read" doc:"File with the password for url on its only line."`
	SiteKey       string `toml:"site_key" path:"any" doc:"File of the secret key under which addresses are hashed. kith makes it at its first start, readable by kith alone. When empty: site.key beside the database. Keep it with the backup: without it what was learned cannot be read."`
	RetentionDays int    `toml:"retention_days" doc:"Days for which the journal keeps what was decided about each message."`
	LedgerDays    int    `toml:"ledger_days" doc:"Days for which kith remembers what was delivered, so that a second try is not delivered twice. At least 6: an MTA tries for five days (Postfix: maximal_queue_lifetime)."`
}

// Spool is where bytes wait.
type Spool struct {
	Dir        string `toml:"dir" path:"any" doc:"Folder for messages too large for memory. When empty: spool beside the database. It may be emptied while kith is stopped: no accepted mail lies there."`
	Memory     Size   `toml:"memory" doc:"A message up to this size waits in memory, a larger one on disk."`
	MaxMessage Size   `toml:"max_message" doc:"Largest message that is looked into. The smtp seat refuses a larger one; the lmtp seat, behind the MTA's queue, delivers it unread and says so. Best not smaller than the MTA's own limit (Postfix: message_size_limit)."`
	MaxTotal   Size   `toml:"max_total" doc:"Room for all waiting messages together. When it is full kith answers 452 and the MTA tries again later."`
}

// LMTP is the seat between an MTA and a mail store (RFC 2033).
type LMTP struct {
	Listen         Address  `toml:"listen" doc:"Where the MTA delivers to kith: 127.0.0.1:8024, unix:/run/kith/lmtp.sock, or systemd:NAME for a socket that systemd opened. Empty: no such seat."`
	Next           Address  `toml:"next" doc:"Where kith delivers to: unix:/run/dovecot/lmtp or host:port."`
	SocketMode     FileMode `toml:"socket_mode" doc:"Permissions of a unix socket, in octal digits."`
	Peers          []Prefix `toml:"peers" doc:"Addresses and networks that may connect. Empty: this machine only. They are believed when they say who the client was (XFORWARD)."`
	TLSCert        string   `toml:"tls_cert" path:"read" doc:"Certificate chain (PEM), needed to listen beyond this machine."`
	TLSKey         string   `toml:"tls_key" path:"read" doc:"Private key to it (PEM)."`
	MaxConnections int      `toml:"max_connections" doc:"Connections at the same time. One more is answered 421 and the MTA tries again."`
	OneAtATime     bool     `toml:"one_at_a_time" doc:"Hand a mailbox one mail at a time. Dovecot's duplicate rule needs it: two deliveries at once into one mailbox make it forget the ids of one of them. Different mailboxes are served side by side all the same."`
}

// SMTP is the proxy seat between two SMTP servers.
type SMTP struct {
	Listen         Address  `toml:"listen" doc:"Where mail comes from: 127.0.0.1:10025 or unix:/path, or systemd:NAME. Empty: no such seat."`
	Next           Address  `toml:"next" doc:"The server that kith hands mail to: host:port or unix:/path."`
	SocketMode     FileMode `toml:"socket_mode" doc:"Permissions of a unix socket, in octal digits."`
	Peers          []Prefix `toml:"peers" doc:"Addresses and networks that may connect. Empty: this machine only."`
	XForwardHosts  []Prefix `toml:"xforward_hosts" doc:"Peers that are believed when they say who the client was (XFORWARD)."`
	XClientHosts   []Prefix `toml:"xclient_hosts" doc:"Peers that may speak in the client's place altogether (XCLIENT)."`
	TLSCert        string   `toml:"tls_cert" path:"read" doc:"Certificate chain (PEM), needed to listen beyond this machine."`
	TLSKey         string   `toml:"tls_key" path:"read" doc:"Private key to it (PEM)."`
	MaxConnections int      `toml:"max_connections" doc:"Connections at the same time. One more is answered 421."`
}

// Milter is the seat beside an MTA that speaks the Sendmail milter protocol.
type Milter struct {
	Listen           Address  `toml:"listen" doc:"For port 25 (Postfix: smtpd_milters of the smtp service): 127.0.0.1:8025, unix:/path, or systemd:NAME. Empty: no such seat. The protocol has no TLS, so it cannot listen beyond this machine."`
	SubmissionListen Address  `toml:"submission_listen" doc:"For the submission service, where employees sign in. Empty: none."`
	SocketMode       FileMode `toml:"socket_mode" doc:"Permissions of a unix socket, in octal digits. Debian's Postfix runs in a chroot: its sockets must lie in /var/spool/postfix, or use an address and port."`
	Peers            []Prefix `toml:"peers" doc:"Addresses that may connect. Empty: this machine only."`
	Judges           string   `toml:"judges" choice:"alone always never" doc:"Whether this seat judges inbound mail. alone: only when there is no lmtp seat, else it authenticates and notes what it saw for the lmtp seat, which judges. always and never: as they say."`
	MaxConnections   int      `toml:"max_connections" doc:"Connections at the same time, both listeners together."`
}

// Border is where our servers end.
type Border struct {
	Relays          []Relay  `toml:"relays" doc:"Our own relays, gateways and backup MXs: addresses, networks or host names. The Received fields are walked from the top past these; the first host that is not one of them is the client that sent to us."`
	AuthServID      string   `toml:"authserv_id" doc:"Our own name in Authentication-Results fields (RFC 8601). When empty: this machine's host name. A field that comes from outside and claims this name is forged."`
	TrustedAuthServ []string `toml:"trusted_authserv" doc:"Names of servers of ours that already check SPF and DKIM and whose Authentication-Results field is believed, if the border hop added it."`
}

// Auth bounds the authentication of one message.
type Auth struct {
	Enabled        bool     `toml:"enabled" doc:"Check SPF, DKIM, DMARC and ARC here. When false only a trusted Authentication-Results field counts."`
	Resolver       string   `toml:"resolver" doc:"DNS server as address or address:port. When empty: the system's (/etc/resolv.conf)."`
	Deadline       Duration `toml:"deadline" doc:"Longest time for all DNS questions of one message. Must be shorter than the whole deadline."`
	MaxSignatures  int      `toml:"max_signatures" doc:"DKIM signatures checked in one message; those after it are not looked at."`
	TrustedSealers []string `toml:"trusted_sealers" doc:"Domains whose ARC seal is believed about mail that a forwarder or list changed on its way."`
}

// Limits bounds one look at one message. The fields are those of mail.Limits,
// in the units of the file.
type Limits struct {
	HeaderBytes    Size `toml:"header" doc:"Bytes of one header, the message's own or a part's."`
	Fields         int  `toml:"fields" doc:"Fields of one header."`
	Depth          int  `toml:"depth" doc:"Parts and messages inside each other."`
	Parts          int  `toml:"parts" doc:"Parts of one message, in all."`
	Addresses      int  `toml:"addresses" doc:"Addresses in one field."`
	TextBytes      Size `toml:"text" doc:"Decoded text that is read, in all."`
	Links          int  `toml:"links" doc:"Links that are kept."`
	AttachBytes    Size `toml:"attachment" doc:"Decoded bytes of one attachment that is opened."`
	ArchiveDepth   int  `toml:"archive_depth" doc:"Archives inside archives."`
	ArchiveEntries int  `toml:"archive_entries" doc:"Files listed in all archives of one message."`
	ArchiveBytes   Size `toml:"archive" doc:"Bytes unpacked from all archives of one message."`
}

// Policy bounds what may be done.
type Policy struct {
	Ceiling         Action `toml:"ceiling" choice:"none annotate banner unspoof lock-link double-lock-link flatten-attachment strip-attachment junk hold reject" doc:"The heaviest action that enforce may take; a plan that asks for more is cut down to it. From lightest to heaviest: none, annotate, banner, unspoof, lock-link, double-lock-link, flatten-attachment, strip-attachment, junk, hold, reject."`
	WarningsPer1000 int    `toml:"warnings_per_1000" doc:"The budget of interruptions: of a thousand mails that people here get, about how many may carry a warning. Where more would, only those that stand out most do; the others are recorded. It never limits what acts on a mail, nor a finding that decides by itself."`
}

// Web is the HTTP door.
type Web struct {
	Listen Address `toml:"listen" doc:"Where /metrics, /healthz and /readyz answer. This machine only; put a reverse proxy with TLS in front to reach it from elsewhere. Empty: no such door."`
}

// Log says how much is written and in which form.
type Log struct {
	Level  string `toml:"level" choice:"debug info warn error" doc:"The least level that is written."`
	Format string `toml:"format" choice:"text json" doc:"text for people, json for machines. Every line about a message has the MTA's queue id and kith's own id; none has subject or text."`
}
