package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// content is the body and the fields that describe it.
func (s *scene) content() ([]byte, []field, error) {
	p := s.textPart("plain", s.text)
	if s.html != "" {
		p = multipart("alternative", s.name+".a", p, s.textPart("html", s.html))
	}
	if len(s.files) > 0 {
		parts := []part{p}
		for _, m := range s.files {
			a, err := attached(m, s.subject)
			if err != nil {
				return nil, nil, err
			}
			parts = append(parts, a)
		}
		p = multipart("mixed", s.name+".m", parts...)
	}
	return p.body, p.fields, nil
}

// part is a MIME part.
type part struct {
	fields []field
	body   []byte
}

func multipart(kind, boundary string, parts ...part) part {
	boundary = "=_" + boundary
	var b bytes.Buffer
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n")
		b.Write(assemble(p.fields, p.body))
	}
	b.WriteString("--" + boundary + "--\r\n")
	return part{[]field{{"Content-Type", "multipart/" + kind + ";\r\n boundary=\"" + boundary + "\""}}, b.Bytes()}
}

func (s *scene) textPart(kind, text string) part {
	charset, out := s.encode(strings.ReplaceAll(text, "\n", "\r\n"))
	if kind == "html" {
		out += "\r\n"
	}
	how := "quoted-printable"
	var b bytes.Buffer
	switch {
	case ascii(out):
		how = "7bit"
		b.WriteString(out)
	case charset == "euc-kr" || 3*strings.Count(out, " ") < len([]rune(out)) && len([]rune(out))*2 < len(out):
		how = "base64"
		b.Write(lines64([]byte(out)))
	default:
		w := quotedprintable.NewWriter(&b)
		w.Write([]byte(out)) // a bytes.Buffer does not fail
		w.Close()
	}
	return part{[]field{{"Content-Type", "text/" + kind + "; charset=" + charset}, {"Content-Transfer-Encoding", how}}, b.Bytes()}
}

// attached makes an attachment, with its name as most programs write it: an
// encoded word for old readers, RFC 2231 for the others.
func attached(m made, title string) (part, error) {
	kind, data, err := file(m, title)
	if err != nil {
		return part{}, err
	}
	name, param := `"`+m.name+`"`, `filename="`+m.name+`"`
	if !ascii(m.name) {
		name = `"` + strings.ReplaceAll(mime.BEncoding.Encode("utf-8", m.name), "?= =?", "?=\r\n =?") + `"`
		param = "filename*=UTF-8''" + percent(m.name)
	}
	return part{[]field{
		{"Content-Type", kind + ";\r\n name=" + name}, {"Content-Disposition", "attachment;\r\n " + param}, {"Content-Transfer-Encoding", "base64"},
	}, lines64(data)}, nil
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lines64 is base64 in lines of 76 (RFC 2045 section 6.8).
func lines64(b []byte) []byte {
	s := base64.StdEncoding.EncodeToString(b)
	var out bytes.Buffer
	for len(s) > 0 {
		n := min(76, len(s))
		out.WriteString(s[:n] + "\r\n")
		s = s[n:]
	}
	return out.Bytes()
}

// assemble writes fields and, unless it is nil, the empty line and the body.
func assemble(fields []field, body []byte) []byte {
	var b bytes.Buffer
	for _, f := range fields {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	if body != nil {
		b.WriteString("\r\n")
		b.Write(body)
	}
	return b.Bytes()
}
