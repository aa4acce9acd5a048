package trait

import (
	"strings"

	"kith/internal/mail"
)

// maxNesting bounds the depth of the tree that is written.
const maxNesting = 6

// MIMEShape writes how the texts of a mail are nested: "plain", "html",
// "alternative(plain,html)", "related(alternative(plain,html),image)". Behind a text
// stand two marks of its maker: "/flowed" for paragraphs that may be wrapped anew
// (RFC 3676), "/inline" where a text says that it is to be shown (RFC 2183).
//
// Which forms of a text a program sends (RFC 2046), and how it wraps them, is set
// once and stays. What depends on the single mail is left out: attached files and
// the multipart/mixed that only holds them. Encodings are a trait of their own.
//
// It changes when the author begins to sign, moves to another program, or answers
// in plain text what came in plain text, as some programs do; such an author has
// two shapes, and both become known.
func MIMEShape(m *mail.Message) string {
	s := nesting(authored(m), 0)
	if s == "" {
		return "file"
	}
	return bounded(s)
}

// nesting writes one part, "" for a file.
func nesting(p *mail.Part, depth int) string {
	family, kind, _ := strings.Cut(p.Type, "/")
	switch {
	case family == "multipart":
		return multipart(p, kind, depth)
	case p.Disposition == "attachment" || p.Filename != "" && p.ContentID == "" && p.Disposition != "inline":
		return ""
	case kind == "pgp-signature", kind == "pkcs7-signature", kind == "x-pkcs7-signature":
		return "" // said by the multipart around it
	case family == "text":
		return leaf(p, kind)
	case family == "image":
		return "image"
	case family == "message":
		return "message"
	case kind == "pkcs7-mime", kind == "x-pkcs7-mime":
		return "smime"
	}
	return ""
}

// leaf writes a text with the marks of its maker.
func leaf(p *mail.Part, kind string) string {
	s := brief(kind)
	if strings.EqualFold(p.Params["format"], "flowed") {
		s += "/flowed"
	}
	if p.Disposition == "inline" && p.Filename == "" {
		s += "/inline"
	}
	return s
}

// multipart writes a multipart and what is in it.
func multipart(p *mail.Part, kind string, depth int) string {
	if depth == maxNesting {
		return "deep"
	}
	var in []string
	for _, c := range p.Parts {
		if s := nesting(c, depth+1); s != "" && (len(in) == 0 || in[len(in)-1] != s) {
			in = append(in, s)
		}
		if len(in) == maxNesting {
			break
		}
	}
	switch kind {
	case "mixed":
		if len(in) <= 1 {
			return strings.Join(in, "")
		}
	case "signed":
		kind = "pgp"
		if strings.Contains(strings.ToLower(p.Params["protocol"]), "pkcs7") {
			kind = "smime"
		}
	case "encrypted":
		return "encrypted"
	}
	return brief(kind) + "(" + strings.Join(in, ",") + ")"
}

// brief cuts a subtype that somebody made up.
func brief(kind string) string { return kind[:min(len(kind), 20)] }
