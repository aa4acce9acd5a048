package plain

import (
	"time"

	"kith/internal/kith"
)

var english = language{
	tag:      "en",
	quiet:    "Nothing unusual was found in this mail.",
	noticed:  "This mail does not look dangerous. We only noticed this:",
	unwanted: "This mail looks like unwanted advertising.",
	suspicious: map[kith.Class]string{
		"":                 "Please take a second look at this mail before you act on it.",
		kith.Credential:    "Please take a second look: this mail may be after your password.",
		kith.Impersonation: "Please take a second look: this mail may not be from the person it names.",
		kith.Payment:       "Please take a second look: somebody may be after money with this mail.",
		kith.Malware:       "Please take a second look: this mail may carry something harmful.",
		kith.Lateral:       "Please take a second look: somebody else may be using this colleague's mailbox.",
		kith.Callback:      "Please take a second look: the phone number in this mail may be a false one.",
	},
	harmful: map[kith.Class]string{
		"":                 "This mail looks dangerous. Please do not act on it.",
		kith.Credential:    "This mail looks like an attempt to get your password. Please do not enter it anywhere from here.",
		kith.Impersonation: "This mail does not seem to be from the person it names. Please do not do what it asks.",
		kith.Payment:       "This mail looks like an attempt to get money. Please do not pay, and do not change any account details.",
		kith.Malware:       "This mail seems to carry something harmful. Please do not open its files or links.",
		kith.Lateral:       "Somebody else seems to be using this colleague's mailbox. Please do not answer, and do not open anything in it.",
		kith.Callback:      "The phone number in this mail seems to be a false one. Please do not call it.",
	},
	unknown: entry{
		Reason: "Something about this mail is unusual.", Bare: "Something about this mail is unusual.",
		Cue: "When a mail surprises you, ask the person by phone or face to face.",
	},
	more: plural{One: "There is one more like this.", Other: "There are {n} more like this."},
	findings: map[string]entry{
		"sender.own-domain-forged": {
			Reason: "It shows {address}, an address of ours, but it was not sent by us.",
			Bare:   "It shows an address of ours, but it was not sent by us.",
			Cue:    "If a mail from a colleague surprises you, ask them by phone or face to face, not by answering it.",
		},
		"sender.own-domain-by-list": {
			Reason: "It shows {address}, an address of ours, and came by way of a mailing list, so we cannot be sure who wrote it.",
			Bare:   "It shows an address of ours and came by way of a mailing list, so we cannot be sure who wrote it.",
			Cue:    "On a mailing list, go by what is asked of you, not by the name above it.",
		},
		"sender.own-domain-unproven": {
			Reason: "It shows {address}, an address of ours, but it came from outside, and we could not confirm who sent it.",
			Bare:   "It shows an address of ours, but it came from outside, and we could not confirm who sent it.",
			Cue:    "If a mail from a colleague surprises you, ask them by phone or face to face, not by answering it.",
		},
		"sender.look-alike-domain": {
			Reason: "It comes from {address}, which only looks like an address of ours. Ours end in {ours}.",
			Bare:   "It comes from an address that only looks like one of ours.",
			Cue:    "Read what stands behind the @ of an address letter by letter.",
		},
		"sender.look-alike-reply": {
			Reason: "Your answer would go to {address}, which only looks like an address of ours. Ours end in {ours}.",
			Bare:   "Your answer would go to an address that only looks like one of ours.",
			Cue:    "Before you send an answer, look at the address it would go to.",
		},
		"sender.near-domain": {
			Reason: "It comes from {address}. The name is much like ours, but the address is not one of ours; those end in {ours}.",
			Bare:   "It comes from an address much like ours that is not one of ours.",
			Cue:    "Read what stands behind the @ of an address letter by letter.",
		},
		"sender.leader-name": {
			Reason: "It carries the name {name}, but it comes from {address} and not from {known}.",
			Bare:   "It carries the name of somebody who leads our work, but it comes from an address that we do not know.",
			Cue:    "If a request from the top is urgent or secret, call back on a number that you already have.",
		},
		"sender.colleague-name": {
			Reason: "It carries the name {name}, like somebody who works with us, but it comes from outside, from {address}.",
			Bare:   "It carries the name of somebody who works with us, but it comes from outside.",
			Cue:    "Anybody can write any name above a mail. Look at the address beside it.",
		},
		"sender.address-as-name": {
			Reason: "Where the name belongs it shows {shown}, an address of ours, but it comes from {address}.",
			Bare:   "Where the name belongs it shows an address of ours, but it comes from another.",
			Cue:    "Anybody can write any name above a mail. Look at the address beside it.",
		},
		"sender.reply-elsewhere": {
			Reason: "It was sent from {address}, but your answer would go to {reply}.",
			Bare:   "Your answer would go to another place than the mail came from.",
			Cue:    "Before you send an answer, look at the address it would go to.",
		},
		"attachment.encoded-script": {
			Reason: "The file “{file}” is a hidden program. It would start if you opened it.",
			Bare:   "A file in this mail is a hidden program. It would start if you opened it.",
			Cue:    "A real document never needs to start a program. If a file surprises you, ask before you open it.",
		},
		"attachment.double-extension": {
			Reason: "The file “{file}” is named so that it looks like a document. It is not one.",
			Bare:   "A file in this mail is named so that it looks like a document. It is not one.",
			Cue:    "Look at the very end of a file's name: that is what the file really is.",
		},
		"attachment.type-mismatch": {
			Reason: "The file “{file}” is made to look like a document or picture, but it is a program.",
			Bare:   "A file in this mail is made to look like a document or picture, but it is a program.",
			Cue:    "If a document or picture asks whether it may run or install something, say no.",
		},
		"attachment.script": {
			Reason: "The file “{file}” is not something to read. It would make your computer do something.",
			Bare:   "A file in this mail is not something to read. It would make your computer do something.",
			Cue:    "Open a program that came by mail only if you asked for it and expected it today.",
		},
		"attachment.macro": {
			Reason: "The document “{file}” can start a small program when you open it.",
			Bare:   "A document in this mail can start a small program when you open it.",
			Cue:    "If a document asks you to switch something on before you can read it, do not.",
		},
		"attachment.locked-archive": {
			Reason: "The file “{file}” is locked and its password is in the same mail, so nobody could check what is inside.",
			Bare:   "A file in this mail is locked and its password is in the same mail, so nobody could check what is inside.",
			Cue:    "When a locked file comes together with its password, ask the sender another way before you open it.",
		},
		"attachment.encoded-blob": {
			Reason: "The file “{file}” hides a large block of data that it can unpack when you open it.",
			Bare:   "A file in this mail hides a large block of data that it can unpack when you open it.",
			Cue:    "Never enter your password on a page that came to you as a file.",
		},
		"link.text-mismatch": {
			Reason: "A link shows {shown} but leads to {target}.",
			Bare:   "A link shows one address but leads to another.",
			Cue:    "Rest the pointer on a link, or hold your finger on it, and read where it leads before you follow it.",
		},
		"link.detour": {
			Reason: "A link shows {shown} but goes to {target} first, as links in newsletters often do.",
			Bare:   "A link goes somewhere else first, as links in newsletters often do.",
			Cue:    "Rest the pointer on a link, or hold your finger on it, and read where it leads before you follow it.",
		},
		"text.hidden": {
			Reason: "It contains much text that you cannot see.",
			Bare:   "It contains much text that you cannot see.",
			Cue:    "A mail that shows little but a button deserves a second look.",
		},
		"message.ambiguous": {
			Reason: "It is put together so that it can look different from one program to another.",
			Bare:   "It is put together so that it can look different from one program to another.",
			Cue:    "If a mail looks odd or broken, leave its links and files alone and ask.",
		},
		"message.could-not-look": {
			Reason: "Some of this mail could not be checked.",
			Bare:   "Some of this mail could not be checked.",
			Cue:    "Treat what could not be checked as you would a letter from a stranger.",
		},
	},
	honour: func(name string) string { return name },
	number: func(n int64) string { return grouped(n, ",") },
	date:   func(t time.Time) string { return t.Format("2 January 2006") },
}
