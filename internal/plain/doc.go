// Package plain says findings and verdicts in words for people, in English,
// German, Japanese and Korean.
//
// The reader is somebody who does another job and has just been interrupted in
// it. So: short sentences, no word of our trade, no alarm, no blame, and at the
// end one thing to look for next time. The words come from one catalogue for
// each language, beside each other, so that who translates sees the others.
//
// What the room promises: a sentence cites only evidence that the finding
// holds; where a piece is missing, a plainer sentence without it is said, never
// a gap. Evidence comes from hostile mail and is made safe to show on a
// terminal and in a page: no control characters, no marks that turn the writing
// direction, a bounded length, a host as its letters only where these cannot be
// taken for others. Escaping for HTML is the page's own business.
//
// It decides nothing and knows no detector: it is given kinds, and a test of
// package detect holds the catalogues against the detectors.
package plain
