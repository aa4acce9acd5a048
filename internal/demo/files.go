package demo

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// file makes an attachment: its media type and its bytes. title stands inside
// where the kind has a place for text. What poses as harmful is inert: it holds
// the marks by which such files are known and nothing that could run.
func file(m made, title string) (mediaType string, data []byte, err error) {
	const openXML = "application/vnd.openxmlformats-officedocument."
	switch m.kind {
	case "pdf":
		return "application/pdf", pdf(m.name), nil
	case "xlsx":
		data, err = zipped(workbook(title, false)...)
		return openXML + "spreadsheetml.sheet", data, err
	case "xlsm":
		data, err = zipped(workbook(title, true)...)
		return "application/vnd.ms-excel.sheet.macroEnabled.12", data, err
	case "docx":
		data, err = zipped(document(title)...)
		return openXML + "wordprocessingml.document", data, err
	case "hwpx":
		data, err = zipped(hangul(title)...)
		return "application/hwp+zip", data, err
	case "png":
		data, err = picture()
		return "image/png", data, err
	case "ics":
		return "text/calendar; method=REQUEST; charset=utf-8", calendar(title), nil
	case "csv":
		return "text/csv", []byte("article;pieces\r\nwind chime, 5 tubes;40\r\nrain drum, larch;12\r\n"), nil
	case "zip":
		data, err = zipped(entry{"plans/frame.pdf", pdf("frame")}, entry{"plans/tubes.pdf", pdf("tubes")}, entry{"plans/list.txt", []byte("frame, tubes\r\n")})
		return "application/zip", data, err
	case "locked-zip":
		return "application/zip", lockedZip("documents.pdf"), nil
	case "script-zip":
		data, err = zipped(entry{strings.TrimSuffix(m.name, ".zip") + ".pdf.js", []byte("// inert: part of a demonstration\r\n")})
		return "application/zip", data, err
	case "encoded-script":
		return "application/octet-stream", encodedScript(), nil
	case "form-page":
		return "text/html", formPage(title), nil
	case "program":
		return "image/jpeg", program(), nil
	}
	return "", nil, fmt.Errorf("nobody knows how to make a %q", m.kind)
}

type entry struct {
	name string
	data []byte
}

// zipped packs entries; the first is stored and the others compressed, as the
// formats that begin with a file "mimetype" want it.
func zipped(entries ...entry) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, e := range entries {
		method := zip.Deflate
		if i == 0 {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

const relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

// relations is a part that says which other part is where.
func relations(kind, target string) []byte {
	return []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + relation + kind + `" Target="` + target + `"/></Relationships>`)
}

func contentTypes(part, kind string) []byte {
	return []byte(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>` +
		`<Override PartName="` + part + `" ContentType="application/vnd.` + kind + `+xml"/></Types>`)
}

// workbook is a small Excel workbook; with macro it has a part where a program
// would stand.
func workbook(title string, macro bool) []entry {
	kind := "openxmlformats-officedocument.spreadsheetml.sheet.main"
	if macro {
		kind = "ms-excel.sheet.macroEnabled.main"
	}
	list := []entry{
		{"[Content_Types].xml", contentTypes("/xl/workbook.xml", kind)},
		{"_rels/.rels", relations("officeDocument", "xl/workbook.xml")},
		{"xl/workbook.xml", []byte(xmlHead + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + strings.TrimSuffix(relation, "/") +
			`"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>`)},
		{"xl/_rels/workbook.xml.rels", relations("worksheet", "worksheets/sheet1.xml")},
		{"xl/worksheets/sheet1.xml", []byte(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">` +
			`<c r="A1" t="inlineStr"><is><t>` + escape(title) + `</t></is></c></row></sheetData></worksheet>`)},
	}
	if macro {
		list = append(list, entry{"xl/vbaProject.bin", []byte("inert: part of a demonstration")})
	}
	return list
}

func document(title string) []entry {
	return []entry{
		{"[Content_Types].xml", contentTypes("/word/document.xml", "openxmlformats-officedocument.wordprocessingml.document.main")},
		{"_rels/.rels", relations("officeDocument", "word/document.xml")},
		{"word/document.xml", []byte(xmlHead + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` +
			escape(title) + `</w:t></w:r></w:p></w:body></w:document>`)},
	}
}

// hangul is a small document of the Korean word processor (KS X 6101, OWPML).
func hangul(title string) []entry {
	return []entry{
		{"mimetype", []byte("application/hwp+zip")},
		{"version.xml", []byte(xmlHead + `<hv:HCFVersion xmlns:hv="http://www.hancom.co.kr/hwpml/2011/version" tagetApplication="WORDPROCESSOR" major="5" minor="1"/>`)},
		{"META-INF/container.xml", []byte(xmlHead + `<ocf:container xmlns:ocf="urn:oasis:names:tc:opendocument:xmlns:container"><ocf:rootfiles>` +
			`<ocf:rootfile full-path="Contents/content.hpf" media-type="application/hwpml-package+xml"/></ocf:rootfiles></ocf:container>`)},
		{"Contents/content.hpf", []byte(xmlHead + `<opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:spine><opf:itemref idref="section0"/></opf:spine></opf:package>`)},
		{"Contents/section0.xml", []byte(xmlHead + `<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph"><hp:p><hp:run><hp:t>` +
			escape(title) + `</hp:t></hp:run></hp:p></hs:sec>`)},
	}
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// pdf is a document of one page with one line.
func pdf(line string) []byte {
	line = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`()\`, r) {
			return '-'
		}
		return r
	}, line)
	page := "BT /F1 14 Tf 72 720 Td (" + line + ") Tj ET"
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, obj := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, obj)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// picture is a small image of a garden at noon.
func picture() ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, 160, 90))
	for y := range 90 {
		for x := range 160 {
			c := color.RGBA{120, 180, uint8(255 - y), 255}
			if y > 60 {
				c = color.RGBA{uint8(60 + x/4), 150, 70, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

func calendar(title string) []byte {
	return []byte(strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Gartenklang//demo//EN", "METHOD:REQUEST", "BEGIN:VEVENT",
		"UID:demo-" + base64.RawURLEncoding.EncodeToString([]byte(title))[:8] + "@gartenklang.example", "DTSTAMP:20260105T080000Z",
		"DTSTART:20260112T090000Z", "DTEND:20260112T093000Z", "SUMMARY:" + title,
		"ORGANIZER:mailto:annika.petersen@gartenklang.example", "END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n"))
}

// lockedZip is an archive whose one file is encrypted: the flag is set
// (APPNOTE.TXT section 4.4.4) and the bytes are noise without a meaning.
func lockedZip(name string) []byte {
	noise := bytes.Repeat([]byte{0x5a, 0xc3, 0x17, 0x88, 0xee}, 40)
	var b bytes.Buffer
	head := make([]byte, 30)
	copy(head, "PK\x03\x04")
	binary.LittleEndian.PutUint16(head[4:], 20)
	binary.LittleEndian.PutUint16(head[6:], 1)
	binary.LittleEndian.PutUint32(head[18:], uint32(len(noise)))
	binary.LittleEndian.PutUint32(head[22:], uint32(len(noise)-12)) // 12 bytes of encryption header
	binary.LittleEndian.PutUint16(head[26:], uint16(len(name)))
	b.Write(head)
	b.WriteString(name)
	b.Write(noise)
	at := b.Len()
	dir := make([]byte, 46)
	copy(dir, "PK\x01\x02")
	copy(dir[4:], []byte{20, 0})
	copy(dir[6:], head[4:30])
	b.Write(dir)
	b.WriteString(name)
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], 1)
	binary.LittleEndian.PutUint16(end[10:], 1)
	binary.LittleEndian.PutUint32(end[12:], uint32(len(dir)+len(name)))
	binary.LittleEndian.PutUint32(end[16:], uint32(at))
	b.Write(end)
	return b.Bytes()
}

// encodedScript has the frame of an encoded Windows script (JSE) around words
// that mean nothing to any interpreter.
func encodedScript() []byte {
	return []byte("#@~^RAAAAA==" + strings.Repeat("inert part of a demonstration ", 12) + "^#~@\r\n")
}

// formPage is a page that asks for a password and would send it nowhere.
func formPage(title string) []byte {
	return []byte("<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>" + escape(title) + "</title></head><body><h1>" + escape(title) +
		"</h1><form><label>PIN <input type=\"password\"></label><button disabled>OK</button></form></body></html>\r\n")
}

// program has the head of a Windows program and no code.
func program() []byte {
	b := make([]byte, 512)
	copy(b, "MZ\x90\x00")
	b[60] = 128
	copy(b[128:], "PE\x00\x00")
	copy(b[200:], "inert: part of a demonstration")
	return b
}
