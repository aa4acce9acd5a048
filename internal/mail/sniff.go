package mail

import (
	"bytes"
	"strings"
	"unicode/utf16"

	"github.com/gabriel-vasile/mimetype"
)

// Media types that the library does not know and mail needs.
const (
	typeHWP      = "application/x-hwp"
	typeHWPX     = "application/hwp+zip"
	typeEncoded  = "application/x-encoded-script"
	typeScript   = "text/x-script"
	typeHTA      = "application/hta"
	typeLNK      = "application/x-ms-shortcut"
	typeURLFile  = "application/x-mswinurl"
	typeOneNote  = "application/onenote"
	typePE       = "application/vnd.microsoft.portable-executable"
	typeCAB      = "application/vnd.ms-cab-compressed"
	typeISO      = "application/x-iso9660-image"
	typeVHD      = "application/x-vhd"
	typeCHM      = "application/vnd.ms-htmlhelp"
	typeOLE      = "application/x-ole-storage"
	typeHTML     = "text/html"
	typeSVG      = "image/svg+xml"
	typePDF      = "application/pdf"
	typeZIP      = "application/zip"
	type7z       = "application/x-7z-compressed"
	typeRAR      = "application/x-rar-compressed"
	typeTAR      = "application/x-tar"
	typeGZIP     = "application/gzip"
	typeBZIP     = "application/x-bzip2"
	typeTNEF     = "application/ms-tnef"
	typeCalendar = "text/calendar"
	typeMessage  = "message/rfc822"
	typeText     = "text/plain"
)

// magic are signatures at a fixed offset that are looked at before the library:
// few, exact, and those that a lure depends on.
var magic = []struct {
	at   int
	sig  string
	kind string
}{
	{0, "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F", typeLNK},
	{0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", typeOneNote},
	{0, "HWP Document File V", typeHWP}, // HWP 3.0; later ones are compound files
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", typeOLE},
	{0, "PK\x03\x04", typeZIP},
	{0, "PK\x05\x06", typeZIP},
	{0, "7z\xbc\xaf\x27\x1c", type7z},
	{0, "Rar!\x1a\x07", typeRAR},
	{0, "\x1f\x8b\x08", typeGZIP},
	{0, "BZh", typeBZIP},
	{0, "MSCF\x00\x00\x00\x00", typeCAB},
	{0, "ITSF\x03\x00\x00\x00", typeCHM},
	{0, "conectix", typeVHD},
	{0, "vhdxfile", typeVHD},
	{0x8001, "CD001", typeISO},
	{257, "ustar", typeTAR},
	{0, "\x78\x9f\x3e\x22", typeTNEF},
}

// sniff tells a media type by content, "" when it cannot.
func sniff(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	for i := range magic {
		m := &magic[i]
		if len(b) >= m.at+len(m.sig) && string(b[m.at:m.at+len(m.sig)]) == m.sig {
			return m.kind
		}
	}
	if isPE(b) {
		return typePE
	}
	if i := bytes.Index(b[:min(len(b), 1024)], []byte("%PDF-")); i >= 0 {
		return typePDF // readers accept junk before the mark
	}
	if k := scriptKind(b); k != "" {
		return k
	}
	t := mimetype.Detect(b).String()
	if i := strings.IndexByte(t, ';'); i >= 0 {
		t = t[:i]
	}
	switch t {
	case "application/octet-stream":
		return ""
	case typePE: // by "MZ" alone
		if isPrintable(b[:min(len(b), 64)]) {
			return typeText
		}
	case typeText:
		if k := markup(b); k != "" {
			return k
		}
	}
	return t
}

// isPE reports a Windows program: the MZ header and, where the file is long
// enough to hold it, the PE header that it points to.
func isPE(b []byte) bool {
	if len(b) < 64 || b[0] != 'M' || b[1] != 'Z' {
		return false
	}
	at := int(b[60]) | int(b[61])<<8 | int(b[62])<<16 | int(b[63])<<24
	if at > 0 && at+4 <= len(b) {
		return string(b[at:at+4]) == "PE\x00\x00" || string(b[at:at+2]) == "NE" || string(b[at:at+2]) == "LE"
	}
	return !isPrintable(b[:64])
}

// markup tells HTML and SVG from plain text where the library is unsure.
func markup(b []byte) string {
	s := lowerSample(b, 4096)
	switch {
	case strings.Contains(s, "<svg") && strings.Contains(s, "http://www.w3.org/2000/svg"):
		return typeSVG
	case strings.Contains(s, "<html") || strings.Contains(s, "<!doctype html") || strings.Contains(s, "<script") || strings.Contains(s, "<body"):
		return typeHTML
	case strings.HasPrefix(s, "begin:vcalendar"):
		return typeCalendar
	}
	return ""
}

// lowerSample returns the first n bytes as lower-case text; UTF-16 is read too,
// since Windows runs scripts in it.
func lowerSample(b []byte, n int) string {
	b = b[:min(len(b), n)]
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return asciiLower(utf16Text(b[2:], 0))
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return asciiLower(utf16Text(b[2:], 1))
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	}
	return asciiLower(string(b))
}

func utf16Text(b []byte, big int) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i+big])|uint16(b[i+1-big])<<8)
	}
	return string(utf16.Decode(u))
}

func isPrintable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b || c == 0x7f {
			return false
		}
	}
	return true
}

// marksOf says which marks a media type by content bears.
func marksOf(kind string) []Mark {
	switch kind {
	case typePE, "application/x-executable", "application/x-elf", "application/x-sharedlib", "application/x-object", "application/x-mach-binary",
		"application/x-java-applet", "application/x-msi", "application/x-ms-installer", typeCHM, "application/x-installshield":
		return []Mark{MarkExecutable}
	case typeLNK, typeURLFile, "application/x-desktop":
		return []Mark{MarkShortcut}
	case typeEncoded:
		return []Mark{MarkEncodedScript, MarkScript}
	case typeScript, typeHTA, "text/x-shellscript":
		return []Mark{MarkScript}
	}
	return nil
}
