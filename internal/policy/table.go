package policy

import "kith/internal/kith"

// row is what is done to each part of a message of one class.
type row struct {
	sender, replyTo, text, link, attachment, message kith.Action
}

func (r row) of(part kith.ComponentKind) kith.Action {
	switch part {
	case kith.PartSender:
		return r.sender
	case kith.PartReplyTo:
		return r.replyTo
	case kith.PartText:
		return r.text
	case kith.PartLink:
		return r.link
	case kith.PartAttachment:
		return r.attachment
	}
	return r.message
}

// harmful is the table for mail of the band Harm.
//
//   - A false sender is shown for what it is, and an answer goes nowhere else
//     (unspoof). Where the deceit is the whole of the mail, as in impersonation
//     and payment fraud, there is no part to make harmless, and the message goes
//     to Junk.
//   - A link to a page that asks for a password is locked with a page between;
//     one to malware may not be followed at all.
//   - A file that does harm is taken out; one in a class that does not live by
//     its files is made inert.
//   - Malware and mail from a taken-over account are held where the whole
//     message is the trouble: an employee gains nothing by seeing them.
var harmful = map[kith.Class]row{
	kith.Credential:    {sender: kith.ActUnspoof, replyTo: kith.ActUnspoof, text: kith.ActBanner, link: kith.ActLockLink, attachment: kith.ActFlatten, message: kith.ActJunk},
	kith.Impersonation: {sender: kith.ActJunk, replyTo: kith.ActUnspoof, text: kith.ActBanner, link: kith.ActLockLink, attachment: kith.ActFlatten, message: kith.ActJunk},
	kith.Payment:       {sender: kith.ActJunk, replyTo: kith.ActUnspoof, text: kith.ActBanner, link: kith.ActLockLink, attachment: kith.ActFlatten, message: kith.ActJunk},
	kith.Malware:       {sender: kith.ActUnspoof, replyTo: kith.ActUnspoof, text: kith.ActBanner, link: kith.ActDoubleLockLink, attachment: kith.ActStrip, message: kith.ActHold},
	kith.Lateral:       {sender: kith.ActBanner, replyTo: kith.ActUnspoof, text: kith.ActBanner, link: kith.ActDoubleLockLink, attachment: kith.ActStrip, message: kith.ActHold},
	kith.Callback:      {sender: kith.ActUnspoof, replyTo: kith.ActUnspoof, text: kith.ActBanner, link: kith.ActLockLink, attachment: kith.ActFlatten, message: kith.ActJunk},
}

// suspicious is the row for mail of the band Suspicious, whatever its class:
// people are told, and a link asks once before it is followed. Nothing is
// taken away.
var suspicious = row{sender: kith.ActBanner, replyTo: kith.ActBanner, text: kith.ActBanner, link: kith.ActLockLink, attachment: kith.ActBanner, message: kith.ActBanner}

// unwanted is the row for mail that is harmless and in the way.
var unwanted = map[kith.Class]row{
	kith.Spam: {message: kith.ActJunk, sender: kith.ActJunk, replyTo: kith.ActJunk, text: kith.ActJunk, link: kith.ActJunk, attachment: kith.ActJunk},
}

// lighter is, for each action, what is done instead where the ceiling or the
// mail does not allow it: the heaviest lighter one that suits the same part.
var lighter = map[kith.Action]kith.Action{
	kith.ActReject:         kith.ActHold,
	kith.ActHold:           kith.ActJunk,
	kith.ActJunk:           kith.ActBanner,
	kith.ActStrip:          kith.ActFlatten,
	kith.ActFlatten:        kith.ActBanner,
	kith.ActDoubleLockLink: kith.ActLockLink,
	kith.ActLockLink:       kith.ActBanner,
	kith.ActUnspoof:        kith.ActBanner,
	kith.ActBanner:         kith.ActAnnotate,
	kith.ActAnnotate:       kith.ActNone,
}

// whole reports whether an action leaves the content of the message as it is.
func whole(a kith.Action) bool {
	switch a {
	case kith.ActNone, kith.ActAnnotate, kith.ActJunk, kith.ActHold, kith.ActReject:
		return true
	}
	return false
}
