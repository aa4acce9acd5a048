package mail

import (
	"bytes"
	"strings"
)

// decodeWords decodes the encoded words of a header value (RFC 2047), reading
// them where clients read them rather than only where the RFC allows them:
// inside quoted strings, glued to other text, with spaces inside. White space
// between two encoded words is dropped; the bytes of neighbours in one charset
// are joined before they are decoded, as senders cut characters in two. Bytes
// outside of encoded words that are not ASCII are read as UTF-8 or else by
// hint, the charset that the message names elsewhere.
func decodeWords(s, hint string) string {
	return decodeWordsNoting(s, hint, func(string) {})
}

// decodeWordsNoting is decodeWords; fault gets the ids of what was wrong.
func decodeWordsNoting(s, hint string, fault func(id string)) string {
	if !strings.Contains(s, "=?") {
		return guessText(s, hint)
	}
	var out strings.Builder
	out.Grow(len(s))
	pend := pending{fault: fault}
	for from := 0; ; {
		at := strings.Index(s[from:], "=?")
		if at < 0 {
			break
		}
		at += from
		w, n := readWord(s[at:])
		if n == 0 {
			from = at + 2 // looks like a word and is none
			continue
		}
		if between := s[:at]; !pend.any || trim(between) != "" {
			pend.flush(&out)
			out.WriteString(guessText(between, hint))
		}
		pend.add(&out, w)
		s, from = s[at+n:], 0
	}
	pend.flush(&out)
	out.WriteString(guessText(s, hint))
	return out.String()
}

// word is one encoded word, its text decoded to bytes.
type word struct {
	charset string // lower case, RFC 2231 language removed
	raw     []byte
}

// pending collects the bytes of adjacent words of one charset.
type pending struct {
	any     bool
	charset string
	raw     []byte
	fault   func(id string)
}

func (p *pending) add(out *strings.Builder, w word) {
	if p.any && p.charset != w.charset {
		p.flush(out)
	}
	p.any, p.charset = true, w.charset
	p.raw = append(p.raw, w.raw...)
}

func (p *pending) flush(out *strings.Builder) {
	if p.any {
		s, known := decodeCharset(p.charset, p.raw)
		switch {
		case !known:
			p.fault("unknown-charset")
		case rareCharset(p.charset):
			p.fault("rare-charset")
		case strings.Contains(s, "\ufffd") && !bytes.Contains(p.raw, []byte("\xef\xbf\xbd")):
			p.fault("charset-contradicted")
		}
		out.WriteString(s)
	}
	*p = pending{fault: p.fault}
}

// maxWord bounds one encoded word. RFC 2047 allows 75 bytes; senders that ignore
// that put a whole subject into one.
const maxWord = 16 << 10

// readWord reads the encoded word at the begin of s ("=?charset?B?text?=") and
// returns its length, 0 when there is none.
func readWord(s string) (w word, n int) {
	i := strings.IndexByte(s[2:], '?')
	if i <= 0 || i > 60 {
		return w, 0
	}
	charset := s[2 : 2+i]
	if strings.ContainsAny(charset, " \t\"<>,;@") {
		return w, 0
	}
	rest := s[2+i+1:]
	if len(rest) < 2 || rest[1] != '?' {
		return w, 0
	}
	enc := lower(rest[0])
	if enc != 'b' && enc != 'q' {
		return w, 0
	}
	text := rest[2:min(len(rest), maxWord)]
	end := strings.Index(text, "?=")
	if end < 0 {
		return w, 0
	}
	n = 2 + i + 1 + 2 + end + 2
	text = text[:end]
	if j := strings.IndexByte(charset, '*'); j >= 0 { // RFC 2231 section 5
		charset = charset[:j]
	}
	w.charset = asciiLower(charset)
	if enc == 'b' {
		w.raw = lenientBase64([]byte(text))
	} else {
		w.raw = decodeQ(text)
	}
	return w, n
}

// decodeQ decodes the Q encoding. A faulty "=" is kept as written.
func decodeQ(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			b = append(b, ' ')
		case c == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return b
}
