// Package fit makes the figures that ship out of mail whose truth is known, and
// says how good they are on mail that they were not made from.
//
// # What is fitted
//
// The judge's weights (Weights): what each kind of finding adds, and the caps of
// families and groups. And the learned normal's parameters (Habits): half-life,
// strength of the wider context and discount of each family. Both are figures
// without text, name or address, and only sets whose README permits it may give
// them (Permitted).
//
// # Where labels stand
//
// The room plays a set through the real pipeline (Play), which judges and learns
// without labels. What it judged is then set beside the truth here, in this room
// alone; nothing of it flows back. Samples is what is left: for each (message,
// recipient) the findings as the detectors gave them, and the truth. A hash stands
// in the place of each address.
//
// # How weights are fitted
//
// Ten bits of prior say that one mail in a thousand is harmful, so attacks are
// counted as if they were one in a thousand. First the sum without caps is fitted
// as a logistic regression whose weights stay at or above zero and are drawn to
// what people believed beforehand; then weights and caps are searched together
// under the formula that the judge really uses; at last the whole is scaled so
// that wrong warnings stay within their budget. How strongly beliefs draw is
// chosen on folds within the samples.
//
// # What the figures mean
//
// Every figure of quality comes from folds: fitted on one part, measured on
// another that shares no template or campaign of attacks and no author of genuine
// mail with it, no recipient, and comes later (Schemes). Bounds are Clopper and
// Pearson's at 95 %. A campaign counts once. The same samples and options give
// the same weights: there is no random choice.
package fit
