package mail

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decodeCharset decodes bytes of the named charset to UTF-8. It never fails: an
// unknown name, or a name that the bytes contradict, is guessed over. known is
// false where the name was not understood. Bytes that stand for nothing become
// U+FFFD.
func decodeCharset(name string, b []byte) (s string, known bool) {
	name = cleanCharset(name)
	switch name {
	case "utf-8", "utf8":
		if utf8.Valid(b) {
			return string(b), true
		}
		return decodeBadUTF8(b), true
	case "", "us-ascii", "ascii", "ansi_x3.4-1968":
		if isASCII(b) {
			return string(b), true
		}
		return guess(b, ""), true
	case "utf-7", "unicode-1-1-utf-7", "utf7", "x-unicode-1-1-utf-7":
		return strings.ToValidUTF8(decodeUTF7(b), "\ufffd"), true
	case "iso-2022-kr":
		return decodeWith(korean.EUCKR, unshiftKR(b)), true
	}
	enc := encodingOf(name)
	if enc == nil {
		return guess(b, ""), false
	}
	return decodeWith(enc, b), true
}

// decodeBytes is decodeCharset without a copy where the bytes are UTF-8 already.
func decodeBytes(name string, b []byte) []byte {
	switch cleanCharset(name) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		if utf8.Valid(b) {
			return b
		}
	}
	s, _ := decodeCharset(name, b)
	return []byte(s)
}

func decodeWith(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return guess(b, "")
	}
	return string(out)
}

// decodeBadUTF8 reads text that is said to be UTF-8 and is not: mostly UTF-8
// with a few broken characters, sometimes another charset altogether.
func decodeBadUTF8(b []byte) string {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	if good >= bad {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return guess(b, "")
}

// cleanCharset removes what mailers put around a charset's name.
func cleanCharset(name string) string {
	name = asciiLower(strings.Trim(name, " \t\r\n\"'`;,"))
	if i := strings.IndexAny(name, " \t;("); i > 0 {
		name = name[:i]
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "charset="), "x-user-defined-")
}

// encodingOf finds an encoding by any of the names that mail uses; nil when
// there is none.
func encodingOf(name string) encoding.Encoding {
	if enc := ownName(name); enc != nil {
		return enc
	}
	if enc, err := htmlindex.Get(name); err == nil {
		if enc == encoding.Replacement {
			return nil
		}
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(name); err == nil && enc != nil {
		return enc
	}
	// "iso8859_1", "latin 1", "windows1252", "cp-1252", "8859-1"
	n := strings.NewReplacer("_", "-", " ", "").Replace(name)
	switch {
	case strings.HasPrefix(n, "iso8859"):
		n = "iso-8859-" + strings.TrimLeft(n[7:], "-")
	case strings.HasPrefix(n, "8859-"):
		n = "iso-" + n
	case strings.HasPrefix(n, "windows") && !strings.HasPrefix(n, "windows-"):
		n = "windows-" + n[7:]
	case strings.HasPrefix(n, "win-"):
		n = "windows-" + n[4:]
	case strings.HasPrefix(n, "cp-"):
		n = "cp" + n[3:]
	}
	if enc := ownName(n); enc != nil {
		return enc
	}
	if enc, err := htmlindex.Get(n); err == nil && enc != encoding.Replacement {
		return enc
	}
	return nil
}

// ownName knows the names that the WHATWG list does not, or reads otherwise
// than mail programs do.
func ownName(name string) encoding.Encoding {
	switch name {
	case "ks_c_5601", "ks_c_5601-1987", "ks_c_5601_1987", "ksc_5601", "ksc5601", "cp949", "ms949", "uhc", "windows-949", "euc_kr", "x-windows-949":
		return korean.EUCKR
	case "cp932", "ms932", "windows-932", "sjis", "shift-jis", "shiftjis", "x-ms-cp932", "sjis-win":
		return japanese.ShiftJIS
	case "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-ms", "csiso2022jp", "cp50220", "cp50221", "cp50222":
		return japanese.ISO2022JP
	case "eucjp", "euc_jp", "cp51932", "eucjp-ms", "eucjp-win", "ujis":
		return japanese.EUCJP
	case "cp936", "ms936", "gb_2312", "gb2312-80", "euc-cn", "euccn", "windows-936", "gb18030-2000", "gb18030-2005", "gb18030-2022":
		return simplifiedchinese.GB18030
	case "hz-gb-2312", "hz", "hz-gb2312":
		return simplifiedchinese.HZGB2312
	case "cp950", "ms950", "big5-eten", "big5_hkscs", "big5hkscs", "windows-950", "big-5":
		return traditionalchinese.Big5
	case "cp437", "ibm437", "437":
		return charmap.CodePage437
	case "cp850", "ibm850", "850":
		return charmap.CodePage850
	case "cp852", "ibm852", "852":
		return charmap.CodePage852
	case "cp866", "ibm866", "dos-866":
		return charmap.CodePage866
	case "macroman", "mac", "x-mac-roman", "macintosh", "apple-roman":
		return charmap.Macintosh
	case "utf-16", "utf16", "unicode", "ucs-2", "iso-10646-ucs-2":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM) // RFC 2781 section 4.3
	case "utf-16be", "utf16be", "unicodefffe":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf-16le", "utf16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-32", "utf32", "ucs-4":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "latin-1", "latin1", "ansi", "iso-latin-1", "iso8859-1":
		return charmap.Windows1252
	case "latin-9", "latin9":
		return charmap.ISO8859_15
	}
	return nil
}

// rareCharset reports names that only some readers know.
func rareCharset(name string) bool {
	name = cleanCharset(name)
	for _, p := range [...]string{"utf-8", "utf8", "utf-16", "iso-8859-", "iso8859-", "windows-125", "cp125", "latin", "koi8-", "iso-2022-jp", "euc-", "gb", "big5"} {
		if strings.HasPrefix(name, p) {
			return strings.HasSuffix(name, "-i") || strings.HasSuffix(name, "-e")
		}
	}
	switch name {
	case "", "us-ascii", "ascii", "shift_jis", "shift-jis", "cp932", "ks_c_5601-1987", "cp949", "windows-874", "tis-620", "macintosh":
		return false
	}
	return true
}

// unshiftKR turns ISO-2022-KR (RFC 1557) into EUC-KR: between SO and SI the
// bytes stand for themselves with the high bit set.
func unshiftKR(b []byte) []byte {
	out := make([]byte, 0, len(b))
	shifted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == 0x1b && i+3 < len(b) && b[i+1] == '$' && b[i+2] == ')':
			i += 3
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case c == '\n' || c == '\r':
			shifted = false
			out = append(out, c)
		case shifted && c > ' ' && c < 0x7f:
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	return out
}

func isASCII(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func asciiString(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
