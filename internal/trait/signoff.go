package trait

import (
	"strings"
)

// closings end a mail. Those with a star count only where a border or the author's
// name follows.
var closings = readForms(vocabulary,
	"best regards, kind regards, kindest regards, warm regards, warmest regards, regards*, best*, best wishes, with best wishes, with best regards, with kind regards, many thanks, thanks*, thank you*, thanks and regards, thanks and best regards, thanks in advance, thanks again, thanks so much, thank you so much, thank you very much, thx*, sincerely*, yours sincerely, sincerely yours, yours faithfully, yours truly, very truly yours, respectfully*, cheers*, all the best, take care*, cordially*, love*, talk soon*, rgds*, brgds*, br*, much appreciated*, have a great day, have a nice day, have a good weekend, have a nice weekend, have a great weekend",
	"mit freundlichen grüßen, mit freundlichem gruß, mit freundlichen gruessen, freundliche grüße, freundlichen gruß, viele grüße, viele gruesse, vielen gruß, beste grüße, mit besten grüßen, liebe grüße, liebe gruesse, herzliche grüße, mit herzlichen grüßen, schöne grüße, schönen gruß, sonnige grüße, grüße*, gruß*, gruesse*, lg*, vg*, mfg*, bg*, hochachtungsvoll, danke*, vielen dank*, besten dank*, danke und gruß, danke und viele grüße, vielen dank und viele grüße, danke im voraus, vielen dank im voraus, bis dann*, bis bald*, schönes wochenende",
	"cordialement, bien cordialement, très cordialement, cdlt*, bien à vous, bien à toi, sincères salutations, salutations distinguées, meilleures salutations, merci*, merci d avance, bonne journée, bonne soirée, bises*, amicalement*",
	"saludos*, un saludo, un cordial saludo, saludos cordiales, cordiales saludos, atentamente*, gracias*, muchas gracias*, gracias de antemano, un abrazo, abrazos*",
	"cordiali saluti, distinti saluti, cari saluti, un cordiale saluto, saluti*, un saluto*, grazie*, grazie mille*, a presto*, buona giornata, buon lavoro",
	"atenciosamente*, com os melhores cumprimentos, melhores cumprimentos, cumprimentos*, abraços*, abraço*, um abraço, obrigado*, obrigada*, att*, atte*, cordialmente*",
	"met vriendelijke groet, met vriendelijke groeten, vriendelijke groet, vriendelijke groeten, hartelijke groet, hartelijke groeten, groet*, groeten*, groetjes*, mvg*, bedankt*, alvast bedankt, bij voorbaat dank, hoogachtend",
	"pozdrawiam*, z poważaniem, dziękuję*, z pozdrowieniami, serdecznie pozdrawiam, с уважением, с наилучшими пожеланиями, спасибо*, всего доброго*, заранее спасибо")

// wideClosings end a mail in Japanese, Korean and Chinese.
var wideClosings = strings.Fields("よろしくお願いいたします よろしくお願い致します よろしくお願い申し上げます 宜しくお願いいたします 宜しくお願い致します 宜しくお願い申し上げます よろしくお願いします 宜しくお願いします よろしくおねがいします よろしくです 失礼いたします 失礼します 敬具 以上 ありがとうございました ありがとうございます " +
	"감사합니다 감사드립니다 고맙습니다 수고하세요 수고하십시오 안녕히계세요 부탁드립니다 드림 올림 배상 谢谢 谢谢您 此致敬礼 此致 祝好 顺祝商祺 敬礼")

// SignOff gives the form in which the new text ends, folded, with the author's names
// as {first}, {last} and {name}: "best regards {first}", "lg", "{first}". It is
// "none" where nothing closes the text, and "" where there is no text.
func (t *Text) SignOff() string {
	b := t.body
	if len(b.words)+len(b.wide) == 0 {
		return ""
	}
	var names []string
	if len(t.m.From) > 0 {
		names = append(names, t.m.From[0].Name)
	}
	n := readNames(names)
	if len(b.wide) > len(b.words)*2 {
		if s := wideClosing(b.s); s != "" {
			return s
		}
	}
	const far = 250 // words: a signature and a disclaimer may follow
	for i := len(b.words) - 1; i >= max(0, len(b.words)-far); i-- {
		words := b.words[i:]
		if i > 0 && words[0].before == space && !b.capital(words[0]) {
			continue
		}
		f := closings.at(words)
		if f == nil {
			continue
		}
		for back := 1; back <= 4 && back <= i; back++ { // the end of a longer one
			if g := closings.at(b.words[i-back:]); g != nil && len(g.words) == len(f.words)+back {
				f, words = g, b.words[i-back:]
				break
			}
		}
		rest := words[len(f.words):]
		name := b.signed(rest, n)
		ends := len(rest) == 0 || rest[0].before != space
		if ends || name != "" || !f.weak && b.capital(rest[0]) {
			return cutText(strings.TrimSpace(f.text+" "+name), maxValue)
		}
	}
	for k := min(3, len(b.words)); k > 0; k-- {
		last := b.words[len(b.words)-k:]
		if s := b.signed(last, n); s != "" && (s == wholeName) == (k > 1) && b.names(last, n) {
			return s
		}
	}
	return noForm
}

// signed reads the author's names at the begin of words, up to three.
func (t *scanned) signed(words []word, n *nameForms) (s string) {
	for i := 0; i < len(words) && i < 3; i++ {
		k := n.kind(t.text(words[i]))
		switch {
		case k == "":
			return s
		case s == "":
			s = k
		case k != s:
			s = wholeName
		}
	}
	return s
}

// names reports whether all words are the author's names.
func (t *scanned) names(words []word, n *nameForms) bool {
	for _, w := range words {
		if n.kind(t.text(w)) == "" {
			return false
		}
	}
	return true
}

// wideClosing finds the last closing in the last letters of a text. Of two that
// overlap the longer counts.
func wideClosing(s string) string {
	s = s[max(0, len(s)-1500):]
	text := strings.ReplaceAll(strings.ToValidUTF8(s, ""), " ", "")
	best, end := "", -1
	for _, w := range wideClosings {
		i := strings.LastIndex(text, w)
		if i < 0 {
			continue
		}
		if e := i + len(w); e > end || e == end && len(w) > len(best) {
			best, end = w, e
		}
	}
	return best
}
