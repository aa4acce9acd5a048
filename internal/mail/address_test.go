package mail

import (
	"strings"
	"testing"
	"time"
)

func TestAddresses(t *testing.T) {
	show := func(list []Address) string {
		var s []string
		for _, a := range list {
			x := a.Name + "<" + a.Addr + ">"
			if a.Group != "" {
				x = a.Group + ":" + x
			}
			s = append(s, x)
		}
		return strings.Join(s, " | ")
	}
	for _, c := range []struct{ in, want, odd string }{
		{"a@b.example", "<a@b.example>", ""},
		{"Ann <a@b.example>", "Ann<a@b.example>", ""},
		{"\"Smith, Ann\" <a@b.example>, b@c.example", "Smith, Ann<a@b.example> | <b@c.example>", ""},
		{"a@b.example (Ann)", "Ann<a@b.example>", "name-in-comment"},
		{"\"A \\\"B\\\" C\" <a@b.example>", "A \"B\" C<a@b.example>", ""},
		{"=?utf-8?Q?Smith,_Ann?= <a@b.example>", "Smith, Ann<a@b.example>", ""},
		{"\"=?utf-8?B?w4Q=?=\" <a@b.example>", "Ä<a@b.example>", "encoded-word-in-quotes"},
		{"=?utf-8?Q?A?= =?utf-8?Q?nn?= <a@b.example>", "Ann<a@b.example>", ""},
		{"Team: a@b.example, C <c@d.example>; e@f.example", "Team:<a@b.example> | Team:C<c@d.example> | <e@f.example>", ""},
		{"undisclosed-recipients:;", "", ""},
		{"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete<pete@silly.test>", "obsolete-address"},
		{"Mary <@machine.tld:mary@example.net>, , jdoe@test   . example", "Mary<mary@example.net> | <jdoe@test.example>", "obsolete-address"},
		{"<a@b.example> <c@d.example>", "<a@b.example> | <c@d.example>", "address-without-comma"},
		{"Bob <b@c.example> Ann <a@c.example>", "Bob<b@c.example> | Ann<a@c.example>", "address-without-comma"},
		{"Ann a@b.example", "Ann<a@b.example>", "address-without-brackets"},
		{"a@b.example; c@d.example", "<a@b.example> | <c@d.example>", ""},
		{"root", "<root>", "address-without-domain"},
		{"Just A Name", "Just A Name<>", "address-without-domain"},
		{"Ann <a@b.example", "Ann<a@b.example>", "unclosed-angle"},
		{"\"Ann <a@b.example>", "Ann<a@b.example>", "unclosed-quote"},
		{"<>", "<>", "empty-address"},
		{"", "", ""},
		{"\"quoted local\"@b.example", "<\"quoted local\"@b.example>", ""},
		{"j\xc3\xb6@m\xc3\xa4.example", "<jö@mä.example>", ""},
		{"ann@real.example <evil@other.example>", "ann@real.example<evil@other.example>", ""},
		{"\"ann@real.example\" <evil@other.example>", "ann@real.example<evil@other.example>", ""},
		{"<mailto:a@b.example>", "<a@b.example>", ""},
		{"J. Q. Public <j@q.example>", "J. Q. Public<j@q.example>", ""},
	} {
		list, odd := readAddresses(c.in, "", 100)
		if got := show(list); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
		if got := strings.Join(odd, ","); got != c.odd {
			t.Errorf("%q: odd %q, want %q", c.in, got, c.odd)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ in, want, zone string }{
		{"Mon, 3 Nov 2025 10:12:01 +0100", "2025-11-03T09:12:01Z", "+0100"},
		{"3 Nov 2025 10:12 +0900 (JST)", "2025-11-03T01:12:00Z", "+0900"},
		{"Wed, 11 Feb 98 11:51 CST", "1998-02-11T17:51:00Z", "CST"},
		{"Thu, 18 Oct 2012 22:48:39 GMT", "2012-10-18T22:48:39Z", "GMT"},
		{"Fri,  1 Jan 2021 00:00:00 -0000", "2021-01-01T00:00:00Z", "-0000"},
		{"Thu Oct 18 22:48:39 2012", "2012-10-18T22:48:39Z", ""},
		{"18-Oct-2012 22:48:39 +0000", "2012-10-18T22:48:39Z", "+0000"},
		{"soon", "0001-01-01T00:00:00Z", ""},
		{"", "0001-01-01T00:00:00Z", ""},
		{"99 Nov 2025 10:12:01 +0100", "0001-01-01T00:00:00Z", ""},
	} {
		got, zone := readDate(c.in)
		if s := got.UTC().Format(time.RFC3339); s != c.want || zone != c.zone {
			t.Errorf("%q: %s %q", c.in, s, zone)
		}
	}
}

func TestUnquotedComma(t *testing.T) {
	for in, want := range map[string]string{
		"Smith, Ann <a@b.example>":       "Smith, Ann<a@b.example>",
		"Smith, Ann (US) <a@b.example>":  "Smith, Ann<a@b.example>",
		"Prize! ,_<a@b.example>":         "Prize!, _<a@b.example>",
		"x@y.example, Ann <a@b.example>": "<x@y.example> Ann<a@b.example>",
		"root, a@b.example":              "root<> <a@b.example>",
		"Smith, Ann":                     "<Smith> <Ann>",
		"\"Smith, Ann\" <a@b.example>":   "Smith, Ann<a@b.example>",
	} {
		var got []string
		for _, a := range parseString("From: " + in + "\n\n").From {
			got = append(got, a.Name+"<"+a.Addr+">")
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: got %q, want %q", in, s, want)
		}
	}
}
