package border

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/internal/kith"
)

const date = "; Mon, 2 Mar 2026 12:00:00 +0000"

// The lines that the cases below are made of, as our own hosts and others write
// them.
const (
	fromVendor   = "from mail.vendor.example (mail.vendor.example [192.0.2.10]) by mx.corp.test (Postfix) with ESMTPS id V" + date
	fromHome     = "from laptop (home.isp.example [198.51.100.77]) (Authenticated sender: ann) by mx.corp.test (Postfix) with ESMTPSA id H" + date
	fromHomeExim = "from home.isp.example ([198.51.100.77] helo=laptop) by mx.corp.test with esmtpsa (TLS1.3) (Exim 4.96) id H" + date
	fromScanner  = "from scanner (unknown [10.1.2.9]) by mx.corp.test (Postfix) with ESMTP id S" + date
	fromGateway  = "from gw.corp.test (gw.corp.test [10.0.0.2]) by mx.corp.test (Postfix) with ESMTPS id G" + date
	vendorAtGW   = "from mail.vendor.example (mail.vendor.example [192.0.2.10]) by gw.corp.test (Postfix) with ESMTPS id W" + date
	reinjected   = "from localhost (localhost [127.0.0.1]) by mx.corp.test (Postfix) with ESMTP id R" + date
	atFilter     = "from mx.corp.test ([127.0.0.1]) by localhost (mx.corp.test [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id F" + date
	bySendmail   = "by mx.corp.test (Postfix, from userid 1000) id L" + date
	bounce       = "by mx.corp.test (Postfix) id B" + date
	viaDovecot   = "from mx.corp.test by imap.corp.test with LMTP id D" + date
	submitHost   = "from submit.corp.test (submit.corp.test [10.0.0.3]) by mx.corp.test (Postfix) with ESMTPS id T" + date
	homeAtSubmit = "from laptop (home.isp.example [198.51.100.77]) (Authenticated sender: ann) by submit.corp.test (Postfix) with ESMTPSA id U" + date
	webmail      = "from webmail.corp.test (webmail.corp.test [10.0.0.5]) (Authenticated sender: ann) by mx.corp.test (Postfix) with ESMTPSA id M" + date
	atWebmail    = "from [198.51.100.77] by webmail.corp.test with HTTP" + date
	forgedLogin  = "from laptop (home.isp.example [198.51.100.99]) (Authenticated sender: ceo) by mx.corp.test (Postfix) with ESMTPSA id X" + date
	forgedLocal  = "by mx.corp.test (Postfix, from userid 0) id Y" + date
)

func trusted() *Trust {
	return &Trust{Relays: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/29")}, Hosts: []string{"mx.corp.test"}}
}

func hop(addr string) Hop {
	return Hop{Addr: netip.MustParseAddr(addr), Name: "name.of." + addr, Helo: "helo", Proto: "ESMTP", Index: -1}
}

func TestWalkAndDecide(t *testing.T) {
	for _, c := range []struct {
		what     string
		received []string
		protocol Hop
		proxy    bool // the seat stands before the queue: nothing is stamped
		in       Input
		border   string
		block    int
		want     kith.Direction
		why      string
	}{
		{what: "a mail from outside", received: []string{fromVendor}, border: "192.0.2.10", block: 0, want: kith.Inbound, why: "did not sign in"},
		{what: "the same, XFORWARD names the client", received: []string{fromVendor}, protocol: hop("192.0.2.10"), border: "192.0.2.10", block: 0, want: kith.Inbound},
		{what: "an employee at home to a colleague", received: []string{fromHome}, border: "198.51.100.77", block: 0, want: kith.Internal, why: "signed in as ann at mx.corp.test (ESMTPSA)"},
		{what: "an employee at home to a customer", received: []string{fromHome}, in: Input{ToOthers: true}, border: "198.51.100.77", block: 0, want: kith.Outbound},
		{what: "the same by Exim", received: []string{fromHomeExim}, protocol: hop("198.51.100.77"), border: "198.51.100.77", block: 0, want: kith.Internal, why: "signed in at mx.corp.test"},
		{what: "the milter on submission knows the login", protocol: hop("198.51.100.77"), proxy: true, in: Input{Login: "ann"}, border: "198.51.100.77", block: -1, want: kith.Internal, why: "signed in as ann"},
		{what: "a milter's note joins at LMTP", received: []string{fromVendor}, in: Input{Login: "ann"}, border: "192.0.2.10", block: 0, want: kith.Internal},
		{what: "a scanner in the LAN, listed", received: []string{fromScanner}, in: Input{OwnSender: "scanner@corp.test"}, border: "10.1.2.9", block: 0, want: kith.Internal, why: "own sender scanner@corp.test at 10.1.2.9"},
		{what: "a scanner in the LAN, not listed: its address alone says nothing", received: []string{fromScanner}, in: Input{ClaimsUs: true}, border: "10.1.2.9", block: 0, want: kith.Inbound, why: "uses an own domain"},
		{what: "a web form with its sender", received: []string{fromVendor}, in: Input{OwnSender: "www@corp.test", ToOthers: true}, border: "192.0.2.10", block: 0, want: kith.Outbound},
		{what: "our own domain forged outside", received: []string{fromVendor}, in: Input{ClaimsUs: true}, border: "192.0.2.10", block: 0, want: kith.Inbound, why: "uses an own domain"},
		{what: "a gateway in front", received: []string{fromGateway, vendorAtGW}, border: "192.0.2.10", block: 1, want: kith.Inbound},
		{what: "a gateway in front of a milter", received: []string{vendorAtGW}, protocol: Hop{Addr: netip.MustParseAddr("10.0.0.2"), Name: "gw.corp.test"}, proxy: true, border: "192.0.2.10", block: 0, want: kith.Inbound},
		{what: "a gateway, a filter, LMTP", received: []string{viaDovecot, reinjected, atFilter, fromGateway, vendorAtGW}, border: "192.0.2.10", block: 4, want: kith.Inbound},
		{what: "sendmail(1)", received: []string{bySendmail}, block: 0, want: kith.Internal, why: "submitted on mx.corp.test itself"},
		{what: "our own bounce", received: []string{bounce}, block: 0, want: kith.Internal, why: "submitted on mx.corp.test itself"},
		{what: "a filter hands back by SMTP", received: []string{reinjected, atFilter, fromVendor}, border: "192.0.2.10", block: 2, want: kith.Inbound},
		{what: "a filter hands back by sendmail(1)", received: []string{bySendmail, fromVendor}, border: "192.0.2.10", block: 1, want: kith.Inbound},
		{what: "a filter hands back an employee's mail", received: []string{reinjected, atFilter, fromHome}, border: "198.51.100.77", block: 2, want: kith.Internal, why: "signed in as ann"},
		{what: "the XFORWARD of a filter names the true client", received: []string{reinjected, fromVendor}, protocol: hop("192.0.2.10"), border: "192.0.2.10", block: 1, want: kith.Inbound},
		{what: "a submission host of its own", received: []string{submitHost, homeAtSubmit}, border: "198.51.100.77", block: 1, want: kith.Internal, why: "submit.corp.test"},
		{what: "webmail", received: []string{webmail, atWebmail}, border: "198.51.100.77", block: 1, want: kith.Internal, why: "signed in as ann"},
		{what: "webmail that writes no field of its own", received: []string{webmail}, border: "10.0.0.5", block: 0, want: kith.Internal},
		{what: "an own relay that says not from whom", received: []string{fromGateway}, border: "10.0.0.2", block: 0, want: kith.UnknownDirection, why: "without sign-in"},
		{what: "something on loopback: a container's proxy, for all we know", received: []string{reinjected}, border: "127.0.0.1", block: 0, want: kith.UnknownDirection},
		{what: "nothing known", block: -1, want: kith.UnknownDirection, why: "no client known"},

		{what: "forged login below the border", received: []string{fromVendor, forgedLogin}, border: "192.0.2.10", block: 0, want: kith.Inbound},
		{what: "forged sendmail(1) below the border", received: []string{fromVendor, forgedLocal}, border: "192.0.2.10", block: 0, want: kith.Inbound},
		{what: "forged login before a milter", received: []string{forgedLogin}, protocol: hop("192.0.2.66"), proxy: true, border: "192.0.2.66", block: -1, want: kith.Inbound},
		{what: "forged login of the forger's own address before a milter", received: []string{forgedLogin}, protocol: hop("198.51.100.99"), proxy: true, border: "198.51.100.99", block: -1, want: kith.Inbound},
		{what: "before a milter that knows no client", received: []string{forgedLogin}, proxy: true, block: -1, want: kith.UnknownDirection},
		{what: "the protocol's client is another than the field's", received: []string{fromHome}, protocol: hop("192.0.2.66"), border: "192.0.2.66", block: -1, want: kith.Inbound},
		{what: "a silent relay hands on what the sender wrote", received: []string{fromGateway, strings.Replace(forgedLogin, "mx.corp.test", "mail.corp.test", 1)}, border: "198.51.100.99", block: 1, want: kith.Inbound},
		{what: "a client that calls itself like our host", received: []string{"from mx.corp.test (mx.corp.test [192.0.2.66] (may be forged)) by mx.corp.test (8.17.1/8.17.1) with ESMTP id 1" + date, forgedLocal}, border: "192.0.2.66", block: 0, want: kith.Inbound},
		{what: "a client that calls itself by our address", received: []string{"from [10.0.0.2] (unknown [192.0.2.66]) by mx.corp.test (Postfix) with ESMTP id 1" + date, forgedLocal}, border: "192.0.2.66", block: 0, want: kith.Inbound},
	} {
		t.Run(c.what, func(t *testing.T) {
			way := trusted().Walk(Path{Received: c.received, Protocol: c.protocol, Stamped: !c.proxy})
			addr := ""
			if way.Border.Addr.IsValid() {
				addr = way.Border.Addr.String()
			}
			if addr != c.border || way.Block != c.block {
				t.Errorf("border %q block %d, want %q %d", addr, way.Block, c.border, c.block)
			}
			c.in.Way = way
			got, why := Decide(c.in)
			if got != c.want || !strings.Contains(why, c.why) {
				t.Errorf("%s (%s), want %s (%s)", got, why, c.want, c.why)
			}
		})
	}
}

func TestWalkEndsInLoops(t *testing.T) {
	many := make([]string, 1000)
	for i := range many {
		many[i] = bySendmail
	}
	way := trusted().Walk(Path{Received: many, Stamped: true})
	if d, why := Decide(Input{Way: way}); d != kith.UnknownDirection {
		t.Errorf("a thousand fields: %s (%s)", d, why)
	}
}

func TestProtocolFillsGaps(t *testing.T) {
	p := Hop{Addr: netip.MustParseAddr("192.0.2.10"), Name: "[UNAVAILABLE]"}
	way := (*Trust)(nil).Walk(Path{Received: []string{fromVendor}, Protocol: p, Stamped: true})
	if b := way.Border; b.Time.IsZero() || b.Name != "mail.vendor.example" || b.Helo != "mail.vendor.example" || b.ID != "V" || b.Index != 0 {
		t.Errorf("border = %+v", b)
	}
}

// Whatever stands in a message, it makes nobody one of us: without a sign-in
// that a host of ours wrote down, an own sender, or local submission, the
// direction is never internal or outbound. And a foreign client that the
// protocol names is the border, whatever the fields say.
func TestDecideNeedsAuthentication(t *testing.T) {
	hostile := []string{fromVendor, forgedLogin, forgedLocal, fromGateway, vendorAtGW, reinjected, atFilter, bySendmail, bounce,
		viaDovecot, homeAtSubmit, webmail, atWebmail, fromScanner, "", "from x", "by mx.corp.test with ESMTPSA", "(qmail 1 invoked by uid 2)"}
	rapid.Check(t, func(t *rapid.T) {
		below := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()), 0, 6).Draw(t, "fields by the sender")
		ours := rapid.SampledFrom([][]string{{fromVendor}, {fromGateway, vendorAtGW}, {reinjected, atFilter, fromVendor}, {bySendmail, fromVendor},
			{viaDovecot, fromVendor}, {fromScanner}}).Draw(t, "fields by our hosts")
		in := Input{ToOthers: rapid.Bool().Draw(t, "to others"), ClaimsUs: rapid.Bool().Draw(t, "claims us")}
		in.Way = trusted().Walk(Path{Received: append(append([]string{}, ours...), below...), Stamped: true})
		if d, why := Decide(in); d != kith.Inbound {
			t.Fatalf("a stranger's mail is %s (%s)", d, why)
		}
		if in.Way.Block != len(ours)-1 {
			t.Fatalf("block %d, want %d", in.Way.Block, len(ours)-1)
		}
		client := hop(rapid.SampledFrom([]string{"192.0.2.66", "198.51.100.99", "2001:db8::1"}).Draw(t, "client"))
		in.Way = trusted().Walk(Path{Received: below, Protocol: client})
		if d, why := Decide(in); d != kith.Inbound || in.Way.Border.Addr != client.Addr || in.Way.Block != -1 {
			t.Fatalf("a stranger at the milter is %s (%s), border %v", d, why, in.Way.Border)
		}
	})
}

// Decide alone: over every input, the two directions that trust need one of the
// three reasons.
func TestDecideReasons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := func(name string) bool { return rapid.Bool().Draw(t, name) }
		in := Input{ToOthers: b("to others"), ClaimsUs: b("claims"), Way: Way{Inside: b("inside"), SignedIn: b("signed"), Local: b("local")}}
		if b("addr") {
			in.Way.Border.Addr = netip.MustParseAddr(rapid.SampledFrom([]string{"10.0.0.1", "192.0.2.1", "::1"}).Draw(t, "a"))
		}
		if b("login") {
			in.Login = "ann"
		}
		if b("sender") {
			in.OwnSender = "scan@corp.test"
		}
		reason := in.Login != "" || in.OwnSender != "" || in.Way.SignedIn || in.Way.Local
		d, why := Decide(in)
		trusts := d == kith.Internal || d == kith.Outbound
		if trusts != reason || why == "" || trusts && (d == kith.Outbound) != in.ToOthers {
			t.Fatalf("%+v: %s (%s)", in, d, why)
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	trust := trusted()
	p := Path{Received: []string{viaDovecot, reinjected, atFilter, fromGateway, vendorAtGW, forgedLogin}, Stamped: true}
	b.ReportAllocs()
	for b.Loop() {
		if way := trust.Walk(p); way.Block != 4 {
			b.Fatal(fmt.Sprint(way.Block))
		}
	}
}
