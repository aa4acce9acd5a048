package store

// schema holds one step for each version, in order: step i brings version i to
// i+1. Steps are never edited after a release, only added.
//
// delivery is the ledger: one row for each delivery key (see package ledger).
// state is 0 while the outcome is unknown, 1 when the next hop confirmed the
// copy, 2 when it was refused or deferred. boot is the process that wrote the
// row last: rows of state 0 by another boot are in doubt.
//
// learned holds the learning records (see package habits). Its numbers are never
// used again, so that a mark of what was folded stays true. node holds one row
// for each node and when it was last alive (see node.go).
//
// journal holds one row for each (message, recipient); data is kith.Record as
// JSON. The columns beside it are what people search by. It is a table with row
// numbers, which are given in the order of arrival: rows are larger than an index
// page holds, and new ones stand side by side. journal_when answers the questions
// about a span of time and about an address by itself: it is read from its new
// end, which costs a writer one page, where an index for each address column
// would cost four. A partial index is used only by a query that repeats its
// condition.
//
// The steps are spelled once for both engines (see dialect). PostgreSQL never had
// a store of version 1; it goes through that step all the same.
var schema = []string{`
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE delivery (
	key      BLOB PRIMARY KEY,
	begun    INTEGER NOT NULL,
	boot     TEXT NOT NULL,
	state    INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	deaths   INTEGER NOT NULL,
	reply    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX delivery_open ON delivery(boot) WHERE state = 0;
CREATE INDEX delivery_begun ON delivery(begun);
CREATE TABLE journal (
	id         TEXT NOT NULL,
	rcpt       TEXT NOT NULL,
	boot       TEXT NOT NULL,
	arrived    INTEGER NOT NULL,
	state      TEXT NOT NULL,
	queue_id   TEXT NOT NULL,
	message_id TEXT NOT NULL,
	mail_from  TEXT NOT NULL,
	author     TEXT NOT NULL,
	login      TEXT NOT NULL,
	data       BLOB NOT NULL,
	PRIMARY KEY (id, rcpt)
) WITHOUT ROWID;
CREATE INDEX journal_arrived ON journal(arrived);
CREATE INDEX journal_queue   ON journal(queue_id) WHERE queue_id <> '';
CREATE INDEX journal_mid     ON journal(message_id) WHERE message_id <> '';
CREATE INDEX journal_open    ON journal(boot) WHERE state = 'received';
CREATE TABLE note (kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX note_at ON note(kind, at);
`, `
CREATE TABLE journal2 (
	row        INTEGER PRIMARY KEY,
	id         TEXT NOT NULL,
	rcpt       TEXT NOT NULL,
	boot       TEXT NOT NULL,
	arrived    INTEGER NOT NULL,
	state      TEXT NOT NULL,
	queue_id   TEXT NOT NULL,
	message_id TEXT NOT NULL,
	mail_from  TEXT NOT NULL,
	author     TEXT NOT NULL,
	login      TEXT NOT NULL,
	data       BLOB NOT NULL
);
INSERT INTO journal2(id, rcpt, boot, arrived, state, queue_id, message_id, mail_from, author, login, data)
	SELECT id, rcpt, boot, arrived, state, queue_id, message_id, mail_from, author, login, data FROM journal ORDER BY arrived;
DROP TABLE journal;
ALTER TABLE journal2 RENAME TO journal;
CREATE UNIQUE INDEX journal_key ON journal(id, rcpt);
CREATE INDEX journal_when  ON journal(arrived, state, mail_from, author, login, rcpt);
CREATE INDEX journal_queue ON journal(queue_id) WHERE queue_id <> '';
CREATE INDEX journal_mid   ON journal(message_id) WHERE message_id <> '';
CREATE INDEX journal_login ON journal(arrived) WHERE login <> '';
CREATE INDEX journal_open  ON journal(boot) WHERE state = 'received';
`, `
CREATE TABLE node (node TEXT PRIMARY KEY, boot TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE learned (
	seq   INTEGER PRIMARY KEY AUTOINCREMENT,
	node  TEXT NOT NULL,
	key   BLOB NOT NULL UNIQUE,
	owner BLOB NOT NULL,
	at    INTEGER NOT NULL,
	undo  INTEGER NOT NULL,
	data  BLOB NOT NULL
);
CREATE INDEX learned_node  ON learned(node, seq);
CREATE INDEX learned_owner ON learned(owner) WHERE length(owner) > 0;
`}

// storePart names this schema among those of one database.
const storePart = "store"

// Version is the schema version that this program writes.
func Version() int { return len(schema) }
