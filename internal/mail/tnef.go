package mail

import (
	"encoding/binary"
	"unicode/utf16"
)

// tnefFile is a file in a TNEF stream (MS-OXTNEF), the "winmail.dat" of Outlook.
type tnefFile struct {
	name string
	data []byte
}

// tnefContent is what readTNEF found.
type tnefContent struct {
	files []tnefFile
	body  string // plain text body, when there is one
	html  []byte // HTML body, when there is one
	whole bool   // read to the end without a fault
}

// Attributes of MS-OXTNEF section 2.1.3.
const (
	tnefSignature  = 0x223e9f78
	attBody        = 0x0002800c
	attRendData    = 0x00069002
	attTitle       = 0x00018010
	attData        = 0x0006800f
	attAttachment  = 0x00069005
	attProps       = 0x00069003
	attCodepage    = 0x00069007
	propLongName   = 0x3707
	propFileName   = 0x3704
	propDataObject = 0x3701
	propBodyHTML   = 0x1013
	maxTNEFFiles   = 200
	maxTNEFProps   = 2000
)

// readTNEF reads attachments, their names and the body. hint is the charset for
// 8-bit names.
func readTNEF(b []byte, hint string) (c tnefContent) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return c
	}
	b = b[6:]
	var cur *tnefFile
	for len(b) >= 9 {
		id := binary.LittleEndian.Uint32(b[1:])
		n := uint64(binary.LittleEndian.Uint32(b[5:]))
		if 9+n+2 > uint64(len(b)) {
			if 9+n > uint64(len(b)) {
				return c
			}
			b = append(b[:len(b):len(b)], 0, 0) // a lost checksum at the end
		}
		level, data := b[0], b[9:9+n]
		b = b[9+n+2:]
		if level == 2 {
			if id == attRendData || cur == nil {
				if len(c.files) >= maxTNEFFiles {
					return c
				}
				c.files = append(c.files, tnefFile{})
				cur = &c.files[len(c.files)-1]
			}
			cur.attribute(id, data, hint)
			continue
		}
		switch id {
		case attBody:
			c.body = guessText(string(cutNUL(data)), hint)
		case attProps:
			props(data, func(tag uint16, v []byte, wide bool) {
				if tag == propBodyHTML {
					c.html = v
				}
			})
		}
	}
	c.whole = true
	return c
}

func (f *tnefFile) attribute(id uint32, data []byte, hint string) {
	switch id {
	case attTitle:
		if f.name == "" {
			f.name = guessText(string(cutNUL(data)), hint)
		}
	case attData:
		f.data = data
	case attAttachment:
		props(data, func(tag uint16, v []byte, wide bool) {
			switch tag {
			case propLongName:
				f.name = propText(v, wide, hint)
			case propFileName:
				if f.name == "" {
					f.name = propText(v, wide, hint)
				}
			case propDataObject:
				if f.data == nil {
					f.data = v
				}
			}
		})
	}
}

func cutNUL(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

func propText(v []byte, wide bool, hint string) string {
	if !wide {
		return guessText(string(cutNUL(v)), hint)
	}
	u := make([]uint16, 0, len(v)/2)
	for i := 0; i+1 < len(v); i += 2 {
		c := binary.LittleEndian.Uint16(v[i:])
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// props walks the MAPI properties of MS-OXTNEF section 2.1.3.5.2. fn gets the
// value of each string or binary property. A property of unknown type ends the
// walk, since its length is unknown.
func props(b []byte, fn func(tag uint16, v []byte, wide bool)) {
	r := propReader{b: b}
	n := r.u32()
	for ; n > 0 && n < maxTNEFProps && r.ok(); n-- {
		kind, tag := r.u16(), r.u16()
		if tag >= 0x8000 { // a named property
			r.skip(16)
			if r.u32() == 0 {
				r.skip(4)
			} else {
				r.skip(pad4(r.u32()))
			}
		}
		multi := kind&0x1000 != 0
		switch kind &^ 0x1000 {
		case 0x0002, 0x0003, 0x0004, 0x000a, 0x000b:
			r.skip(4 * r.count(multi))
		case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040:
			r.skip(8 * r.count(multi))
		case 0x0048:
			r.skip(16 * r.count(multi))
		case 0x001e, 0x001f, 0x0102, 0x000d:
			for k := r.u32(); k > 0 && r.ok(); k-- {
				size := r.u32()
				v := r.bytes(size)
				r.skip(pad4(size) - size)
				if r.ok() || len(v) > 0 {
					fn(tag, v, kind&^0x1000 == 0x001f)
				}
			}
		default:
			return
		}
	}
}

func pad4(n uint64) uint64 { return (n + 3) &^ 3 }

// propReader reads little-endian values; past the end it returns zeros and ok
// turns false.
type propReader struct {
	b   []byte
	bad bool
}

func (r *propReader) ok() bool { return !r.bad }

func (r *propReader) bytes(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *propReader) skip(n uint64) { r.bytes(n) }

func (r *propReader) u16() uint16 {
	if v := r.bytes(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}

func (r *propReader) u32() uint64 {
	if v := r.bytes(4); v != nil {
		return uint64(binary.LittleEndian.Uint32(v))
	}
	return 0
}

// count returns how many values follow.
func (r *propReader) count(multi bool) uint64 {
	if !multi {
		return 1
	}
	return min(r.u32(), 1<<20)
}
