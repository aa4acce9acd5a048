// Package demo shows kith at work on a machine where nothing is set up: a
// made-up organisation of twelve people, some sixty mails in four languages,
// and among them the tricks that real organisations were taken in by.
//
// Nothing in it is a mock-up. kith is started as `kith serve` starts it, from a
// configuration file that is written down for the reader to look at. Mail goes
// in by the LMTP seat, and what employees send by the submission milter first;
// the demo only plays what stands around kith: the mail server that hands mail
// over, the mail store that files it in Maildirs, and a name server that knows
// the records of the made-up senders. Every domain, address and network is one
// that is reserved for examples; files that pose as something harmful are inert.
//
// What the room promises: what is shown was read from kith's journal after the
// run and is said in the sentences that an employee would read. What kith does
// not notice is shown too. And it is a check: the run fails when an incident
// that today's detectors should catch was missed, when an ordinary mail was
// warned of, or when a mail in a mailbox is not byte for byte the mail that was
// sent, kith's own fields apart.
//
// It never connects to anything but loopback, and writes nowhere but in its own
// folder.
package demo
