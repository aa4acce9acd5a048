package trait

import (
	"strings"

	"kith/internal/mail"
)

// SubjectTokens lists the telling words of the subject, folded, at most 12: no
// numbers, no stop words, no marks of an answer. Wide letters stand in pairs.
func SubjectTokens(m *mail.Message) []string {
	s, _ := ownSubject(m.Subject)
	return addTokens(nil, s)
}

// replyMarks stand before the subject of an answer or of a mail handed on.
var replyMarks = []string{"re", "aw", "fw", "fwd", "wg", "sv", "vs", "tr", "rv", "rif", "antw", "res", "enc", "odp", "答复", "回复", "转发", "返信", "転送", "답장", "회신", "전달"}

// ownSubject takes the marks of answers off a subject and says whether there were
// any.
func ownSubject(s string) (rest string, reply bool) {
	for range 20 {
		s = strings.TrimLeft(s, " ")
		s = strings.TrimPrefix(s, "[EXTERNAL]")
		s = strings.TrimLeft(s, " ")
		i := strings.IndexAny(s, ":：")
		if i <= 0 || i > 12 {
			return s, reply
		}
		mark := strings.ToLower(strings.TrimRight(s[:i], " 0123456789[]()"))
		found := false
		for _, m := range replyMarks {
			found = found || mark == m
		}
		if !found {
			return s, reply
		}
		reply = true
		s = strings.TrimPrefix(strings.TrimPrefix(s[i:], ":"), "：")
	}
	return s, reply
}
