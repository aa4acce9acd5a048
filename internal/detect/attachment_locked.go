package detect

import (
	"strings"

	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
)

// passwordWords are the word "password" where our people may read it. Asian
// words are written without spaces around them, so words are looked for
// anywhere in the text.
var passwordWords = []string{"password", "passcode", "passwort", "kennwort", "パスワード", "비밀번호", "패스워드", "비번", "암호", "密码", "密碼",
	"mot de passe", "contraseña", "senha", "wachtwoord", "hasło", "пароль", "şifre", "mật khẩu"}

// saysPassword reports whether a text of the message speaks of a password.
func saysPassword(m *mail.Message) bool {
	for i := range m.Texts {
		text := strings.ToLower(m.Texts[i].Visible)
		for _, w := range passwordWords {
			if strings.Contains(text, w) {
				return true
			}
		}
	}
	return false
}

var lockedArchive = Detector{
	ID: "attachment.locked-archive", Group: kith.Asks, Stage: Content,
	Classes: []kith.Class{kith.Malware},
	Sees:    "a locked archive or document from outside together with its password, so that only the reader can see what is inside",
	Beware: []string{
		"(locked files whose password comes another way)",
		"payroll offices, lawyers and doctors who lock everything; the learned normal knows them",
	},
	Cites: []string{"file"},
	Look: func(c *facts.Case) []kith.Finding {
		if !fromOutside(c) {
			return nil
		}
		asked, says := false, false // the texts are read only when there is something locked
		return eachFile(c, func(it *item) (kith.Finding, bool) {
			if !it.has(mail.MarkEncrypted) {
				return kith.Finding{}, false
			}
			if !asked {
				asked, says = true, saysPassword(c.Mail)
			}
			if !says {
				return kith.Finding{}, false
			}
			// What counts is the attachment: the name of the locked file inside says little.
			if a := &c.Mail.Attachments[it.index]; it.inside && a.Name != "" {
				it.name = a.Name
			}
			return it.finding(), true
		})
	},
}
