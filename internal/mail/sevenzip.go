package mail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/bodgit/sevenzip"
	"github.com/ulikunitz/xz/lzma"
)

// Why 7z gets a check of its own before the library sees it: the library
// reserves memory by counts and dictionary sizes that the archive declares, up to
// four thousand million of each, and running out of memory cannot be recovered
// from. No true header has more things in it than it has bytes, so a walk over
// the header finds such archives. A header may itself be packed (kEncodedHeader);
// it is unpacked within bounds and walked likewise.

const (
	max7zHeader = 4 << 20
	max7zDict   = 64 << 20
)

// sevenZip lists a 7z archive.
func (o *opener) sevenZip(in *inside, b []byte, depth int) {
	if m := sound7z(b); m != "" {
		in.mark(m)
		return
	}
	z, err := sevenzip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		in.mark(sevenZipMark(err))
		return
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if !o.take(in) {
			return
		}
		r, err := f.Open()
		var data []byte
		var bomb bool
		if err == nil {
			data, bomb, err = o.read(r, int64(len(b)))
			r.Close()
		}
		if err != nil && sevenZipMark(err) == MarkEncrypted {
			in.mark(MarkEncrypted)
			in.entries = append(in.entries, Entry{Name: f.Name, Size: int64(f.UncompressedSize), Depth: depth + 1, Encrypted: true, Marks: []Mark{MarkEncrypted}})
			continue
		}
		o.add(in, f.Name, data, bomb, err, depth)
		if bomb {
			return // a solid archive unpacks the same again for the next file
		}
	}
}

func sevenZipMark(err error) Mark {
	var re *sevenzip.ReadError
	if errors.As(err, &re) && re.Encrypted {
		return MarkEncrypted
	}
	return MarkTruncated
}

// sound7z walks the header of an archive. It returns "" for one that the library
// may read, else the mark that says what is wrong.
func sound7z(b []byte) Mark {
	if len(b) < 32 {
		return MarkTruncated
	}
	offset, size := binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint64(b[20:])
	n := uint64(len(b)) - 32
	if size > max7zHeader || offset > n || size > n-offset {
		return MarkTruncated
	}
	body, header := b[32:], b[32+offset:32+offset+size]
	for range 4 { // a packed header may hold a packed header
		if len(header) == 0 {
			return ""
		}
		w := walk7z{b: header[1:], most: uint64(len(header))}
		switch header[0] {
		case 0x01:
			w.header()
			return w.mark
		case 0x17:
			w.streams()
			if w.mark != "" {
				return w.mark
			}
			if header, w.mark = w.unpack(body); w.mark != "" {
				return w.mark
			}
		default:
			return MarkTruncated
		}
	}
	return MarkTruncated
}

// walk7z reads the structures of 7zFormat.txt. After the first fault mark is set
// and every read returns zero.
type walk7z struct {
	b    []byte
	most uint64 // no count may be larger
	mark Mark

	packPos  uint64
	packSize []uint64
	method   []byte // of the first coder of the first folder
	props    []byte
	coders   uint64 // of the first folder
	unpacked uint64 // size of the first folder's first output
	folders  []folder7z
}

type folder7z struct {
	outs uint64
	crc  bool
}

func (w *walk7z) fail(m Mark) {
	if w.mark == "" {
		w.mark = m
	}
	w.b = nil
}

func (w *walk7z) bytes(n uint64) []byte {
	if n > uint64(len(w.b)) {
		w.fail(MarkTruncated)
		return nil
	}
	v := w.b[:n]
	w.b = w.b[n:]
	return v
}

func (w *walk7z) byte() byte {
	if v := w.bytes(1); v != nil {
		return v[0]
	}
	return 0
}

// number reads a number of one to nine bytes: the leading ones of the first
// byte say how many follow.
func (w *walk7z) number() uint64 {
	first := w.byte()
	var v uint64
	for i := range 8 {
		if first&(0x80>>i) == 0 {
			return v | uint64(first&(0x80>>i-1))<<(8*i)
		}
		v |= uint64(w.byte()) << (8 * i)
	}
	return v
}

// count reads a number of things, each of which takes room in the header.
func (w *walk7z) count() uint64 {
	n := w.number()
	if n > w.most {
		w.fail(MarkBomb)
		return 0
	}
	return n
}

func (w *walk7z) header() {
	for w.mark == "" {
		switch w.byte() {
		case 0x02:
			for w.mark == "" && w.byte() != 0 {
				w.bytes(w.number())
			}
		case 0x03, 0x04:
			w.streams()
		case 0x05:
			w.count()
			return // the files' properties reserve no more than the count
		case 0x00:
			return
		default:
			w.fail(MarkTruncated)
		}
	}
}

func (w *walk7z) streams() {
	for w.mark == "" {
		switch w.byte() {
		case 0x06:
			w.pack()
		case 0x07:
			w.unpackInfo()
		case 0x08:
			w.substreams()
		case 0x00:
			return
		default:
			w.fail(MarkTruncated)
		}
	}
}

func (w *walk7z) pack() {
	w.packPos = w.number()
	n := w.count()
	for w.mark == "" {
		switch w.byte() {
		case 0x09:
			w.packSize = w.packSize[:0]
			for range n {
				w.packSize = append(w.packSize, w.number())
			}
		case 0x0a:
			w.digests(n)
		case 0x00:
			return
		default:
			w.fail(MarkTruncated)
		}
	}
}

// digests reads checksums of n things and returns which have one.
func (w *walk7z) digests(n uint64) []bool {
	has := make([]bool, n)
	if w.byte() != 0 {
		for i := range has {
			has[i] = true
		}
	} else {
		bits := w.bytes((n + 7) / 8)
		for i := range has {
			has[i] = bits != nil && bits[i/8]&(0x80>>(i%8)) != 0
		}
	}
	for i := range has {
		if has[i] {
			w.bytes(4)
		}
	}
	return has
}

func (w *walk7z) unpackInfo() {
	if w.byte() != 0x0b {
		w.fail(MarkTruncated)
		return
	}
	n := w.count()
	if w.byte() != 0 { // kept elsewhere: not supported by anybody
		w.fail(MarkTruncated)
		return
	}
	w.folders = nil
	for i := uint64(0); i < n && w.mark == ""; i++ {
		w.folders = append(w.folders, folder7z{outs: w.folder(i == 0)})
	}
	for w.mark == "" {
		switch w.byte() {
		case 0x0c:
			for i, f := range w.folders {
				for k := range f.outs {
					if size := w.number(); i == 0 && k == 0 {
						w.unpacked = size
					}
				}
			}
		case 0x0a:
			for i, has := range w.digests(uint64(len(w.folders))) {
				w.folders[i].crc = has
			}
		case 0x00:
			return
		default:
			w.fail(MarkTruncated)
		}
	}
}

// folder reads one folder and returns the number of its outputs.
func (w *walk7z) folder(first bool) uint64 {
	coders := w.count()
	if coders > 32 {
		w.fail(MarkBomb)
	}
	var ins, outs uint64
	for i := uint64(0); i < coders && w.mark == ""; i++ {
		flags := w.byte()
		method := w.bytes(uint64(flags & 15))
		in, out := uint64(1), uint64(1)
		if flags&0x10 != 0 {
			in, out = w.count(), w.count()
		}
		var props []byte
		if flags&0x20 != 0 {
			props = w.bytes(w.number())
		}
		if dict7z(method, props) > max7zDict {
			w.fail(MarkBomb)
		}
		if first && i == 0 {
			w.method, w.props, w.coders = method, props, coders
		}
		ins, outs = ins+in, outs+out
	}
	if ins > w.most || outs > w.most || outs == 0 {
		w.fail(MarkBomb)
		return 0
	}
	for range outs - 1 {
		w.number()
		w.number()
	}
	if left := ins - min(ins, outs-1); left > 1 {
		for range left {
			w.number()
		}
	}
	return outs
}

// dict7z is the dictionary size that a coder asks for, 0 for coders without.
func dict7z(method, props []byte) uint64 {
	switch string(method) {
	case "\x03\x01\x01": // LZMA
		if len(props) >= 5 {
			return uint64(binary.LittleEndian.Uint32(props[1:]))
		}
	case "\x21": // LZMA2
		if len(props) >= 1 && props[0] < 40 {
			return uint64(2|props[0]&1) << (props[0]/2 + 11)
		}
		return 1 << 32
	case "\x03\x04\x01": // PPMd: order, memory
		if len(props) >= 5 {
			return uint64(binary.LittleEndian.Uint32(props[1:]))
		}
	}
	return 0
}

func (w *walk7z) substreams() {
	counts := make([]uint64, len(w.folders))
	for i := range counts {
		counts[i] = 1
	}
	for w.mark == "" {
		switch w.byte() {
		case 0x0d:
			total := uint64(0)
			for i := range counts {
				counts[i] = w.count()
				if total += counts[i]; total > w.most {
					w.fail(MarkBomb)
				}
			}
		case 0x09:
			for _, n := range counts {
				for k := uint64(1); k < n; k++ {
					w.number()
				}
			}
		case 0x0a:
			need := uint64(0)
			for i, n := range counts {
				if n != 1 || !w.folders[i].crc {
					need += n
				}
			}
			w.digests(need)
		case 0x00:
			return
		default:
			w.fail(MarkTruncated)
		}
	}
}

// unpack unpacks a packed header. Headers are packed with LZMA by all programs;
// one that is encrypted asks for a password.
func (w *walk7z) unpack(body []byte) ([]byte, Mark) {
	if string(w.method) == "\x06\xf1\x07\x01" || w.coders > 1 {
		return nil, MarkEncrypted
	}
	if len(w.packSize) == 0 || w.packPos > uint64(len(body)) || w.packSize[0] > uint64(len(body))-w.packPos || w.unpacked > max7zHeader {
		return nil, MarkTruncated
	}
	packed := body[w.packPos : w.packPos+w.packSize[0]]
	switch string(w.method) {
	case "\x00":
		return packed, ""
	case "\x03\x01\x01":
		if len(w.props) != 5 {
			return nil, MarkTruncated
		}
		head := binary.LittleEndian.AppendUint64(bytes.Clone(w.props), w.unpacked)
		r, err := lzma.ReaderConfig{DictCap: max7zDict}.NewReader(io.MultiReader(bytes.NewReader(head), bytes.NewReader(packed)))
		if err != nil {
			return nil, MarkTruncated
		}
		out, err := io.ReadAll(io.LimitReader(r, max7zHeader))
		if err != nil {
			return nil, MarkTruncated
		}
		return out, ""
	}
	return nil, MarkTruncated
}
