package mail

import (
	"strings"
	"unicode/utf16"
)

// decodeUTF7 decodes UTF-7 (RFC 2152). Faulty shifts are kept as written.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	for i := 0; i < len(b); {
		if b[i] != '+' {
			out.WriteByte(b[i])
			i++
			continue
		}
		j := i + 1
		for j < len(b) && isBase64(b[j]) && b[j] != '=' {
			j++
		}
		switch {
		case j == i+1 && j < len(b) && b[j] == '-':
			out.WriteByte('+')
			i = j + 1
			continue
		case j == i+1:
			out.WriteByte('+')
			i = j
			continue
		}
		raw := lenientBase64(b[i+1 : j])
		u := make([]uint16, 0, len(raw)/2)
		for k := 0; k+1 < len(raw); k += 2 {
			u = append(u, uint16(raw[k])<<8|uint16(raw[k+1]))
		}
		out.WriteString(string(utf16.Decode(u)))
		if j < len(b) && b[j] == '-' {
			j++
		}
		i = j
	}
	return out.String()
}
