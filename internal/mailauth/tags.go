package mailauth

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// tag is one name=value of a tag list (RFC 6376 section 3.2). value is trimmed;
// text[from:to] is everything between "=" and ";".
type tag struct {
	name, value string
	from, to    int
}

type tagList []tag

const maxTags = 64

var (
	errTagSyntax    = errors.New("malformed tag list")
	errTagDuplicate = errors.New("tag given twice")
	errTagMany      = errors.New("too many tags")
)

// fws is what folding white space is made of.
const fws = " \t\r\n"

// parseTags reads a tag list. A name given twice makes the whole list invalid.
// A piece without "=" does so too, unless lenient, when it is left out.
func parseTags(text string, lenient bool) (tagList, error) {
	list := make(tagList, 0, 12)
	for from := 0; from <= len(text); {
		to := len(text)
		if i := strings.IndexByte(text[from:], ';'); i >= 0 {
			to = from + i
		}
		piece := text[from:to]
		name, value, ok := strings.Cut(piece, "=")
		valueFrom := from + len(name) + 1
		name = strings.Trim(name, fws)
		switch {
		case ok && name != "":
			if _, twice := list.find(name); twice {
				return nil, errTagDuplicate
			}
			if len(list) == maxTags {
				return nil, errTagMany
			}
			list = append(list, tag{name, strings.Trim(value, fws), valueFrom, to})
		case strings.Trim(piece, fws) != "" && !lenient:
			return nil, errTagSyntax
		}
		from = to + 1
	}
	return list, nil
}

func (l tagList) find(name string) (tag, bool) {
	for _, t := range l {
		if t.name == name {
			return t, true
		}
	}
	return tag{}, false
}

// get returns the value of a tag, "" when it is not there.
func (l tagList) get(name string) string {
	t, _ := l.find(name)
	return t.value
}

// unfold removes all folding white space.
func unfold(s string) string {
	if !strings.ContainsAny(s, fws) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// binary decodes a base64 value, which may be folded anywhere.
func (l tagList) binary(name string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(unfold(l.get(name)))
}

// seconds reads a tag that holds a time (t=, x=); the zero time when absent.
// Twelve digits is the length that RFC 6376 section 3.5 wants supported.
func (l tagList) seconds(name string) (time.Time, error) {
	t, ok := l.find(name)
	if !ok {
		return time.Time{}, nil
	}
	n, err := strconv.ParseUint(t.value, 10, 63)
	if err != nil {
		return time.Time{}, errTagSyntax
	}
	return time.Unix(int64(min(n, 999_999_999_999)), 0), nil
}

// has reports whether a colon-separated list holds a word.
func has(list, word string) bool {
	for part := range strings.SplitSeq(list, ":") {
		if strings.EqualFold(strings.Trim(part, fws), word) {
			return true
		}
	}
	return false
}
