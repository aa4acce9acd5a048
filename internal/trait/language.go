package trait

import (
	"math/bits"
)

// languages gives the languages with function words their order and their bit.
var languages = []string{"en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru"}

// functionWords holds, for each of languages, words that stand in any text and in
// few other languages. Their count tells languages written in one script apart.
var functionWords = []string{
	"the of and to in is that for it was on are with as i his they be at this have from or had by but not what all were we when your can said there an each which she do how their if will you our has been would could should please about any these those than then them out up into my me am pm re fw fwd",
	"der die das und ist nicht ein eine einer einen einem zu den dem des mit sich auf für im von sie ich wir ihr ihre ihren uns unser auch als an nach wie bei oder aber noch nur wird werden wurde haben hat sind kann bitte vom zum zur über aus es so wenn dass daß mir mich ihnen dann schon mehr durch",
	"le la les des et est une un du que qui dans pour pas sur avec ce il elle nous vous sont au aux par plus ne se son sa ses cette mais ou où je votre notre vos nos été être fait comme tout bien merci leur si même y aussi très",
	"el la los las de y en que es un una por con para no se del al lo como más pero sus le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos su usted ustedes gracias está están ha han hemos mi tu yo",
	"il lo la i gli le di e che è un una per non con del della dei delle nel nella al alla sono si da come anche più ma ho ha hanno questo questa suo sua mi ci vi se quando dove molto tutto grazie essere stato abbiamo vostro nostro degli dal dalla",
	"o a os as de e que do da em um uma para com não uma por mais dos das como mas ao ele ela à seu sua ou quando muito nos já eu também só pelo pela até isso entre depois sem mesmo aos seus são está você vocês obrigado nossa nosso foi ser tem às estamos",
	"de het een en van ik te dat die in je niet zijn is op aan met als voor er maar om hem dan zou of wat mijn men dit zo door over ze bij ook tot uw u wij we ons onze heeft hebben kan worden werd naar nog wel geen deze dank jullie hun haar",
	"i w na z się nie do to że jest o jak za od po co ale tak przez dla już czy może są ja ty my oraz ich tego tym jego jej być był była ze pan pani państwo dziękuję proszę bardzo mnie które który tylko przy bez także",
	"и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой от так для вы же как бы его вас нам вам мне если или уже только при нас до еще можно будет был была было были спасибо здравствуйте пожалуйста",
}

// minLetters is the number of letters below which no language is told. A letter of
// the scripts that write a syllable or a word counts as two.
const minLetters = 40

// Language tells the language of the new text: "en", "de", "fr", "es", "it", "pt",
// "nl", "pl", "ru", "ja", "ko", "zh", or "" where the text is short or none of them
// is clearly ahead.
func (t *Text) Language() string {
	b := t.body
	wide := 2 * (b.letters[han] + b.letters[kana] + b.letters[hangul])
	all := wide + b.letters[latin] + b.letters[cyrillic] + b.letters[otherScript]
	if all < minLetters {
		return ""
	}
	if wide*10 >= all*3 {
		return wideLanguage(b)
	}
	if b.letters[otherScript]*2 > all {
		return ""
	}
	return byFunctionWords(b)
}

// wideLanguage tells by script: Korean by its letters, Japanese by its syllables
// among the ideographs, Chinese by their absence.
func wideLanguage(b *scanned) string {
	h, k, c := b.letters[hangul], b.letters[kana], b.letters[han]
	switch {
	case h > k+c/2 && h*2 > c:
		return "ko"
	case k*8 >= c && k > h:
		return "ja"
	case c > 4*(h+k):
		return "zh"
	}
	return ""
}

// byFunctionWords lets each function word vote for its languages, in equal parts.
// The winner needs two whole votes, one for every sixteen words, and half as many
// again as the second.
func byFunctionWords(b *scanned) string {
	const whole = 12
	var votes [16]int
	for i := range b.words {
		mask := vocabulary.langs[b.words[i].id]
		if mask == 0 {
			continue
		}
		part := whole / bits.OnesCount16(mask)
		for m := mask; m != 0; m &= m - 1 {
			votes[bits.TrailingZeros16(m)] += part
		}
	}
	best, second := 0, 0
	for l := range languages {
		switch {
		case votes[l] > votes[best] || l == 0:
			if l > 0 {
				second = max(second, votes[best])
			}
			best = l
		default:
			second = max(second, votes[l])
		}
	}
	if votes[best] < 2*whole || votes[best]*2 < second*3 || votes[best]*16 < len(b.words)*whole {
		return ""
	}
	return languages[best]
}
