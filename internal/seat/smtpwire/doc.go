// Package smtpwire stands between a socket and the SMTP library, on both
// sides of a proxy, and decides what the bytes on the wire mean before the
// library sees them.
//
// Why it exists. The library is kept as it is released. It lacks what a proxy
// beside Postfix must have: XFORWARD and XCLIENT, an EHLO answer that offers no
// more than the next hop does, command lines with a bound of their own, clocks
// that a patient attacker cannot wind back. And it reads the same bytes a
// little differently from other servers: for it CR CR LF is no line end, so a
// message whose last line ends in a stray CR never ends. Two readers that
// disagree about where a message ends are what SMTP smuggling is made of.
//
// How it works. A Conn is the net.Conn that the library is given. It reads the
// socket with a buffer of its own and hands the library one command line for
// each Read, and never a byte beyond it: so when the library asks again, it has
// answered everything before, and the Conn knows without guessing whether the
// library stands at a command, at a SASL answer, in DATA or in a BDAT chunk. It
// follows the library's own replies (354 opens DATA, 334 asks for SASL, 250 to
// MAIL opens a transaction), and answers by itself, in order, what the library
// must not hear.
//
// What it promises:
//
//  1. What is handed on inside DATA has no CR without LF and no LF without CR.
//     A bare LF becomes CRLF, a bare CR becomes a space, and a dot after such a
//     repaired line end is stuffed. On such a stream all readers agree, so what
//     ends here ends in the library and at the next hop. Bare tells how many
//     there were; under the policy BareRefuse the session answers with Refusal.
//  2. Bytes of a message are never read as commands, and commands never as a
//     message: a BDAT chunk is swallowed whole or the connection ends.
//  3. XFORWARD and XCLIENT are heard only from peers that Options.Trusted names.
//  4. Nothing a client sends is held without a bound, nor waited for without one.
//
// What it never does: it never looks into a message, never opens one, never
// changes a message that has proper line ends, and knows nothing of policy,
// people or detection. XCLIENT and STARTTLS begin a new conversation: the old
// library connection ends and the Listener hands out a fresh one on the same
// socket, so that nothing said before can be carried over.
//
// The client's side (Forward) is the same idea turned round: it lets a session
// say XFORWARD, XCLIENT and STARTTLS between the library's commands, and tells
// of each LMTP reply when it arrives.
package smtpwire
