// Package policy decides what is done about a verdict: the least sufficient
// action, on the part of the mail that it concerns, and no more.
//
// It is a table. Its rows are the classes of mail, its columns the parts of a
// message, its cells the lightest action that takes the harm out of that part.
// What people may tune is how far kith goes at most (the ceiling) and whether
// plans are carried out at all (the mode); the table itself is shown by
// Explain and tested as it stands.
//
// What the room promises: every plan names, for each of its steps, the finding
// that asks for it. In shadow mode the plan is the same plan, and nothing of it
// is done. A calm mail has no steps. A mail that is signed end to end, or that
// will be forwarded outside, is never edited: it takes the next sufficient
// action on the whole message, so that wrapping a fraud in a signature gains
// nothing. Nothing here refuses a message: reject stands in no cell.
//
// It is pure: no I/O, no clock, no state.
package policy
