package trait

import "strings"

// wideTitles follow a name in Japanese, Korean and Chinese; longer ones first.
var wideTitles = strings.Fields("代表取締役様 ご担当者様 担当者様 お客様 関係者各位 皆様 みなさま 各位 部長様 社長 部長 課長 係長 先生 様 さま さん 殿 君 " +
	"담당자님 대표님 사장님 부장님 과장님 차장님 팀장님 대리님 이사님 선생님 교수님 고객님 회원님 여러분 귀하 님 씨 께 先生 女士 小姐 经理 總經理 总 老师 同事")

// wideGreetings open a mail.
var wideGreetings = strings.Fields("いつも大変お世話になっております いつもお世話になっております いつもお世話になります 大変お世話になっております お世話になっております お世話になっています お世話になります 平素より大変お世話になっております 平素よりお世話になっております " +
	"平素は格別のご高配を お疲れ様です お疲れさまです おつかれさまです 拝啓 こんにちは こんばんは おはようございます はじめまして 初めまして 突然のご連絡 お忙しいところ " +
	"안녕하세요 안녕하십니까 안녕하신가요 수고하십니다 수고많으십니다 수고가많으십니다 반갑습니다 안녕 尊敬的 敬启者 您好 你好 大家好 早上好 下午好 各位")

// wideSalutation reads a greeting in a script without words: who is addressed, then
// how. "" when the text does not begin with wide letters or shows no greeting.
func wideSalutation(s string, n *nameForms) string {
	head := []rune(cutText(s, 400))
	wide := 0
	for _, r := range head[:min(len(head), 30)] {
		if _, ok := wideScript(r); ok {
			wide++
		}
	}
	if wide < 2 {
		return ""
	}
	text := strings.ReplaceAll(string(head[:min(len(head), 80)]), " ", "")
	text = strings.ReplaceAll(text, "\u3000", "")
	greet, at := firstOf(text, wideGreetings)
	before := text
	if at >= 0 {
		before = text[:at]
	}
	before = cutText(before, 75)
	out := ""
	if title, i := firstOf(before, wideTitles); i >= 0 {
		out = wideNameBefore(before[:i], n) + title
	} else if at > 0 {
		if w := wideNameBefore(before, n); w != wholeName {
			out = w
		}
	} else if title, i := firstOf(cutText(text[max(at, 0)+len(greet):], 30), wideTitles); greet != "" && i >= 0 {
		return greet + " " + wideNameBefore(text[at+len(greet):at+len(greet)+i], n) + title
	}
	return strings.TrimSpace(out + " " + greet)
}

// firstOf finds which of some words stands first in a text; of two at one place the
// one that is listed first.
func firstOf(s string, words []string) (string, int) {
	best, at := "", -1
	for _, w := range words {
		if i := strings.Index(s, w); i >= 0 && (at < 0 || i < at) {
			best, at = w, i
		}
	}
	return best, at
}

// wideNameBefore says whose name stands at the end of a text: {first}, {last} or
// {name}; "" for an empty text.
func wideNameBefore(s string, n *nameForms) string {
	if strings.Trim(s, "、,。. ") == "" {
		return ""
	}
	for _, w := range n.wide {
		switch whole := w[0] + w[1]; {
		case strings.HasSuffix(s, whole):
			return wholeName
		case w[1] != "" && strings.HasSuffix(s, w[0]):
			return lastName
		case w[1] != "" && strings.HasSuffix(s, w[1]):
			return firstName
		case w[1] == "" && len(whole) > 6 && strings.HasSuffix(s, cutText(whole, 6)):
			return lastName // two of the three or four letters of a name without a space
		}
	}
	return wholeName
}
