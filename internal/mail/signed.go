package mail

import (
	"bytes"
	"strings"
)

// Signed reports whether the message, or a part of it, is signed or encrypted
// with S/MIME (RFC 8551) or OpenPGP (RFC 3156, or inline): an edit anywhere in
// it would break what it proves.
func (m *Message) Signed() bool {
	return sealed(m.Root) || bytes.Contains(m.Raw, []byte("-----BEGIN PGP ")) && inlinePGP(m.Raw)
}

func sealed(p *Part) bool {
	switch t := strings.TrimPrefix(p.Type, "application/x-"); {
	case p.Type == "multipart/signed", p.Type == "multipart/encrypted",
		t == "application/pkcs7-mime", t == "pkcs7-mime", p.Type == "application/pgp-encrypted", p.Type == "application/pgp-signature":
		return true
	}
	for _, c := range p.Parts {
		if sealed(c) {
			return true
		}
	}
	return false
}

// inlinePGP looks for the armour at the start of a line.
func inlinePGP(raw []byte) bool {
	for _, kind := range []string{"MESSAGE-----", "SIGNED MESSAGE-----"} {
		if bytes.Contains(raw, []byte("\n-----BEGIN PGP "+kind)) {
			return true
		}
	}
	return false
}
