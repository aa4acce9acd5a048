package detect

import (
	"slices"

	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
)

// A colleague's name before a stranger's address is what nearly every invented
// order to buy vouchers looks like. It is also what a colleague's private
// mailbox and every namesake look like, and there are far more of those. So
// the finding is of the group Unlike: it never acts alone, and it says more
// where the name belongs to somebody whose word moves money.

// leading are the roles whose orders people follow.
var leading = []string{"executive", "finance"}

func leads(e directory.Entry) bool {
	return slices.ContainsFunc(e.Roles, func(r string) bool { return slices.Contains(leading, r) })
}

// namesake returns the colleague whose name the author goes by, from a foreign
// address; the leading one when there are several.
func namesake(c *facts.Case) (e directory.Entry, ok bool) {
	if c.Dir == nil || !fromOutside(c) || c.AuthorAddr == "" || ours(c, domainOf(c.AuthorAddr)) {
		return e, false
	}
	if c.Author.Kind != kith.KindExternal && c.Author.Kind != "" {
		return e, false // the directory lists this address for one of ours, whatever its domain
	}
	for _, cand := range c.Dir.ByName(c.AuthorName) {
		if cand.Kind != kith.KindPerson {
			continue // "Support" and "Sales" are everybody's names
		}
		if !ok || leads(cand) && !leads(e) {
			e, ok = cand, true
		}
	}
	return e, ok
}

// toHimself reports whether the recipient is the very person named: people send
// themselves things from home, and know whether they did.
func toHimself(r *facts.RcptFacts, e directory.Entry) bool {
	return r.Entry.Kind == kith.KindPerson && r.Entry.Address == e.Address
}

func lookNamesake(wantLeading bool) func(*facts.Case, *facts.RcptFacts) []kith.Finding {
	return func(c *facts.Case, r *facts.RcptFacts) []kith.Finding {
		e, ok := namesake(c)
		if !ok || leads(e) != wantLeading || toHimself(r, e) {
			return nil
		}
		return []kith.Finding{on(kith.PartSender, 0, name("name", c.AuthorName), address("address", c.AuthorAddr), address("known", e.Address))}
	}
}

var leaderName = Detector{
	ID: "sender.leader-name", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation, kith.Payment},
	Sees:    "the name of somebody who leads, or who pays the bills, before an address that is not ours",
	Beware: []string{
		"(what a person sends to himself)",
		"a leader's private address that nobody listed",
		"a namesake elsewhere",
	},
	Cites:   []string{"name", "address", "known"},
	LookFor: lookNamesake(true),
}

var colleagueName = Detector{
	ID: "sender.colleague-name", Group: kith.Unlike, Stage: Header,
	Classes: []kith.Class{kith.Impersonation},
	Sees:    "the name of a colleague before an address that is not ours",
	Beware: []string{
		"(what a person sends to himself)",
		"a colleague's private address that nobody listed",
		"namesakes: common names are common",
	},
	Cites:   []string{"name", "address", "known"},
	LookFor: lookNamesake(false),
}
