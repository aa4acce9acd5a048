package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strings"
)

// Dump is what the parse sees, in the form that "kith inspect --json" prints:
// one object a message, for people who check a parser and for programs that
// compare two.
type Dump struct {
	ID      string      `json:"id"`
	Subject *string     `json:"subject"` // null when there is no such field
	From    [][2]string `json:"from"`    // name, address
	To      [][2]string `json:"to"`
	Cc      [][2]string `json:"cc"`
	Tree    *DumpNode   `json:"tree"`
	Defects []string    `json:"defects"` // ids of the oddities, each once, sorted
	Error   string      `json:"error,omitempty"`
}

// DumpNode is a multipart with its parts, or a leaf with what it holds. A
// message/* part is a leaf.
type DumpNode struct {
	Type        string      `json:"type"`
	Parts       []*DumpNode `json:"parts,omitempty"`
	Charset     string      `json:"charset,omitempty"`
	Filename    string      `json:"filename,omitempty"`
	Disposition string      `json:"disposition,omitempty"`
	SHA256      string      `json:"sha256,omitempty"` // of the bytes after transfer decoding
	Size        int         `json:"size,omitempty"`
	Text        *string     `json:"text,omitempty"` // of text leaves, decoded
}

// Dump returns the message in the form of "kith inspect --json" under the given
// id. It calls Look, so that faults of transfer encodings and charsets are among
// the defects.
func (m *Message) Dump(ctx context.Context, id string) *Dump {
	m.Look(ctx)
	d := &Dump{ID: id, From: dumpAddresses(m.From), To: dumpAddresses(m.To), Cc: dumpAddresses(m.Cc), Tree: m.dumpNode(m.Root), Defects: []string{}}
	if m.Header.Has("Subject") {
		d.Subject = &m.Subject
	}
	seen := map[string]bool{}
	for _, o := range m.Oddities {
		if !seen[o.ID] {
			seen[o.ID] = true
			d.Defects = append(d.Defects, o.ID)
		}
	}
	sort.Strings(d.Defects)
	return d
}

func dumpAddresses(list []Address) [][2]string {
	out := make([][2]string, 0, len(list))
	for _, a := range list {
		out = append(out, [2]string{a.Name, a.Addr})
	}
	return out
}

func (m *Message) dumpNode(p *Part) *DumpNode {
	n := &DumpNode{Type: p.Type}
	if isMultipart(p) && (len(p.Parts) > 0 || p.Params["boundary"] != "") {
		for _, c := range p.Parts {
			n.Parts = append(n.Parts, m.dumpNode(c))
		}
		return n
	}
	body := m.Decode(p)
	sum := sha256.Sum256(body)
	n.Charset, n.Filename, n.Disposition = p.Charset, p.Filename, p.Disposition
	n.SHA256, n.Size = hex.EncodeToString(sum[:]), len(body)
	if strings.HasPrefix(p.Type, "text/") {
		b, _ := m.text(p, body)
		s := string(b)
		n.Text = &s
	}
	return n
}
