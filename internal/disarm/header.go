package disarm

import (
	"bytes"
	"strconv"
	"strings"

	"kith/internal/kith"
)

// Block is what the header block of one delivered copy says.
type Block struct {
	ID          string       // the copy's X-Kith-Id, the same at each retry; "" = no such field
	Verdict     kith.Verdict // what was judged
	Carried     kith.Action  // what is done about it: ActJunk adds the folder for the mail server's rule
	AuthResults string       // our Authentication-Results value, with our authserv-id; "" = no such field
}

// maxReasons is how many reasons the block names. The journal has all of them.
const maxReasons = 5

// width is where lines are folded (RFC 5322 section 2.1.1).
const width = 78

// HeaderBlock returns the fields that are written above a message in enforce
// mode, each line ended as the message's own lines are (CRLF, or LF where its
// first line ends so). It holds no word of the mail.
func HeaderBlock(b Block, raw []byte) []byte {
	eol := eolOf(raw)
	var out bytes.Buffer
	if b.ID != "" {
		field(&out, eol, "X-Kith-Id", b.ID)
	}
	v := &b.Verdict
	field(&out, eol, "X-Kith-Verdict", string(v.Band)+"; class="+string(v.Class)+"; probability="+strconv.FormatFloat(v.Probability, 'f', 4, 64)+
		"; score="+bits(v.Score)+"; prior="+bits(v.Prior))
	if rs := reasons(v); rs != "" {
		field(&out, eol, "X-Kith-Reasons", rs)
	}
	if b.Carried == kith.ActJunk {
		field(&out, eol, "X-Kith-Folder", "Junk")
	}
	if b.AuthResults != "" {
		field(&out, eol, "Authentication-Results", b.AuthResults)
	}
	return out.Bytes()
}

// IDBlock returns the one field that the LMTP seat writes in shadow mode.
func IDBlock(id string, raw []byte) []byte {
	var out bytes.Buffer
	field(&out, eolOf(raw), "X-Kith-Id", id)
	return out.Bytes()
}

// AuthBlock returns our Authentication-Results field alone; nothing for the
// empty value.
func AuthBlock(value string, raw []byte) []byte {
	if value == "" {
		return nil
	}
	var out bytes.Buffer
	field(&out, eolOf(raw), "Authentication-Results", value)
	return out.Bytes()
}

// eolOf is the line end that a message uses, by its first line.
func eolOf(raw []byte) string {
	if lineBreak(raw[:lineEnd(raw, 0)]) == 1 {
		return "\n"
	}
	return "\r\n"
}

// field writes one field, folded before the word that would pass the width.
// Control characters become spaces, so that a value can end neither its field
// nor the header.
func field(out *bytes.Buffer, eol, name, value string) {
	value = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, value)
	out.WriteString(name + ":")
	col := len(name) + 1
	for word := range strings.FieldsSeq(value) {
		if col > len(name)+1 && col+1+len(word) > width {
			out.WriteString(eol)
			col = 0
		}
		out.WriteString(" " + word)
		col += 1 + len(word)
	}
	out.WriteString(eol)
}

func bits(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// reasons lists kinds and what each contributed, strongest first.
func reasons(v *kith.Verdict) string {
	var b strings.Builder
	n := 0
	for _, r := range v.Reasons {
		if r.Bits <= 0 || n == maxReasons {
			continue
		}
		if n++; n > 1 {
			b.WriteString(", ")
		}
		b.WriteString(r.Finding.Kind + " " + bits(r.Bits))
	}
	return b.String()
}
