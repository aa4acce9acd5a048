package trait

// The books of these five languages are short: the phrases that fraud in them
// uses most.

var french = phraseBook{
	askPayment: {
		"effectuer|faire|procéder|réaliser|exécuter .. virement|paiement|règlement .. aujourd|immédiatement|urgence|rapidement|urgent|jour",
		"virement .. urgent|urgence|immédiat|immédiatement|aujourd",
		"facture .. impayée|échue|souffrance|retard",
		"merci|veuillez|prière .. régler|payer|virer .. facture|montant|somme|solde",
		"frais .. livraison|douane|expédition|port .. payer|régler",
	},
	askBankChange: {
		"nouvelles|nouveau|nouveaux|nouvelle coordonnées|compte|rib|iban|banque bancaires|bancaire|pour|de",
		"nouveau|nouvel rib|iban",
		"changement|modification|mise .. coordonnées|rib|compte|iban",
		"coordonnées bancaires .. changé|modifiées|changent|jour|nouvelles",
		"changé|changeons|modifié|changer .. banque|rib|compte|coordonnées",
		"ancien compte .. plus|fermé|clôturé|bloqué",
	},
	askGiftCard: {
		"acheter|achetez|besoin|procurer .. cartes|carte|chèques cadeaux|cadeau|pcs|transcash|itunes|neosurf",
		"cartes cadeaux .. codes|clients|employés|photos",
	},
	askCredential: {
		"confirmer|confirmez|vérifier|vérifiez|mettre|valider|validez|réactiver .. compte|mot|identité|messagerie|informations|identifiants",
		"mot de passe .. expire|expirer|expiré|expirera",
		"boîte|messagerie|quota|stockage .. pleine|plein|saturée|dépassé|atteint",
		"votre compte .. suspendu|bloqué|désactivé|limité|fermé|restreint|supprimé",
		"activité|connexion inhabituelle|suspecte",
		"envoyer|envoyez|saisir|saisissez|communiquer .. mot|identifiants|code .. passe|identifiants|secret",
	},
	askSignIn: {
		"cliquez|cliquer|cliquant|suivez .. lien|ici|bouton|dessous .. connecter|vérifier|confirmer|accéder|consulter|réactiver|mettre|valider|éviter|débloquer",
		"connectez|connecter vous .. lien|ici|bouton|dessous",
	},
	askDeviceCode: {"entrez|saisissez|saisir|entrer .. code .. suivant|dessous|page|appareil|vérification", "entrez|saisissez|saisir|entrer .. code suivant|ci|de|d"},
	askPaste:      {"appuyez .. touche|touches|windows|ctrl .. r|v|windows", "collez|coller .. terminal|powershell|invite|exécuter|commande", "copiez|copier .. commande|code .. collez|coller"},
	askUrgency: {
		"dans|sous|d ici .. 24|48|72|heures|h",
		"sous 24|48|72 heures|h", "action|réponse|attention immédiate|urgente .. requise|requis|nécessaire",
		"très|extrêmement|vraiment urgent|urgente", "dernier|dernière rappel|avertissement|relance|avis",
		"de toute urgence", "sinon|défaut .. compte .. suspendu|bloqué|supprimé|fermé", "êtes vous disponible|au", "es tu disponible|au",
	},
	askSecrecy: {
		"reste|rester|gardez|garder|garde .. entre|confidentiel|confidentielle|secret|discret nous|pour|confidentiel|vous",
		"ne .. parlez|parler|parle|dites|mentionnez .. personne|collègues|autres", "en parler|parlez à personne",
		"strictement|totalement confidentielle|confidentiel .. opération|ne|parlez", "la plus grande|stricte discrétion", "uniquement|seulement .. par mail|email|courriel",
	},
	askCall: {
		"appelez|appeler|composez .. le|au|nous .. #",
		"appelez|appeler|contactez|composez .. nous|numéro|service|support|assistance|au .. #",
		"appelez .. immédiatement|urgence|urgent", "envoyez|envoyer|donnez|envoie|transmettez .. votre|ton numéro .. portable|mobile|téléphone|whatsapp",
	},
	askOpenFile: {
		"activer|activez .. contenu|macros|modification", "ouvrez|ouvrir .. pièce|fichier|document .. immédiatement|urgence|urgent|confirmer|vérifier",
		"mot de passe .. fichier|pièce|document|archive|ouvrir",
	},
	askQR: {"scannez|scanner|scannant|flashez .. qr|code|qrcode", "code qr .. dessous|joint|téléphone|smartphone"},
}

var spanish = phraseBook{
	askPayment: {
		"realices|hagas|haga|efectúe|proceses|procese|envíe|envíes .. transferencia|pago .. hoy|urgente|ahora|inmediatamente|ya|inmediato",
		"necesito|puedes|puede|podrías .. transferencia|pago .. hoy|urgente|ahora",
		"realizar|hacer|procesar|efectuar|realice .. transferencia|pago .. hoy|inmediatamente|urgente|urgencia|inmediato|ahora",
		"transferencia|pago .. urgente|inmediata|inmediato", "factura|facturas .. vencida|vencidas|pendiente|pendientes|impagada|impagadas",
		"por favor|favor .. pagar|pague|transfiera|abonar .. factura|importe|monto|saldo", "gastos|tasas|tasa .. envío|aduana|entrega .. pagar|pague|abonar",
	},
	askBankChange: {
		"nueva|nuevos|nuevas|nuestra|nuestros cuenta|datos|coordenadas bancaria|bancarios|bancarias .. nueva|nuevos|cambiado|cambio|para",
		"nueva|nuevo|nuevos|nuevas cuenta|datos|iban|coordenadas .. bancaria|bancarios|banco|bancarias",
		"cambio|cambiado|actualizado|cambiar|actualizar .. cuenta|datos|banco .. bancaria|bancarios|nómina|banco", "cuenta anterior .. cerrada|bloqueada|no|ya",
	},
	askGiftCard: {"comprar|compre|compra|necesito|conseguir .. tarjetas|tarjeta de|regalo regalo|itunes|google|steam|amazon", "tarjetas de regalo .. códigos|clientes|empleados|fotos"},
	askCredential: {
		"contraseña .. caducará|vencerá|caducarán",
		"confirmar|confirme|verificar|verifique|actualizar|actualice|validar|valide|reactivar .. cuenta|contraseña|identidad|buzón|correo|datos",
		"contraseña .. caducar|caduca|caducado|expira|expirar|expirará|vence", "buzón|almacenamiento|cuota .. lleno|llena|excedido|superado|límite",
		"su|tu cuenta .. suspendida|bloqueada|desactivada|limitada|cancelada|restringida", "actividad|acceso|inicio inusual|sospechosa|sospechoso",
		"envíe|enviar|introduzca|ingrese|facilite .. contraseña|credenciales|clave|pin",
	},
	askSignIn: {
		"haga|haz|hacer clic|click .. aquí|enlace|botón|siguiente .. iniciar|verificar|confirmar|acceder|actualizar|ver|evitar|desbloquear",
		"inicie|iniciar|inicia sesión .. enlace|aquí|botón|siguiente",
	},
	askDeviceCode: {"introduzca|ingrese|introduce|escriba|introducir .. código .. siguiente|página|dispositivo|verificación", "introduzca|ingrese|introduce|escriba|introducir .. siguiente código"},
	askPaste:      {"presione|pulse|presiona|pulsa .. windows|tecla|ctrl|teclas .. r|v|windows", "pegue|pega|pegar .. terminal|powershell|símbolo|ejecutar|comando|consola", "copie|copia|copiar .. comando|código .. pegue|pega|péguelo"},
	askUrgency: {
		"en|dentro .. próximas|de|las|24|48 .. horas", "acción|respuesta|atención inmediata|urgente .. requerida|necesaria|requiere",
		"muy|sumamente|extremadamente urgente", "último|última aviso|advertencia|recordatorio", "de lo contrario .. suspendida|bloqueada|cuenta|cerrada|eliminada", "con carácter|toda urgente|urgencia", "estás|está disponible ahora|en",
	},
	askSecrecy: {
		"quedar|queda|quede|quedarse .. entre nosotros",
		"mantener|mantenga|manténgalo|mantén .. confidencial|secreto|entre .. nosotros|confidencial|esto", "no .. comente|comentar|hable|diga|mencione|hables|digas .. nadie|compañeros|colegas", "estrictamente confidencial .. no|esta|operación", "máxima|absoluta|total discreción|confidencialidad", "sólo|solo|únicamente por correo|email"},
	askCall: {
		"llame|llámenos|llamar|contacte|llámame|llama .. al|número|servicio|soporte|atención .. #", "llame|llámenos|llámame|llama .. inmediatamente|urgente|urgentemente|inmediato",
		"envíame|envíeme|mándame|dame|pásame .. número|móvil|celular|whatsapp",
	},
	askOpenFile: {"habilitar|habilite|active|activar .. contenido|macros|edición", "abra|abrir|abre .. adjunto|archivo|documento .. inmediatamente|urgente|confirmar|verificar|hoy", "contraseña .. archivo|documento|adjunto|abrir"},
	askQR:       {"escanee|escanear|escanea|escaneando .. qr|código", "código qr .. adjunto|móvil|teléfono|cámara|siguiente"},
}

var italian = phraseBook{
	askPayment: {
		"effettuare|eseguire|fare|disporre|procedere .. bonifico|pagamento|versamento .. oggi|subito|urgente|immediatamente|urgenza", "bonifico .. urgente|immediato|istantaneo|oggi|subito",
		"fattura|fatture .. scaduta|scadute|insoluta|insolute", "saldare|pagare|saldi|paghi .. fattura|importo|saldo|somma", "spese .. spedizione|consegna|dogana|doganali .. pagare|saldare",
	},
	askBankChange: {
		"cambiato|cambiamo|cambiando .. banca|iban|conto",
		"nuove coordinate",
		"nuove|nuovo|nuovi coordinate|conto|iban|dati .. bancarie|bancario|corrente|bancari", "nuovo iban", "cambiato|cambio|modificato|aggiornato|variazione|modifica|cambiare .. banca|iban|coordinate|conto|dati .. bancarie|bancario|corrente|bancari|stipendio|nostro",
		"coordinate bancarie .. cambiate|modificate|variate|nuove|aggiornate", "vecchio conto .. chiuso|bloccato|più|non",
	},
	askGiftCard: {"comprare|acquistare|compra|compri|servono|bisogno .. buoni|carte|schede|gift regalo|card|cards|itunes|amazon|google|steam", "carte regalo .. codici|clienti|dipendenti|foto"},
	askCredential: {
		"confermare|confermi|conferma|verificare|verifichi|verifica|aggiornare|aggiorni|convalidare|riattivare .. suo|tuo|conto|account|identità|password|casella|credenziali .. account|conto|password|casella|dati|identità|credenziali",
		"password .. scadenza|scade|scaduta|scadrà|scadere", "casella|spazio|quota|posta .. piena|pieno|esaurito|superata|superato|limite",
		"suo|tuo account|conto .. sospeso|bloccato|disattivato|limitato|chiuso", "attività|accesso insolita|sospetta|insolito|sospetto|anomalo", "inserire|inserisca|inviare|invii|fornire .. password|credenziali|pin|codice .. password|credenziali|pin|personale",
	},
	askSignIn:     {"clicchi|clicca|cliccare|cliccando .. qui|link|pulsante|seguente .. accedere|verificare|confermare|aggiornare|visualizzare|evitare|sbloccare|accedi", "acceda|accedi|accedere .. link|qui|pulsante|seguente"},
	askDeviceCode: {"inserisca|inserisci|inserire|digiti|digita .. codice .. seguente|pagina|dispositivo|verifica", "inserisca|inserisci|inserire|digita .. seguente codice"},
	askPaste:      {"prema|premi|premere .. windows|tasto|tasti|ctrl .. r|v|windows", "incolla|incolli|incollare .. terminale|powershell|prompt|esegui|comando", "copia|copi|copiare .. comando|codice .. incolla|incollalo|incolli"},
	askUrgency:    {"entro .. 24|48|72 .. ore", "entro le prossime", "azione|risposta|attenzione immediata|urgente .. richiesta|necessaria", "molto|estremamente urgente", "ultimo|ultima avviso|sollecito|promemoria", "in caso contrario|altrimenti .. sospeso|bloccato|chiuso|account", "con la massima|estrema urgenza", "sei|è disponibile adesso|ora|in"},
	askSecrecy: {
		"restare|resta|restano|rimanere .. tra noi",
		"resti|rimanga|tenere|tieni|mantenere .. tra|riservato|riservata|segreto|confidenziale|noi", "non .. parlare|parlarne|dire|dirlo|menzionare|ne|parli .. nessuno|colleghi|altri", "massima|assoluta|totale riservatezza|discrezione", "solo|esclusivamente via|per mail|email"},
	askCall: {"chiami|chiama|chiamare|contatti|chiamateci .. numero|al|assistenza|servizio|supporto .. #", "chiami|chiama|chiamare|chiamami .. subito|immediatamente|urgentemente", "mandami|inviami|invii|dammi|manda .. tuo|suo numero|cellulare|whatsapp"},
	askOpenFile: {
		"apra|apri|aprire|verifichi|controlli .. subito|urgentemente|immediatamente|oggi .. allegato|file|documento",
		"abilitare|abiliti|attivare|abilita|attiva .. contenuto|macro|modifica", "apra|apri|aprire .. allegato|file|documento .. subito|urgente|immediatamente|confermare|verificare|oggi", "password .. aprire|file|archivio|allegato|documento"},
	askQR: {"scansioni|scansiona|scansionare|inquadra|inquadri|inquadrare .. qr|codice", "codice qr .. allegato|seguente|telefono|cellulare|smartphone|sotto"},
}

var portuguese = phraseBook{
	askPayment: {
		"fazer|efetuar|realizar|processar|faça .. transferência|pagamento|pix|depósito .. hoje|imediatamente|urgente|urgência|agora|já", "transferência|pagamento|pix .. urgente|imediato|imediata",
		"fatura|faturas|boleto|factura .. vencida|vencidas|vencido|atraso|aberto|pendente", "favor|pague|pagar|liquidar .. fatura|valor|boleto|saldo|factura", "taxa|taxas .. entrega|envio|alfândega|alfandegária .. pagar|pague",
	},
	askBankChange: {"novos|nova|novo|novas dados|conta|iban|coordenadas bancários|bancária|bancárias|para|de", "novo iban", "mudança|mudamos|alteração|alterámos|alteramos|atualização|alterar|atualizar|mudar .. conta|dados|banco|iban .. bancária|bancários|salário|banco|bancárias", "dados bancários .. alterados|mudaram|atualizados|novos", "conta antiga .. encerrada|bloqueada|não"},
	askGiftCard:   {"comprar|compre|preciso|compra .. cartões|cartão|vales|vale .. presente|oferta|itunes|google|steam|amazon", "cartões presente|oferta .. códigos|clientes|fotos"},
	askCredential: {
		"confirmar|confirme|verificar|verifique|atualizar|atualize|validar|valide|reativar .. conta|senha|identidade|caixa|dados|palavra", "senha|passe .. expira|expirar|expirou|expirará|vencer", "caixa|armazenamento|quota|cota .. cheia|cheio|excedeu|excedida|limite",
		"sua|tua conta .. suspensa|bloqueada|desativada|limitada|encerrada|restrita", "atividade|acesso|login incomum|suspeita|suspeito", "envie|enviar|digite|insira|informe .. senha|credenciais|palavra|pin",
	},
	askSignIn:     {"clique|clicar|clicando .. aqui|link|botão|abaixo .. entrar|acessar|aceder|verificar|confirmar|atualizar|visualizar|evitar|desbloquear", "inicie|iniciar|faça sessão|login .. link|aqui|botão|abaixo"},
	askDeviceCode: {"digite|insira|introduza|inserir .. código .. seguinte|página|dispositivo|verificação|abaixo", "digite|insira|introduza|inserir .. seguinte código"},
	askPaste:      {"pressione|prima|aperte .. windows|tecla|ctrl|teclas .. r|v|windows", "cole|colar|cola .. terminal|powershell|prompt|executar|comando", "copie|copiar|copia .. comando|código .. cole|cola"},
	askUrgency:    {"em|dentro|prazo .. 24|48|72 .. horas", "nas próximas .. horas", "ação|resposta|atenção imediata|urgente .. necessária|requerida", "muito|extremamente urgente", "último|última aviso|lembrete|alerta", "caso contrário .. suspensa|bloqueada|conta|encerrada", "com .. máxima|toda|extrema urgência", "está|estás disponível agora|no"},
	askSecrecy:    {"mantenha|manter|fica|fique|mantém .. entre|sigilo|confidencial|segredo|nós", "não .. comente|comentar|fale|conte|diga|mencione .. ninguém|colegas", "máximo|absoluto|total|absoluta|máxima sigilo|discrição|confidencialidade", "só|somente|apenas por email|mail|e"},
	askCall:       {"ligue|liga|telefone|contacte|ligar|contate .. número|para|suporte|apoio|atendimento .. #", "ligue|liga|telefone .. imediatamente|urgente|urgentemente|já", "envie|envia|mande|manda|passe .. seu|teu número|telemóvel|celular|whatsapp"},
	askOpenFile:   {"habilitar|habilite|ativar|ative .. conteúdo|macros|edição", "abra|abrir|abre .. anexo|arquivo|ficheiro|documento .. imediatamente|urgente|confirmar|verificar|hoje", "senha .. arquivo|anexo|documento|abrir|ficheiro"},
	askQR:         {"escaneie|escanear|digitalize|digitalizar|leia|aponte .. qr|câmera", "código qr .. anexo|abaixo|celular|telemóvel|câmera|seguinte"},
}

var dutch = phraseBook{
	askPayment:    {"betaling|overboeking .. vandaag|direct|onmiddellijk|spoed|dringend|nog", "betalen|overmaken|overboeken|voldoen .. vandaag|direct|onmiddellijk|spoed|dringend", "graag|gelieve|verzoeken .. factuur|bedrag|betaling .. betalen|voldoen|overmaken|uitvoeren", "openstaande|onbetaalde|achterstallige factuur|facturen|bedrag|rekening", "verzendkosten|bezorgkosten|invoerrechten|douanekosten .. betalen|voldoen"},
	askBankChange: {"nieuwe|nieuw|gewijzigde|ander bankrekening|rekeningnummer|bankgegevens|iban|rekening|betaalgegevens", "bankgegevens|rekeningnummer|bankrekening|iban .. gewijzigd|veranderd|wijzigen|aangepast", "oude rekening|rekeningnummer|bankrekening .. niet|gesloten|geblokkeerd"},
	askGiftCard:   {"kopen|koop|nodig|aanschaffen .. cadeaukaarten|cadeaubonnen|cadeaukaart|giftcards", "cadeaukaarten|cadeaubonnen .. kopen|nodig|codes|klanten|foto|halen"},
	askCredential: {"bevestig|bevestigen|verifieer|verifiëren|controleer|valideer|bijwerken .. uw|je|account|wachtwoord .. account|wachtwoord|identiteit|mailbox|gegevens|postvak", "uw|je account|wachtwoord|identiteit|mailbox|gegevens .. bevestigen|verifiëren|valideren|bijwerken", "wachtwoord .. verloopt|verlopen|vervalt", "mailbox|postvak|opslagruimte|opslag .. vol|overschreden|limiet", "uw|je account|toegang .. geblokkeerd|opgeschort|gedeactiveerd|beperkt|geschorst", "ongebruikelijke|verdachte activiteit|inlogpoging|aanmelding", "stuur|voer|geef .. wachtwoord|inloggegevens|pincode"},
	askSignIn:     {"klik|klikken .. hier|link|knop|onderstaande .. inloggen|loggen|bevestigen|verifiëren|melden|bekijken|behouden|deblokkeren|voorkomen", "log|meld .. in|aan .. link|knop|hier|onderstaande", "hier inloggen|aanmelden"},
	askDeviceCode: {"voer|vul|typ .. code|apparaatcode|verificatiecode .. in", "onderstaande|volgende code|apparaatcode"},
	askPaste:      {"druk .. windows|win|toets|ctrl .. r|v|windows", "plak|plakken .. terminal|powershell|opdrachtprompt|uitvoeren|opdracht", "kopieer|kopiëren .. opdracht|code|commando .. plak|plakken"},
	askUrgency:    {"binnen .. 24|48|72 .. uur", "onmiddellijke|dringende|directe actie|reactie|aandacht .. vereist|nodig|gevraagd", "zeer|heel|uiterst|erg dringend", "laatste herinnering|waarschuwing|aanmaning|kans", "anders .. geblokkeerd|verwijderd|afgesloten|gesloten", "met spoed .. nodig|graag", "ben|bent je|u .. beschikbaar|bereikbaar|bureau"},
	askSecrecy:    {"blijft|houd|houden|hou .. tussen|onder|vertrouwelijk|voor ons|vertrouwelijk|jezelf|zich|geheim", "niet|niets|praat|zeg|vertel .. niemand|collega|anderen|collegas", "strikt|uiterst|absolute vertrouwelijk|vertrouwelijkheid|geheimhouding|discretie .. niet|en|behandel", "alleen|uitsluitend per|via mail|email|e"},
	askCall:       {"bel|belt|bellen|contacteer .. ons|mij|klantenservice|helpdesk|support|nummer|op .. #", "bel|belt .. direct|onmiddellijk|dringend", "stuur|geef|app .. je|uw .. mobiele|telefoonnummer|mobiel|nummer|whatsapp"},
	askOpenFile:   {"inhoud|macro|bewerken inschakelen", "schakel .. inhoud|bewerken .. in", "open .. bijlage|bestand|document .. direct|onmiddellijk|dringend|vandaag|bevestigen", "wachtwoord .. bestand|bijlage|document|archief|openen"},
	askQR:         {"scan|scannen .. qr|code", "qr code .. telefoon|mobiel|smartphone|bijlage|onderstaande|camera"},
}
