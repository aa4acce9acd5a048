package mail

import "strings"

// describe fills what a part's own header says about it.
func (p *parser) describe(part *Part, byDefault string) {
	part.Type = byDefault
	var types, codings, dispositions int
	var second string
	for i := range part.Header.fields {
		f := &part.Header.fields[i]
		if part.Path != "" && !isASCII(f.raw) {
			p.odd("raw-8bit-part-header", f.Offset, f.Name(), false)
		}
		if f.name < 10 || lower(f.raw[0]) != 'c' || f.raw[7] != '-' {
			continue
		}
		switch {
		case f.Is("Content-Type"):
			if types++; types == 1 {
				p.contentType(part, f)
			} else if v := f.Value(); second == "" {
				second = v
			}
		case f.Is("Content-Transfer-Encoding"):
			if codings++; codings == 1 {
				part.Encoding = p.encoding(f)
			}
		case f.Is("Content-Disposition"):
			if dispositions++; dispositions == 1 {
				p.disposition(part, f)
			}
		case f.Is("Content-ID"):
			part.ContentID = strings.Trim(f.Value(), "<> \t")
		}
	}
	if part.Filename == "" && part.Params["name"] != "" {
		part.Filename = collapse(part.Params["name"])
	}
	if part.Path != "" { // those of the top header are noted with its other fields
		if types > 1 {
			p.odd("duplicate-content-type", part.Start, second, true)
		}
		if codings > 1 {
			p.odd("duplicate-content-transfer-encoding", part.Start, "", true)
		}
		if dispositions > 1 {
			p.odd("duplicate-content-disposition", part.Start, "", true)
		}
	}
	part.second = second
	if types == 0 && byDefault != "text/plain" {
		p.odd("digest-default-type", part.Start, "", true)
	}
}

func (p *parser) contentType(part *Part, f *Field) {
	ps := readParams(f.Value(), p.hint)
	part.Params = ps.by
	part.Type = p.mediaType(ps.main, part.Type, f)
	part.Charset = asciiLower(trim(ps.by["charset"]))
	if p.hint == "" && part.Charset != "" {
		p.hint = part.Charset
	}
	if v, again := ps.twice["boundary"]; again {
		p.odd("two-boundaries", f.Offset, v, true)
		part.boundary2 = v
	}
	p.paramFaults(f, ps)
}

// mediaType makes a type usable: no type, or one without a slash, reads as
// text/plain (RFC 2045 section 5.2); readers disagree about broken ones.
func (p *parser) mediaType(main, byDefault string, f *Field) string {
	if main == "" {
		p.odd("empty-content-type", f.Offset, "", false)
		return byDefault
	}
	i := strings.IndexByte(main, '/')
	if i <= 0 || i == len(main)-1 {
		if main != "text" {
			p.odd("broken-content-type", f.Offset, main, true)
		}
		return "text/plain"
	}
	for j := 0; j < len(main); j++ {
		if c := main[j]; c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"[]?=", c) >= 0 {
			p.odd("broken-content-type", f.Offset, main, true)
			break
		}
	}
	return main
}

func (p *parser) encoding(f *Field) string {
	v := asciiLower(f.Value())
	if i := strings.IndexAny(v, " \t;("); i >= 0 {
		v = v[:i]
	}
	v = strings.Trim(v, `"'`)
	switch v {
	case "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "x-yencode", "":
	default:
		if !likeSevenBit(v) {
			p.odd("unknown-transfer-encoding", f.Offset, v, true)
		}
	}
	return v
}

// likeSevenBit reports misspelt names of encodings that encode nothing ("8-bit",
// "7bits", "8"): everybody reads those alike.
func likeSevenBit(v string) bool {
	return len(v) <= 6 && v[0] >= '6' && v[0] <= '8' && (len(v) == 1 || strings.HasPrefix(strings.TrimLeft(v[1:], "-_"), "bit"))
}

func (p *parser) disposition(part *Part, f *Field) {
	ps := readParams(f.Value(), p.hint)
	part.Disposition = ps.main
	if ps.main == "" {
		p.odd("empty-content-disposition", f.Offset, "", false)
	}
	if i := strings.IndexByte(ps.main, '='); i >= 0 { // "Content-Disposition: filename=x"
		p.odd("broken-content-disposition", f.Offset, ps.main, true)
		ps = readParams("attachment; "+f.Value(), p.hint)
		part.Disposition = "attachment"
	}
	if name := collapse(ps.by["filename"]); name != "" {
		part.Filename = name
		if other := collapse(part.Params["name"]); other != "" && extension(other) != extension(name) {
			p.odd("two-filenames", f.Offset, other, true)
		}
	} else if name := collapse(ps.by["name"]); name != "" {
		part.Filename = name
	}
	p.paramFaults(f, ps)
}

func (p *parser) paramFaults(f *Field, ps params) {
	for _, id := range ps.odd {
		p.odd(id, f.Offset, "", id != "rare-charset" && id != "extended-charset")
	}
}

// extension returns what follows the last dot of a name, in lower case: what
// decides which program opens a file.
func extension(name string) string {
	ext := asciiLower(name[strings.LastIndexByte(name, '.')+1:])
	if i := strings.IndexAny(ext, " ,;"); i > 0 {
		ext = ext[:i]
	}
	return ext
}
