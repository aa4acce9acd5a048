// Package disarm carries a plan out on the bytes of a message.
//
// So far it knows one deed, the header block: the few fields that kith writes
// above a message in enforce mode, and the removal of fields by which somebody
// else pretends to be kith. Everything else of the message stays as it is,
// byte by byte, odd line ends and broken fields included: kith is not there to
// mend mail, and a signature that held before must hold after.
//
// What the room promises: nothing that stood in the message can reach the
// block except through characters that a field may hold; a removal never
// touches the body; doing it twice is the same as doing it once.
package disarm
