package mail

import (
	"bytes"
	"strings"
)

// calendar is what a calendar text (RFC 5545) shows.
type calendar struct {
	text  string // what a mail program shows of the event
	links []string
}

// maxICSLines bounds the lines that are read.
const maxICSLines = 20000

// readICS reads summary, place and description and every URL of a calendar.
func readICS(b []byte) calendar {
	var c calendar
	var text strings.Builder
	seen := map[string]bool{}
	link := func(u string, _ int) bool {
		if !seen[u] {
			seen[u] = true
			c.links = append(c.links, u)
		}
		return len(c.links) < 500
	}
	for n := 0; len(b) > 0 && n < maxICSLines; n++ {
		var line []byte
		line, b = icsLine(b)
		i := bytes.IndexByte(line, ':')
		if i <= 0 {
			continue
		}
		name := asciiLower(string(line[:i]))
		if j := strings.IndexByte(name, ';'); j >= 0 {
			name = name[:j]
		}
		value := icsText(string(line[i+1:]))
		switch name {
		case "summary", "location", "description", "comment":
			text.WriteString(value)
			text.WriteByte('\n')
		case "url", "attach", "conference":
			if u := trim(value); strings.Contains(u, ":") && len(u) < maxURL {
				link(u, 0)
			}
		}
		textLinks(value, link)
	}
	c.text = text.String()
	return c
}

// icsLine returns the next unfolded line and the rest.
func icsLine(b []byte) (line, rest []byte) {
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return append(line, bytes.TrimRight(b, "\r")...), nil
		}
		part := bytes.TrimRight(b[:i], "\r")
		b = b[i+1:]
		if len(b) == 0 || !isWSP(b[0]) {
			if line == nil {
				return part, b
			}
			return append(line, part...), b
		}
		line = append(line, part...)
		b = b[1:]
	}
}

func icsText(v string) string {
	if strings.IndexByte(v, '\\') < 0 {
		return v
	}
	return strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(v)
}
