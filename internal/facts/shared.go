package facts

import "kith/internal/directory"

// shared lists the registrable domains where anybody may have a mailbox: there
// the domain says nothing of who somebody is, only the whole address does. The
// list holds the large houses; one that is missing is treated as a firm.
var shared = map[string]bool{
	"gmail.com": true, "googlemail.com": true, "outlook.com": true, "hotmail.com": true, "hotmail.co.uk": true, "live.com": true,
	"msn.com": true, "yahoo.com": true, "yahoo.co.jp": true, "yahoo.co.uk": true, "ymail.com": true, "aol.com": true, "icloud.com": true,
	"me.com": true, "mac.com": true, "gmx.de": true, "gmx.net": true, "gmx.com": true, "web.de": true, "t-online.de": true, "freenet.de": true,
	"posteo.de": true, "mailbox.org": true, "proton.me": true, "protonmail.com": true, "pm.me": true, "tutanota.com": true, "tuta.io": true,
	"zoho.com": true, "mail.com": true, "mail.ru": true, "yandex.ru": true, "yandex.com": true, "fastmail.com": true, "hey.com": true,
	"naver.com": true, "daum.net": true, "hanmail.net": true, "kakao.com": true, "nate.com": true, "qq.com": true, "163.com": true, "126.com": true,
	"sina.com": true, "docomo.ne.jp": true, "ezweb.ne.jp": true, "softbank.ne.jp": true, "nifty.com": true, "excite.co.jp": true, "orange.fr": true,
	"free.fr": true, "laposte.net": true, "wanadoo.fr": true, "libero.it": true, "tiscali.it": true, "wp.pl": true, "o2.pl": true,
	"interia.pl": true, "seznam.cz": true, "bluewin.ch": true, "comcast.net": true, "verizon.net": true, "att.net": true, "sbcglobal.net": true,
	"earthlink.net": true, "btinternet.com": true, "rediffmail.com": true, "uol.com.br": true, "bol.com.br": true, "terra.com.br": true,
}

// Shared reports whether anybody may have a mailbox at a domain.
func Shared(domain string) bool { return shared[directory.Registrable(domain)] }
