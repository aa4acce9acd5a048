package trait

import (
	"slices"
	"testing"
)

func TestAccounts(t *testing.T) {
	for text, want := range map[string][]string{
		"IBAN: DE89 3704 0044 0532 0130 00, thanks":                     {"iban:DE89370400440532013000"},
		"pay to de89370400440532013000 or GB29-NWBK-6016-1331-9268-19.": {"iban:DE89370400440532013000", "iban:GB29NWBK60161331926819"},
		"IBAN DE88 3704 0044 0532 0130 00":                              nil, // wrong check digits
		"The part no. is DE89370400440532013000X":                       nil,
		"BIC/SWIFT: COBADEFFXXX":                                        {"bic:COBADEFF"},
		"SWIFT code NWBKGB2L please":                                    {"bic:NWBKGB2L"},
		"a swift REPLY":                                                 nil,
		"Sort code: 60-16-13 Account number: 31926819":                  {"uk:601613/31926819"},
		"sort code 601613, a/c 31926819":                                {"uk:601613/31926819"},
		"on 60-16-13 we met":                                            nil,
		"ABA routing number 021000021, account # 123456789012":          {"us:021000021/123456789012"},
		"Account: 44556677 Routing: 021000021":                          {"us:021000021/44556677"},
		"routing number 021000022 account 12345678":                     nil,
		"order 021000021 shipped":                                       nil,
		"send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa today":              {"btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		"send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb today":              nil,
		"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq":                    {"btc:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"},
		"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp":                    nil,
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed":                    {"eth:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed":                    nil, // capitals contradict
		"三菱銀行 渋谷支店 普通 １２３４５６７ 口座名義":                                     {"jp:1234567"},
		"口座番号：7654321":                                                  {"jp:7654321"},
		"電話 7654321":                                                    nil,
		"국민은행 123456-78-901234 예금주":                                     {"kr:12345678901234"},
		"계좌번호: 110-123-456789":                                          {"kr:110123456789"},
		"전화 02-123-4567":                                                nil,
		"":                                                              nil,
	} {
		if got := TextOf(parsed("x", text)).Accounts(); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestPhoneNumbers(t *testing.T) {
	for text, want := range map[string][]string{
		"+49 (0)30 123456-78":                         {"+493012345678"},
		"Tel. 0049 30 1234567, or +1 (555) 010-0199.": {"+49301234567", "+15550100199"},
		"call us at 1-800-555-0199 now":               {"18005550199"},
		"order 1-800-555-0199 came":                   nil,
		"Telefon: 030/1234567":                        {"0301234567"},
		"call before 10:30 on 31.12.2025":             nil,
		"お電話は０３－１２３４－５６７８まで":                          {"0312345678"},
		"전화 02-123-4567 로":                            {"021234567"},
		"call 555-0134. 30 people came":               {"5550134"},
		"call ref +44x":                               nil,
	} {
		if got := TextOf(parsed("x", text)).PhoneNumbers(); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
