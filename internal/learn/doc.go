// Package learn reads the mail that people already have, so that kith knows on
// its first day who knows whom: mbox files, Maildirs, folders of .eml files and
// IMAP accounts.
//
// # One stream
//
// Open turns a path or an address into a Source, Run walks through it and hands
// over one Item at a time: raw bytes, the folder and its role, whose mail it is,
// when it arrived, and a position. What is then made of the item (judging it,
// learning it) is the caller's. Memory is bounded: one message, or over IMAP one
// batch of a few megabytes, and some hundred bytes for each message of the folder
// that is being read.
//
// # When a mail arrived
//
// The time of an item is when the mailbox got it: INTERNALDATE, the time in a
// Maildir name, the date of an mbox From line, and above them the topmost
// Received field where the two are more than a day apart, since moving mail to
// a new server often gives all of it the day of the move. It is never the Date
// field, which the author writes, and never the future.
//
// # What is left out
//
// Junk, trash, drafts and what waits to be sent teach nothing normal: a folder
// with such a name (in English, German, French, Spanish, Japanese, Korean), with
// such a SPECIAL-USE attribute (RFC 6154), or so named by the administrator is
// skipped, and so is a message that its owner has marked as deleted or as a
// draft. Everything skipped is counted with its reason.
//
// # Going on
//
// Each item has the position behind it. A run that is given the positions of the
// last one goes on there. A position notices that its folder is another one now
// (a new UIDVALIDITY, an mbox that was rewritten); then the folder is read from
// its beginning, and the caller's own rule that twice is the same as once does
// the rest.
//
// # Bytes
//
// The same message has the same bytes from every kind of source: line ends are
// CRLF, as on the wire and over IMAP; the From line of an mbox and the quoting of
// its body are taken off; compressed Maildir files are unpacked.
//
// # Trust
//
// Mailboxes hold hostile bytes, and a Maildir belongs to somebody who may not be
// the administrator: files are opened below the given folder only, links are not
// followed, pipes and devices are not opened. Over IMAP folders are opened with
// EXAMINE and bodies fetched with BODY.PEEK[], so nothing is marked as seen; a
// password goes over TLS or to this machine only.
//
// One damaged message or unreadable folder is reported, counted and passed over;
// a source of which nothing can be read is an error of one line.
package learn
