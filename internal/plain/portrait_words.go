package plain

import "fmt"

var portraits = map[string]*portraitWords{"en": &englishPortrait, "de": &germanPortrait, "ja": &japanesePortrait, "ko": &koreanPortrait}

var englishPortrait = portraitWords{
	title:    "What kith has learned about {name}",
	intro:    "This comes from your mail between {from} and {to}. Days are counted; no texts are kept.",
	peers:    "Whom you hear from most",
	both:     "{name}: wrote to you on {in} and you on {out}, since {date}.",
	oneWay:   "{name}: wrote to you on {in}, since {date}. You have never written there.",
	days:     plural{One: "one day", Other: "{n} days"},
	more:     plural{One: "And one more address.", Other: "And {n} more addresses."},
	hours:    "When",
	writes:   "You usually write {hours}.",
	hears:    "Those you hear from most usually write {hours}.",
	work:     "on working days between {from} and {to}",
	weekend:  "at weekends between {from} and {to}",
	and:      ", and ",
	clock:    twelveHours,
	author:   "What is usual for {name}",
	program:  "The mail is written with “{program}”.",
	server:   "It comes from the servers of {host}.",
	language: "It is in {language}.",
	answer:   "Your answer goes back to the same address.",
	noFiles:  "As a rule it brings no files.",
	files:    "It brings files of these kinds: {files}.",
	noLinks:  "As a rule it has no links.",
	links:    "Its links lead to {hosts}.",
	close:    "Mail that differs from this is looked at more closely. It is not stopped for that alone.",
	see:      "To see all of it:",
	erase:    "To have it erased:",
	kinds:    map[string]string{"pdf": "PDF", "office": "documents", "sheet": "spreadsheets", "slides": "presentations", "image": "pictures", "zip": "archives", "text": "text files", "calendar": "invitations"},
	locked:   "{kind} with a lock",
	languages: map[string]string{
		"en": "English", "de": "German", "ja": "Japanese", "ko": "Korean", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "pl": "Polish", "zh": "Chinese",
	},
}

var germanPortrait = portraitWords{
	title:    "Was kith über {name} gelernt hat",
	intro:    "Das stammt aus Ihrer Post vom {from} bis zum {to}. Gezählt werden Tage; Texte werden nicht aufbewahrt.",
	peers:    "Von wem Sie am häufigsten hören",
	both:     "{name}: schrieb Ihnen an {in} und Sie an {out}, seit dem {date}.",
	oneWay:   "{name}: schrieb Ihnen an {in}, seit dem {date}. Sie haben nie dorthin geschrieben.",
	days:     plural{One: "einem Tag", Other: "{n} Tagen"},
	more:     plural{One: "Und eine weitere Adresse.", Other: "Und {n} weitere Adressen."},
	hours:    "Wann",
	writes:   "Sie schreiben meist {hours}.",
	hears:    "Wer Ihnen am häufigsten schreibt, tut das meist {hours}.",
	work:     "an Werktagen zwischen {from} und {to} Uhr",
	weekend:  "am Wochenende zwischen {from} und {to} Uhr",
	and:      " und ",
	clock:    func(hour int) string { return fmt.Sprint(hour) },
	author:   "Was für {name} üblich ist",
	program:  "Die Post wird mit „{program}“ geschrieben.",
	server:   "Sie kommt von den Servern von {host}.",
	language: "Sie ist auf {language}.",
	answer:   "Ihre Antwort geht an dieselbe Adresse zurück.",
	noFiles:  "In der Regel sind keine Dateien dabei.",
	files:    "Es sind Dateien dieser Art dabei: {files}.",
	noLinks:  "In der Regel enthält sie keine Links.",
	links:    "Die Links führen zu {hosts}.",
	close:    "Was davon abweicht, wird genauer angesehen. Aufgehalten wird es allein deshalb nicht.",
	see:      "Alles ansehen:",
	erase:    "Alles löschen lassen:",
	kinds:    map[string]string{"pdf": "PDF", "office": "Dokumente", "sheet": "Tabellen", "slides": "Präsentationen", "image": "Bilder", "zip": "Archive", "text": "Textdateien", "calendar": "Einladungen"},
	locked:   "{kind} mit Passwort",
	languages: map[string]string{
		"en": "Englisch", "de": "Deutsch", "ja": "Japanisch", "ko": "Koreanisch", "fr": "Französisch", "es": "Spanisch", "it": "Italienisch", "nl": "Niederländisch", "pl": "Polnisch", "zh": "Chinesisch",
	},
}

var japanesePortrait = portraitWords{
	title:    "kithが{name}について学んだこと",
	intro:    "{from}から{to}までのメールから学びました。数えているのは日数だけで、文章は保存していません。",
	peers:    "よくメールをくれる方",
	both:     "{name}：メールが届いた日が{in}、こちらから送った日が{out}あります（{date}から）。",
	oneWay:   "{name}：メールが届いた日が{in}あります（{date}から）。こちらから送ったことはありません。",
	days:     plural{Other: "{n}日"},
	more:     plural{Other: "ほかに{n}件のアドレス。"},
	hours:    "時間帯",
	writes:   "ふだんメールを書くのは、{hours}です。",
	hears:    "よくメールをくれる方がふだん書くのは、{hours}です。",
	work:     "平日の{from}から{to}まで",
	weekend:  "週末の{from}から{to}まで",
	and:      "、",
	clock:    func(hour int) string { return fmt.Sprintf("%d時", hour) },
	author:   "{name} のふだんのメール",
	program:  "「{program}」で書かれています。",
	server:   "{host} のサーバーから届きます。",
	language: "{language}で書かれています。",
	answer:   "返信は同じアドレスに届きます。",
	noFiles:  "ふだんファイルは付いていません。",
	files:    "付いてくるファイルの種類：{files}",
	noLinks:  "ふだんリンクはありません。",
	links:    "リンクの行き先：{hosts}",
	close:    "これと違うメールは、よりていねいに確かめます。違うというだけで止めることはありません。",
	see:      "すべてを見るには：",
	erase:    "削除するには：",
	kinds:    map[string]string{"pdf": "PDF", "office": "文書", "sheet": "表", "slides": "スライド", "image": "画像", "zip": "圧縮ファイル", "text": "テキスト", "calendar": "予定"},
	locked:   "鍵付きの{kind}",
	languages: map[string]string{
		"en": "英語", "de": "ドイツ語", "ja": "日本語", "ko": "韓国語", "fr": "フランス語", "es": "スペイン語", "it": "イタリア語", "nl": "オランダ語", "pl": "ポーランド語", "zh": "中国語",
	},
}

var koreanPortrait = portraitWords{
	title:    "kith가 배운 것: {name}",
	intro:    "{from}부터 {to}까지의 메일에서 배웠습니다. 날짜 수만 세고 글은 보관하지 않습니다.",
	peers:    "자주 메일을 보내오는 분",
	both:     "{name}: 메일이 온 날이 {in}, 보내신 날이 {out}입니다. 처음은 {date}입니다.",
	oneWay:   "{name}: 메일이 온 날이 {in}입니다. 처음은 {date}입니다. 보내신 적은 없습니다.",
	days:     plural{Other: "{n}일"},
	more:     plural{Other: "그 밖에 주소 {n}개."},
	hours:    "시간",
	writes:   "보통 {hours} 메일을 쓰십니다.",
	hears:    "자주 메일을 보내오는 분들은 보통 {hours} 씁니다.",
	work:     "평일 {from}부터 {to}까지",
	weekend:  "주말 {from}부터 {to}까지",
	and:      ", ",
	clock:    koreanHours,
	author:   "{name} 메일의 평소 모습",
	program:  "쓰는 프로그램: ‘{program}’",
	server:   "보내는 서버: {host}",
	language: "쓰는 언어: {language}",
	answer:   "답장은 같은 주소로 갑니다.",
	noFiles:  "보통 첨부 파일이 없습니다.",
	files:    "첨부 파일의 종류: {files}",
	noLinks:  "보통 링크가 없습니다.",
	links:    "링크가 이어지는 곳: {hosts}",
	close:    "이와 다른 메일은 더 꼼꼼히 살펴봅니다. 다르다는 이유만으로 막지는 않습니다.",
	see:      "모두 보려면:",
	erase:    "지우려면:",
	kinds:    map[string]string{"pdf": "PDF", "office": "문서", "sheet": "표", "slides": "발표 자료", "image": "그림", "zip": "압축 파일", "text": "텍스트", "calendar": "일정"},
	locked:   "잠긴 {kind}",
	languages: map[string]string{
		"en": "영어", "de": "독일어", "ja": "일본어", "ko": "한국어", "fr": "프랑스어", "es": "스페인어", "it": "이탈리아어", "nl": "네덜란드어", "pl": "폴란드어", "zh": "중국어",
	},
}

// twelveHours writes an hour as English does.
func twelveHours(hour int) string {
	switch hour % 24 {
	case 0:
		return "midnight"
	case 12:
		return "noon"
	}
	half := "am"
	if hour%24 > 12 {
		half = "pm"
	}
	return fmt.Sprintf("%d %s", hour%12, half)
}

// koreanHours writes an hour as Korean does.
func koreanHours(hour int) string {
	switch hour % 24 {
	case 0:
		return "자정"
	case 12:
		return "정오"
	}
	half := "오전"
	if hour%24 > 12 {
		half = "오후"
	}
	return fmt.Sprintf("%s %d시", half, hour%12)
}
