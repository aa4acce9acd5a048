// Package demo shows kith at work on a machine where nothing is set up: a
// made-up organisation of twelve people, three months of mail that they already
// have, and some seventy mails of today in four languages, among them the tricks
// that real organisations were taken in by.
//
// # Nothing in it is a mock-up
//
// The months before are made anew on each run, the same for the same day: who
// writes to whom, with which program, at which hours, with which files, links and
// account numbers stands in the files of the folder history. They are put into
// Maildirs and learned by the code of `kith learn`, believing the field in which
// the filter before kith wrote down who vouches for a mail. One incident a week is
// among them; half lie in Junk, and of the rest kith must see by itself that they
// are not to be learned from.
//
// Then kith is started as `kith serve` starts it, from a configuration file that is
// written down for the reader to look at. Mail goes in by the LMTP seat, and what
// employees send by the submission milter first; the demo only plays what stands
// around kith: the mail server that hands mail over, the mail store that files it
// in Maildirs, and a name server that knows the records of the made-up senders.
// Every domain, address and network is one that is reserved for examples; files
// that pose as something harmful are inert.
//
// # What the room promises
//
// What is shown was read from kith's journal after the run and is said in the
// sentences that an employee would read; so is what kith has learned about one of
// them. What kith does not notice is shown too. And it is a check, with one table
// of what is to be noticed (expectations): the run fails when an incident was
// missed or noticed for other reasons, when an ordinary mail was warned of, when
// a past incident taught something, or when a mail in a mailbox is not byte for
// byte the mail that was sent, kith's own fields apart.
//
// It never connects to anything but loopback, and writes nowhere but in its own
// folder.
package demo
