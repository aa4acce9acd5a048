package plain

import (
	"time"

	"kith/internal/kith"
)

var german = language{
	tag:      "de",
	quiet:    "An dieser E-Mail ist uns nichts Ungewöhnliches aufgefallen.",
	noticed:  "Diese E-Mail wirkt nicht gefährlich. Uns ist nur Folgendes aufgefallen:",
	unwanted: "Diese E-Mail sieht nach unerwünschter Werbung aus.",
	suspicious: map[kith.Class]string{
		"":                 "Bitte sehen Sie sich diese E-Mail noch einmal genau an, bevor Sie ihr folgen.",
		kith.Credential:    "Bitte sehen Sie genau hin: Mit dieser E-Mail will vielleicht jemand an Ihr Passwort.",
		kith.Impersonation: "Bitte sehen Sie genau hin: Diese E-Mail stammt vielleicht nicht von der genannten Person.",
		kith.Payment:       "Bitte sehen Sie genau hin: Mit dieser E-Mail will vielleicht jemand an Geld.",
		kith.Malware:       "Bitte sehen Sie genau hin: Diese E-Mail enthält vielleicht etwas Schädliches.",
		kith.Lateral:       "Bitte sehen Sie genau hin: Vielleicht benutzt jemand anderes das Postfach dieser Kollegin oder dieses Kollegen.",
		kith.Callback:      "Bitte sehen Sie genau hin: Die Telefonnummer in dieser E-Mail ist vielleicht falsch.",
	},
	harmful: map[kith.Class]string{
		"":                 "Diese E-Mail wirkt gefährlich. Bitte folgen Sie ihr nicht.",
		kith.Credential:    "Mit dieser E-Mail will offenbar jemand an Ihr Passwort. Bitte geben Sie es von hier aus nirgends ein.",
		kith.Impersonation: "Diese E-Mail stammt offenbar nicht von der genannten Person. Bitte tun Sie nicht, was darin verlangt wird.",
		kith.Payment:       "Mit dieser E-Mail will offenbar jemand an Geld. Bitte zahlen Sie nichts und ändern Sie keine Kontodaten.",
		kith.Malware:       "Diese E-Mail enthält offenbar etwas Schädliches. Bitte öffnen Sie weder Dateien noch Links daraus.",
		kith.Lateral:       "Offenbar benutzt jemand anderes das Postfach dieser Kollegin oder dieses Kollegen. Bitte antworten Sie nicht und öffnen Sie nichts daraus.",
		kith.Callback:      "Die Telefonnummer in dieser E-Mail ist offenbar falsch. Bitte rufen Sie dort nicht an.",
	},
	unknown: entry{
		Reason: "Etwas an dieser E-Mail ist ungewöhnlich.", Bare: "Etwas an dieser E-Mail ist ungewöhnlich.",
		Cue: "Wenn eine E-Mail Sie überrascht, fragen Sie am Telefon oder persönlich nach.",
	},
	more: plural{One: "Es gibt noch eine weitere solche Stelle.", Other: "Es gibt noch {n} weitere solche Stellen."},
	findings: map[string]entry{
		"sender.own-domain-forged": {
			Reason: "Sie zeigt {address}, eine Adresse aus unserem Haus, wurde aber nicht von uns verschickt.",
			Bare:   "Sie zeigt eine Adresse aus unserem Haus, wurde aber nicht von uns verschickt.",
			Cue:    "Wenn eine E-Mail aus dem Kollegenkreis Sie überrascht, fragen Sie am Telefon oder persönlich nach, statt zu antworten.",
		},
		"sender.own-domain-by-list": {
			Reason: "Sie zeigt {address}, eine Adresse aus unserem Haus, und kam über einen Mailverteiler. Wer sie geschrieben hat, ist daher nicht sicher.",
			Bare:   "Sie zeigt eine Adresse aus unserem Haus und kam über einen Mailverteiler. Wer sie geschrieben hat, ist daher nicht sicher.",
			Cue:    "Achten Sie bei einem Verteiler darauf, was von Ihnen verlangt wird, nicht auf den Namen darüber.",
		},
		"sender.own-domain-unproven": {
			Reason: "Sie zeigt {address}, eine Adresse aus unserem Haus, kam aber von außen. Wer sie verschickt hat, konnten wir nicht feststellen.",
			Bare:   "Sie zeigt eine Adresse aus unserem Haus, kam aber von außen. Wer sie verschickt hat, konnten wir nicht feststellen.",
			Cue:    "Wenn eine E-Mail aus dem Kollegenkreis Sie überrascht, fragen Sie am Telefon oder persönlich nach, statt zu antworten.",
		},
		"sender.look-alike-domain": {
			Reason: "Sie kommt von {address}. Diese Adresse sieht nur so aus wie eine von uns; unsere enden auf {ours}.",
			Bare:   "Sie kommt von einer Adresse, die nur so aussieht wie eine von uns.",
			Cue:    "Lesen Sie Buchstabe für Buchstabe, was in einer Adresse hinter dem @ steht.",
		},
		"sender.look-alike-reply": {
			Reason: "Ihre Antwort ginge an {address}. Diese Adresse sieht nur so aus wie eine von uns; unsere enden auf {ours}.",
			Bare:   "Ihre Antwort ginge an eine Adresse, die nur so aussieht wie eine von uns.",
			Cue:    "Sehen Sie nach, an welche Adresse Ihre Antwort geht, bevor Sie sie abschicken.",
		},
		"sender.near-domain": {
			Reason: "Sie kommt von {address}. Der Name ähnelt unserem, die Adresse gehört aber nicht zu uns; unsere enden auf {ours}.",
			Bare:   "Sie kommt von einer Adresse, die unserer ähnelt, aber nicht zu uns gehört.",
			Cue:    "Lesen Sie Buchstabe für Buchstabe, was in einer Adresse hinter dem @ steht.",
		},
		"sender.leader-name": {
			Reason: "Sie trägt den Namen {name}, kommt aber von {address} und nicht von {known}.",
			Bare:   "Sie trägt den Namen einer Führungskraft, kommt aber von einer Adresse, die wir nicht kennen.",
			Cue:    "Wenn eine Bitte von oben eilig oder geheim ist, rufen Sie unter einer Nummer zurück, die Sie schon haben.",
		},
		"sender.colleague-name": {
			Reason: "Sie trägt den Namen {name}, wie jemand, der bei uns arbeitet, kommt aber von außen, von {address}.",
			Bare:   "Sie trägt den Namen von jemandem, der bei uns arbeitet, kommt aber von außen.",
			Cue:    "Über eine E-Mail kann man jeden Namen schreiben. Sehen Sie auf die Adresse daneben.",
		},
		"sender.address-as-name": {
			Reason: "An der Stelle des Namens zeigt sie {shown}, eine Adresse aus unserem Haus, kommt aber von {address}.",
			Bare:   "An der Stelle des Namens zeigt sie eine Adresse aus unserem Haus, kommt aber von einer anderen.",
			Cue:    "Über eine E-Mail kann man jeden Namen schreiben. Sehen Sie auf die Adresse daneben.",
		},
		"sender.reply-elsewhere": {
			Reason: "Sie wurde von {address} verschickt, Ihre Antwort ginge aber an {reply}.",
			Bare:   "Ihre Antwort ginge an eine andere Stelle als die, von der die E-Mail kam.",
			Cue:    "Sehen Sie nach, an welche Adresse Ihre Antwort geht, bevor Sie sie abschicken.",
		},
		"attachment.encoded-script": {
			Reason: "Die Datei „{file}“ ist ein verstecktes Programm. Es würde starten, wenn Sie sie öffnen.",
			Bare:   "Eine Datei in dieser E-Mail ist ein verstecktes Programm. Es würde starten, wenn Sie sie öffnen.",
			Cue:    "Ein echtes Dokument muss nie ein Programm starten. Überrascht Sie eine Datei, fragen Sie nach, bevor Sie sie öffnen.",
		},
		"attachment.double-extension": {
			Reason: "Die Datei „{file}“ ist so benannt, dass sie wie ein Dokument aussieht. Sie ist aber keines.",
			Bare:   "Eine Datei in dieser E-Mail ist so benannt, dass sie wie ein Dokument aussieht. Sie ist aber keines.",
			Cue:    "Sehen Sie auf das Ende eines Dateinamens: Dort steht, was die Datei wirklich ist.",
		},
		"attachment.type-mismatch": {
			Reason: "Die Datei „{file}“ gibt sich als Dokument oder Bild aus, ist aber ein Programm.",
			Bare:   "Eine Datei in dieser E-Mail gibt sich als Dokument oder Bild aus, ist aber ein Programm.",
			Cue:    "Wenn ein Dokument oder Bild etwas starten oder installieren will, lehnen Sie ab.",
		},
		"attachment.script": {
			Reason: "Die Datei „{file}“ ist nichts zum Lesen. Sie würde auf Ihrem Computer etwas ausführen.",
			Bare:   "Eine Datei in dieser E-Mail ist nichts zum Lesen. Sie würde auf Ihrem Computer etwas ausführen.",
			Cue:    "Öffnen Sie ein Programm aus einer E-Mail nur, wenn Sie darum gebeten haben und es heute erwarten.",
		},
		"attachment.macro": {
			Reason: "Das Dokument „{file}“ kann beim Öffnen ein kleines Programm starten.",
			Bare:   "Ein Dokument in dieser E-Mail kann beim Öffnen ein kleines Programm starten.",
			Cue:    "Wenn Sie in einem Dokument erst etwas einschalten sollen, um es lesen zu können, tun Sie es nicht.",
		},
		"attachment.locked-archive": {
			Reason: "Die Datei „{file}“ ist verschlossen, und das Passwort steht in derselben E-Mail. So konnte niemand prüfen, was darin ist.",
			Bare:   "Eine Datei in dieser E-Mail ist verschlossen, und das Passwort steht gleich dabei. So konnte niemand prüfen, was darin ist.",
			Cue:    "Kommt eine verschlossene Datei zusammen mit ihrem Passwort, fragen Sie auf anderem Weg nach, bevor Sie sie öffnen.",
		},
		"attachment.encoded-blob": {
			Reason: "Die Datei „{file}“ verbirgt einen großen Datenblock, den sie beim Öffnen auspacken kann.",
			Bare:   "Eine Datei in dieser E-Mail verbirgt einen großen Datenblock, den sie beim Öffnen auspacken kann.",
			Cue:    "Geben Sie Ihr Passwort nie auf einer Seite ein, die als Datei zu Ihnen kam.",
		},
		"link.text-mismatch": {
			Reason: "Ein Link zeigt {shown}, führt aber zu {target}.",
			Bare:   "Ein Link zeigt eine Adresse, führt aber zu einer anderen.",
			Cue:    "Halten Sie den Mauszeiger oder den Finger auf einen Link und lesen Sie, wohin er führt, bevor Sie ihm folgen.",
		},
		"link.detour": {
			Reason: "Ein Link zeigt {shown}, führt aber zuerst zu {target}, wie es in Newslettern oft vorkommt.",
			Bare:   "Ein Link führt zuerst anderswohin, wie es in Newslettern oft vorkommt.",
			Cue:    "Halten Sie den Mauszeiger oder den Finger auf einen Link und lesen Sie, wohin er führt, bevor Sie ihm folgen.",
		},
		"text.hidden": {
			Reason: "Sie enthält viel Text, den man nicht sehen kann.",
			Bare:   "Sie enthält viel Text, den man nicht sehen kann.",
			Cue:    "Eine E-Mail, die kaum mehr als eine Schaltfläche zeigt, verdient einen zweiten Blick.",
		},
		"message.ambiguous": {
			Reason: "Sie ist so gebaut, dass sie je nach Programm anders aussehen kann.",
			Bare:   "Sie ist so gebaut, dass sie je nach Programm anders aussehen kann.",
			Cue:    "Wenn eine E-Mail seltsam oder kaputt aussieht, lassen Sie Links und Dateien in Ruhe und fragen Sie nach.",
		},
		"message.could-not-look": {
			Reason: "Ein Teil dieser E-Mail konnte nicht geprüft werden.",
			Bare:   "Ein Teil dieser E-Mail konnte nicht geprüft werden.",
			Cue:    "Behandeln Sie, was nicht geprüft werden konnte, wie den Brief eines Fremden.",
		},
	},
	honour: func(name string) string { return name },
	number: func(n int64) string { return grouped(n, ".") },
	date: func(t time.Time) string {
		months := [...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
		return t.Format("2. ") + months[t.Month()-1] + t.Format(" 2006")
	},
}
