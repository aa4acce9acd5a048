package mail

import (
	"archive/zip"
	"bytes"
	"strings"
)

// document reports whether a ZIP is an office document, and then looks for what
// a document should not hold. Its inner files are listed only where one of them
// bears a mark: nobody opens them one by one.
func (o *opener) document(in *inside, z *zip.Reader, depth int) bool {
	kind := documentKind(z)
	if kind == "" {
		return false
	}
	in.kind = kind
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if !o.take(in) {
			return true
		}
		o.documentFile(in, f, depth)
	}
	return true
}

// documentKind tells the kind of an office document by the files that it must
// have; "" for any other ZIP.
func documentKind(z *zip.Reader) string {
	types, word, xl, ppt, hwpx := false, false, false, false, false
	for i, f := range z.File {
		if i > 5000 {
			break
		}
		n := asciiLower(f.Name)
		switch {
		case n == "[content_types].xml":
			types = true
		case strings.HasPrefix(n, "word/"):
			word = true
		case strings.HasPrefix(n, "xl/"):
			xl = true
		case strings.HasPrefix(n, "ppt/"):
			ppt = true
		case n == "contents/content.hpf" || n == "contents/section0.xml":
			hwpx = true
		case n == "mimetype":
			if k := mimetypeFile(f); k != "" {
				return k
			}
		}
	}
	const ooxml = "application/vnd.openxmlformats-officedocument."
	switch {
	case types && word:
		return ooxml + "wordprocessingml.document"
	case types && xl:
		return ooxml + "spreadsheetml.sheet"
	case types && ppt:
		return ooxml + "presentationml.presentation"
	case hwpx:
		return typeHWPX
	}
	return ""
}

// mimetypeFile reads the file "mimetype" with which ODF, EPUB and HWPX begin.
func mimetypeFile(f *zip.File) string {
	if f.Flags&1 != 0 || f.UncompressedSize64 > 200 {
		return ""
	}
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	buf := make([]byte, 200)
	n, _ := r.Read(buf)
	s := string(trimSpace(buf[:n]))
	if s == typeHWPX || strings.HasPrefix(s, "application/vnd.oasis.") || s == "application/epub+zip" {
		return s
	}
	return ""
}

func (o *opener) documentFile(in *inside, f *zip.File, depth int) {
	n := asciiLower(f.Name)
	if f.Flags&1 != 0 {
		in.mark(MarkEncrypted)
		return
	}
	if strings.HasSuffix(n, "vbaproject.bin") || strings.HasPrefix(n, "xl/macrosheets/") || strings.HasPrefix(n, "basic/") && strings.HasSuffix(n, ".xml") {
		in.mark(MarkMacro)
		return
	}
	// Pictures and sheets are read too: what they are called proves nothing.
	r, err := f.Open()
	if err != nil {
		return
	}
	defer r.Close()
	b, bomb, _ := o.read(r, int64(f.CompressedSize64))
	if bomb {
		in.mark(MarkBomb)
	}
	if strings.HasSuffix(n, ".rels") && externalTemplate(b) {
		in.mark(MarkExternalLink)
	}
	if strings.HasPrefix(n, "meta-inf/manifest.xml") && bytes.Contains(b, []byte("encryption-data")) {
		in.mark(MarkEncrypted)
	}
	if strings.HasSuffix(n, ".xml") || strings.HasSuffix(n, ".rels") {
		if !hasEncodedScript(b) {
			return
		}
	}
	sub := o.look(b, depth+1)
	if len(sub.marks) > 0 {
		in.entries = append(in.entries, Entry{Name: f.Name, Size: int64(len(b)), Depth: depth + 1, Sniffed: sub.kind, Marks: sub.marks})
		in.mark(sub.marks...)
	}
	in.entries = append(in.entries, sub.entries...)
}

// externalTemplate reports a relationship that makes the program fetch something
// that can run from elsewhere when the document is opened. Plain hyperlinks and
// linked pictures are external too, and ordinary.
func externalTemplate(rels []byte) bool {
	s := string(bytes.ToLower(rels[:min(len(rels), 1<<20)]))
	for {
		i := strings.Index(s, "<relationship ")
		if i < 0 {
			return false
		}
		s = s[i+1:]
		end := strings.IndexByte(s, '>')
		if end < 0 {
			return false
		}
		rel := s[:end]
		if !strings.Contains(rel, `targetmode="external"`) && !strings.Contains(rel, `targetmode='external'`) {
			continue
		}
		for _, t := range [...]string{"/attachedtemplate", "/oleobject", "/frame", "/subdocument", "/externallinkpath", "/package", "/control"} {
			if strings.Contains(rel, t+`"`) || strings.Contains(rel, t+`'`) {
				return true
			}
		}
	}
}
