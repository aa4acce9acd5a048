package detect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What a file name says is read as the person and the computer read it, which
// is two readings. The computer takes what stands after the last dot. The
// person takes what is displayed, which marks of writing direction can turn
// about, spaces can push out of the window, and a document's ending before the
// real one can cover.

// active are the endings that a double click runs, or that run something. Page
// and picture formats that may carry scripts (html, svg) stand here too:
// nobody writes "invoice.pdf.html" by accident.
var active = set("exe com scr pif cpl msi msp msix appx appinstaller bat cmd ps1 psm1 js jse mjs vbs vbe ws wsf wsh sct hta " +
	"lnk url scf inf reg jar gadget application appref-ms settingcontent-ms library-ms search-ms diagcab chm hlp msc xll wll " +
	"iso img vhd vhdx html htm shtml xhtml mht mhtml svg command terminal workflow app pkg dmg desktop sh run")

// scripts are the endings whose files are text that an interpreter runs.
var scripts = set("js jse mjs vbs vbe ws wsf wsh sct hta bat cmd ps1 psm1 lnk scf url reg command")

// documents are the endings that people take for harmless paper.
var documents = set("pdf doc docx docm dot dotx xls xlsx xlsm csv ppt pptx pptm rtf txt odt ods odp hwp hwpx hwt show cell jtd one " +
	"pages numbers key eml msg ics vcf xml jpg jpeg png gif bmp tif tiff webp heic mp3 mp4 mov avi wav m4a zip rar 7z tar gz alz egg")

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// fileName is a file's name taken apart.
type fileName struct {
	ext    string // after the last dot, lower case, "" when there is none
	before string // the ending that seems to stand before it, lower case, "" when it is no document's
	turned bool   // marks in the name change the direction in which it is shown
}

// maxName is how many bytes of a name are read, from its end: longer than any
// file system takes (255 characters of up to four bytes).
const maxName = 2048

// readName reads a decoded file name.
func readName(name string) (n fileName) {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[len(name)-maxName:], "")
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name, n.turned = plainName(name)
	// Windows drops dots and spaces at the end when it opens a file.
	name = strings.TrimRight(name, ". ")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return n
	}
	n.ext = strings.ToLower(strings.TrimSpace(name[dot+1:]))
	stem := name[:dot]
	if dot = strings.LastIndexByte(stem, '.'); dot < 0 {
		return n
	}
	// "invoice.pdf     .exe", "invoice.pdf(1).exe", "invoice.pdf_.exe": the
	// first word after the dot is what the eye takes for the ending.
	seg := strings.TrimLeft(stem[dot+1:], " ")
	end := strings.IndexFunc(seg, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end >= 0 {
		seg = seg[:end]
	}
	if seg = strings.ToLower(seg); documents[seg] {
		n.before = seg
	}
	return n
}

// plainName returns name in NFKC (so that a full-width dot or letter is what
// it looks like) without the characters that show nothing, and whether some of
// these turn the direction of what follows: the overrides and isolates of
// Unicode standard annex 9. The plain marks LRM and RLM, which Arabic and
// Hebrew names really use, turn nothing.
func plainName(name string) (clean string, turned bool) {
	ascii := true
	for i := 0; i < len(name) && ascii; i++ {
		ascii = name[i] < utf8.RuneSelf && name[i] >= ' '
	}
	if ascii {
		return name, false
	}
	clean = strings.Map(func(r rune) rune {
		switch {
		case r == '\u202d' || r == '\u202e':
			turned = true
			return -1
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, norm.NFKC.String(name))
	return clean, turned
}
