package smtpwire

import "strings"

// BarePostmaster is what the library hears for RCPT TO:<postmaster>: that address
// needs no domain (RFC 5321 section 4.5.1), and the library takes none without one.
// A session that meets it must read "postmaster".
const BarePostmaster = "postmaster@postmaster.invalid"

// bareRcpt gives the bare postmaster of a RCPT command a domain. What else stands
// there goes to the library as it came.
func bareRcpt(line []byte, arg string) []byte {
	const bare = "TO:<postmaster>"
	if len(arg) < len(bare) || !strings.EqualFold(arg[:len(bare)], bare) {
		return line
	}
	return []byte("RCPT TO:<" + BarePostmaster + ">" + arg[len(bare):] + "\r\n")
}
