// Package habits keeps the learned normal: it finds the rows that bear on a
// message, decides what a judged message may teach, and folds what was taught
// into the counts.
//
// # What teaches
//
// Counting is free of order for a given set of lessons; which mail teaches what
// is a decision, made here once and written down in the lesson:
//
//   - An author's habits are taught only by mail whose author is proven: DKIM or
//     SPF in alignment, a signed-in account, or a line (the server that hands his
//     mail to our border) that is established for this author. All other mail
//     goes to the author's probation, which no surprise reads. A line is
//     established when it was seen on two days at least and somebody of ours
//     answered a mail that came by it. Where a site does not authenticate at all,
//     and so nothing can ever be proven, three days make a line.
//   - What would have been held or put into Junk teaches nothing; neither does
//     what a front filter marked as spam. What would have been remarked on goes to
//     probation. The plan decides, not whether it was carried out: a site in shadow
//     does not learn its attacks.
//   - That somebody of ours writes to a person is taught only by authenticated mail
//     from our side that a person wrote: no null sender, no automatic mark, no list.
//     A vacation reply makes nobody two-way.
//   - The time is that of arrival, never the Date field, never the future.
//
// # Two speeds
//
// Lessons are written with the outcome of a delivery, in the same transaction:
// nothing acknowledged is lost. Counts follow a second or two behind, in batches,
// with the mark up to which lessons are folded in the same transaction as the
// counts. A crash between the two folds from the mark again; nothing counts twice.
//
// The Keeper is safe for concurrent use. Reading never waits for folding, and a
// store that does not answer in time is a gap: the message is judged with nothing
// known, which is unknown, never novel.
package habits
