// Package mailauth says who vouches for a message: the domain that the client
// spoke for (SPF, RFC 7208), the domains that signed it (DKIM, RFC 6376), and
// whether any of them is the author's (DMARC, RFC 9989, and RFC 7489 for old
// records). Where the message came through a relay that broke all of that, a
// trusted sealer may speak for it (ARC, RFC 8617); where a front server has
// checked already, its Authentication-Results field is read (RFC 8601).
//
// The rest of the program asks one thing of the Result: is the author's domain
// proven? Habits are learned under that word, so a wrong yes poisons what is
// learned of an author, while a wrong no only costs a little knowledge. Every
// doubt is therefore decided against the proof:
//
//  1. A body that is signed only in part (l=) proves nothing, and neither does
//     a message that shows a field twice of which one copy was signed.
//  2. Two From fields, or authors of two domains, have no proven author.
//  3. Weak keys and algorithms (RFC 8301) give "policy", never "pass".
//  4. An Authentication-Results field counts only if border found it in the
//     block of the trusted hop and its authserv-id is configured. All others
//     are noise that anybody can write.
//  5. Without an answer from the DNS the result is temperror. Verify returns
//     within Options.Deadline whatever the DNS does, and never fails: it says
//     what it knows.
//
// What it never does: it changes no byte, refuses no message, signs nothing,
// sends no reports. What a "fail" means is judged elsewhere, from this record.
//
// Own code instead of a library, for DKIM: ARC needs the same canonical forms
// over other sets of fields, l= and duplicate fields need answers that no
// library gives, and parsed keys can be kept.
package mailauth
