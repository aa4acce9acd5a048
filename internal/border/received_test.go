package border

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestParseReceived(t *testing.T) {
	type want struct {
		addr, name, helo, by, proto, id, forAddr, login string
		verified, local, auth, tls                      bool
	}
	for _, c := range []struct {
		mta, line string
		want      want
	}{
		{"postfix", "from mail.vendor.example (mail.vendor.example [192.0.2.10])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\r\n\t(No client certificate requested)\r\n\tby mx.corp.test (Postfix) with ESMTPS id 4Yk2lQ1XzRz9sXM\r\n\tfor <ann@corp.test>; Mon, 2 Mar 2026 12:00:00 +0000 (UTC)",
			want{addr: "192.0.2.10", name: "mail.vendor.example", helo: "mail.vendor.example", by: "mx.corp.test", proto: "ESMTPS", id: "4Yk2lQ1XzRz9sXM", forAddr: "ann@corp.test", verified: true, tls: true}},
		{"postfix, no reverse name, IPv6", "from [10.9.9.9] (unknown [IPv6:2001:db8::25]) by mx.corp.test (Postfix) with ESMTP id ABC; Mon, 2 Mar 2026 12:00:00 +0000",
			want{addr: "2001:db8::25", helo: "[10.9.9.9]", by: "mx.corp.test", proto: "ESMTP", id: "ABC"}},
		{"postfix, submission", "from [192.168.178.20] (p5b2.dip0.isp.example [198.51.100.77])\n (using TLSv1.3 with cipher X (128/128 bits))\n (Client did not present a certificate)\n (Authenticated sender: ann@corp.test)\n by mx.corp.test (Postfix) with ESMTPSA id 1234; Mon, 2 Mar 2026 12:00:00 +0000",
			want{addr: "198.51.100.77", name: "p5b2.dip0.isp.example", helo: "[192.168.178.20]", by: "mx.corp.test", proto: "ESMTPSA", id: "1234", login: "ann@corp.test", verified: true, auth: true, tls: true}},
		{"postfix, sendmail(1)", "by mx.corp.test (Postfix, from userid 0)\n\tid 5D1E; Mon, 2 Mar 2026 12:00:00 +0000",
			want{by: "mx.corp.test", id: "5D1E", local: true}},
		{"postfix, bounce", "by mx.corp.test (Postfix)\n\tid 5D1F; Mon, 2 Mar 2026 12:00:00 +0000",
			want{by: "mx.corp.test", id: "5D1F", local: true}},
		{"postfix, a name that pretends", "from by.evil.example (from.userid.0.example [192.0.2.66]) by mx.corp.test (Postfix) with ESMTP id 1; Mon, 2 Mar 2026 12:00:00 +0000",
			want{addr: "192.0.2.66", name: "from.userid.0.example", helo: "by.evil.example", by: "mx.corp.test", proto: "ESMTP", id: "1", verified: true}},
		{"exim, name looked up", "from mail.vendor.example ([192.0.2.10]:48112 helo=smtp.vendor.example)\n\tby mx.corp.test with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.96)\n\t(envelope-from <bob@vendor.example>)\n\tid 1pXyZ1-0001ab-2c\n\tfor ann@corp.test;\n\tMon, 02 Mar 2026 12:00:00 +0000",
			want{addr: "192.0.2.10", name: "mail.vendor.example", helo: "smtp.vendor.example", by: "mx.corp.test", proto: "ESMTPS", id: "1pXyZ1-0001ab-2c", forAddr: "ann@corp.test", verified: true, tls: true}},
		{"exim, no name", "from [192.0.2.10] (helo=smtp.vendor.example) by mx.corp.test with esmtp (Exim 4.94.2) id 1abc-00-xx; Mon, 02 Mar 2026 12:00:00 +0000",
			want{addr: "192.0.2.10", helo: "smtp.vendor.example", by: "mx.corp.test", proto: "ESMTP", id: "1abc-00-xx"}},
		{"exim, helo is a literal", "from [192.0.2.10] (helo=[10.0.0.1]) by mx.corp.test with esmtp (Exim 4.94.2) id 1abd; Mon, 02 Mar 2026 12:00:00 +0000",
			want{addr: "192.0.2.10", helo: "[10.0.0.1]", by: "mx.corp.test", proto: "ESMTP", id: "1abd"}},
		{"exim, local", "from ann by mx.corp.test with local (Exim 4.96) (envelope-from <ann@corp.test>) id 1abe; Mon, 02 Mar 2026 12:00:00 +0000",
			want{helo: "ann", by: "mx.corp.test", proto: "LOCAL", id: "1abe", local: true}},
		{"exim, signed in", "from [198.51.100.77] (helo=laptop) by mx.corp.test with esmtpsa (TLS1.3:X:256) (Exim 4.96) id 1abf; Mon, 02 Mar 2026 12:00:00 +0000",
			want{addr: "198.51.100.77", helo: "laptop", by: "mx.corp.test", proto: "ESMTPSA", id: "1abf", auth: true, tls: true}},
		{"sendmail", "from smtp.vendor.example (mail.vendor.example [192.0.2.10]) by mx.corp.test (8.17.1/8.17.1) with ESMTPS id 622C0x9Z012345 (version=TLSv1.3 cipher=X bits=256 verify=NO) for <ann@corp.test>; Mon, 2 Mar 2026 12:00:00 GMT",
			want{addr: "192.0.2.10", name: "mail.vendor.example", helo: "smtp.vendor.example", by: "mx.corp.test", proto: "ESMTPS", id: "622C0x9Z012345", forAddr: "ann@corp.test", verified: true, tls: true}},
		{"sendmail, forged", "from mx.corp.test (mx.corp.test [192.0.2.66] (may be forged)) by mx.corp.test (8.17.1/8.17.1) with ESMTP id 1; Mon, 2 Mar 2026 12:00:00 GMT",
			want{addr: "192.0.2.66", name: "mx.corp.test", helo: "mx.corp.test", by: "mx.corp.test", proto: "ESMTP", id: "1"}},
		{"sendmail, ident", "from smtp.vendor.example (bob@mail.vendor.example [192.0.2.10]) by mx.corp.test (8.17.1/8.17.1) with ESMTP id 2; Mon, 2 Mar 2026 12:00:00 GMT",
			want{addr: "192.0.2.10", name: "mail.vendor.example", helo: "smtp.vendor.example", by: "mx.corp.test", proto: "ESMTP", id: "2", verified: true}},
		{"sendmail, local", "(from root@localhost) by mx.corp.test (8.17.1/8.17.1/Submit) id 622C0x; Mon, 2 Mar 2026 12:00:00 GMT",
			want{by: "mx.corp.test", id: "622C0x", local: true}},
		{"exchange", "from AM0PR01.eurprd01.prod.exchange.example (2603:10a6:208::15) by VI1PR01.eurprd01.prod.exchange.example (2603:10a6:800::8) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8655.12; Mon, 2 Mar 2026 12:00:00 +0000",
			want{addr: "2603:10a6:208::15", helo: "AM0PR01.eurprd01.prod.exchange.example", by: "VI1PR01.eurprd01.prod.exchange.example", proto: "SMTP", id: "15.20.8655.12", tls: true}},
		{"exchange on the premises", "from EX1.corp.test (192.168.1.10) by EX2.corp.test (192.168.1.11) with Microsoft SMTP Server (TLS) id 15.1.2507.6 via Frontend Transport; Mon, 2 Mar 2026 12:00:00 +0100",
			want{addr: "192.168.1.10", helo: "EX1.corp.test", by: "EX2.corp.test", proto: "SMTP", id: "15.1.2507.6", tls: true}},
		{"exchange, mapi", "from EX1.corp.test ([fe80::1:2:3:4]) by EX1.corp.test ([fe80::1:2:3:4%5]) with mapi id 15.01.2507.006; Mon, 2 Mar 2026 12:00:00 +0100",
			want{addr: "fe80::1:2:3:4", helo: "EX1.corp.test", by: "EX1.corp.test", proto: "MAPI", id: "15.01.2507.006"}},
		{"gmail", "from mail-sor-f41.bigmail.example (mail-sor-f41.bigmail.example. [203.0.113.41])\n        by mx.bigmail.example with SMTPS id a1sor123.2.2026.03.02.04.00.00\n        for <ann@corp.test>\n        (Google Transport Security);\n        Mon, 02 Mar 2026 04:00:00 -0800 (PST)",
			want{addr: "203.0.113.41", name: "mail-sor-f41.bigmail.example", helo: "mail-sor-f41.bigmail.example", by: "mx.bigmail.example", proto: "SMTPS", id: "a1sor123.2.2026.03.02.04.00.00", forAddr: "ann@corp.test", verified: true}},
		{"gmail, inside", "by 2002:a05:6402:1234:b0:5e0:1 with SMTP id 4fb4d7f4; Mon, 02 Mar 2026 04:00:00 -0800 (PST)",
			want{by: "2002:a05:6402:1234:b0:5e0:1", proto: "SMTP", id: "4fb4d7f4"}},
		{"qmail", "from unknown (HELO smtp.vendor.example) (192.0.2.10)\n  by 0 with SMTP; 2 Mar 2026 12:00:00 -0000",
			want{addr: "192.0.2.10", helo: "smtp.vendor.example", by: "0", proto: "SMTP"}},
		{"qmail, named", "from mail.vendor.example (HELO [10.0.0.1]) (bob@192.0.2.10) by mx.corp.test with ESMTPS; 2 Mar 2026 12:00:00 -0000",
			want{addr: "192.0.2.10", name: "mail.vendor.example", helo: "[10.0.0.1]", by: "mx.corp.test", proto: "ESMTPS", tls: true}},
		{"qmail, program", "(qmail 12345 invoked by uid 89); 2 Mar 2026 12:00:00 -0000", want{local: true}},
		{"qmail, network", "(qmail 12345 invoked from network); 2 Mar 2026 12:00:00 -0000", want{}},
		{"dovecot", "from mx.corp.test\n\tby imap.corp.test with LMTP\n\tid UHkHHrMTpGllBQAAW4+XNg\n\t(envelope-from <bob@vendor.example>)\n\tfor <ann@corp.test>; Mon, 02 Mar 2026 12:00:00 +0000",
			want{helo: "mx.corp.test", by: "imap.corp.test", proto: "LMTP", id: "UHkHHrMTpGllBQAAW4+XNg", forAddr: "ann@corp.test"}},
		{"courier", "from mail.vendor.example (mail.vendor.example [::ffff:192.0.2.10]) (TLS: TLSv1.3,256bits,X) by mx.corp.test with ESMTPS id 0001; Mon, 02 Mar 2026 12:00:00 +0000",
			want{addr: "192.0.2.10", name: "mail.vendor.example", helo: "mail.vendor.example", by: "mx.corp.test", proto: "ESMTPS", id: "0001", verified: true, tls: true}},
		{"communigate", "from [198.51.100.77] (account ann@corp.test HELO laptop) by mx.corp.test (CommuniGate Pro SMTP 6.3) with ESMTPSA id 77; Mon, 02 Mar 2026 12:00:00 +0000",
			want{addr: "198.51.100.77", helo: "laptop", by: "mx.corp.test", proto: "ESMTPSA", id: "77", login: "ann@corp.test", auth: true, tls: true}},
		{"fetchmail", "from pop.isp.example [192.0.2.99] by desk.corp.test with POP3 (fetchmail-6.4) for <ann@localhost> (single-drop); Mon, 02 Mar 2026 12:00:00 +0000",
			want{addr: "192.0.2.99", helo: "pop.isp.example", by: "desk.corp.test", proto: "POP3", forAddr: "ann@localhost"}},
		{"lotus", "from notes.vendor.example ([192.0.2.10]) by hub.corp.test (Lotus Domino Release 9.0) with ESMTP id 2026030212-99; Mon, 2 Mar 2026 12:00:00 +0100",
			want{addr: "192.0.2.10", helo: "notes.vendor.example", by: "hub.corp.test", proto: "ESMTP", id: "2026030212-99"}},
		{"webmail", "from 198.51.100.77 (SquirrelMail authenticated user ann) by webmail.corp.test with HTTP; Mon, 2 Mar 2026 12:00:00 +0100",
			want{addr: "198.51.100.77", by: "webmail.corp.test", proto: "HTTP"}},
		{"nothing", "", want{}},
		{"a bracket that never closes", "from a (b [192.0.2.1] by mx with ESMTP; Mon, 2 Mar 2026 12:00:00 +0000", want{addr: "192.0.2.1", name: "b", helo: "a", verified: true}},
	} {
		r := ParseReceived(c.line, 3)
		addr := ""
		if r.Addr.IsValid() {
			addr = r.Addr.String()
		}
		got := want{addr: addr, name: r.Name, helo: r.Helo, by: r.By, proto: r.Proto, id: r.ID, forAddr: r.For, login: r.Login,
			verified: r.Verified, local: r.Local, auth: r.Authenticated(), tls: r.TLS}
		if got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.mta, got, c.want)
		}
		if r.Index != 3 {
			t.Errorf("%s: index %d", c.mta, r.Index)
		}
		if strings.Contains(c.line, "2026 12:00:00 +0000") && !r.Time.Equal(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: time %v", c.mta, r.Time)
		}
	}
}

func FuzzReceived(f *testing.F) {
	f.Add("from a (b [192.0.2.1]) by c (Postfix) with ESMTPSA id d for <e>; Mon, 2 Mar 2026 12:00:00 +0000")
	f.Add("(qmail 1 invoked by uid 2); x")
	f.Add("from [1.2.3.4] (helo=x) by (((((y")
	f.Add(`from "a b" (\) [IPv6:::1%eth0]) by ;;`)
	f.Fuzz(func(t *testing.T, line string) {
		r := ParseReceived(line, 0)
		for _, s := range []string{r.Name, r.Helo, r.By, r.Proto, r.ID, r.For, r.Login} {
			if len(s) > maxReceived || strings.ContainsAny(s, "\r\n\t ") {
				t.Errorf("a word of the field is not one: %q", s)
			}
		}
		if r.Addr.Is4In6() || r.Addr.Zone() != "" {
			t.Errorf("address %v is not in its plain form", r.Addr)
		}
		trust := &Trust{Relays: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Hosts: []string{"mx.corp.test"}}
		way := trust.Walk(Path{Received: strings.Split(line, "\x00"), Stamped: true})
		if way.Block >= len(strings.Split(line, "\x00")) || way.Block < -1 {
			t.Errorf("block %d of %d fields", way.Block, len(strings.Split(line, "\x00")))
		}
	})
}

func BenchmarkParseReceived(b *testing.B) {
	line := "from mail.vendor.example (mail.vendor.example [192.0.2.10])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\r\n\tby mx.corp.test (Postfix) with ESMTPS id 4Yk2lQ1XzRz9sXM\r\n\tfor <ann@corp.test>; Mon, 2 Mar 2026 12:00:00 +0000 (UTC)"
	b.ReportAllocs()
	for b.Loop() {
		ParseReceived(line, 0)
	}
}
