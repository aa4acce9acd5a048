package mail

import (
	"bytes"
	"strings"
)

// scriptSample is how much of a file is read to tell a script.
const scriptSample = 64 << 10

// strong are words that Windows Script Host, PowerShell or the command shell
// need to do anything of note; none of them stands in an ordinary document.
// One is enough for a file that is text and no HTML page.
var strong = []string{
	"wscript.shell", "wscript.createobject", "wscript.sleep", "wscript.scriptfullname", "new activexobject", "getobject(\"winmgmts", "scripting.filesystemobject",
	"msxml2.xmlhttp", "msxml2.serverxmlhttp", "adodb.stream", "shell.application", "winhttp.winhttprequest",
	"invoke-expression", "invoke-webrequest", "downloadstring(", "downloadfile(", "frombase64string(", "new-object net.webclient", "new-object system.net.webclient",
	"powershell -e", "powershell.exe -", "-executionpolicy bypass", "-windowstyle hidden", "start-process ", "@echo off", "%comspec%", "cmd /c ", "cmd.exe /c ",
	"mshta http", "regsvr32 /s", "rundll32 ", "certutil -", "bitsadmin /", "schtasks /create", "on error resume next",
}

// scriptKind tells scripts by their content, whatever they are called.
func scriptKind(b []byte) string {
	if hasEncodedScript(b) {
		return typeEncoded
	}
	if b[0] == '#' && len(b) > 3 && b[1] == '!' && isPrintable(b[:min(len(b), 64)]) {
		return typeScript
	}
	wide := len(b) > 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff)
	if !wide && !isPrintable(b[:min(len(b), 512)]) {
		return ""
	}
	s := lowerSample(b, scriptSample)
	head := strings.TrimLeft(s[:min(len(s), 512)], " \t\r\n\ufeff")
	switch {
	case strings.Contains(s, "<hta:application"):
		return typeHTA
	case strings.HasPrefix(head, "[internetshortcut]") || strings.Contains(head, "\n[internetshortcut]"):
		return typeURLFile
	case strings.HasPrefix(head, "[desktop entry]"):
		return "application/x-desktop"
	case strings.HasPrefix(head, "windows registry editor") || strings.HasPrefix(head, "regedit4"):
		return typeScript
	case strings.HasPrefix(head, "<job") || strings.HasPrefix(head, "<package") && strings.Contains(s, "<script") || strings.Contains(head, "<scriptlet"):
		return typeScript
	}
	if strings.HasPrefix(head, "<") && !strings.HasPrefix(head, "<script") {
		// A page: its scripts run in a browser. VBScript does so nowhere.
		if strings.Contains(s, "language=\"vbscript") || strings.Contains(s, "language=vbscript") {
			return typeHTA
		}
		return ""
	}
	for _, w := range strong {
		if strings.Contains(s, w) {
			return typeScript
		}
	}
	return ""
}

// encodedMark begins what Windows Script Encoder writes (JSE, VBE): the mark,
// six characters of length in Base64, "==".
var encodedMark = []byte("#@~^")

// hasEncodedScript finds that mark in the first megabyte, in 8-bit and UTF-16
// text.
func hasEncodedScript(b []byte) bool {
	b = b[:min(len(b), 1<<20)]
	for from := 0; from < len(b); {
		i := bytes.Index(b[from:], encodedMark)
		if i < 0 {
			break
		}
		at := from + i + len(encodedMark)
		if at+8 <= len(b) && string(b[at+6:at+8]) == "==" && allBase64(b[at:at+6]) {
			return true
		}
		from = at
	}
	return bytes.Contains(b, []byte("#\x00@\x00~\x00^\x00"))
}

func allBase64(b []byte) bool {
	for _, c := range b {
		if !isBase64(c) {
			return false
		}
	}
	return true
}

// blobMin is how long a run of Base64 must be to be called a blob: longer than
// a key, a signature or a token in a link.
const blobMin = 1000

// hasBlob reports a long run of Base64. In HTML, pictures and fonts in data:
// URLs are ordinary and left out.
func hasBlob(b []byte, html bool) bool {
	run := 0
	for i := nextRun(b, 0); i <= len(b); i++ {
		if run == 0 {
			i = nextRun(b, i)
		}
		if i < len(b) && base64Value[b[i]] < 64 {
			run++
			continue
		}
		if i < len(b) && (b[i] == '\n' || b[i] == '\r') && run > 60 {
			continue // Base64 in lines
		}
		if run >= blobMin && !(html && pictureData(b, i)) && mixedCase(b[max(0, i-200):i]) {
			return true
		}
		run = 0
	}
	return false
}

// nextRun skips to a place from which on at least a line's length of Base64 may
// follow: it looks at the far end of a window first, so that ordinary text costs
// a few bytes in each window.
func nextRun(b []byte, i int) int {
	const window = 60
next:
	for i+window < len(b) {
		for k := i + window - 1; k >= i; k-- {
			if base64Value[b[k]] == 255 {
				i = k + 1
				continue next
			}
		}
		return i
	}
	return len(b)
}

// pictureData reports whether the run that ends at i belongs to a data: URL of a
// picture, a font, a sound or a film.
func pictureData(b []byte, i int) bool {
	start := i
	for start > 0 && (base64Value[b[start-1]] < 64 || b[start-1] == '\n' || b[start-1] == '\r') {
		start--
	}
	head := lowerSample(b[max(0, start-80):start], 80)
	j := strings.LastIndex(head, "data:")
	if j < 0 {
		return false
	}
	for _, p := range [...]string{"data:image/", "data:font/", "data:application/font", "data:application/x-font", "data:audio/", "data:video/"} {
		if strings.HasPrefix(head[j:], p) {
			return !strings.HasPrefix(head[j:], "data:image/svg")
		}
	}
	return false
}

// mixedCase tells Base64 from a long word, a row of digits or of one letter.
func mixedCase(b []byte) bool {
	var upper, lower, digit int
	for _, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			upper++
		case 'a' <= c && c <= 'z':
			lower++
		case '0' <= c && c <= '9':
			digit++
		}
	}
	n := len(b) / 40
	return upper > n && lower > n && digit > 0
}
