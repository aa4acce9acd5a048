package trait

import (
	"context"
	"slices"
	"strings"
	"testing"

	"kith/internal/mail"
)

// parsed makes a message of a subject and a plain text and looks at it.
func parsed(subject, text string) *mail.Message {
	raw := "From: Ann Lee <ann@a.example>\r\nTo: bob@b.example\r\nSubject: " + subject +
		"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n")
	m := mail.Parse([]byte(raw), mail.DefaultLimits())
	m.Look(context.Background())
	return m
}

// asking holds sentences that ask for the thing they stand under.
var asking = map[string][]string{
	askPayment: {
		"I need you to process a wire transfer for me today.", "Can you make an urgent payment to a supplier?", "Please settle the attached invoice by Friday.",
		"Your invoice is now overdue.", "Kindly arrange the payment immediately.", "We have not received payment for the outstanding invoice.",
		"Send 0.4 BTC to the wallet below.", "Transfer $1,500 worth of bitcoin to this address.", "Pay a small customs fee to release your parcel.",
		"What is the balance we can wire out today?", "Please remit the outstanding amount.", "The payment has to go out before noon.", "Have the transfer done as soon as possible.",
		"Please pay the attached invoice today.", "Could you set up a same day payment?",
		"Bitte überweisen Sie den Betrag noch heute.", "Ich brauche dringend eine Überweisung von dir.", "Die Rechnung ist überfällig.", "Kannst du heute noch eine Zahlung veranlassen?", "Bitte begleichen Sie die offene Rechnung.", "Bitte zahlen Sie die Zollgebühr.", "Wir bitten um sofortige Zahlung.",
		"本日中に下記の口座へ振込をお願いします。", "至急送金していただけますか。", "お支払い期限が過ぎています。", "未払いの料金がございます。", "請求書のお支払いをお願いいたします。", "再配達の手数料をお支払いください。",
		"오늘 중으로 송금 부탁드립니다.", "급하게 이체해 주실 수 있나요?", "미납 요금이 있습니다.", "첨부된 청구서를 결제해 주세요.", "배송비를 결제해 주세요.",
		"Merci d'effectuer un virement aujourd'hui.", "Votre facture est impayée.", "Necesito que realices una transferencia hoy.", "Su factura está vencida.",
		"Devi effettuare un bonifico urgente.", "La fattura è scaduta.", "Graag vandaag nog de betaling uitvoeren.", "U heeft een openstaande factuur.", "Preciso que faça uma transferência hoje.", "A fatura está em atraso.",
	},
	askBankChange: {
		"Our bank details have changed.", "Please use our new bank account for all future payments.", "Please note the updated remittance information below.", "We recently switched banks.",
		"I would like to change my direct deposit before the next payroll.", "Our account is currently under audit.", "Do not pay to the old account.", "We have a new bank account.", "I changed my bank and need to update my payroll.",
		"Find our new wiring instructions attached.", "Payment should be made to our subsidiary account instead.", "Please update our banking details in your system.", "The account on the invoice is no longer valid.",
		"Unsere Bankverbindung hat sich geändert.", "Bitte zahlen Sie künftig auf unser neues Konto.", "Wir haben eine neue IBAN.", "Ich möchte meine Bankdaten für das Gehalt ändern.", "Bitte nutzen Sie ab sofort unsere neue Bankverbindung.", "Das bisherige Konto ist gesperrt.",
		"振込先が変更になりました。", "新しい口座にお振込みください。", "銀行口座の変更についてお知らせします。", "従来の口座はご利用いただけません。", "今回は別の口座へお振込みをお願いします。",
		"계좌번호가 변경되었습니다.", "새로운 계좌로 입금해 주세요.", "기존 계좌는 더 이상 사용하지 않습니다.", "급여 계좌를 변경하고 싶습니다.", "거래 은행이 바뀌었습니다.",
		"Nos coordonnées bancaires ont changé.", "Veuillez noter notre nouveau RIB.", "Hemos cambiado de cuenta bancaria.", "Nuestros datos bancarios han cambiado.",
		"Abbiamo cambiato banca, ecco le nuove coordinate.", "Il nostro nuovo IBAN è il seguente.", "Ons rekeningnummer is gewijzigd.", "Wij hebben een nieuwe bankrekening.", "Mudamos de banco, seguem os novos dados bancários.", "Nossa conta antiga foi encerrada.",
	},
	askGiftCard: {
		"Can you get me some gift cards from the store?", "I need you to purchase five Apple gift cards for the clients.", "Scratch off the back and send me the codes.", "Take a photo of the cards.", "We want to surprise staff with gift vouchers, please buy ten.",
		"Could you pick up a few Google Play cards?", "Buy 5 Steam cards of $100 each.", "How soon can you get the gift cards?", "Send me pictures of the back of each card.",
		"Kannst du mir Geschenkkarten besorgen?", "Bitte kaufe fünf Google Play Karten.", "Ich brauche Gutscheinkarten für Kunden.", "Rubbel die Codes frei und schick mir ein Foto.", "Bitte besorgen Sie 4 Apple Gutscheine.",
		"ギフトカードを購入してほしい。", "アマゾンのギフト券を買ってきてください。", "プリペイドカードの番号を写真で送ってください。",
		"기프트카드를 구매해 주세요.", "상품권 핀번호를 사진 찍어 보내 주세요.", "문화상품권 10장이 필요합니다.",
		"Peux-tu acheter des cartes cadeaux ?", "J'ai besoin de cartes PCS.", "Necesito que compres tarjetas de regalo.", "Puoi comprare delle carte regalo?", "Koop alsjeblieft vijf cadeaukaarten.", "Preciso que compre cartões presente.",
	},
	askCredential: {
		"Please verify your account to avoid suspension.", "Your password will expire in 2 days.", "Your mailbox is almost full.", "You have exceeded your storage quota.", "Your account has been suspended.", "We noticed unusual sign-in activity.",
		"Keep the same password.", "Reply with your username and password.", "You have 5 pending messages held by the server.", "Confirm your identity now.", "Your email account will be deactivated.", "Validate your mailbox.", "Your password expires today.", "We detected a suspicious login attempt.", "Several incoming emails could not be delivered.",
		"Please update your payment information.", "We need you to confirm your login details.",
		"Ihr Passwort läuft heute ab.", "Bitte bestätigen Sie Ihr Konto.", "Ihr Postfach ist voll.", "Ihr Konto wurde gesperrt.", "Wir haben ungewöhnliche Aktivitäten festgestellt.", "Aktualisieren Sie Ihre Daten.", "Bitte verifizieren Sie Ihre Identität.", "Ihr Konto wurde vorübergehend eingeschränkt.",
		"パスワードの有効期限が切れます。", "アカウントを確認してください。", "メールボックスの容量が上限に達しました。", "お客様のアカウントが停止されました。", "不審なログインがありました。", "アカウントの利用を制限しました。", "暗証番号を入力してください。", "ご本人様確認をお願いします。",
		"비밀번호가 곧 만료됩니다.", "계정을 확인해 주세요.", "메일함 용량이 초과되었습니다.", "계정이 정지되었습니다.", "비정상적인 로그인이 감지되었습니다.", "본인 인증이 필요합니다.",
		"Votre mot de passe expire demain.", "Votre compte a été suspendu.", "Su cuenta ha sido bloqueada.", "Su contraseña caducará mañana.", "Il suo account è stato sospeso.", "La password scade oggi.", "Uw wachtwoord verloopt vandaag.", "Uw account is geblokkeerd.", "Sua conta foi bloqueada.", "Sua senha expira hoje.",
	},
	askSignIn: {
		"Click here to sign in.", "Log in with the button below.", "Please click the link below to verify your account.", "Sign in to view the document.", "Use this link to log in.", "Click below to keep your password.", "Log in with your email to open the file.", "Follow the link to restore access.", "Please login here.", "Visit the portal below and sign in.", "Click on the link to confirm your details.", "Review the document by signing in with your work account.", "Press the button to release your messages.",
		"Klicken Sie hier, um sich anzumelden.", "Melden Sie sich über den folgenden Link an.", "Bitte bestätigen Sie Ihre Daten über diesen Link.", "Hier einloggen", "Bitte klicken Sie auf den Button, um Ihr Konto zu entsperren.", "Jetzt anmelden",
		"下記のリンクからログインしてください。", "こちらをクリックして確認してください。", "以下のリンクよりお手続きください。", "ログインはこちら", "以下よりサインインしてください。",
		"아래 링크를 클릭하여 로그인하세요.", "여기를 클릭하여 확인하세요.", "링크를 통해 로그인해 주세요.", "아래 버튼을 눌러 주세요.",
		"Cliquez ici pour vous connecter.", "Connectez-vous via le lien ci-dessous.", "Haga clic aquí para iniciar sesión.", "Haz clic en el enlace para verificar tu cuenta.", "Clicca qui per accedere.", "Acceda tramite il link seguente.", "Klik hier om in te loggen.", "Log in via onderstaande link.", "Clique aqui para acessar sua conta.", "Clique no link abaixo para confirmar.",
	},
	askDeviceCode: {
		"Enter the code below to join the meeting.", "Go to microsoft.com/devicelogin and enter this code.", "Please enter the following code on the page.", "Your device code is ABCD-1234.", "When prompted, type the code.", "Use code H7K2 at login.microsoft.com/device", "Enter code KX7PQ when asked.", "Copy the code and enter it on the sign-in page.", "The code expires in 15 minutes.",
		"Geben Sie den folgenden Code ein.", "Bitte den Code auf der Seite eingeben.", "Ihr Gerätecode lautet AB12.", "Gib dort diesen Code ein.",
		"次のコードを入力してください。", "認証コードをご入力ください。", "表示されたページでコードを入力します。",
		"다음 코드를 입력하세요.", "인증번호를 입력해 주세요.", "페이지에서 코드를 입력하시기 바랍니다.",
		"Saisissez le code suivant.", "Introduzca el siguiente código.", "Inserisca il codice seguente.", "Voer de onderstaande code in.", "Digite o código abaixo.",
	},
	askPaste: {
		"Press Windows + R and paste the text.", "Open PowerShell and run the following command.", "Copy this command and paste it into the terminal.", "Press Ctrl+V, then Enter.", "Hold the Windows key and press R.", "Paste it in the Run box.", "Open the command prompt.", "Win+R, then Ctrl+V", "Open Terminal, paste the line and hit enter.", "Copy the line below into your terminal.",
		"Drücken Sie Windows + R und fügen Sie den Text ein.", "Öffnen Sie die PowerShell.", "Kopieren Sie den Befehl in die Eingabeaufforderung.", "Drücken Sie Strg+V und dann Enter.",
		"キーを押して貼り付けてください。", "コマンドをコピーして貼り付けてください。", "ターミナルを開いて次の行を入力してください。", "コマンドプロンプトを起動してください。",
		"명령어를 복사하여 붙여넣으세요.", "명령 프롬프트를 열어 주세요.", "윈도우 키와 R 키를 누르고 붙여 넣으세요.", "터미널을 열고 실행하세요.",
		"Appuyez sur Windows + R.", "Copiez la commande et collez-la.", "Pulse la tecla Windows + R.", "Copie el comando y péguelo.", "Prema il tasto Windows + R.", "Incolla nel terminale.", "Druk op Windows + R.", "Plak dit in de terminal.", "Pressione a tecla Windows + R.", "Cole no terminal.",
	},
	askUrgency: {
		"This is very urgent.", "I need this done immediately.", "You must respond within 24 hours.", "Immediate action is required.", "Final notice", "Act now.", "Are you available right now?", "I have a quick task for you.", "Otherwise your account will be closed.", "This requires your urgent attention.", "Please treat this as urgent.", "It is time-sensitive.", "I need a quick favor.", "Failure to do so will result in suspension.", "Are you at your desk?", "Please handle this right away.", "URGENT: please respond", "Get back to me ASAP, it is important.", "Drop me a line the moment you read this.", "Time is running out.", "This can't wait.",
		"Das ist sehr dringend.", "Bitte sofort erledigen.", "Antworten Sie innerhalb von 24 Stunden.", "Sofortige Maßnahme erforderlich.", "Letzte Mahnung", "Andernfalls wird Ihr Konto gesperrt.", "Bist du gerade am Platz?", "Es eilt sehr.", "Hast du kurz Zeit für eine dringende Aufgabe?", "Die Sache duldet keinen Aufschub.",
		"至急ご対応ください。", "本日中に必ず手続きをしてください。", "大至急お願いします。", "二十四時間以内に確認してください。", "最終警告です。", "手続きがない場合、アカウントを停止します。", "今、席にいますか。", "緊急の対応が必要です。",
		"긴급히 조치해 주세요.", "즉시 확인 바랍니다.", "시간 이내에 답장하세요.", "최종 경고입니다.", "매우 급한 건입니다.", "지금 자리에 계신가요?", "그렇지 않으면 계정이 삭제됩니다.",
		"C'est très urgent.", "Répondez sous 24 heures.", "Es muy urgente.", "Responda en las próximas 24 horas.", "È molto urgente.", "Risponda entro 24 ore.", "Het is zeer dringend.", "Reageer binnen 24 uur.", "É muito urgente.", "Responda em 24 horas.",
	},
	askSecrecy: {
		"Please keep this confidential.", "Don't tell anyone about this.", "This must stay between us.", "Do not discuss it with your colleagues.", "I'm in a meeting and can't talk, reply by email only.", "Please don't call me, just email.", "Keep it to yourself for now.", "I am counting on your discretion.", "It is a surprise for the team.", "Not a word to anybody.", "Do not mention it to anyone else.", "No calls please, only emails.", "This is strictly confidential, do not share it with anyone.", "I can't take calls at the moment.",
		"Bitte behandeln Sie das vertraulich.", "Sprechen Sie mit niemandem darüber.", "Das bleibt unter uns.", "Kein Wort zu den Kollegen.", "Ich bin in einer Sitzung und kann nicht telefonieren.", "Bitte nur per Mail antworten.", "Ich bitte um absolute Vertraulichkeit.", "Behalten Sie das für sich.",
		"この件は内密にお願いします。", "誰にも言わないでください。", "他言無用でお願いします。", "会議中のため電話に出られません。", "極秘の案件です。", "同僚には話さないでください。",
		"이 일은 비밀로 해 주세요.", "아무에게도 말하지 마세요.", "회의 중이라 전화를 받을 수 없습니다.", "메일로만 회신해 주세요.", "우리 둘만 아는 비밀입니다.", "동료에게 이야기하지 마세요.",
		"Cela doit rester entre nous.", "N'en parlez à personne.", "Esto debe quedar entre nosotros.", "No se lo digas a nadie.", "Deve restare tra noi.", "Non ne parli con nessuno.", "Dit blijft tussen ons.", "Vertel het aan niemand.", "Isto fica entre nós.", "Não comente com ninguém.",
	},
	askCall: {
		"Call us at 1-800-555-0199.", "If you did not make this purchase, call our support at +1 555 010 0123.", "Please call the number below.", "To cancel the order, contact us on 555-0142.", "Call immediately.", "Send me your cell phone number.", "What is your WhatsApp number?", "Dial our toll-free helpline.", "Text me your mobile number.", "Phone our billing team on 0800 555 0111.", "Ring the following number.", "For a refund call 1 (888) 555-0100.",
		"Rufen Sie uns unter 030 5550123 an.", "Schicken Sie mir Ihre Handynummer.", "Bitte rufen Sie sofort an.", "Rufen Sie unsere Hotline an: 0800 5550100.", "Zum Stornieren rufen Sie an.", "Bitte rufen Sie die folgende Nummer an.",
		"下記の番号までお電話ください。", "至急お電話ください。", "携帯番号を教えてください。", "サポートセンターまでお電話ください。", "キャンセルはお電話で承ります。",
		"아래 번호로 전화해 주세요.", "지금 바로 전화 주세요.", "휴대폰 번호를 알려 주세요.", "취소하려면 고객센터로 전화하세요.",
		"Appelez le 01 55 50 00 11.", "Envoyez-moi votre numéro de portable.", "Llame al 900 555 010.", "Envíeme su número de móvil.", "Chiami il numero 800 555 010.", "Mandami il tuo numero di cellulare.", "Bel ons op 0800 5550.", "Stuur me je mobiele nummer.", "Ligue para 0800 555 010.", "Envie o seu número de celular.",
	},
	askOpenFile: {
		"Enable content to view the document.", "Open the attached file immediately.", "The password for the archive is 1234.", "Click Enable Editing.", "Download and run the file.", "Open the attachment to confirm the payment.", "The attached document is protected, password: 7731.", "Turn off your antivirus before opening.", "Please review the attached document urgently.", "Unzip the archive and open the file.", "Use password 4455 to open the attachment.", "Open the HTML file in your browser.",
		"Aktivieren Sie die Makros.", "Öffnen Sie bitte umgehend den Anhang.", "Das Passwort für das Archiv lautet 1234.", "Klicken Sie auf Inhalt aktivieren.", "Passwort zum Öffnen: 4711", "Laden Sie die Datei herunter und führen Sie sie aus.", "Bitte prüfen Sie die Anlage sofort.",
		"コンテンツの有効化をクリックしてください。", "添付ファイルを至急ご確認ください。", "添付ファイルのパスワードは以下のとおりです。", "マクロを有効にしてください。", "ダウンロードして実行してください。", "解凍パスワードは一二三四です。",
		"콘텐츠 사용을 클릭하세요.", "첨부 파일을 즉시 확인해 주세요.", "압축 파일 비밀번호는 1234입니다.", "매크로를 허용해 주세요.", "다운로드 후 실행하세요.",
		"Activez les macros.", "Ouvrez la pièce jointe immédiatement.", "Habilite el contenido.", "Abra el archivo adjunto inmediatamente.", "Abiliti il contenuto.", "Apra subito l'allegato.", "Schakel de inhoud in.", "Open de bijlage direct.", "Habilite o conteúdo.", "Abra o anexo imediatamente.",
	},
	askQR: {
		"Scan the QR code with your phone.", "Please scan the code below.", "Use your mobile camera to scan it.", "Point your camera at the code.", "Scan this barcode to set up your authenticator.", "The QR code below must be scanned with your smartphone.",
		"Scannen Sie den QR-Code.", "Bitte den Code mit dem Handy einscannen.", "Nutzen Sie die Kamera Ihres Smartphones, um den Code zu scannen.",
		"コードをスキャンしてください。", "スマートフォンで読み取ってください。", "QRコードを携帯のカメラで読み込んでください。",
		"코드를 스캔하세요.", "휴대폰 카메라로 촬영하세요.", "스마트폰으로 QR 코드를 찍어 주세요.",
		"Scannez le code QR.", "Escanee el código QR.", "Scansioni il codice QR.", "Scan de QR-code.", "Escaneie o código QR.",
	},
}

// ordinary holds sentences of everyday business that ask for none of it.
var ordinary = []string{
	"Please find attached the minutes of our last meeting.", "The payment terms are thirty days net.", "Thank you for your payment.", "We received your order and will ship it tomorrow.",
	"Can you send me the report before the end of the week?", "Your invoice for March is attached.", "I will be out of the office on Monday.", "Could we move our call to ten?", "Let me know if you have any questions.",
	"The account team will join us.", "He took this into account.", "We updated the price list.", "Please review the attached contract and send me your comments.", "The new office has a bank next door.", "Give me a call when you are back.",
	"The code review is done.", "The password policy was discussed in the meeting.", "Scan the documents and file them.", "The card arrived, thank you for the gift.", "The results within the team were good.", "Please confirm the date of the meeting.",
	"Attached is the presentation, please have a look.", "The command of the language is good.", "The information in this mail is confidential and may be privileged.", "If you are not the intended recipient, please notify the sender.",
	"Anbei die Rechnung für März.", "Vielen Dank für Ihre Zahlung.", "Könnten Sie mir bitte das Protokoll schicken?", "Im Anhang finden Sie das Angebot.", "Der Termin am Montag ist bestätigt.", "Wir haben den Vertrag geprüft.", "Ich rufe Sie morgen an.", "Diese E-Mail enthält vertrauliche Informationen.", "Bitte prüfen Sie das Angebot bis Freitag.", "Das neue Büro ist in der Nähe der Bank.",
	"会議の資料を添付いたします。ご確認ください。", "ご注文ありがとうございます。", "来週の予定を教えてください。", "請求書を添付いたします。", "先日はお電話ありがとうございました。", "新しい商品のご案内です。", "明日は会議がございます。", "ご不明な点がございましたらご連絡ください。",
	"회의록을 첨부합니다. 확인 부탁드립니다.", "주문해 주셔서 감사합니다.", "다음 주 일정을 알려 주세요.", "청구서를 첨부합니다.", "어제 전화 감사했습니다.", "새로운 상품을 안내해 드립니다.", "내일 회의가 있습니다.",
	"Veuillez trouver ci-joint le compte rendu.", "Merci pour votre paiement.", "Adjunto el acta de la reunión.", "Gracias por su pago.", "In allegato il verbale della riunione.", "Grazie per il pagamento.", "Bijgaand de notulen van de vergadering.", "Dank voor uw betaling.", "Segue em anexo a ata da reunião.", "Obrigado pelo pagamento.",
}

func TestAsksMust(t *testing.T) {
	for _, kind := range askKinds {
		for _, s := range asking[kind] {
			if got := TextOf(parsed("x", s)).Asks(); !slices.Contains(got, kind) {
				t.Errorf("%s: %q gives %v", kind, s, got)
			}
		}
	}
}

func TestAsksMustNot(t *testing.T) {
	for _, s := range ordinary {
		if got := TextOf(parsed("x", s)).Asks(); len(got) > 0 {
			t.Errorf("%q gives %v", s, got)
		}
	}
}

// TestAsksStayInPlace: a phrase ends with its sentence and its gap, and what is
// quoted asks nothing.
func TestAsksStayInPlace(t *testing.T) {
	for s, want := range map[string][]string{
		"Scan it. The QR is green.":                                                            nil,
		"Buy one and two and three and four and five gift cards.":                              nil,
		"Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, Bob <bob@b.example> wrote:\n> Buy gift cards.\n": nil,
		"コードを見ました。スキャンの件です。":                                                                   nil,
		"ＢＵＹ ＧＩＦＴ ＣＡＲＤＳ":                                                                       {askGiftCard},
		"Bu\u200by gi\u00adft ca\u0301rds":                                                     {askGiftCard},
	} {
		if got := TextOf(parsed("x", s)).Asks(); !slices.Equal(got, want) {
			t.Errorf("%q gives %v, want %v", s, got, want)
		}
	}
	if got := TextOf(parsed("Urgent action required", "see you")).Asks(); !slices.Equal(got, []string{askUrgency}) {
		t.Errorf("the subject gives %v", got)
	}
}
