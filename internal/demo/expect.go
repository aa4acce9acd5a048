package demo

import "kith/internal/kith"

// expectation is what kith should make of one incident. It is the demo's check,
// all of it in one table: a mail that was warned of for another reason counts as
// missed.
type expectation struct {
	scene string
	least kith.Band // the band that it must reach for the gravest recipient
	// kinds must each add to the verdict of some recipient.
	kinds []string
	// apart are kinds that one recipient is told of and no other: what is unusual
	// for one person is not for another.
	apart []apart
	// learned says that it takes what was learned: with an empty memory the same
	// mail goes through, or is warned of for fewer reasons.
	learned bool
	// later says why today's kith does not notice it yet. It is shown, and does not
	// make the check fail.
	later string
}

type apart struct{ rcpt, kind string }

// expectations has a row for each incident of mails/incidents.txt and
// mails/unlike.txt.
var expectations = []expectation{
	// Files, forged addresses, look-alikes of ours: no memory is needed.
	{scene: "lure", least: kith.Harm, kinds: []string{"attachment.encoded-script", "attachment.double-extension"}},
	{scene: "forged-boss", least: kith.Harm, kinds: []string{"sender.own-domain-forged"}},
	{scene: "boss-vouchers", least: kith.Suspicious, kinds: []string{"link.text-mismatch"}},
	{scene: "our-look-alike", least: kith.Harm, kinds: []string{"sender.look-alike-domain"}},
	{scene: "bank-page", least: kith.Harm, kinds: []string{"attachment.double-extension", "link.text-mismatch"}},
	{scene: "script-in-zip", least: kith.Harm, kinds: []string{"attachment.double-extension", "attachment.script"}},
	{scene: "locked-zip", least: kith.Suspicious, kinds: []string{"attachment.locked-archive", "sender.near-domain"}},
	{scene: "macro", least: kith.Suspicious, kinds: []string{"sender.leader-name", "attachment.macro"}},
	{scene: "reply-elsewhere", least: kith.Harm, kinds: []string{"sender.look-alike-reply"}},
	{scene: "photo-program", least: kith.Harm, kinds: []string{"attachment.type-mismatch"}},

	// What only who knows the people can notice.
	{scene: "vendor-reply", least: kith.Suspicious, kinds: []string{"sender.new-reply-to", "text.asks-money"}, learned: true},
	{scene: "vendor-account", least: kith.Suspicious, kinds: []string{"account.new"}, learned: true},
	{scene: "vendor-look-alike", least: kith.Suspicious, kinds: []string{"sender.known-name", "text.asks-money"}, learned: true},
	{scene: "colleague-account", least: kith.Suspicious, kinds: []string{"sender.known-name", "text.asks-money"}, learned: true},
	{scene: "sign-in-link", least: kith.Suspicious, kinds: []string{"link.new-host", "text.asks-password"}, learned: true},
	{scene: "other-tongue", least: kith.Suspicious, kinds: []string{"sender.new-language", "sender.new-zone", "text.asks-money"}, learned: true},
	{scene: "known-to-one", least: kith.Suspicious, kinds: []string{"sender.new-reply-to", "text.asks-money"}, learned: true,
		apart: []apart{{"meike.lorenzen@" + ourDomain, "sender.first-contact"}}},
}

// quiet are ordinary mails in which something is new that must not lead to a
// warning: kith sees it, and says nothing.
var quiet = []struct{ scene, kind string }{
	{"vendor-new-program", "sender.new-mailer"},
}

// expected finds the row of an incident.
func expected(scene string) expectation {
	for _, e := range expectations {
		if e.scene == scene {
			return e
		}
	}
	return expectation{scene: scene, least: kith.Suspicious}
}

// mustNotice is the kind that is new in an ordinary mail and must stay without
// consequence, "" for most mails.
func mustNotice(scene string) string {
	for _, q := range quiet {
		if q.scene == scene {
			return q.kind
		}
	}
	return ""
}
