package demo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// maxWidth is the widest line that is printed, in columns.
const maxWidth = 100

// columns is the room that a text takes on a terminal: letters of East Asia
// take two columns (Unicode standard annex 11), marks that combine none.
func columns(s string) (n int) {
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// wrap breaks a text into lines of at most max columns: at spaces, and where a
// word alone is too wide, or is written without spaces, between two letters.
func wrap(s string, max int) (lines []string) {
	var line strings.Builder
	at := 0
	end := func() {
		lines = append(lines, line.String())
		line.Reset()
		at = 0
	}
	for _, word := range strings.Fields(s) {
		need := columns(word)
		if strings.ContainsFunc(word, ideographic) {
			need = firstColumns(word)
		}
		switch {
		case line.Len() > 0 && at+1+need > max:
			end()
		case line.Len() > 0:
			line.WriteByte(' ')
			at++
		}
		for word != "" {
			if line.Len() > 0 && at+firstColumns(word) > max {
				end()
			}
			r, size := utf8.DecodeRuneInString(word)
			line.WriteRune(r)
			at += columnsOf(r)
			word = word[size:]
		}
	}
	if line.Len() > 0 {
		end()
	}
	return lines
}

// firstColumns is the room that the first letter of a word takes, with a sign
// that clings to it.
func firstColumns(word string) int {
	r, size := utf8.DecodeRuneInString(word)
	n := columnsOf(r)
	if next, _ := utf8.DecodeRuneInString(word[size:]); size < len(word) && clings(next) {
		n += columnsOf(next)
	}
	return n
}

// ideographic reports whether a letter is of a script that is written without
// spaces. Korean has spaces.
func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == '。' || r == '、'
}

// clings reports whether a sign may not begin a line (the most common of JIS X
// 4051's).
func clings(r rune) bool { return strings.ContainsRune("。、，．」』）：；！？ー", r) }
