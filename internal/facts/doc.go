// Package facts gathers, once per message, everything that a detector may ask:
// what the message says, who vouches for it, whose it is, where it came from
// and whom it is for.
//
// The room exists so that detectors need no other: they get one read-only Case
// and cannot reach a store, a network or a clock from it. It promises that
// gathering does no I/O and costs microseconds, that a Case says the same to
// whoever asks, and that nothing in it was taken from the message where it
// ought to be known from elsewhere: the direction and the client come from
// authentication and from the trace fields of our own hosts, the kinds of
// author and recipients from the directory. It judges nothing.
//
// Gathering has two steps, since authentication stands between them: See finds
// the border, which says what to authenticate; Gather makes the Case.
package facts
