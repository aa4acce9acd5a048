package mail

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/richardlehane/mscfb"
)

// maxStreams bounds the streams of a compound file that are looked at.
const maxStreams = 2000

// ole looks into a compound file (MS-CFB): which document it is, whether it has
// macros or asks for a password.
func (o *opener) ole(in *inside, b []byte) {
	in.kind = typeOLE
	if !soundOLE(b) {
		in.mark(MarkTruncated)
		return
	}
	if storages(b) > maxStorages {
		in.mark(MarkBomb)
		return
	}
	r, err := mscfb.New(bytes.NewReader(b))
	if err != nil {
		in.mark(MarkTruncated)
		return
	}
	if strings.EqualFold(strings.Trim(r.ID(), "{}"), "000C1084-0000-0000-C000-000000000046") {
		in.kind = "application/x-ms-installer"
		in.mark(MarkExecutable)
	}
	for n := 0; n < maxStreams && !o.late(); n++ {
		f, err := r.Next()
		if err != nil {
			return
		}
		o.oleStream(in, f)
	}
}

// soundOLE compares the counts in the header with the size of the file before
// the library reserves memory by them.
func soundOLE(b []byte) bool {
	if len(b) < 512 {
		return false
	}
	sector := uint64(512)
	if b[30] == 12 {
		sector = 4096
	}
	most := uint64(len(b))/sector + 1
	for _, at := range [...]int{40, 44, 64, 72} { // directory, FAT, mini FAT, DIFAT sectors
		if uint64(binary.LittleEndian.Uint32(b[at:])) > most {
			return false
		}
	}
	return true
}

// maxStorages bounds the storages of a compound file: the library keeps the whole
// path of each, which in a chain of storages grows with the square.
const maxStorages = 2000

// storages counts what looks like a directory entry of a storage: 128 bytes,
// with the length of its name at 64, the type at 66 and a colour at 67.
func storages(b []byte) int {
	n := 0
	for i := 512; i+128 <= len(b); i += 128 {
		if b[i+66] == 1 && b[i+67] <= 1 && b[i+65] == 0 && b[i+64] <= 64 && b[i+64] >= 2 {
			n++
		}
	}
	return n
}

func (o *opener) oleStream(in *inside, f *mscfb.File) {
	name := f.Name
	switch {
	case name == "WordDocument":
		in.kind = "application/msword"
		if head := streamHead(f, 12); len(head) == 12 && head[11]&1 != 0 { // FibBase.fEncrypted
			in.mark(MarkEncrypted)
		}
	case name == "Workbook" || name == "Book":
		in.kind = "application/vnd.ms-excel"
		o.workbook(in, streamHead(f, 4096))
	case name == "PowerPoint Document":
		in.kind = "application/vnd.ms-powerpoint"
	case name == "FileHeader":
		head := streamHead(f, 40)
		if bytes.HasPrefix(head, []byte("HWP Document File")) {
			in.kind = typeHWP
			if len(head) == 40 && head[36]&2 != 0 { // properties: password set
				in.mark(MarkEncrypted)
			}
		}
	case name == "EncryptedPackage":
		in.kind = "application/vnd.openxmlformats-officedocument"
		in.mark(MarkEncrypted)
	case strings.HasPrefix(name, "__properties_version1.0"):
		in.kind = "application/vnd.ms-outlook"
	case name == "_VBA_PROJECT" || name == "VBA" || name == "_VBA_PROJECT_CUR" || name == "Macros":
		in.mark(MarkMacro)
	case name == "\x01Ole10Native" || name == "Ole10Native" || strings.HasPrefix(name, "__substg1.0_37010102"):
		o.oleFile(in, f)
	}
}

// oleFile looks into a file that is packed into a document or a saved message.
func (o *opener) oleFile(in *inside, f *mscfb.File) {
	if !o.take(in) {
		return
	}
	b, bomb, err := o.read(f, f.Size)
	name := ""
	if strings.HasSuffix(f.Name, "Ole10Native") {
		name, b = packageFile(b)
	}
	o.add(in, name, b, bomb, err, 0)
}

// packageFile reads an OLE package: size, a word, label, path, two words, the
// temporary path, the size of the data, the data.
func packageFile(b []byte) (name string, data []byte) {
	if len(b) < 6 {
		return "", b
	}
	rest := b[6:]
	label, rest, ok := bytes.Cut(rest, []byte{0})
	if !ok || len(label) > 500 {
		return "", b
	}
	_, rest, _ = bytes.Cut(rest, []byte{0})
	if len(rest) < 8 {
		return guessText(string(label), ""), rest
	}
	n := int(binary.LittleEndian.Uint32(rest[4:]))
	if n < 0 || 8+n+4 > len(rest) {
		return guessText(string(label), ""), rest
	}
	return guessText(string(label), ""), rest[8+n+4:]
}

// workbook looks for the BIFF record FILEPASS, which stands near the begin of an
// encrypted workbook.
func (o *opener) workbook(in *inside, b []byte) {
	for n := 0; len(b) >= 4 && n < 64; n++ {
		id, size := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if id == 0x2f {
			in.mark(MarkEncrypted)
			return
		}
		if 4+size > len(b) {
			return
		}
		b = b[4+size:]
	}
}

func streamHead(f *mscfb.File, n int) []byte {
	buf := make([]byte, n)
	n, _ = io.ReadFull(f, buf)
	return buf[:n]
}
