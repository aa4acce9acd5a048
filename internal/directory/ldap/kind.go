package ldap

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kith/internal/kith"
)

// signs is what an entry shows of its kind.
type signs struct {
	classes []string // objectClass
	words   []string // of the kind field, employeeType by default
	details int64    // msExchRecipientTypeDetails, 0 = none
	account int64    // userAccountControl, 0 = none
}

// left marks what is nobody's mailbox: the machinery of Exchange.
const left = kith.RcptKind("")

// exchange maps single bits of msExchRecipientTypeDetails. A bit that is not
// here says nothing.
var exchange = map[int64]kith.RcptKind{
	1: kith.KindPerson, 1 << 1: kith.KindPerson, 1 << 3: kith.KindPerson, 1 << 7: kith.KindPerson, 1 << 31: kith.KindPerson,
	1 << 2: kith.KindShared, 1 << 12: kith.KindShared, 1 << 35: kith.KindShared, 1 << 36: kith.KindShared, 1 << 37: kith.KindShared, 1 << 38: kith.KindShared,
	1 << 4: kith.KindDevice, 1 << 5: kith.KindDevice, 1 << 33: kith.KindDevice, 1 << 34: kith.KindDevice, 1 << 41: kith.KindDevice, 1 << 44: kith.KindDevice,
	1 << 8: kith.KindList, 1 << 9: kith.KindList, 1 << 10: kith.KindList, 1 << 11: kith.KindList, 1 << 28: kith.KindList, 1 << 40: kith.KindList, 1 << 43: kith.KindList,
	1 << 13: left, 1 << 14: left, 1 << 22: left, 1 << 23: left, 1 << 24: left, 1 << 29: left, 1 << 39: left, 1 << 42: left, 1 << 46: left, 1 << 47: left,
}

// kindWords are common values of employeeType, folded.
var kindWords = map[string]kith.RcptKind{
	"shared": kith.KindShared, "shared mailbox": kith.KindShared, "sharedmailbox": kith.KindShared, "functional": kith.KindShared, "functional mailbox": kith.KindShared,
	"funktionspostfach": kith.KindShared, "sammelpostfach": kith.KindShared, "gruppenpostfach": kith.KindShared, "共有": kith.KindShared, "共有メールボックス": kith.KindShared, "공용": kith.KindShared, "공용메일": kith.KindShared,
	"room": kith.KindDevice, "equipment": kith.KindDevice, "resource": kith.KindDevice, "device": kith.KindDevice, "printer": kith.KindDevice, "scanner": kith.KindDevice,
	"raum": kith.KindDevice, "gerät": kith.KindDevice, "drucker": kith.KindDevice, "会議室": kith.KindDevice, "複合機": kith.KindDevice, "회의실": kith.KindDevice, "복합기": kith.KindDevice,
	"list": kith.KindList, "mailing list": kith.KindList, "verteiler": kith.KindList,
}

// The object classes that tell a kind, folded.
var (
	listClasses   = []string{"group", "groupofnames", "groupofuniquenames", "groupofmembers", "groupofurls", "posixgroup", "nismailalias", "rfc822mailgroup", "mailgroup", "inetmailgroup", "msexchdynamicdistributionlist", "dynamicgroup"}
	deviceClasses = []string{"device", "computer", "iphost", "printqueue", "room"}
	personClasses = []string{"person", "organizationalperson", "inetorgperson", "user", "posixaccount", "mailuser", "gosamailaccount"}
)

// accountDisabled is the bit ADS_UF_ACCOUNTDISABLE of userAccountControl.
const accountDisabled = 2

// kindTable is what the configuration says of kinds; folded word to kind.
type kindTable map[string]kith.RcptKind

func newKindTable(words map[string]string) (kindTable, error) {
	t := kindTable{}
	for word, kind := range words {
		k := kith.RcptKind(strings.ToLower(strings.TrimSpace(kind)))
		if foldWord(word) == "" || !slices.Contains([]kith.RcptKind{kith.KindPerson, kith.KindShared, kith.KindList, kith.KindDevice, left}, k) {
			return nil, faultf("write person, shared, list or device, or \"\" to leave such entries out", "directory.ldap.kinds: %q = %q", word, kind)
		}
		t[foldWord(word)] = k
	}
	return t, nil
}

// of tells the kind, and whether the entry is to be left out. The configuration
// comes first, then what Exchange says, then the words of people, then the
// object class. A disabled account of Active Directory with an address is a box
// that others read (or that of somebody who left), never a person who is asked.
func (t kindTable) of(s signs) (kind kith.RcptKind, leftOut bool) {
	for _, w := range slices.Concat(s.words, s.classes) {
		if k, ok := t[foldWord(w)]; ok {
			return k, k == left
		}
	}
	if k, ok := exchange[s.details]; ok {
		return k, k == left
	}
	for _, w := range s.words {
		if k, ok := kindWords[foldWord(w)]; ok {
			return k, false
		}
	}
	is := func(classes []string) bool {
		return slices.ContainsFunc(s.classes, func(c string) bool { return slices.Contains(classes, strings.ToLower(c)) })
	}
	switch {
	case is(listClasses):
		return kith.KindList, false
	case is(deviceClasses): // a computer of Active Directory is a user, too
		return kith.KindDevice, false
	case s.account&accountDisabled != 0:
		return kith.KindShared, false
	case is(personClasses):
		return kith.KindPerson, false
	}
	return kith.KindShared, false
}

// foldWord is a word without regard to case, width and spacing.
func foldWord(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}
