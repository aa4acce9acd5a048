package mail

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
)

// zipByParts reads a ZIP whose directory is broken or cut off by the headers in
// front of its files. Some programs open such archives, others do not, so that
// what is in them must be seen.
func (o *opener) zipByParts(in *inside, b []byte, depth int) {
	in.mark(MarkTruncated)
	for len(b) >= 30 {
		i := bytes.Index(b, []byte("PK\x03\x04"))
		if i < 0 || len(b)-i < 30 {
			return
		}
		h := b[i:]
		flags, method := binary.LittleEndian.Uint16(h[6:]), binary.LittleEndian.Uint16(h[8:])
		packed := int(binary.LittleEndian.Uint32(h[18:]))
		nameLen, extra := int(binary.LittleEndian.Uint16(h[26:])), int(binary.LittleEndian.Uint16(h[28:]))
		body := 30 + nameLen + extra
		if body > len(h) {
			return
		}
		if !o.take(in) {
			return
		}
		name := guessText(string(h[30:30+nameLen]), o.hint)
		if name == "" || name[len(name)-1] == '/' {
			b = h[body:]
			continue
		}
		rest := h[body:]
		if flags&8 == 0 && packed <= len(rest) {
			rest = rest[:packed]
		}
		b = h[body:]
		if flags&1 != 0 {
			in.mark(MarkEncrypted)
			in.entries = append(in.entries, Entry{Name: name, Size: int64(len(rest)), Depth: depth + 1, Encrypted: true, Marks: []Mark{MarkEncrypted}})
			continue
		}
		var r io.Reader
		switch method {
		case 0:
			if flags&8 != 0 {
				continue
			}
			r = bytes.NewReader(rest)
		case 8:
			r = flate.NewReader(bytes.NewReader(rest))
		default:
			continue
		}
		data, bomb, err := o.read(r, int64(len(rest)))
		o.add(in, name, data, bomb, err, depth)
		if bomb {
			return
		}
	}
}
