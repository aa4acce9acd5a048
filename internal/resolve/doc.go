// Package resolve asks the DNS on behalf of mail authentication, and promises
// that asking is cheap, bounded and never slow twice for the same reason.
//
// SPF, DKIM, DMARC and ARC put ten to forty questions a message to the DNS.
// Mail repeats itself, so nearly all of them have been answered a moment ago:
// a bounded cache keeps what was said for as long as its owner allows (clamped
// on both sides), keeps "there is no such thing" as RFC 2308 asks, and keeps
// "the server failed" for a few seconds as RFC 9520 demands. Two messages that
// ask the same thing at the same time share one question.
//
// What it promises:
//
//  1. Every call returns when its context is done, and no question lives longer
//     than Options.Timeout. A failure is a temporary error, never a delay.
//  2. Memory is bounded: the cache by bytes, the questions on the wire by a
//     fixed number of slots.
//  3. A DNS server that says nothing at all costs the first message about two
//     thirds of Options.Timeout. Then a breaker opens: for Options.Pause every
//     question fails at once, after which one probe decides whether to go on.
//     A foreign zone that is slow does not open the breaker, else a sender
//     could switch authentication off for everybody (see breaker.go).
//
// What it never does: it follows no search list, reads no hosts file, walks no
// delegation and validates no DNSSEC. It is a stub; the recursive server
// behind it does that work, and the path to that server is trusted.
package resolve
