package mail

import (
	"bytes"
	"compress/zlib"
	"io"
	"strings"
)

// Bounds of the look into one PDF.
const (
	maxPDFStreams = 4000
	maxPDFStream  = 4 << 20 // unpacked bytes of one stream
	maxPDFStrings = 50000
)

// pdf looks for links and for actions in a PDF: in its plain bytes and in its
// Flate streams, where newer writers keep their objects. It reads no structure,
// so that no broken structure can hide anything from it.
func (o *opener) pdf(in *inside, b []byte) {
	r := pdfReader{o: o, in: in}
	r.scan(b)
	for n := 0; n < maxPDFStreams && !o.late(); n++ {
		i := bytes.Index(b, []byte("stream"))
		if i < 0 {
			return
		}
		dict := b[max(0, i-400):i]
		b = b[i+6:]
		if i >= 3 && bytes.HasSuffix(dict, []byte("end")) {
			continue
		}
		if k := bytes.LastIndex(dict, []byte("obj")); k >= 0 {
			dict = dict[k:]
		}
		if !bytes.Contains(dict, []byte("Flate")) && !bytes.Contains(dict, []byte("/Fl")) {
			continue
		}
		// Pictures and fonts are packed too and hold no links.
		if bytes.Contains(dict, []byte("/Image")) || bytes.Contains(dict, []byte("/FontFile")) || bytes.Contains(dict, []byte("/Length1")) {
			continue
		}
		body := bytes.TrimLeft(b[:min(len(b), 2)], "\r\n")
		if !r.unpack(b[min(len(b), 2)-len(body):], dict) {
			return
		}
	}
}

type pdfReader struct {
	o       *opener
	in      *inside
	urls    map[string]bool
	strings int // addresses read so far
}

// unpack inflates one stream and scans it. false means that the budget is spent.
func (r *pdfReader) unpack(b, dict []byte) bool {
	// The packed data say themselves where they end; "endstream" could stand
	// anywhere in them.
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return true
	}
	limit := min(r.o.bytes, maxPDFStream)
	if limit <= 0 {
		r.in.mark(MarkBomb)
		return false
	}
	out, _ := io.ReadAll(io.LimitReader(&ctxReader{r.o.ctx, z}, limit))
	r.o.bytes -= int64(len(out))
	if int64(len(out)) == limit && limit == maxPDFStream {
		r.in.mark(MarkBomb)
	}
	if bytes.Contains(dict, []byte("/EmbeddedFile")) {
		r.embedded(out)
		return true
	}
	r.scan(out)
	return true
}

// embedded looks into a file that is packed into the PDF.
func (r *pdfReader) embedded(b []byte) {
	if !r.o.take(r.in) {
		return
	}
	r.o.add(r.in, "", b, false, nil, 0)
}

// scan finds names of actions and their addresses in a run of PDF objects.
func (r *pdfReader) scan(b []byte) {
	for i := 0; i < len(b); {
		j := bytes.IndexByte(b[i:], '/')
		if j < 0 {
			return
		}
		i += j + 1
		name, n := pdfName(b[i:])
		i += n
		switch name {
		case "URI", "F", "UF":
			if r.strings++; r.strings > maxPDFStrings {
				r.in.mark(MarkTruncated)
				return
			}
			if u, ok := pdfString(b[i:]); ok && (name == "URI" || strings.Contains(u, "://")) {
				r.link(u)
			}
		case "JS", "JavaScript":
			r.in.mark(MarkPDFScript)
		case "Launch":
			r.in.mark(MarkPDFLaunch)
		case "EmbeddedFile", "EmbeddedFiles":
			r.in.mark(MarkPDFEmbedded)
		case "Encrypt":
			r.in.mark(MarkEncrypted)
		}
	}
}

func (r *pdfReader) link(u string) {
	u = cleanURL(u)
	if u == "" || r.urls[u] || len(r.in.links) >= r.o.lim.Links {
		return
	}
	if r.urls == nil {
		r.urls = make(map[string]bool)
	}
	r.urls[u] = true
	r.in.links = append(r.in.links, newLink(LinkPDF, nil, u, true))
}

// pdfName reads a name, with #xx resolved (ISO 32000 section 7.3.5). Names that
// are too long to be of interest come back as "".
func pdfName(b []byte) (string, int) {
	n := 0
	var name [20]byte
	k := 0
	for n < len(b) {
		c := b[n]
		if isSpace(c) || c == 0 || strings.IndexByte("()<>[]{}/%", c) >= 0 {
			break
		}
		n++
		if c == '#' && n+1 < len(b) && unhex(b[n]) >= 0 && unhex(b[n+1]) >= 0 {
			c = byte(unhex(b[n])<<4 | unhex(b[n+1]))
			n += 2
		}
		if k < len(name) {
			name[k] = c
		}
		if k++; k > len(name) {
			return "", n
		}
	}
	return string(name[:k]), n
}

// pdfString reads a literal or hexadecimal string that follows a name.
func pdfString(b []byte) (string, bool) {
	b = b[:min(len(b), maxURL*2)]
	for len(b) > 0 && (isSpace(b[0]) || b[0] == 0) {
		b = b[1:]
	}
	if len(b) < 2 {
		return "", false
	}
	switch {
	case b[0] == '(':
		return pdfLiteral(b[1:])
	case b[0] == '<' && b[1] != '<':
		return pdfHex(b[1:])
	}
	return "", false
}

func pdfLiteral(b []byte) (string, bool) {
	var out []byte
	depth := 1
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch c {
		case '\\':
			if i+1 >= len(b) {
				return "", false
			}
			i++
			switch e := b[i]; {
			case e >= '0' && e <= '7':
				v := 0
				k := 0
				for ; k < 3 && i+k < len(b) && b[i+k] >= '0' && b[i+k] <= '7'; k++ {
					v = v<<3 | int(b[i+k]-'0')
				}
				i += k - 1
				out = append(out, byte(v))
			case e == 'n' || e == 'r' || e == 't' || e == 'b' || e == 'f':
				out = append(out, ' ')
			case e == '\n' || e == '\r':
			default:
				out = append(out, e)
			}
			continue
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return pdfText(out), true
			}
		}
		out = append(out, c)
	}
	return "", false
}

func pdfHex(b []byte) (string, bool) {
	var out []byte
	hi := -1
	for _, c := range b {
		if c == '>' {
			if hi >= 0 {
				out = append(out, byte(hi<<4))
			}
			return pdfText(out), true
		}
		v := unhex(c)
		if v < 0 {
			continue
		}
		if hi < 0 {
			hi = v
		} else {
			out, hi = append(out, byte(hi<<4|v)), -1
		}
	}
	return "", false
}

// pdfText reads the two forms of text strings: UTF-16 with a mark, else bytes.
func pdfText(b []byte) string {
	if bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return utf16Text(b[2:], 1)
	}
	return guessText(string(b), "")
}
