package ldap

import (
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kith/internal/directory"
	"kith/internal/kith"
)

// corp are options that need nothing but what every site has.
func corp() Options {
	return Options{URL: "ldap://127.0.0.1", BaseDN: "dc=corp,dc=test",
		Domains: []string{"corp.test", "bücher.test"}, AliasDomains: map[string]string{"old.test": "corp.test"}}
}

// entry makes an entry of a server.
func entry(dn string, attributes ...string) *goldap.Entry {
	e := &goldap.Entry{DN: dn}
	for _, a := range attributes {
		name, value, _ := strings.Cut(a, "=")
		i := slices.IndexFunc(e.Attributes, func(x *goldap.EntryAttribute) bool { return x.Name == name })
		if i < 0 {
			e.Attributes = append(e.Attributes, goldap.NewEntryAttribute(name, []string{value}))
			continue
		}
		e.Attributes[i].Values = append(e.Attributes[i].Values, value)
	}
	return e
}

func admitted(t testing.TB, o Options, members map[string][]string, in ...*goldap.Entry) ([]directory.Entry, Notes) {
	t.Helper()
	p, err := compile(o)
	if err != nil {
		t.Fatal(err)
	}
	var n Notes
	var records []record
	for _, e := range in {
		records = append(records, p.read(e, &n))
	}
	out := p.admit(records, members, &n)
	if _, err := directory.New(directory.Options{Domains: o.Domains, AliasDomains: o.AliasDomains, Delimiter: "+-"}, out, nil); err != nil {
		t.Errorf("the directory does not take it: %v", err)
	}
	return out, n
}

func TestOpenLDAPEntry(t *testing.T) {
	got, n := admitted(t, corp(), nil,
		entry("uid=kern,ou=people,dc=corp,dc=test", "objectClass=inetOrgPerson", "mail=Ann.Kern@Corp.test", "mail=ann@corp.test",
			"cn=Ann Kern", "cn;lang-ja=アン・ケルン", "displayName=Kern, Ann", "title=Geschäftsführerin", "department=Finanzen", "preferredLanguage=de-DE, en;q=0.5",
			"mailAlternateAddress=a.kern@old.test", "mailAlternateAddress=ann@elsewhere.test"),
		entry("uid=bob,ou=people,dc=corp,dc=test", "objectClass=inetOrgPerson", "mail=bob@bücher.test", "cn=Bob Moss",
			"title=Assistent der Geschäftsführung", "manager=UID=Kern, ou=people,dc=corp, dc=test"),
		entry("cn=info,dc=corp,dc=test", "objectClass=applicationProcess", "mail=info@corp.test", "cn=Info"),
		entry("cn=all,dc=corp,dc=test", "objectClass=top", "objectClass=groupOfNames", "mail=all@corp.test", "cn=All staff"),
		entry("cn=scan,dc=corp,dc=test", "objectClass=device", "mail=scan@corp.test", "cn=Scanner 3"),
		entry("cn=shared,dc=corp,dc=test", "objectClass=inetOrgPerson", "employeeType=Funktionspostfach", "mail=orders@corp.test", "cn=Orders"),
		entry("uid=out,dc=corp,dc=test", "objectClass=inetOrgPerson", "mail=guest@elsewhere.test"),
		entry("uid=none,dc=corp,dc=test", "objectClass=inetOrgPerson"),
	)
	want := []directory.Entry{
		{Address: "all@corp.test", Name: "All staff", Kind: kith.KindList},
		{Address: "ann.kern@corp.test", Name: "Kern, Ann", Names: []string{"Ann Kern", "アン・ケルン"}, Aliases: []string{"ann@corp.test", "a.kern@corp.test"},
			Roles: []string{"executive", "finance"}, Lang: "de", Kind: kith.KindPerson},
		{Address: "bob@xn--bcher-kva.test", Name: "Bob Moss", Roles: []string{"assistant"}, Manager: "ann.kern@corp.test", Kind: kith.KindPerson},
		{Address: "info@corp.test", Name: "Info", Kind: kith.KindShared},
		{Address: "orders@corp.test", Name: "Orders", Kind: kith.KindShared},
		{Address: "scan@corp.test", Name: "Scanner 3", Kind: kith.KindDevice},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if n.Read != 8 || n.Foreign != 1 || n.NoAddress != 1 || n.Twice != 0 {
		t.Errorf("notes are %+v", n)
	}
}

func TestActiveDirectoryEntry(t *testing.T) {
	const people = "OU=People,DC=corp,DC=test"
	o := corp()
	o.RoleGroups = map[string]string{"CN=Pay,OU=Groups,DC=corp,DC=test": "finance, payments"}
	members := map[string][]string{foldDN("CN=Pay,OU=Groups,DC=corp,DC=test"): {"finance", "payments"}}
	got, n := admitted(t, o, members,
		entry("CN=Kern\\, Ann,"+people, "objectClass=top", "objectClass=person", "objectClass=user", "mail=old.mail@corp.test", "proxyAddresses=smtp:ann@corp.test",
			"proxyAddresses=SMTP:Ann.Kern@corp.test", "proxyAddresses=X500:/o=Corp/cn=ann", "proxyAddresses=SIP:ann.kern@corp.test", "proxyAddresses=smtp:ann@corp.onmicrosoft.test",
			"displayName=Kern, Ann", "cn=Kern, Ann", "msExchRecipientTypeDetails=2147483648", "userAccountControl=512", "msExchUserCulture=de-DE",
			"memberOf=CN=Pay,OU=Groups,DC=corp,DC=test", "manager=CN=Moss\\, Bob,"+people),
		entry("CN=Moss\\, Bob,"+people, "objectClass=person", "objectClass=user", "proxyAddresses=SMTP:bob@corp.test", "cn=Moss, Bob", "userAccountControl=512"),
		entry("CN=Info,"+people, "objectClass=user", "mail=info@corp.test", "msExchRecipientTypeDetails=4", "userAccountControl=514"),
		entry("CN=Info2,"+people, "objectClass=user", "objectClass=person", "mail=info2@corp.test", "userAccountControl=514"),
		entry("CN=Room,"+people, "objectClass=user", "mail=room@corp.test", "msExchRecipientTypeDetails=16"),
		entry("CN=Team,"+people, "objectClass=group", "mail=team@corp.test", "msExchRecipientTypeDetails=256"),
		entry("CN=PC,"+people, "objectClass=user", "objectClass=computer", "mail=pc@corp.test"),
		entry("CN=Health,"+people, "objectClass=user", "mail=health@corp.test", "msExchRecipientTypeDetails=549755813888"),
		entry("CN=Gus,"+people, "objectClass=contact", "mail=gus@elsewhere.test", "proxyAddresses=SMTP:gus@elsewhere.test"),
	)
	kinds := map[string]kith.RcptKind{}
	for _, e := range got {
		kinds[e.Address] = e.Kind
	}
	if d := cmp.Diff(map[string]kith.RcptKind{"ann.kern@corp.test": kith.KindPerson, "bob@corp.test": kith.KindPerson, "info@corp.test": kith.KindShared,
		"info2@corp.test": kith.KindShared, "room@corp.test": kith.KindDevice, "team@corp.test": kith.KindList, "pc@corp.test": kith.KindDevice}, kinds); d != "" {
		t.Errorf("kinds, -want +got:\n%s", d)
	}
	want := directory.Entry{Address: "ann.kern@corp.test", Name: "Kern, Ann", Aliases: []string{"old.mail@corp.test", "ann@corp.test"},
		Roles: []string{"finance", "payments"}, Manager: "bob@corp.test", Lang: "de", Kind: kith.KindPerson}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if n.LeftOut != 1 || n.Foreign != 1 {
		t.Errorf("notes are %+v", n)
	}
}

func TestMappingOfTheConfiguration(t *testing.T) {
	o := corp()
	o.Attributes = map[string]string{"mail": "email", "aliases": "", "name": "fullName", "title": "jobFunction", "kind": "boxType"}
	o.Kinds = map[string]string{"Postbox": "shared", "robot": "device", "ghost": ""}
	o.Roles = map[string]string{"Herd*": "executive, farm", "ceo": ""}
	got, n := admitted(t, o, nil,
		entry("uid=1,dc=t", "objectClass=person", "email=1@corp.test", "mail=no@corp.test", "fullName=One", "jobFunction=Herder and CEO"),
		entry("uid=2,dc=t", "objectClass=person", "email=2@corp.test", "boxType=POSTBOX"),
		entry("uid=3,dc=t", "objectClass=Robot", "email=3@corp.test"),
		entry("uid=4,dc=t", "objectClass=person", "boxType=ghost", "email=4@corp.test"),
	)
	want := []directory.Entry{
		{Address: "1@corp.test", Name: "One", Roles: []string{"executive", "farm"}, Kind: kith.KindPerson},
		{Address: "2@corp.test", Kind: kith.KindShared},
		{Address: "3@corp.test", Kind: kith.KindDevice},
	}
	if d := cmp.Diff(want, got); d != "" || n.LeftOut != 1 {
		t.Errorf("notes %+v, -want +got:\n%s", n, d)
	}
}

// An address that two entries claim belongs to the main holder, whatever the
// order in which the server tells them.
func TestAddressTwice(t *testing.T) {
	in := []*goldap.Entry{
		entry("uid=b,dc=t", "objectClass=person", "mail=b@corp.test", "mailAlternateAddress=sales@corp.test", "mailAlternateAddress=b@old.test"),
		entry("uid=a,dc=t", "objectClass=person", "mail=a@corp.test", "mailAlternateAddress=B@corp.test", "mailAlternateAddress=sales@corp.test"),
		entry("uid=c,dc=t", "objectClass=person", "mail=a@old.test"),
	}
	first, n := admitted(t, corp(), nil, in...)
	slices.Reverse(in)
	second, _ := admitted(t, corp(), nil, in...)
	want := []directory.Entry{
		{Address: "a@corp.test", Aliases: []string{"sales@corp.test"}, Kind: kith.KindPerson},
		{Address: "b@corp.test", Kind: kith.KindPerson},
	}
	if d := cmp.Diff(want, first) + cmp.Diff(first, second); d != "" {
		t.Error(d)
	}
	if n.Twice != 3 || len(n.Examples) != 3 || !strings.Contains(n.Examples[0], `a@corp.test stands in "uid=a,dc=t" and in "uid=c,dc=t"`) {
		t.Errorf("notes are %+v", n)
	}
}

func TestHostileValuesAreCut(t *testing.T) {
	long := strings.Repeat("x", 2_000_000)
	e := entry("uid=a,dc=t", "objectClass=person", "mail=a@corp.test", "cn="+long, "cn=line\nbreak", "cn=\xff\xfe", "cn=Ann", "title="+long, "manager="+long)
	for range 5000 {
		e.Attributes = append(e.Attributes, goldap.NewEntryAttribute("mailAlternateAddress", []string{long[:900] + "@corp.test"}))
	}
	for i := range 5000 {
		e.Attributes = append(e.Attributes, goldap.NewEntryAttribute("proxyAddresses", []string{"smtp:" + long[:i%400] + "@corp.test"}))
	}
	got, n := admitted(t, corp(), nil, e)
	if len(got) != 1 || got[0].Name != "Ann" || len(got[0].Names) > 0 || len(got[0].Aliases) > maxValues || n.Cut < 5 {
		t.Errorf("%d entries, name %.40q, %d aliases, notes %+v", len(got), got[0].Name, len(got[0].Aliases), n)
	}
}

// Whatever a server says, the directory takes what is admitted, and the same
// entries come out of the cache's gate.
func TestDirectoryTakesWhatIsAdmitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.SampledFrom([]string{"a", "A", "b", "ä", "A\u0308", `"a b"`, `"a"`, "a+b", "a-b", ".", "", "İ", "ǅ", "a@b", "<a", "*", "ſ", "\u200b"})
		domain := rapid.SampledFrom([]string{"corp.test", "CORP.test.", "old.test", "bücher.test", "xn--bcher-kva.test", "elsewhere.test", "", "corp..test"})
		address := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"", "smtp:", "SMTP:", "X500:"}).Draw(t, "prefix") + local.Draw(t, "local") + "@" + domain.Draw(t, "domain")
		}))
		names := []string{"mail", "proxyAddresses", "cn", "displayName;lang-ja", "title", "manager", "preferredLanguage", "employeeType", "objectClass", "msExchRecipientTypeDetails", "memberOf"}
		var in []*goldap.Entry
		for range rapid.IntRange(0, 6).Draw(t, "entries") {
			e := &goldap.Entry{DN: rapid.OneOf(rapid.String(), rapid.Just("uid=a,dc=t")).Draw(t, "dn")}
			for range rapid.IntRange(0, 6).Draw(t, "attributes") {
				e.Attributes = append(e.Attributes, goldap.NewEntryAttribute(rapid.SampledFrom(names).Draw(t, "name"), rapid.SliceOfN(address, 0, 3).Draw(t, "values")))
			}
			in = append(in, e)
		}
		o := corp()
		p, err := compile(o)
		if err != nil {
			t.Fatal(err)
		}
		var n Notes
		var records []record
		for _, e := range in {
			records = append(records, p.read(e, &n))
		}
		out := p.admit(records, map[string][]string{"uid=a,dc=t": {"finance"}}, &n)
		for _, delimiter := range []string{"", "+-"} {
			d, err := directory.New(directory.Options{Domains: o.Domains, AliasDomains: o.AliasDomains, Delimiter: delimiter}, out, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range out {
				if got := d.Lookup(e.Address); got.Address != e.Address || got.Kind != e.Kind {
					t.Fatalf("%q: got %+v, want %+v", e.Address, got, e)
				}
			}
		}
		if d := cmp.Diff(out, append([]directory.Entry{}, readmit(out, p.own)...)); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add("uid=a,dc=t", "mail", "a@corp.test", "proxyAddresses", "SMTP:b@old.test")
	f.Add("CN=Kern\\, Ann,DC=t", "manager", "CN=Kern\\2C Ann,DC=t", "preferredLanguage", "de-DE, en;q=0.5")
	f.Add("\\", "cn;lang-ja", "\xff", "msExchRecipientTypeDetails", "99999999999999999999")
	p, err := compile(corp())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, dn, a, v, b, w string) {
		var n Notes
		in := []record{p.read(entry(dn, "mail=x@corp.test", a+"="+v, b+"="+w), &n), p.read(entry(dn+"x", a+"="+w, b+"="+v), &n)}
		out := p.admit(in, map[string][]string{foldDN(dn): {"finance"}}, &n)
		if _, err := directory.New(directory.Options{Domains: p.o.Domains, AliasDomains: p.o.AliasDomains}, out, nil); err != nil {
			t.Fatal(err)
		}
	})
}
