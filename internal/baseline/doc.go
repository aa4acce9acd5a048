// Package baseline is the learned normal: one statistic, asked of many contexts.
//
// A habit is a count of a value in a context over time: "for mails from
// ann@vendor.example, the Reply-To domain was …". Every behavioural sign is one
// question asked of a different context: how surprising is this value here, and
// how much is known here at all?
//
// # Counts
//
// What is stored are integers: for each context, family and value, on which days
// it was taught and how often. Integers add: the order of learning does not
// matter, two nodes' counts merge by adding, un-learning subtracts exactly, and
// no weight is stored, so half-lives and the other parameters can be fitted anew
// without learning again. On one day a value counts once in a context, however
// many mails brought it.
//
// # Weight
//
// A count taught in bucket b weighs 2^(−(t−b)/H) at time t, with H the family's
// half-life; buckets are cut by the calendar and about H/8 wide. What is older
// than twelve half-lives weighs nothing and serves sentences only ("has written
// to you since 2019"). Nothing from the future of t counts.
//
// # Surprise
//
// Contexts stand in chains, from narrow to wide: author → author's domain →
// organisation. With w the weight of a value's counts in context c, g the weight
// of its first count there, n = Σw and G = Σg,
//
//	P(v|c) = (w − d·g)/(n+θ) + (θ + d·G)/(n+θ) · P(v|parent(c))
//
// the hierarchical Pitman-Yor rule with one table a value (Teh 2006; Kneser and
// Ney 1995 count their parents the same way). It sums to one in any state. An
// author whose mailer changes with each mail has a large G: a further new mailer
// is expected. One who never changed it has G ≈ 1: a new one is loud. A parent
// counts in how many of its children a value is present, not mails: one chatty
// author makes nothing common. The root is uniform for a closed family; in an
// open one it holds one mass for everything that was never seen.
//
// In an open family every single value is improbable, so the surprise is that of
// the tail: −log2 of the total probability of all values at most as probable as
// this one. Beside it stands n, the confidence: n = 0 is unknown, never novel.
//
// # Whom it believes
//
// This package counts what it is told; what may teach is decided in package
// habits and recorded in the lesson. A lesson that is not proven to come from its
// author goes to the author's probation row, which no surprise reads. A wide
// context counts an author only once somebody of ours has written to him.
//
// # Rows
//
// One row (Profile) holds all families of one context, so that judging a mail
// touches a handful of rows and not hundreds. Keys are keyed hashes under the
// site's key with the organisation in each; rows of one employee begin with the
// hash of that employee, so that they can be found and erased.
//
// The package is pure: no clock, no disk, no network. Values of its types are
// read-only once shared.
package baseline

//go:generate go test . -run TestDocs -update
