package mail

import (
	"bytes"
	"strings"
)

// maxReadings bounds the further readings of one message.
const maxReadings = 3

// otherReadings returns the trees that other mail programs see where they are
// known to disagree with the first reading: by a second Content-Type, by a second
// boundary, by a boundary that the message uses and does not declare, by
// delimiter lines with something behind them.
func (m *Message) otherReadings() []*Part {
	var out []*Part
	var walk func(p *Part)
	walk = func(p *Part) {
		if len(out) >= maxReadings {
			return
		}
		if alt := m.otherReading(p); alt != nil {
			out = append(out, alt)
		}
		for _, c := range p.Parts {
			walk(c)
		}
	}
	walk(m.Root)
	return out
}

// otherReading reads one part in its second way; nil when it has none.
func (m *Message) otherReading(p *Part) *Part {
	typ, boundary, loose := p.Type, "", false
	switch {
	case p.second != "":
		ps := readParams(p.second, "")
		typ, boundary = ps.main, ps.by["boundary"]
	case p.boundary2 != "":
		boundary = p.boundary2
	case isMultipart(p) && len(p.Parts) == 0:
		boundary = usedBoundary(m.Raw[p.Body:p.End])
	case p.loose:
		boundary, loose = p.Params["boundary"], true
	default:
		return nil
	}
	alt := &Part{Path: p.Path, Start: p.Start, Body: p.Body, End: p.End, Header: p.Header, Type: typ, Params: p.Params,
		Charset: p.Charset, Encoding: p.Encoding, Disposition: p.Disposition, Filename: p.Filename, of: m}
	if boundary == "" || !strings.HasPrefix(typ, "multipart/") {
		if !strings.Contains(typ, "/") || typ == p.Type {
			return nil
		}
		return alt
	}
	scratch := &Message{Raw: m.Raw[:p.End], lim: m.lim}
	q := &parser{m: scratch, raw: scratch.Raw, lim: m.lim, budget: &budget{parts: 100, depth: min(m.lim.Depth, 10)}, loose: loose}
	alt.Params = map[string]string{"boundary": boundary}
	q.multipart(alt)
	return alt
}

// usedBoundary guesses the boundary of a multipart that declares none: the first
// line that begins with two hyphens and comes back, as itself or closed.
func usedBoundary(b []byte) string {
	for pos, n := 0, 0; pos < len(b) && n < 100; n++ {
		if !bytes.HasPrefix(b[pos:], []byte("--")) {
			i := bytes.Index(b[pos:], []byte("\n--"))
			if i < 0 {
				return ""
			}
			pos += i + 1
		}
		line := lineAt(b, pos, len(b))
		pos += len(line)
		t := string(bytes.TrimRight(line[2:], " \t\r\n"))
		if t != "" && len(t) <= 200 && strings.Trim(t, "-") != "" && bytes.Contains(b[pos:], []byte("\n--"+t)) {
			return t
		}
	}
	return ""
}

// union looks at the leaves of another reading that the first one has not seen
// in the same way.
func (l *looker) union(alt *Part) {
	for _, p := range leaves(alt, nil) {
		if !l.m.hasLeaf(p) {
			l.part(p)
		}
	}
}

func leaves(p *Part, to []*Part) []*Part {
	if len(p.Parts) == 0 {
		return append(to, p)
	}
	for _, c := range p.Parts {
		to = leaves(c, to)
	}
	return to
}

// hasLeaf reports whether the first reading has a leaf of the same bytes that is
// read in the same way.
func (m *Message) hasLeaf(q *Part) bool {
	for _, p := range leaves(m.Root, nil) {
		if p.Body == q.Body && p.End == q.End && p.Type == q.Type && p.Encoding == q.Encoding {
			return true
		}
	}
	return false
}

func knownCoding(e string) bool {
	return e == "7bit" || e == "8bit" || e == "binary" || e == "base64" || e == "quoted-printable"
}

// otherCodings returns transfer encodings that other readers may take off a
// leaf: that of a second field, or the one that a misspelt name means.
func (p *Part) otherCodings() []string {
	var out []string
	for i, f := range p.Header.All("Content-Transfer-Encoding") {
		if i == 0 && knownCoding(p.Encoding) {
			continue
		}
		v := strings.NewReplacer(" ", "", "-", "", "_", "", `"`, "").Replace(asciiLower(f.Value()))
		switch {
		case strings.HasPrefix(v, "base64"):
			v = "base64"
		case strings.HasPrefix(v, "quotedprintable"), v == "qp":
			v = "quoted-printable"
		case strings.HasPrefix(v, "7bit"), strings.HasPrefix(v, "8bit"), v == "binary":
			v = ""
		default:
			continue
		}
		if v != p.Encoding && len(out) < 2 && !(v == "" && !isCoded(p.Encoding)) {
			out = append(out, v)
		}
	}
	return out
}
