package mail

import (
	"bytes"
	"strings"
)

// yencFile is a yEnc block in a text.
type yencFile struct {
	name string
	data []byte
}

// findYEnc finds the first yEnc block: "=ybegin … name=…", data, "=yend".
func findYEnc(b []byte, limit int64) (f yencFile, ok bool) {
	i := bytes.Index(b, []byte("=ybegin "))
	if i < 0 || i > 0 && b[i-1] != '\n' {
		return f, false
	}
	line := lineAt(b, i, len(b))
	head := string(trimSpace(line))
	j := strings.Index(head, " name=")
	if j < 0 {
		return f, false
	}
	f.name = guessText(head[j+6:], "")
	for pos := i + len(line); pos < len(b) && int64(len(f.data)) < limit; {
		line := lineAt(b, pos, len(b))
		pos += len(line)
		if bytes.HasPrefix(line, []byte("=yend")) {
			return f, true
		}
		if bytes.HasPrefix(line, []byte("=ypart ")) {
			continue
		}
		line = bytes.TrimRight(line, "\r\n")
		for k := 0; k < len(line); k++ {
			c := line[k]
			if c == '=' && k+1 < len(line) {
				k++
				c = line[k] - 64
			}
			f.data = append(f.data, c-42)
		}
	}
	return f, len(f.data) > 0
}
