// Package replay runs a benchmark set through the real pipeline, one event
// after the other, and writes down what kith said of each.
//
// A set is a folder: raw messages, a stream of events in the order of their
// time (a mail arrives, an employee sends one, does something with one, a label
// becomes known), and the organisation's list of people. The room exists so that
// figures about detection come from the program that ships and from nothing
// else: the same parser, detectors, judge and policy, the same order of
// judging and learning, with the clock of the set in place of ours.
//
// It promises the prequential rule: event k is judged from events before k
// alone, its predictions are written, and only then may it be learned. A
// submission that is marked as a mistake of the set's maker (really: false) is
// judged and leaves nothing behind. labels.jsonl.zst, the truth, is never
// opened; a label can be seen only as an event, at the time at which it stands.
// The same set and the same kith give the same bytes: no network is asked, no
// clock, and events are judged one at a time. Who vouches for a message is what
// the event says of it (see voucher); where it says nothing, nobody looked.
//
// A set is made by others, so it is bounded like all that comes from outside.
// The messages are unpacked into a temporary file without a name, and read from
// there one by one: memory holds their places only.
package replay
