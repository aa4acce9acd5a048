package speed

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// MakeMails invents n mails, the same ones for the same n: plain text, HTML with
// links, both at once, and attachments, in sizes that real mail has (a median of
// some kilobytes, a few much larger). For machines without a set of real mail;
// figures of real mail are worth more.
func MakeMails(n int) []Mail {
	rng := rand.New(rand.NewPCG(20261124, uint64(n)))
	mails := make([]Mail, n)
	for i := range mails {
		m := Mail{Name: fmt.Sprintf("made-%04d", i)}
		domain := fmt.Sprintf("%s%d.example", madeWords[rng.IntN(len(madeWords))], rng.IntN(40))
		from := fmt.Sprintf("%s@%s", madeWords[rng.IntN(len(madeWords))], domain)
		m.From = from
		kind, body := madeBody(rng, domain)
		m.Fields = []Field{
			{"Received", fmt.Sprintf(" from [192.0.2.%d] (client.%s [192.0.2.%d])\n\tby mail.%s (Postfix) with ESMTPSA id 4X%d\n\tfor <u@corp.example>; Tue, 24 Nov 2026 10:%02d:00 +0000 (UTC)", i%250, domain, i%250, domain, i, i%60)},
			{"From", fmt.Sprintf(" %q <%s>", strings.ToUpper(from[:1])+from[1:strings.Index(from, "@")], from)},
			{"To", " u@corp.example"},
			{"Subject", " " + sentence(rng, 6)},
			{"Date", fmt.Sprintf(" Tue, 24 Nov 2026 10:%02d:00 +0000", i%60)},
			{"Message-ID", fmt.Sprintf(" <%x.%d@%s>", rng.Uint64(), i, domain)},
			{"MIME-Version", " 1.0"},
			{"Content-Type", " " + kind},
		}
		m.Body = body
		mails[i] = address(m, i)
	}
	return mails
}

var madeWords = strings.Fields("account amber angle answer april basket bridge budget button candle carbon castle change circle client copper corner couple delivery detail dinner effort engine escape estate event expert fabric figure finger flight folder forest format frozen garden global ground growth hammer handle harbor health heavy hidden import income insect invoice island jacket junior kitchen ladder leader letter light liquid listen little living manual margin market master meadow member memory mirror mobile modern moment motion narrow number object office option orange order packet paper parent pattern payment pencil people period planet plastic please pocket policy prefer pretty profit public purple quiet rabbit random reason record region remote report result return river school screen season secret select series server shadow signal silver simple single smooth social source spring stable station street strong supply system table target tender ticket timber tomato travel tunnel update useful valley vendor violet volume wallet window winter wonder yellow")

func sentence(rng *rand.Rand, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = madeWords[rng.IntN(len(madeWords))]
	}
	return strings.Join(words, " ")
}

func paragraphs(rng *rand.Rand, n int, line func(string) string) string {
	var b strings.Builder
	for range n {
		b.WriteString(line(sentence(rng, 11)) + "\r\n")
	}
	return b.String()
}

func madeBody(rng *rand.Rand, domain string) (contentType, body string) {
	plain := func(lines int) string { return paragraphs(rng, lines, func(s string) string { return s + "." }) }
	html := func(lines int) string {
		return "<html><body>\r\n" + paragraphs(rng, lines, func(s string) string {
			if rng.IntN(4) == 0 {
				return fmt.Sprintf(`<p style="margin:0">%s <a href="https://www.%s/%x">more</a></p>`, s, domain, rng.Uint32())
			}
			return "<p>" + s + "</p>"
		}) + "</body></html>\r\n"
	}
	part := func(head, text string) string { return "--=_b1\r\n" + head + "\r\n\r\n" + text + "\r\n" }
	const text, page = "Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"
	switch rng.IntN(10) {
	case 0, 1, 2:
		return "text/plain; charset=utf-8", plain(5 + rng.IntN(60))
	case 3, 4:
		return "text/html; charset=utf-8", html(20 + rng.IntN(300))
	case 5, 6, 7, 8:
		return `multipart/alternative; boundary="=_b1"`, part(text, plain(10+rng.IntN(60))) + part(page, html(20+rng.IntN(300))) + "--=_b1--\r\n"
	}
	file := make([]byte, 20_000+rng.IntN(200_000))
	for i := range file {
		file[i] = byte(rng.Uint32())
	}
	coded := base64.StdEncoding.EncodeToString(append([]byte("%PDF-1.4\n"), file...))
	var lines strings.Builder
	for len(coded) > 76 {
		lines.WriteString(coded[:76] + "\r\n")
		coded = coded[76:]
	}
	lines.WriteString(coded)
	return `multipart/mixed; boundary="=_b1"`, part(text, plain(10)) +
		part("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=report.pdf", lines.String()) + "--=_b1--\r\n"
}
