package plain

// What is said of habits: what was not so before.
var englishHabits = map[string]entry{
	"sender.known-name": {
		Reason: "It shows the name {name}, but comes from {address}. We know this name from another address.",
		Bare:   "It shows a name that we know from another address.",
		Cue:    "Anybody can write any name above a mail. Ask the person at a number or address that you already have.",
	},
	"sender.look-alike-known": {
		Reason: "It comes from {address}. That looks much like {known}, which we know, but it is not the same.",
		Bare:   "It comes from an address that looks much like one we know, but is not the same.",
		Cue:    "Read what stands behind the @ of an address letter by letter.",
	},
	"sender.first-contact": {
		Reason: "As far as we know, {address} has never written to you before, but has to {others} others here.",
		One:    "As far as we know, {address} has never written to you before, but has to one other person here.",
		Less:   "As far as we know, {address} has never written to you before.",
		Bare:   "As far as we know, this sender has never written to you before.",
		Cue:    "With somebody new, take your time: nothing in a first mail has to be done at once.",
	},
	"sender.new-reply-to": {
		Reason: "Your answer would go to {reply}. In mail on {days} days before, {address} never asked for that.",
		One:    "Your answer would go to {reply}. {address} has not asked for that before.",
		Less:   "Your answer would go to {reply}. {address} has never asked for that before.",
		Bare:   "Your answer would go to an address that this sender has never named before.",
		Cue:    "Before you send an answer, look at the address it would go to.",
	},
	"sender.new-proof": {
		Reason: "On {days} days before, we could confirm that mail was from {address}. This time we could not.",
		One:    "Before, we could confirm that mail was from {address}. This time we could not.",
		Less:   "Before, we could confirm that mail was from {address}. This time we could not.",
		Bare:   "Before, we could confirm this sender. This time we could not.",
		Cue:    "If it asks for something, ask the sender at a number or address that you already have.",
	},
	"sender.new-line": {
		Reason: "It reached us by another way than earlier mail from {address}.",
		Bare:   "It reached us by another way than this sender's earlier mail.",
		Cue:    "If it asks for something, ask the sender at a number or address that you already have.",
	},
	"sender.new-return-path": {
		Reason: "It was sent out by another service than earlier mail from {address}.",
		Bare:   "It was sent out by another service than this sender's earlier mail.",
		Cue:    "If it asks for something, ask the sender at a number or address that you already have.",
	},
	"sender.new-name": {
		Reason: "{address} shows the name {name}, which it has never shown before.",
		Bare:   "A known address shows a name that it has never shown before.",
		Cue:    "Anybody can write any name above a mail. Look at the address beside it.",
	},
	"sender.new-mailer": {
		Reason: "It was written with another program than earlier mail from {address}.",
		Bare:   "It was written with another program than this sender's earlier mail.",
		Cue:    "A new program is nothing bad in itself. Look at what the mail asks for.",
	},
	"sender.new-zone": {
		Reason: "It was written in a time zone ({zone}) in which {address} has never written before.",
		Bare:   "It was written in a time zone in which this sender has never written before.",
		Cue:    "The sender may be travelling. If the mail wants something unusual, ask.",
	},
	"sender.new-language": {
		Reason: "{address} has never written to us in this language before.",
		Bare:   "This sender has never written to us in this language before.",
		Cue:    "Ask yourself whether this person would write to you like this.",
	},
	"text.new-salutation": {
		Reason: "It greets you in another way than earlier mail from {address}.",
		Bare:   "It greets you in another way than this sender's earlier mail.",
		Cue:    "Ask yourself whether this person would write to you like this.",
	},
	"sender.odd-hour": {
		Reason: "{address} hardly ever writes at this time of the week.",
		Bare:   "This sender hardly ever writes at this time of the week.",
		Cue:    "An unusual hour is nothing bad in itself. Look at what the mail asks for.",
	},
	"link.new-host": {
		Reason: "A link leads to {host}. Earlier mail from {address} never led there.",
		Bare:   "A link leads to a place where this sender's earlier mail never led.",
		Cue:    "Open the page from your own bookmark instead of by the link.",
	},
	"attachment.new-kind": {
		Reason: "The file “{file}” is of a kind that {address} has never sent before.",
		Bare:   "It brings a kind of file that this sender has never sent before.",
		Cue:    "If you did not expect a file, ask the sender before you open it.",
	},
	"account.new": {
		Reason: "It names a bank account that {address} has never named before.",
		Bare:   "It names a bank account that this sender has never named before.",
		Cue:    "Never take a new account number from a mail alone. Call the firm at a number that you already have.",
	},
	"text.asks-money": {
		Reason: "It is about a payment, bank details or vouchers.",
		Bare:   "It is about a payment, bank details or vouchers.",
		Cue:    "Before you pay anything unusual, ask at a number or address that you already have.",
	},
	"text.asks-password": {
		Reason: "It wants you to sign in, to give a password or a code, or to type something into your computer.",
		Bare:   "It wants you to sign in, to give a password or a code, or to type something into your computer.",
		Cue:    "Nobody needs to know your password. Sign in only from your own bookmark.",
	},
	"text.presses": {
		Reason: "It presses you to hurry or to tell nobody.",
		Bare:   "It presses you to hurry or to tell nobody.",
		Cue:    "Whoever is honest can wait until you have asked.",
	},
	"text.asks-call": {
		Reason: "It wants you to call a number that it gives.",
		Bare:   "It wants you to call a number that it gives.",
		Cue:    "Call the number that you already have, or the one on the firm's own site.",
	},
	"sending.new-recipients": {
		Reason: "{address} writes only to people to whom this account has never written before.",
		Bare:   "This account writes only to people to whom it has never written before.",
		Cue:    "If that was not you, tell your security team at once.",
	},
	"sending.new-network": {
		Reason: "{address} signed in over an internet connection that is new for this account.",
		Bare:   "This account signed in over an internet connection that it has never used before.",
		Cue:    "If that was not you, tell your security team at once.",
	},
	"message.new-mime-shape": {
		Reason: "It is built in another way than earlier mail from {address}.",
		Bare:   "It is built in another way than this sender's earlier mail.",
		Cue:    "That a mail is built differently is nothing bad in itself. Look at what it asks for.",
	},
	"message.new-message-id": {
		Reason: "It is built in another way than earlier mail from {address}.",
		Bare:   "It is built in another way than this sender's earlier mail.",
		Cue:    "That a mail is built differently is nothing bad in itself. Look at what it asks for.",
	},
	"message.new-header-order": {
		Reason: "It is built in another way than earlier mail from {address}.",
		Bare:   "It is built in another way than this sender's earlier mail.",
		Cue:    "That a mail is built differently is nothing bad in itself. Look at what it asks for.",
	},
	"message.new-style": {
		Reason: "It is built in another way than earlier mail from {address}.",
		Bare:   "It is built in another way than this sender's earlier mail.",
		Cue:    "That a mail is built differently is nothing bad in itself. Look at what it asks for.",
	},
}
