// Package judge weighs findings: it turns what the detectors noticed into one
// verdict, in the open.
//
// The verdict is a sum that a person can do by hand. In bits of log-odds:
//
//	score = prior + min(U, capU) + min(A, capA) + D
//
// where U, A and D are the sums of the groups Unlike, Asks and Decisive, each
// after the caps of its families: findings that tend to come together (three
// signs of the same attachment) are one family, and a family does not count
// beyond its cap. The probability of harm is 2^score / (1 + 2^score).
//
// # Invariants
//
//  1. The prior and the contributions of the reasons sum to the score exactly.
//     All figures are whole sixteenths of a bit, which floating-point numbers
//     add without rounding, in any order.
//  2. One more finding, or a stronger one, never lowers the score. There is no
//     negative weight: standing well with somebody excuses nothing, because it
//     would excuse exactly the taken-over account.
//  3. prior + capU and prior + capA each stay below the lowest band in which
//     anything is done. Unusual alone never acts, and words alone never act.
//  4. The order of the findings changes nothing.
//
// A finding weighs what its kind does; where its detector measured its own
// surprise, that times the scale of the kind, at most its weight (Weight.Adds). The
// measure itself stays in the reason as the detector gave it, so that a record can
// be weighed again by other weights.
//
// The weights are a table, not a program: weights.toml says what each figure
// is and where it comes from. It keeps what people believed before anything was
// measured beside what was fitted; docs/judgement.md says how. Package judge reads it, checks the invariants
// that it can break, and refuses it otherwise. It knows no detector and no
// language, and does no I/O.
package judge
