package mail

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/nwaples/rardecode/v2"
)

// maxRatio is how much larger than its packed form a file may become before it
// is called a bomb, once it is larger than a megabyte. Ordinary text reaches
// about twenty, sheets of zeros a thousand.
const maxRatio = 500

// opener looks into the files of one message. All of them share its budget, so
// that many small archives cost no more than one large one.
type opener struct {
	ctx     context.Context
	lim     Limits
	entries int   // still allowed
	bytes   int64 // still allowed to unpack
	cut     func(limit string)
	hint    string // charset for names that carry none
}

func (o *opener) late() bool { return o.ctx.Err() != nil }

// inside is what was seen in a file.
type inside struct {
	kind    string // media type by content
	marks   []Mark
	entries []Entry
	links   []Link
}

func (in *inside) mark(ms ...Mark) {
	for _, m := range ms {
		if !slices.Contains(in.marks, m) {
			in.marks = append(in.marks, m)
		}
	}
}

// look looks into a file: what it is, what it holds. depth is 0 for an
// attachment and counts the archives around a file.
func (o *opener) look(b []byte, depth int) (in inside) {
	defer func() {
		if recover() != nil { // a library met bytes that it was not made for
			in.mark(MarkTruncated)
		}
	}()
	in.kind = sniff(b)
	in.mark(marksOf(in.kind)...)
	if in.kind == typeScript || in.kind == typeEncoded || in.kind == typeHTA {
		if hasBlob(b, false) {
			in.mark(MarkBlob)
		}
	}
	switch in.kind {
	case typePDF:
		o.pdf(&in, b)
	case typeOLE, "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook":
		o.ole(&in, b)
	case typeHTML, typeSVG, "text/xml", "application/xml", "application/xhtml+xml":
		o.markup(&in, b)
	case typeCalendar:
		for _, u := range readICS(b[:min(len(b), o.lim.TextBytes)]).links {
			in.links = append(in.links, newLink(LinkICS, nil, u, true))
		}
	case typeURLFile:
		textLinks(string(b[:min(len(b), 64<<10)]), func(u string, _ int) bool {
			in.links = append(in.links, newLink(LinkText, nil, u, false))
			return len(in.links) < 50
		})
	default:
		if isArchive(in.kind) {
			o.archive(&in, b, depth)
		}
	}
	return in
}

func isArchive(kind string) bool {
	switch kind {
	case typeZIP, type7z, typeRAR, typeTAR, typeGZIP, typeBZIP, "application/jar", "application/java-archive", "application/epub+zip", "application/vnd.rar":
		return true
	}
	return strings.HasPrefix(kind, "application/vnd.openxmlformats-") || strings.HasPrefix(kind, "application/vnd.oasis.")
}

// markup looks into an HTML or SVG file.
func (o *opener) markup(in *inside, b []byte) {
	src := LinkHTML
	if in.kind == typeSVG {
		src = LinkSVG
	}
	pg := readHTML(b[:min(len(b), o.lim.TextBytes)], nil, src, o.lim.Links)
	in.links = pg.links
	if pg.blob {
		in.mark(MarkBlob)
	}
	if pg.script && in.kind == typeSVG {
		in.mark(MarkScript)
	}
}

// archive lists an archive and looks into its files.
func (o *opener) archive(in *inside, b []byte, depth int) {
	if depth >= o.lim.ArchiveDepth {
		o.cut("archive-depth")
		in.mark(MarkTruncated)
		return
	}
	switch in.kind {
	case type7z:
		o.sevenZip(in, b, depth)
	case typeRAR, "application/vnd.rar":
		o.rar(in, b, depth)
	case typeTAR:
		o.tar(in, bytes.NewReader(b), int64(len(b)), depth)
	case typeGZIP, typeBZIP:
		o.stream(in, b, depth)
	default:
		o.zip(in, b, depth)
	}
}

// take counts an entry; false means that no more are allowed.
func (o *opener) take(in *inside) bool {
	if o.late() {
		o.cut("deadline")
		in.mark(MarkTruncated)
		return false
	}
	if o.entries <= 0 {
		o.cut("archive-entries")
		in.mark(MarkBomb)
		return false
	}
	o.entries--
	return true
}

// read unpacks one file within the budget. packed is its packed size, 0 when
// unknown. What comes back may be cut; bomb says that it was.
func (o *opener) read(r io.Reader, packed int64) (b []byte, bomb bool, err error) {
	limit := min(o.bytes, o.lim.AttachBytes)
	if packed > 0 {
		limit = min(limit, max(packed*maxRatio, 1<<20))
	}
	if limit <= 0 {
		o.cut("archive-bytes")
		return nil, true, nil
	}
	var buf bytes.Buffer
	n, err := io.CopyBuffer(&buf, io.LimitReader(&ctxReader{o.ctx, r}, limit+1), make([]byte, 32<<10))
	o.bytes -= n
	if n > limit {
		o.cut("archive-bytes")
		return buf.Bytes()[:limit], true, err
	}
	return buf.Bytes(), false, err
}

// ctxReader ends a long unpacking at the deadline.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// add looks into one unpacked file and lists it with what it holds.
func (o *opener) add(in *inside, name string, b []byte, bomb bool, err error, depth int) {
	e := Entry{Name: name, Size: int64(len(b)), Depth: depth + 1}
	sub := o.look(b, depth+1)
	e.Sniffed, e.Marks = sub.kind, sub.marks
	if bomb {
		e.Marks = append(e.Marks, MarkBomb)
		in.mark(MarkBomb)
	}
	if err != nil {
		e.Marks = append(e.Marks, MarkTruncated)
	}
	in.entries = append(append(in.entries, e), sub.entries...)
	in.links = append(in.links, sub.links...)
}

// tar lists a tar archive. size is that of its packed form.
func (o *opener) tar(in *inside, r io.Reader, size int64, depth int) {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			in.mark(MarkTruncated)
			return
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if !o.take(in) {
			return
		}
		b, bomb, err := o.read(t, size)
		o.add(in, guessText(h.Name, o.hint), b, bomb, err, depth)
		if bomb {
			return
		}
	}
}

// stream unpacks gzip and bzip2: one file, or a tar archive.
func (o *opener) stream(in *inside, b []byte, depth int) {
	var r io.Reader
	name := ""
	if in.kind == typeGZIP {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			in.mark(MarkTruncated)
			return
		}
		r, name = z, guessText(z.Name, o.hint)
	} else {
		r = bzip2.NewReader(bytes.NewReader(b))
	}
	if !o.take(in) {
		return
	}
	data, bomb, err := o.read(r, int64(len(b)))
	if err != nil {
		in.mark(MarkTruncated)
	}
	if sniff(data) == typeTAR {
		if bomb {
			in.mark(MarkBomb)
		}
		o.tar(in, bytes.NewReader(data), int64(len(b)), depth)
		return
	}
	o.add(in, path.Base("/"+name), data, bomb, err, depth)
}

// rar lists a RAR archive.
func (o *opener) rar(in *inside, b []byte, depth int) {
	r, err := rardecode.NewReader(bytes.NewReader(b), rardecode.MaxDictionarySize(32<<20))
	for err == nil {
		var h *rardecode.FileHeader
		if h, err = r.Next(); err != nil {
			break
		}
		if h.IsDir {
			continue
		}
		if !o.take(in) {
			return
		}
		name := guessText(h.Name, o.hint)
		if h.Encrypted {
			in.mark(MarkEncrypted)
			in.entries = append(in.entries, Entry{Name: name, Size: h.UnPackedSize, Depth: depth + 1, Encrypted: true, Marks: []Mark{MarkEncrypted}})
			continue
		}
		data, bomb, rerr := o.read(r, h.PackedSize)
		o.add(in, name, data, bomb, rerr, depth)
		if bomb {
			return
		}
	}
	switch {
	case errors.Is(err, io.EOF):
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		in.mark(MarkEncrypted)
	default:
		in.mark(MarkTruncated)
	}
}

// zip lists a ZIP archive, or tells which document a ZIP is.
func (o *opener) zip(in *inside, b []byte, depth int) {
	if bytes.Count(b, []byte("PK\x01\x02")) > 2*o.lim.ArchiveEntries {
		// The library would read the whole directory first.
		in.mark(MarkBomb)
		o.cut("archive-entries")
		o.zipByParts(in, b, depth)
		return
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil && z == nil {
		o.zipByParts(in, b, depth)
		return
	}
	if o.document(in, z, depth) {
		return
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if !o.take(in) {
			return
		}
		o.zipFile(in, f, depth)
	}
}

func (o *opener) zipFile(in *inside, f *zip.File, depth int) {
	name := f.Name
	if f.NonUTF8 {
		name = guessText(name, o.hint)
	}
	if f.Flags&1 != 0 {
		in.mark(MarkEncrypted)
		in.entries = append(in.entries, Entry{Name: name, Size: int64(f.UncompressedSize64), Depth: depth + 1, Encrypted: true, Marks: []Mark{MarkEncrypted}})
		return
	}
	r, err := f.Open()
	var data []byte
	var bomb bool
	if err == nil {
		data, bomb, err = o.read(r, int64(f.CompressedSize64))
		r.Close()
	}
	o.add(in, name, data, bomb, err, depth)
}
