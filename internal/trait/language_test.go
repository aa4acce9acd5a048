package trait

import "testing"

func TestLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"Thank you for the report, I will read it on Monday and come back to you with the figures.":            "en",
		"Vielen Dank für den Bericht, ich werde ihn am Montag lesen und mich dann bei Ihnen melden.":           "de",
		"Merci pour le rapport, je vais le lire lundi et je reviendrai vers vous avec les chiffres.":           "fr",
		"Gracias por el informe, lo voy a leer el lunes y le responderé con los números que faltan.":           "es",
		"Grazie per la relazione, la leggerò lunedì e le risponderò con i numeri che mancano alla lista.":      "it",
		"Obrigado pelo relatório, vou ler na segunda e depois respondo com os números que não estão na lista.": "pt",
		"Bedankt voor het verslag, ik zal het op maandag lezen en kom dan bij je terug met de cijfers.":        "nl",
		"Dziękuję za raport, przeczytam go w poniedziałek i wrócę do Pana z liczbami, które są na liście.":     "pl",
		"Спасибо за отчёт, я прочитаю его в понедельник и вернусь к вам с цифрами, которые были в списке.":     "ru",
		"報告書をお送りいただきありがとうございます。月曜日に読みます。":                                                                      "ja",
		"보고서를 보내 주셔서 감사합니다. 월요일에 읽고 다시 연락드리겠습니다.":                                                              "ko",
		"感谢您的报告，我会在星期一阅读，然后把数字发给您，请等候。":                                                                        "zh",
		"報告書 (the report) をお送りします。ご確認のほど、よろしくお願いいたします。":                                                        "ja",
		"Thank you, Bob.": "",
		"4711 4712 4713 4714 4715 4716 4717 4718 4719 4720 4721 4722 4723":                   "",
		"GET HTTP SMTP IMAP LDAP DKIM SPF DMARC ARC TLS MTA MUA PDF ZIP ISO IMG LNK SVG ICS": "",
		"Σας ευχαριστώ για την αναφορά, θα τη διαβάσω τη Δευτέρα και θα επιστρέψω.":          "",
		"": "",
	} {
		if got := TextOf(parsed("x", text)).Language(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
