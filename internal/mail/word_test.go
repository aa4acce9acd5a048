package mail

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

func TestDecodeWords(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"=?utf-8?Q?J=C3=BCrgen_M?=", "Jürgen M"},
		{"=?UTF-8?b?w6Q=?=", "ä"},
		{"a =?utf-8?Q?b?= c", "a b c"},
		{"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},
		{"=?utf-8?Q?a?=\r\n  =?iso-8859-1?Q?=E4?=", "aä"},
		{"=?utf-8?B?7Iug?= =?utf-8?B?4g==?= =?utf-8?B?gqw=?=", "신€"},    // a character cut in two
		{"=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "€"},                     // likewise in Q
		{"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},                    //
		{"=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "日本"}, // state carried over
		{"=?utf-8?Q?what??=", "what?"},                                  // a question mark inside
		{"=?utf-8?Q?a b?=", "a b"},                                      // a space inside, not allowed, common
		{"=?utf-8?Q?a=ZZ=?=", "a=ZZ="},                                  // broken escapes stay
		{"=?utf-8?B?dGVzdA?=", "test"},                                  // no padding
		{"=?utf-8?B?dGVz\tdA==?=", "test"},                              // white space inside
		{"=?utf-8*en?Q?hi?=", "hi"},                                     // RFC 2231 language
		{"=?NONE?B?VEVTVA==?=", "TEST"},                                 // unknown charset
		{"=?utf-8?X?abc?=", "=?utf-8?X?abc?="},                          // unknown encoding
		{"=?utf-8?Q?abc", "=?utf-8?Q?abc"},                              // no end
		{"=?=?utf-8?Q?a?=", "=?a"},                                      //
		{"x=?utf-8?Q?a?=y", "xay"},                                      // glued
		{"=?utf-7?Q?Hi_+AOk-!?=", "Hi é!"},                              //
		{"=?ks_c_5601-1987?B?vsiz58fPvLy/5A==?=", "안녕하세요"},              //
		{"=?gb2312?B?xOO6ww==?=", "你好"},                                 //
		{"=?big5?B?p0Gmbg==?=", "你好"},                                   //
		{"=?koi8-r?B?8NLJ18XU?=", "Привет"},                             //
		{"=?windows-1252?Q?=93x=94_=80?=", "“x” €"},                     //
		{"=?iso-8859-1?Q?=93x=94?=", "“x”"},                             // as browsers read it
		{"=?us-ascii?Q?=C3=A4?=", "ä"},                                  // not ASCII after all
		{"raw \xc3\xa4", "raw ä"},                                       //
		{"\x1b$BF|K\\\x1b(B", "日本"},                                     // raw ISO-2022-JP
		{"=?utf-16?B?/v8A5A==?=", "ä"},                                  //
		{"=?unknown-8bit?B?vsiz58fPvLy/5A==?=", "안녕하세요"},                // guessed
		{"=?iso-2022-kr?B?GyQpQw4+SDNnDw==?=", "안녕"},                    //
		{"=?cp949?B?vsiz5w==?= <x>", "안녕 <x>"},                          //
		{"=?shift_jis?B?k/qWew==?= =?Shift_JIS?B?jOo=?=", "日本語"},        //
		{"=?iso-8859-15?Q?=A4?= =?iso-8859-15?Q?5?=", "€5"},             //
		{"Re: =?gb18030?B?1tDOxA==?= [1]", "Re: 中文 [1]"},                //
		{"=?iso-8859-8-i?B?+ezl7Q==?=", "שלום"},                         //
		{"=?euc-jp?B?xvzL3A==?=", "日本"},                                 //
	} {
		if got := decodeWords(unfold([]byte(c.in)), ""); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// TestGuess: text of unknown charset is read as a person would.
func TestGuess(t *testing.T) {
	for _, c := range []struct {
		enc  encoding.Encoding
		text string
	}{
		{korean.EUCKR, "안녕하세요 공지사항입니다 서류.hwpx"},
		{japanese.ShiftJIS, "お世話になっております。資料を送ります"},
		{japanese.EUCJP, "お世話になっております。資料を送ります"},
		{simplifiedchinese.GBK, "您好，请查看附件中的文件"},
		{traditionalchinese.Big5, "您好，請查看附件中的檔案，謝謝"},
		{charmap.Windows1251, "Здравствуйте, высылаю документы"},
		{charmap.KOI8R, "Здравствуйте, высылаю документы"},
		{charmap.Windows1252, "Überraschung für André – naïve façade"},
	} {
		b, err := c.enc.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(c.text, err)
		}
		if got := guess(b, ""); got != c.text {
			t.Errorf("%s: got %q", c.text, got)
		}
	}
}

func TestUTF7(t *testing.T) {
	for in, want := range map[string]string{
		"a+-b": "a+b", "+ZeVnLIqe-": "日本語", "Hi Mom -+Jjo--!": "Hi Mom -☺-!", "A+ImIDkQ.": "A≢Α.", "+": "+", "+AOk": "é", "1 + 2": "1 + 2",
	} {
		if got := decodeUTF7([]byte(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCharsetNames(t *testing.T) {
	for _, name := range []string{"UTF-8", "utf8", "\"utf-8\"", "us-ascii", "iso8859-1", "iso_8859-1", "ISO-8859-15", "latin1", "windows-1252", "cp1252", "windows1252", "cp-1251", "koi8-u",
		"iso-2022-jp", "cp50220", "shift-jis", "x-sjis", "cp932", "windows-31j", "eucjp", "euc-kr", "ks_c_5601-1987", "ks_c_5601", "cp949", "gb2312", "GBK", "gb18030", "hz-gb-2312", "big5", "big5-hkscs",
		"utf-16le", "unicode-1-1-utf-7", "x-mac-roman", "cp437", "cp850", "cp866", "tis-620", "windows-874", "iso-8859-8-i", "utf-32"} {
		if _, known := decodeCharset(name, []byte("abcd")); !known {
			t.Errorf("%s is not known", name)
		}
	}
	if _, known := decodeCharset("x-no-such", []byte("abc")); known {
		t.Error("x-no-such is known")
	}
}
