package learn

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// names are what servers and mail programs call the special folders, as they are
// after bare: lower case, without spaces, hyphens and the like. The outbox and
// templates are with the drafts: nothing in them was sent.
var names = map[Role]string{
	Inbox: `inbox posteingang boîtederéception courrierentrant bandejadeentrada recibidos entrada
		受信トレイ 受信箱 受信メール 받은편지함 받은메일함 수신함`,
	Sent: `sent sentitems sentmail sentmessages sentobjects sentemail sentemails
		gesendet gesendete gesendeteobjekte gesendeteelemente gesendetenachrichten gesendetemails gesendeteemails
		envoyés envoyé envoyes élémentsenvoyés elementsenvoyes messagesenvoyés courrierenvoyé mailsenvoyés objetsenvoyés
		enviados enviado elementosenviados mensajesenviados correoenviado correosenviados
		送信済み 送信済 送信済みアイテム 送信済みメール 送信済みトレイ 送信済みメッセージ 送信メール 送信控え
		보낸편지함 보낸메일함 보낸메일 보낸편지 보낸항목 보낸메시지`,
	Junk: `junk spam junkmail junkemail bulk bulkmail quarantine probablespam spammail spamverdacht spamfolder
		unerwünscht unerwünschtewerbung unerwünschteemails unerwünschtemails werbemüll
		indésirables indésirable courrierindésirable courriersindésirables messagesindésirables pourriel pourriels
		correonodeseado nodeseado nodeseados correobasura
		迷惑メール 迷惑メールフォルダ 迷惑メールフォルダー スパム スパムメール ジャンク ジャンクメール
		스팸 스팸메일 스팸메일함 스팸편지함 정크 정크메일 정크메일함`,
	Trash: `trash deleted deleteditems deletedmessages deletedobjects deletedmail bin rubbish wastebasket
		papierkorb gelöscht gelöschte gelöschteobjekte gelöschteelemente gelöschtenachrichten
		corbeille supprimés élémentssupprimés messagessupprimés objetssupprimés poubelle
		papelera papeleradereciclaje eliminados elementoseliminados mensajeseliminados basura
		ゴミ箱 ごみ箱 削除済み 削除済 削除済みアイテム 削除済みメール 削除済みメッセージ
		휴지통 지운편지함 삭제된편지함 지운항목 삭제된항목 삭제된메일함 삭제한편지함`,
	Drafts: `drafts draft outbox templates
		entwürfe entwurf postausgang vorlagen
		brouillons brouillon boîtedenvoi modèles
		borradores borrador bandejadesalida plantillas
		下書き 草稿 送信トレイ 送信待ち 送信箱 テンプレート
		임시보관함 임시보관메일함 임시보관 임시저장 초안 보낼편지함 템플릿`,
	Archive: `archive archives archived allmail archiv archivierte allenachrichten
		archivés archivé touslesmessages
		archivo archivos archivados todos todoslosmensajes
		アーカイブ アーカイブ済み すべてのメール 全てのメール
		보관 보관함 보관편지함 보관메일함 전체보관함`,
}

// byName is names turned round.
var byName = func() map[string]Role {
	m := map[string]Role{}
	for role, list := range names {
		for _, n := range strings.Fields(list) {
			m[norm.NFC.String(n)] = role
		}
	}
	return m
}()

// bare takes from a folder name what differs from program to program.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u3000', '-', '_', '\'', '’', '[', ']', '(', ')':
			return -1
		}
		return r
	}, strings.ToLower(norm.NFC.String(name)))
}

// roleOf tells the role of a folder by its name, levels parted by "/". A folder
// below the trash is trash, one below the archive is archive; of other levels the
// last that says something counts.
func roleOf(name string) Role {
	role := Other
	for level := range strings.SplitSeq(name, "/") {
		r, ok := byName[bare(level)]
		if !ok {
			continue
		}
		if r == Junk || r == Trash || r == Drafts {
			return r
		}
		// INBOX is the root of all others on many servers.
		if r != Inbox || role == Other {
			role = r
		}
	}
	if role == Inbox && byName[bare(lastLevel(name))] != Inbox {
		return Other // a folder that somebody made below the inbox
	}
	return role
}

func lastLevel(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// overridden looks up what the administrator said about a folder.
func overridden(said map[string]Role, key, name string) (Role, bool) {
	for _, candidate := range []string{name, key, lastLevel(name)} {
		for n, r := range said {
			if strings.EqualFold(norm.NFC.String(n), norm.NFC.String(candidate)) {
				return r, true
			}
		}
	}
	return "", false
}
