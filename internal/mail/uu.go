package mail

import "bytes"

// uuFile is one uuencoded file found in a text.
type uuFile struct {
	name       string
	start, end int // of the whole block, "begin" to "end"
	data       []byte
	complete   bool
}

// uuBody decodes a body that is declared as uuencoded.
func uuBody(b []byte, limit int64) ([]byte, bool) {
	f, ok := findUU(b, 0, limit)
	return f.data, ok
}

// findUU finds the next uuencoded block at or after from: a line
// "begin <octal mode> <name>" that is followed by at least one good data line.
func findUU(b []byte, from int, limit int64) (uuFile, bool) {
	for from < len(b) {
		i := bytes.Index(b[from:], []byte("begin "))
		if i < 0 {
			return uuFile{}, false
		}
		at := from + i
		line := lineAt(b, at, len(b))
		from = at + len(line)
		if at > 0 && b[at-1] != '\n' {
			continue
		}
		name, ok := uuBegin(line)
		if !ok {
			continue
		}
		f := uuFile{name: name, start: at}
		f.data, f.end, f.complete = uuData(b, from, limit)
		if len(f.data) > 0 {
			return f, true
		}
	}
	return uuFile{}, false
}

func uuBegin(line []byte) (name string, ok bool) {
	w := bytes.SplitN(bytes.TrimRight(line, "\r\n"), []byte(" "), 3)
	if len(w) != 3 || len(w[1]) < 3 || len(w[1]) > 4 || len(w[2]) == 0 || len(w[2]) > 500 {
		return "", false
	}
	for _, c := range w[1] {
		if c < '0' || c > '7' {
			return "", false
		}
	}
	return guessText(string(trimSpace(w[2])), ""), true
}

// uuData decodes the lines up to "end". It stops at the first line that cannot
// be a data line.
func uuData(b []byte, pos int, limit int64) (data []byte, end int, complete bool) {
	for pos < len(b) && int64(len(data)) < limit {
		line := lineAt(b, pos, len(b))
		text := bytes.TrimRight(line, "\r\n")
		if string(trimSpace(text)) == "end" {
			return data, pos + len(line), true
		}
		if len(text) > 0 {
			n := int(text[0]-' ') & 63
			body := text[1:]
			if text[0] < ' ' || text[0] > '`' || len(body) > (n+2)/3*4+3 || n > 0 && len(body) < n {
				return data, pos, false
			}
			data = uuLine(data, body, n)
		}
		pos += len(line)
	}
	return data, pos, false
}

func uuLine(data, body []byte, n int) []byte {
	at := func(i int) byte {
		if i < len(body) {
			return (body[i] - ' ') & 63
		}
		return 0
	}
	for i := 0; n > 0; i += 4 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		three := [3]byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | d}
		data = append(data, three[:min(n, 3)]...)
		n -= 3
	}
	return data
}
