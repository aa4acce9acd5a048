package trait

import (
	"strings"
	"unicode/utf8"

	"kith/internal/mail"
)

// unquoted takes the quotations out of one text.
func unquoted(m *mail.Message, t *mail.Text) string {
	s := t.Visible
	if quoteMarks(s) >= 2 && !t.HTML {
		s = withoutQuotedLines(m, t)
	}
	s = cutText(s, 2*maxText)
	s = s[:quoteStart(s)]
	return strings.TrimRight(s, " ")
}

// quoteMarks counts the ">" that could begin a line, as far as two.
func quoteMarks(s string) (n int) {
	if strings.HasPrefix(s, "> ") {
		n++
	}
	for n < 2 {
		i := strings.Index(s, " >")
		if i < 0 {
			return n
		}
		s = s[i+2:]
		n++
	}
	return n
}

// withoutQuotedLines drops the lines that begin with ">", and the line that
// introduces them. Lines are known only where the bytes are UTF-8; elsewhere the text
// ends at the first mark, or stays whole when that is at its start.
func withoutQuotedLines(m *mail.Message, t *mail.Text) string {
	raw := string(m.Decode(t.Part))
	if !utf8.ValidString(raw) {
		if i := strings.Index(t.Visible, " > "); i > 0 {
			return t.Visible[:i]
		}
		return t.Visible
	}
	var lines []string
	quoted := false
	size := 0
	for line := range strings.Lines(raw) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, ">"):
			if !quoted {
				lines = withoutIntroduction(lines)
			}
			quoted = true
		case line != "":
			quoted = false
			lines = append(lines, line)
			size += len(line)
		}
		if size > 2*maxText {
			break
		}
	}
	return strings.Join(strings.FieldsFunc(strings.Join(lines, " "), func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }), " ")
}

// withoutIntroduction takes the line "On Monday Ann wrote:" off the end, which is one
// line, or two.
func withoutIntroduction(lines []string) []string {
	n := len(lines)
	if n == 0 || !strings.HasSuffix(lines[n-1], ":") {
		return lines
	}
	last := lines[n-1]
	for k := range quoteWords {
		q := &quoteWords[k]
		if q.opens == nil || !strings.Contains(last, q.word) {
			continue
		}
		for _, o := range q.opens {
			if n > 1 && !strings.HasPrefix(last, o) && o != " " && strings.HasPrefix(lines[n-2], o) {
				return lines[:n-2]
			}
		}
		return lines[:n-1]
	}
	return lines
}

// quoteWord tells, of the word before a colon, what begins there.
type quoteWord struct {
	word  string
	mates []string // one of them follows with a colon of its own, when word is a field's name
	opens []string // one of them stands before, when word is a verb
}

var (
	onDay      = []string{"On ", "on "}
	sentMates  = []string{"Sent:", "Date:", "To:"}
	quoteWords = []quoteWord{
		{word: "wrote", opens: onDay}, {word: "écrit", opens: []string{"Le "}}, {word: "escribió", opens: []string{"El "}},
		{word: "scritto", opens: []string{"Il "}}, {word: "schreef", opens: []string{"Op "}}, {word: "escreveu", opens: []string{"Em ", "A "}},
		{word: "napisał", opens: []string{"W dniu ", "Dnia "}}, {word: "schrieb", opens: []string{"Am "}}, {word: "пишет", opens: []string{" "}}, {word: "написал", opens: []string{" "}},
		{word: "From", mates: sentMates}, {word: "Von", mates: []string{"Gesendet:", "Datum:", "An:"}}, {word: "De", mates: []string{"Envoyé", "Enviado", "Date", "Fecha", "Data:"}},
		{word: "Da", mates: []string{"Inviato:", "Data:"}}, {word: "Van", mates: []string{"Verzonden:", "Datum:", "Aan:"}}, {word: "Od", mates: []string{"Wysłano:", "Data:"}}, {word: "От", mates: []string{"Отправлено:", "Дата:"}},
		{word: "差出人", mates: []string{"送信日時", "日時", "宛先", "件名"}}, {word: "送信者", mates: []string{"送信日時", "日時", "宛先"}},
		{word: "보낸 사람", mates: []string{"보낸 날짜", "날짜", "받는 사람", "제목"}}, {word: "보낸사람", mates: []string{"날짜", "받는사람"}}, {word: "발신", mates: []string{"수신", "날짜"}},
		{word: "发件人", mates: []string{"发送时间", "收件人"}}, {word: "作成", opens: []string{" "}}, {word: "작성", opens: []string{"님이"}},
	}
	quoteRules = []string{"original message", "forwarded by", "forwarded message", "original appointment", "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht",
		"message d'origine", "message original", "mensaje original", "mensagem original", "messaggio originale", "oorspronkelijk bericht", "元のメッセージ", "원본 메시지", "原始邮件"}
)

// quoteStart returns where the first quotation begins, or the length of the text.
// A text that is all quotation (a mail handed on without a word) is empty.
func quoteStart(s string) int {
	end := len(s)
	for from := 0; ; {
		i := strings.Index(s[from:], "---")
		if i < 0 {
			break
		}
		at := from + i
		after := strings.TrimLeft(s[at:], "- ")
		if isRule(after) {
			end = at
			break
		}
		from = len(s) - len(after)
	}
	if i := colonQuote(s[:end]); i >= 0 {
		end = i
	}
	return end
}

func isRule(s string) bool {
	head := strings.ToLower(cutText(s, 60))
	for _, r := range quoteRules {
		if strings.HasPrefix(head, r) {
			return true
		}
	}
	return false
}

// colonQuote finds the line that introduces a quotation, by the word before its
// colon.
func colonQuote(s string) int {
	const most = 2000 // colons looked at
	from := 0
	for n := 0; n < most; n++ {
		i := strings.IndexByte(s[from:], ':')
		if i < 0 {
			return -1
		}
		at := from + i
		from = at + 1
		if at+1 < len(s) && s[at+1] != ' ' {
			continue
		}
		head := strings.TrimRight(s[max(0, at-60):at], "* ")
		for k := range quoteWords {
			q := &quoteWords[k]
			if q.opens != nil && q.word != "schrieb" {
				if strings.HasSuffix(head, q.word) {
					if j := before(s, at, q.opens); j >= 0 {
						return j
					}
				}
				continue
			}
			if q.word == "schrieb" {
				if strings.Contains(head, " schrieb") {
					if j := before(s, at, q.opens); j >= 0 {
						return j
					}
				}
				continue
			}
			if rest, ok := strings.CutSuffix(head, q.word); ok && (rest == "" || strings.HasSuffix(rest, " ") || strings.HasSuffix(rest, "*")) && holdsOne(s[at:min(len(s), at+400)], q.mates) {
				return max(0, len(s[:at])-len(q.word)-1)
			}
		}
	}
	return -1
}

// before finds the last of some openings in the 200 bytes before a place.
func before(s string, at int, opens []string) int {
	low := max(0, at-200)
	best := -1
	for _, o := range opens {
		if i := strings.LastIndex(s[low:at], o); i >= 0 && (low+i == 0 || o == " " || o == "님이" || s[low+i-1] == ' ') {
			best = max(best, low+i)
		}
	}
	return best
}

func holdsOne(s string, mates []string) bool {
	for _, m := range mates {
		if strings.Contains(s, m) {
			return true
		}
	}
	return false
}
