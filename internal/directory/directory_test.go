package directory

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/internal/kith"
)

const peopleTOML = `# who is who
[[person]]
address = "ann@corp.test"
name = "Ann Müller"
names = ["Anna Müller", "Ann Mueller-Schmidt"]
aliases = ["a.mueller@corp.test", "ceo@alias.test"]
roles = ["Executive"]
lang = "de"

[[person]]
address = "anne-marie@corp.test"
name = "Anne-Marie O'Brien"
manager = "Ann@Corp.Test"

[[person]]
address = "taro@corp.test"
name = "山田 太郎"

[[person]]
address = "martin@corp.test"
name = "Thomas Martin"

[[person]]
address = "thomas@corp.test"
name = "Martin Thomas"

[[shared]]
address = "info@corp.test"

[[list]]
address = "all@corp.test"

[[catch-all]]
address = "@catch.test"
name = "Sink"

[[sender]]
address = "scanner@corp.test"
name = "Scanner, 2nd floor"
network = ["10.1.2.0/24", "2001:db8:1::/48"]
`

func options() Options {
	return Options{Domains: []string{"corp.test", "catch.test", ".wild.test", "bücher.test"},
		AliasDomains: map[string]string{"alias.test": "corp.test"}, Delimiter: "+-"}
}

func load(t testing.TB, name, text string) (*Directory, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, options())
}

func mustLoad(t testing.TB) *Directory {
	t.Helper()
	d, err := load(t, "people.toml", peopleTOML)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLookup(t *testing.T) {
	d := mustLoad(t)
	for _, c := range []struct {
		addr, main string
		kind       kith.RcptKind
	}{
		{"ann@corp.test", "ann@corp.test", kith.KindPerson},
		{"<Ann@CORP.test>", "ann@corp.test", kith.KindPerson},
		{`"ann"@corp.test.`, "ann@corp.test", kith.KindPerson},
		{"ann+list@corp.test", "ann@corp.test", kith.KindPerson},
		{"ann-x+y@alias.test", "ann@corp.test", kith.KindPerson},
		{"CEO@alias.test", "ann@corp.test", kith.KindPerson},
		{"ceo+a@corp.test", "ann@corp.test", kith.KindPerson},
		{"anne-marie@corp.test", "anne-marie@corp.test", kith.KindPerson},
		{"anne-marie+x@corp.test", "anne-marie@corp.test", kith.KindPerson},
		{"info@corp.test", "info@corp.test", kith.KindShared},
		{"all@corp.test", "all@corp.test", kith.KindList},
		{"scanner@corp.test", "scanner@corp.test", kith.KindDevice},
		{"whoever@catch.test", "whoever@catch.test", kith.KindCatchAll},
		{"nobody@corp.test", "nobody@corp.test", kith.KindUnknown},
		{"x@deep.wild.test", "x@deep.wild.test", kith.KindUnknown},
		{"x@wild.test", "x@wild.test", kith.KindExternal},
		{"x@sub.corp.test", "x@sub.corp.test", kith.KindExternal},
		{"x@BÜCHER.test", "x@xn--bcher-kva.test", kith.KindUnknown},
		{"Bob+x@Vendor.Example", "Bob+x@vendor.example", kith.KindExternal},
		{"ann@corp.test.evil.example", "ann@corp.test.evil.example", kith.KindExternal},
		{`"ann@corp.test"@evil.example`, `"ann@corp.test"@evil.example`, kith.KindExternal},
		{"", "", kith.KindExternal},
		{"postmaster", "postmaster", kith.KindExternal},
		{"a@b@\xff", "", kith.KindExternal},
		{strings.Repeat("a", 700) + "@corp.test", "", kith.KindExternal},
	} {
		e := d.Lookup(c.addr)
		if e.Address != c.main || e.Kind != c.kind {
			t.Errorf("Lookup(%q) = %q %s, want %q %s", c.addr, e.Address, e.Kind, c.main, c.kind)
		}
	}
	if e := d.Lookup("ann@corp.test"); e.Name != "Ann Müller" || e.Roles[0] != "executive" || len(e.Aliases) != 2 || e.Aliases[1] != "ceo@corp.test" {
		t.Errorf("entry of ann: %+v", e)
	}
	if e := d.Lookup("anne-marie@corp.test"); e.Manager != "ann@corp.test" {
		t.Errorf("manager = %q", e.Manager)
	}
	if n := len(d.People()); n != 5 {
		t.Errorf("%d people, want 5", n)
	}
	if !d.SameAddress("Bob@vendor.example", "bob@VENDOR.example") || d.SameAddress("", "") {
		t.Error("SameAddress: case of a foreign local part must not part two addresses, nothing is not the same as nothing")
	}
}

func TestNilDirectory(t *testing.T) {
	var d *Directory
	if d.Lookup("a@b.test").Kind != kith.KindExternal || d.IsOurs("b.test") || d.People() != nil || d.Org() != "default" ||
		d.ByName("Ann") != nil || d.Normalize("A@B.test") != "A@b.test" || d.Domains() != nil || d.Len() != 0 {
		t.Error("a nil directory must answer as one that owns nothing")
	}
	if ours, how := d.LookAlike("corp.test"); ours != "" || how != "" {
		t.Error("a nil directory has no look-alikes")
	}
	if _, ok := d.OwnSender("a@b.test", netip.MustParseAddr("10.0.0.1")); ok {
		t.Error("a nil directory has no own senders")
	}
}

func TestOwnSender(t *testing.T) {
	d := mustLoad(t)
	for _, c := range []struct {
		from, client string
		want         bool
	}{
		{"scanner@corp.test", "10.1.2.9", true},
		{"Scanner@CORP.test", "::ffff:10.1.2.9", true},
		{"scanner@alias.test", "2001:db8:1::5", true},
		{"scanner@corp.test", "10.1.3.9", false},
		{"ann@corp.test", "10.1.2.9", false},
		{"", "10.1.2.9", false},
	} {
		if _, ok := d.OwnSender(c.from, netip.MustParseAddr(c.client)); ok != c.want {
			t.Errorf("OwnSender(%q, %s) = %v", c.from, c.client, ok)
		}
	}
	if _, ok := d.OwnSender("scanner@corp.test", netip.Addr{}); ok {
		t.Error("an unknown client must not be an own sender")
	}
}

func TestByName(t *testing.T) {
	d := mustLoad(t)
	for name, want := range map[string]string{
		"Ann Müller":             "ann@corp.test",
		"MÜLLER, Ann":            "ann@corp.test",
		"ann mueller":            "ann@corp.test",
		"Ann Muller":             "ann@corp.test",
		"Dr. Ann K. Müller":      "ann@corp.test",
		"Ann Mu\u0308ller":       "ann@corp.test",
		"Ann Müller (Corp)":      "ann@corp.test",
		"Ann Müller | CEO":       "ann@corp.test",
		"Ａnn Müller":             "ann@corp.test",
		"A\u200bnn Müller":       "ann@corp.test",
		"Аnn Müller":             "ann@corp.test", // Cyrillic A
		"Anna Müller":            "ann@corp.test",
		"Anne Marie OBrien":      "anne-marie@corp.test",
		"O’Brien, Anne‑Marie":    "anne-marie@corp.test",
		"山田太郎":                   "taro@corp.test",
		"山田　太郎様":                 "taro@corp.test",
		"太郎 山田":                  "taro@corp.test",
		"山田 太郎 (Yamada Taro)":    "taro@corp.test",
		"Thomas Martin":          "martin@corp.test thomas@corp.test",
		"Martin Thomas":          "thomas@corp.test martin@corp.test",
		"Ann":                    "",
		"":                       "",
		"Somebody Else":          "",
		strings.Repeat("x", 1e5): "",
	} {
		var got []string
		for _, e := range d.ByName(name) {
			got = append(got, e.Address)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("ByName(%.40q) = %q, want %q", name, s, want)
		}
	}
}

func TestLoadMistakes(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"p.toml", "[[person]]\nadress = \"a@corp.test\"", `p.toml:2: unknown key "adress"; did you mean "address"?`},
		{"p.toml", "[[persons]]\n", `p.toml:1: unknown table [[persons]]; did you mean "person"?`},
		{"p.toml", "[people]\n", "p.toml:1: unknown table [people]"},
		{"p.toml", "[person]\n", "p.toml:1: [person] holds one entry only; write [[person]]"},
		{"p.toml", "address = \"a@corp.test\"", `p.toml:1: key "address" stands before the first [[person]]`},
		{"p.toml", "\n[[person]]\nname = \"x\"", "p.toml:2: address is missing"},
		{"p.toml", "[[person]]\naddress = 7", "p.toml:2: the value must be a text"},
		{"p.toml", "[[person]]\naddress = \"a@corp.test\"\naliases = [1]", "p.toml:3: a list here holds texts"},
		{"p.toml", "[[person]]\naddress = [\"a@corp.test\", \"b@corp.test\"]", "p.toml:2: address is one text, not a list"},
		{"p.toml", "[[person]]\naddress = \"a@corp.test\"\naddress = \"b@corp.test\"", "p.toml:3: address stands twice"},
		{"p.toml", "[[person]]\naddress = \"a@corp.test\"\n\n[[shared]]\naddress = \"b@corp.test\"\naliases = [\"A@alias.test\"]",
			"p.toml:4: alias: address a@corp.test stands on line 1 already"},
		{"p.toml", "[[person]]\naddress = \"a@gmail.example\"", "p.toml:1: a@gmail.example is not in an own domain"},
		{"p.toml", "[[person]]\naddress = \"nobody\"", `p.toml:1: "nobody" is no address`},
		{"p.toml", "[[person]]\naddress = \"a@corp.test\"\nlang = \"Deutsch!\"", "p.toml:1: lang"},
		{"p.toml", "[[person]]\naddress = \"a@corp.test\"\nmanager = \"b@gmail.example\"", "p.toml:1: manager: b@gmail.example is not"},
		{"p.toml", "[[person]]\naddress = \"a@corp.test", "p.toml:2: "},
		{"p.toml", "[[sender]]\naddress = \"s@corp.test\"", "p.toml:1: network of the own sender is missing"},
		{"p.toml", "[[sender]]\naddress = \"s@corp.test\"\nnetwork = \"0.0.0.0/0\"", "p.toml:1: network 0.0.0.0/0 is too wide"},
		{"p.toml", "[[sender]]\naddress = \"s@corp.test\"\nnetwork = \"10.1.2.3/8\"", "did you mean 10.0.0.0/8?"},
		{"p.toml", "[[sender]]\naddress = \"s@corp.test\"\nroles = \"x\"", `p.toml:3: unknown key "roles"; known are address, name, network`},
		{"p.toml", "[[catch-all]]\naddress = \"@catch.test\"\n[[catch-all]]\naddress = \"*@catch.test\"", "p.toml:3: catch-all of catch.test stands twice"},
		{"p.csv", "", "p.csv:1: the header row is missing"},
		{"p.csv", "adress,name\n", `p.csv:1: unknown column "adress"; did you mean "address"?`},
		{"p.csv", "name\n", `p.csv:1: the column "address" is missing`},
		{"p.csv", "address,address\n", `p.csv:1: column "address" stands twice`},
		{"p.csv", "address,name\na@corp.test,A\nA@CORP.test,B\n", "p.csv:3: address a@corp.test stands on line 2 already"},
		{"p.csv", "address,kind\na@corp.test,human\n", `p.csv:2: unknown kind "human"`},
		{"p.csv", "address,kind,network\na@corp.test,person,10.0.0.1\n", "p.csv:2: a person has no network"},
		{"p.csv", "address,name\na@corp.test\n", "p.csv:2: wrong number of fields"},
	} {
		_, err := load(t, c.file, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.toml"), options()); err == nil {
		t.Error("a missing file must be an error")
	}
}

func TestLoadCSV(t *testing.T) {
	for _, text := range []string{
		"address,name,aliases,roles,kind,network\nann@corp.test,\"Müller, Ann\",a.m@corp.test; am@alias.test,finance;executive,,\n" +
			"scan@corp.test,Scanner,,,sender,10.0.0.7\ninfo@corp.test,,,,shared,\n",
		"\xef\xbb\xbfAddress;Name;Aliases;Roles;Kind;Network\r\nann@corp.test;Müller, Ann;\"a.m@corp.test; am@alias.test\";\"finance;executive\";;\r\n" +
			"scan@corp.test;Scanner;;;sender;10.0.0.7\r\ninfo@corp.test;;;;Shared;\r\n",
	} {
		d, err := load(t, "people.CSV", text)
		if err != nil {
			t.Fatal(err)
		}
		e := d.Lookup("am@corp.test")
		if e.Address != "ann@corp.test" || len(e.Roles) != 2 || e.Kind != kith.KindPerson {
			t.Errorf("ann = %+v", e)
		}
		if d.Lookup("info@corp.test").Kind != kith.KindShared {
			t.Error("info is a shared box")
		}
		if _, ok := d.OwnSender("scan@corp.test", netip.MustParseAddr("10.0.0.7")); !ok {
			t.Error("the scanner is an own sender")
		}
	}
}

func TestOptionsMistakes(t *testing.T) {
	for _, o := range []Options{
		{Domains: []string{"a b"}}, {Domains: []string{""}}, {Domains: []string{"*.corp.test"}}, {Domains: []string{"x@corp.test"}},
		{Domains: []string{"corp.test"}, AliasDomains: map[string]string{"a.test": "other.test"}},
		{Domains: []string{"corp.test", "a.test"}, AliasDomains: map[string]string{"a.test": "corp.test"}},
		{Domains: []string{"corp.test"}, Delimiter: "@"}, {Domains: []string{"corp.test"}, Delimiter: "ü"},
	} {
		if _, err := New(o, nil, nil); err == nil {
			t.Errorf("New(%+v): no error", o)
		}
	}
	if _, err := New(options(), []Entry{{Address: "x@corp.test", Kind: kith.KindExternal}}, nil); err == nil {
		t.Error("an external address cannot be listed")
	}
}

func TestNewSenders(t *testing.T) {
	d, err := New(options(), []Entry{{Address: "Ann@corp.test", Kind: kith.KindPerson}},
		[]Sender{{Address: "scan+2@corp.test", Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}})
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := d.OwnSender("scan+2@corp.test", netip.MustParseAddr("10.9.9.9")); !ok || s.Address != "scan+2@corp.test" {
		t.Errorf("own sender with an extension: %+v %v", s, ok)
	}
	if _, ok := d.OwnSender("scan@corp.test", netip.MustParseAddr("10.9.9.9")); ok {
		t.Error("scan@ is not scan+2@")
	}
}
