// Package trait says what of a message can be a habit: short values, each a pure
// function of the message.
//
// A mail says more about its author than he wrote. The program he writes with
// orders and folds the fields in its own way, makes Message-IDs and boundaries of
// its own form, and chooses charset and encoding by its own rules; he himself ends
// his mails in one way, links to the same few sites, sends the same kinds of
// files. Whoever writes in his name has to copy all of it, and knows little of it.
//
// # What makes a good trait
//
// It stays when the author writes another mail, and changes when somebody else
// does. So every function here takes out what depends on the single mail: version
// numbers, random parts, whether it is an answer, how long a subject is, whether a
// letter in it needs more than ASCII. What is left are few values for one author;
// a new one then means something. Where a mail cannot show a trait, the value is
// "": unknown, never "none".
//
// None of the values proves anything. All of them stand in the message, and who
// holds a mail of the author can copy every one. They cost a stranger effort and
// catch him who does not know; the server that hands the mail over, and what
// authentication finds, are asked elsewhere.
//
// # What holds
//
//  1. The same message gives the same value, on every machine.
//  2. A value has at most 80 bytes, a list at most 12 values.
//  3. No message makes a function panic, and none costs more than its header, or
//     what Look has already read.
//  4. Values hold no whole address and no text, but where that is the trait: a
//     domain, an account number. Who keeps them keeps hashes (package baseline).
//
// # Two groups
//
// Structural traits come from the program: Mailer, HeaderOrder, HeaderStyle,
// MessageIDShape, MIMEShape, BoundaryShape, Charset, Zone. They need only the
// parse. The others come from the person and need Look: LinkHosts and
// AttachmentKinds, and what he writes.
package trait
