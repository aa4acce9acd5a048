package plain

// What is said of habits: what was not so before.
var germanHabits = map[string]entry{
	"sender.known-name": {
		Reason: "Sie zeigt den Namen {name}, kommt aber von {address}. Wir kennen diesen Namen mit einer anderen Adresse.",
		Bare:   "Sie zeigt einen Namen, den wir mit einer anderen Adresse kennen.",
		Cue:    "Über eine E-Mail kann man jeden Namen schreiben. Fragen Sie die Person unter einer Nummer oder Adresse, die Sie schon haben.",
	},
	"sender.look-alike-known": {
		Reason: "Sie kommt von {address}. Diese Adresse ähnelt {known}, das wir kennen, ist aber eine andere.",
		Bare:   "Sie kommt von einer Adresse, die einer bekannten sehr ähnlich sieht, aber nicht dieselbe ist.",
		Cue:    "Lesen Sie Buchstabe für Buchstabe, was in einer Adresse hinter dem @ steht.",
	},
	"sender.first-contact": {
		Reason: "Soweit wir wissen, hat {address} Ihnen noch nie geschrieben, wohl aber {others} anderen Personen bei uns.",
		One:    "Soweit wir wissen, hat {address} Ihnen noch nie geschrieben, wohl aber einer anderen Person bei uns.",
		Less:   "Soweit wir wissen, hat {address} Ihnen noch nie geschrieben.",
		Bare:   "Soweit wir wissen, hat Ihnen dieser Absender noch nie geschrieben.",
		Cue:    "Lassen Sie sich bei neuen Kontakten Zeit: Nichts in einer ersten E-Mail muss sofort geschehen.",
	},
	"sender.new-reply-to": {
		Reason: "Ihre Antwort ginge an {reply}. In den E-Mails von {days} früheren Tagen hat {address} das nie verlangt.",
		One:    "Ihre Antwort ginge an {reply}. Bisher hat {address} das nicht verlangt.",
		Less:   "Ihre Antwort ginge an {reply}. Bisher hat {address} das nie verlangt.",
		Bare:   "Ihre Antwort ginge an eine Adresse, die dieser Absender noch nie angegeben hat.",
		Cue:    "Sehen Sie nach, an welche Adresse Ihre Antwort geht, bevor Sie sie abschicken.",
	},
	"sender.new-proof": {
		Reason: "An {days} Tagen davor konnten wir bestätigen, dass E-Mails wirklich von {address} kamen. Diesmal nicht.",
		One:    "Bisher konnten wir bestätigen, dass E-Mails wirklich von {address} kamen. Diesmal nicht.",
		Less:   "Bisher konnten wir bestätigen, dass E-Mails wirklich von {address} kamen. Diesmal nicht.",
		Bare:   "Bisher konnten wir diesen Absender bestätigen. Diesmal nicht.",
		Cue:    "Wenn sie etwas von Ihnen will, fragen Sie unter einer Nummer oder Adresse nach, die Sie schon haben.",
	},
	"sender.new-line": {
		Reason: "Sie kam auf einem anderen Weg zu uns als frühere E-Mails von {address}.",
		Bare:   "Sie kam auf einem anderen Weg zu uns als frühere E-Mails dieses Absenders.",
		Cue:    "Wenn sie etwas von Ihnen will, fragen Sie unter einer Nummer oder Adresse nach, die Sie schon haben.",
	},
	"sender.new-return-path": {
		Reason: "Sie wurde von einem anderen Dienst verschickt als frühere E-Mails von {address}.",
		Bare:   "Sie wurde von einem anderen Dienst verschickt als frühere E-Mails dieses Absenders.",
		Cue:    "Wenn sie etwas von Ihnen will, fragen Sie unter einer Nummer oder Adresse nach, die Sie schon haben.",
	},
	"sender.new-name": {
		Reason: "{address} zeigt zum ersten Mal den Namen {name}.",
		Bare:   "Eine bekannte Adresse zeigt zum ersten Mal diesen Namen.",
		Cue:    "Über eine E-Mail kann man jeden Namen schreiben. Sehen Sie auf die Adresse daneben.",
	},
	"sender.new-mailer": {
		Reason: "Sie wurde mit einem anderen Programm geschrieben als frühere E-Mails von {address}.",
		Bare:   "Sie wurde mit einem anderen Programm geschrieben als frühere E-Mails dieses Absenders.",
		Cue:    "Ein neues Programm ist für sich nichts Schlimmes. Achten Sie darauf, was die E-Mail von Ihnen will.",
	},
	"sender.new-zone": {
		Reason: "Sie wurde in einer Zeitzone ({zone}) geschrieben, aus der {address} noch nie geschrieben hat.",
		Bare:   "Sie wurde in einer Zeitzone geschrieben, aus der dieser Absender noch nie geschrieben hat.",
		Cue:    "Vielleicht ist die Person auf Reisen. Will die E-Mail etwas Ungewöhnliches, fragen Sie nach.",
	},
	"sender.new-language": {
		Reason: "{address} hat uns noch nie in dieser Sprache geschrieben.",
		Bare:   "Dieser Absender hat uns noch nie in dieser Sprache geschrieben.",
		Cue:    "Fragen Sie sich, ob diese Person Ihnen so schreiben würde.",
	},
	"text.new-salutation": {
		Reason: "Die Anrede ist eine andere als in früheren E-Mails von {address} an Sie.",
		Bare:   "Die Anrede ist eine andere als in früheren E-Mails dieses Absenders an Sie.",
		Cue:    "Fragen Sie sich, ob diese Person Ihnen so schreiben würde.",
	},
	"sender.odd-hour": {
		Reason: "{address} schreibt um diese Zeit fast nie.",
		Bare:   "Dieser Absender schreibt um diese Zeit fast nie.",
		Cue:    "Eine ungewöhnliche Uhrzeit ist für sich nichts Schlimmes. Achten Sie darauf, was die E-Mail von Ihnen will.",
	},
	"link.new-host": {
		Reason: "Ein Link führt zu {host}. Frühere E-Mails von {address} führten nie dorthin.",
		Bare:   "Ein Link führt an einen Ort, zu dem frühere E-Mails dieses Absenders nie führten.",
		Cue:    "Öffnen Sie die Seite über Ihr eigenes Lesezeichen statt über den Link.",
	},
	"attachment.new-kind": {
		Reason: "Die Datei „{file}“ ist von einer Art, die {address} noch nie geschickt hat.",
		Bare:   "Sie bringt eine Art von Datei mit, die dieser Absender noch nie geschickt hat.",
		Cue:    "Wenn Sie keine Datei erwartet haben, fragen Sie nach, bevor Sie sie öffnen.",
	},
	"account.new": {
		Reason: "Sie nennt ein Bankkonto, das {address} noch nie genannt hat.",
		Bare:   "Sie nennt ein Bankkonto, das dieser Absender noch nie genannt hat.",
		Cue:    "Übernehmen Sie eine neue Kontonummer nie allein aus einer E-Mail. Rufen Sie die Firma unter einer Nummer an, die Sie schon haben.",
	},
	"text.asks-money": {
		Reason: "Es geht um eine Zahlung, um Bankdaten oder um Gutscheine.",
		Bare:   "Es geht um eine Zahlung, um Bankdaten oder um Gutscheine.",
		Cue:    "Fragen Sie vor jeder ungewöhnlichen Zahlung unter einer Nummer oder Adresse nach, die Sie schon haben.",
	},
	"text.asks-password": {
		Reason: "Sie sollen sich anmelden, ein Passwort oder einen Code angeben oder etwas in Ihren Computer eingeben.",
		Bare:   "Sie sollen sich anmelden, ein Passwort oder einen Code angeben oder etwas in Ihren Computer eingeben.",
		Cue:    "Ihr Passwort muss niemand wissen. Melden Sie sich nur über Ihr eigenes Lesezeichen an.",
	},
	"text.presses": {
		Reason: "Sie drängt zur Eile oder bittet um Stillschweigen.",
		Bare:   "Sie drängt zur Eile oder bittet um Stillschweigen.",
		Cue:    "Wer ehrlich ist, kann warten, bis Sie nachgefragt haben.",
	},
	"text.asks-call": {
		Reason: "Sie sollen eine Nummer anrufen, die in der E-Mail steht.",
		Bare:   "Sie sollen eine Nummer anrufen, die in der E-Mail steht.",
		Cue:    "Rufen Sie die Nummer an, die Sie schon haben, oder die auf der Internetseite der Firma.",
	},
	"sending.new-recipients": {
		Reason: "{address} schreibt nur an Personen, denen dieses Konto noch nie geschrieben hat.",
		Bare:   "Dieses Konto schreibt nur an Personen, denen es noch nie geschrieben hat.",
		Cue:    "Wenn Sie das nicht waren, sagen Sie es sofort Ihrem Sicherheitsteam.",
	},
	"sending.new-network": {
		Reason: "{address} hat sich über einen Internetanschluss angemeldet, der für dieses Konto neu ist.",
		Bare:   "Dieses Konto hat sich über einen Internetanschluss angemeldet, den es noch nie benutzt hat.",
		Cue:    "Wenn Sie das nicht waren, sagen Sie es sofort Ihrem Sicherheitsteam.",
	},
	"message.new-mime-shape": {
		Reason: "Sie ist anders aufgebaut als frühere E-Mails von {address}.",
		Bare:   "Sie ist anders aufgebaut als frühere E-Mails dieses Absenders.",
		Cue:    "Dass eine E-Mail anders aufgebaut ist, ist für sich nichts Schlimmes. Achten Sie darauf, was sie von Ihnen will.",
	},
	"message.new-message-id": {
		Reason: "Sie ist anders aufgebaut als frühere E-Mails von {address}.",
		Bare:   "Sie ist anders aufgebaut als frühere E-Mails dieses Absenders.",
		Cue:    "Dass eine E-Mail anders aufgebaut ist, ist für sich nichts Schlimmes. Achten Sie darauf, was sie von Ihnen will.",
	},
	"message.new-header-order": {
		Reason: "Sie ist anders aufgebaut als frühere E-Mails von {address}.",
		Bare:   "Sie ist anders aufgebaut als frühere E-Mails dieses Absenders.",
		Cue:    "Dass eine E-Mail anders aufgebaut ist, ist für sich nichts Schlimmes. Achten Sie darauf, was sie von Ihnen will.",
	},
	"message.new-style": {
		Reason: "Sie ist anders aufgebaut als frühere E-Mails von {address}.",
		Bare:   "Sie ist anders aufgebaut als frühere E-Mails dieses Absenders.",
		Cue:    "Dass eine E-Mail anders aufgebaut ist, ist für sich nichts Schlimmes. Achten Sie darauf, was sie von Ihnen will.",
	},
}
