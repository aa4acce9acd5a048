package trait

import "testing"

func TestSalutation(t *testing.T) {
	bob := []string{"Robert Miller", "Bob Miller", "田中 太郎", "김철수"}
	for text, want := range map[string]string{
		"Hi Bob,\nplease see below.":            "hi {first}",
		"Hi Bob\n\nPlease see below.":           "hi {first}",
		"Dear Mr. Miller,\nplease":              "dear mr {last}",
		"Dear Robert Miller: hello":             "dear {name}",
		"Hello\nAttached is the file":           "hello",
		"Hi Robbie, how are you":                "hi {name}",
		"Good morning Bob. Can we meet?":        "good morning {first}",
		"Bob,\nsee you at ten":                  "{first}",
		"Bob was here yesterday":                "none",
		"To whom it may concern: we write":      "to whom it may concern",
		"Dear Sir or Madam, we write":           "dear sir or madam",
		"Hi all,\nwe meet":                      "hi all",
		"Sehr geehrter Herr Miller,\nanbei":     "sehr geehrter herr {last}",
		"Sehr geehrter Herr Dr. Miller,\nanbei": "sehr geehrter herr dr {last}",
		"Sehr geehrte Damen und Herren, anbei":  "sehr geehrte damen und herren",
		"Lieber Bob, wie geht es":               "lieber {first}",
		"Bonjour Robert,\nvoici":                "bonjour {first}",
		"Estimado Sr. Miller: adjunto":          "estimado sr {last}",
		"Gentile Robert Miller, in allegato":    "gentile {name}",
		"Beste Bob, hierbij":                    "beste {first}",
		"Добрый день, Боб! Прошу":               "добрый день {name}",
		"田中様\nいつもお世話になっております。鈴木です。":                         "{last}様 いつもお世話になっております",
		"株式会社エー 田中 太郎 様\nお世話になっております。":                      "{name}様 お世話になっております",
		"お疲れ様です。鈴木です。":                                      "お疲れ様です",
		"철수님 안녕하세요. 김영희입니다.":                                "{first}님 안녕하세요",
		"안녕하세요, 김철수 팀장님.":                                   "안녕하세요 {name}팀장님",
		"We met last week. Dear Bob, I":                     "dear {first}",
		"CAUTION: This mail comes from outside. Hi Bob, ok": "hi {first}",
		"Please find attached the report.":                  "none",
		"":                                                  "",
	} {
		if got := TextOf(parsed("x", text)).Salutation(bob); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSignOff(t *testing.T) { // the author is Ann Lee
	for text, want := range map[string]string{
		"See you.\nBest regards,\nAnn":                                "best regards {first}",
		"See you.\nBest regards\nAnn Lee\nSales Manager\n+1 555 0100": "best regards {name}",
		"Thanks for the file. I will look.\nAnn":                      "{first}",
		"Thanks for the file. I will look.":                           "none",
		"I will look.\nThanks!":                                       "thanks",
		"I will look. Thanks, A.":                                     "thanks",
		"Bis morgen!\nViele Grüße\nAnn":                               "viele grusse {first}",
		"Anbei.\nMit freundlichen Grüßen\nLee":                        "mit freundlichen grussen {last}",
		"ok lg ann":                                                   "{first}",
		"ok, lg ann":                                                  "lg {first}",
		"Voici.\nBien cordialement,\nAnn Lee":                         "bien cordialement {name}",
		"Ecco.\nCordiali saluti\nAnn":                                 "cordiali saluti {first}",
		"Aquí.\nUn saludo,":                                           "un saludo",
		"Zie boven. Met vriendelijke groet, Ann":                      "met vriendelijke groet {first}",
		"資料をお送りします。よろしくお願いいたします。 鈴木":                                      "よろしくお願いいたします",
		"자료 보내드립니다. 감사합니다. 김영희 드림":                                        "드림",
		"See you.\nRegards,\nAnn\nThe information in this mail is secret": "regards {first}",
		"": "",
	} {
		if got := TextOf(parsed("x", text)).SignOff(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
