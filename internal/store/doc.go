// Package store is the only room with SQL. It keeps what must not be lost (the
// ledger of deliveries, the journal, the learning records) and what is counted
// from it (the habits), and answers the questions of those who explain it later.
//
// # Two engines
//
// SQLite, in one file, is for one node; PostgreSQL, named by a URL, for many equal
// nodes that share one database. There is one Store: each query stands once, and
// dialect holds what differs. One table of tests runs on both.
//
// # What it promises
//
// A write that returned nil is on the disk. SQLite: the file is in WAL mode with
// synchronous=FULL, so that each commit is an fsync of the log (SQLite, "PRAGMA
// synchronous"). PostgreSQL: synchronous_commit=on, whatever the server's default;
// the loss of a whole server loses nothing only where a synchronous standby has
// what was committed. Because an fsync costs milliseconds and a busy server has
// many messages at once, writers do not commit for themselves: they hand their
// change to one writer goroutine that puts all waiting changes into one
// transaction (group commit), commits once, and tells each. A change that fails
// is rolled back alone; it does not take its neighbours with it.
//
// Changes that may lag (the milter seat's journal) are put into the same queue
// without a wait; they ride in the next commit, at the latest after Lag.
//
// There is one writing connection and a few reading ones; they work side by side,
// also from another process (kith trace while kith serve runs). Two writing
// processes of one file, or of one node, are kept apart by a lock file; who is
// alive among the nodes of a server is told in node.go.
//
// # When a server goes away
//
// A write is ErrAway at once where nobody listens, and after 20 seconds at most
// where nobody answers. A broken connection is dropped, and the next one looks at
// all hosts of the URL for the primary, so that nothing needs a restart after a
// failover. A batch whose connection broke before COMMIT was sent was surely not
// kept and is tried once more; one that broke after it is reported, since nobody
// knows, and whoever asked goes by his own rule: the ledger's outcomes wait in
// its overflow file, and a sender comes again. A batch that the server rolled
// back for a neighbour's sake (deadlock) is tried again.
//
// Settings are sent when a connection begins, and transactions take advisory
// locks; a pooler in between must pass both on (PgBouncer: session pooling).
//
// # Outside bytes
//
// PostgreSQL takes no NUL in a text and no text that is not UTF-8, and no index
// takes a very long one. Both come in from outside, and neither may fail a write:
// what stands in columns is mended (clean, name) in writing and asking alike. The
// full record stands beside them as bytes.
//
// # What it never does
//
// It decides nothing, and it holds no text of any mail but subjects.
package store
