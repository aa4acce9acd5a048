package learn

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// mailboxBase64 is the base64 of RFC 3501 section 5.1.3: "," for "/", no padding.
var mailboxBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// decodeUTF7 reads a folder name in the modified UTF-7 of IMAP (RFC 3501 section
// 5.1.3), which Maildir++ and Dovecot use on the disk as well. A name that is not
// in that form, UTF-8 for example, is returned as it is.
func decodeUTF7(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var out strings.Builder
	rest := s
	for {
		before, after, shifted := strings.Cut(rest, "&")
		out.WriteString(before)
		if !shifted {
			return out.String()
		}
		code, tail, ended := strings.Cut(after, "-")
		if !ended {
			return s
		}
		rest = tail
		if code == "" {
			out.WriteByte('&')
			continue
		}
		raw, err := mailboxBase64.DecodeString(code)
		if err != nil || len(raw) < 2 || len(raw)%2 != 0 {
			return s
		}
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
		}
		for _, r := range utf16.Decode(units) {
			// What needs no shift is not written with one, and a level or the end of
			// a name does not hide in it.
			if r == utf8.RuneError || r < ' ' || r >= 0x7f && r < 0xa0 || r == '/' {
				return s
			}
			out.WriteRune(r)
		}
	}
}
