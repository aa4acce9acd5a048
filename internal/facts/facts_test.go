package facts

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"kith/internal/border"
	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
)

const date = "; Mon, 2 Mar 2026 12:00:00 +0000\r\n"

var now = time.Date(2026, 3, 2, 12, 0, 1, 0, time.UTC)

func people(t testing.TB) *directory.Directory {
	t.Helper()
	d, err := directory.New(directory.Options{Domains: []string{"corp.test"}, Delimiter: "+"}, []directory.Entry{
		{Address: "ann@corp.test", Name: "Ann Lee", Kind: kith.KindPerson, Aliases: []string{"a.lee@corp.test"}},
		{Address: "info@corp.test", Kind: kith.KindShared},
	}, []directory.Sender{{Address: "scanner@corp.test", Networks: []netip.Prefix{netip.MustParsePrefix("10.1.2.0/24")}}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// gather does what the pipeline does between seat and detectors.
func gather(t testing.TB, dir *directory.Directory, raw string, env *kith.Envelope) (*Case, mailauth.Input) {
	t.Helper()
	m := mail.Parse([]byte(raw), mail.DefaultLimits())
	trust := &border.Trust{Relays: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/29")}}
	v := See(trust, dir, m, env)
	return Gather(v, dir, m, env, mailauth.Result{SPF: mailauth.Pass}, now), v.AuthInput([]byte(raw), env)
}

const vendorMail = "Authentication-Results: mx.corp.test; spf=pass smtp.mailfrom=vendor.example\r\n" +
	"Received: from gw.corp.test (gw.corp.test [10.0.0.2]) by mx.corp.test (Postfix) with ESMTPS id G" + date +
	"Authentication-Results: gw.corp.test; dkim=pass header.d=vendor.example\r\n" +
	"Received: from mail.vendor.example (mail.vendor.example [192.0.2.10]) by gw.corp.test (Postfix) with ESMTPS id W" + date +
	"Authentication-Results: gw.corp.test; dmarc=pass header.from=corp.test\r\n" +
	"Received: from x (x [203.0.113.1]) by mail.vendor.example with ESMTPSA id X" + date +
	"From: \"Ann Lee\" <A.Lee+x@Corp.test>, bob@vendor.example\r\n" +
	"To: info@corp.test\r\nSubject: hello\r\n\r\nbody\r\n"

func TestGather(t *testing.T) {
	dir := people(t)
	env := &kith.Envelope{Seat: kith.SeatLMTP, MailFrom: "bob@vendor.example", Arrived: now, Rcpts: []string{"INFO@corp.test", "nobody@corp.test", "ann+x@corp.test"}}
	c, in := gather(t, dir, vendorMail, env)
	if c.Direction != kith.Inbound || c.Why == "" || c.Hop.Addr.String() != "192.0.2.10" || c.Hop.Index != 1 {
		t.Errorf("direction %s (%s), hop %+v", c.Direction, c.Why, c.Hop)
	}
	if c.AuthorAddr != "a.lee@corp.test" || c.AuthorName != "Ann Lee" || c.Author.Address != "ann@corp.test" || c.Authors() != 2 {
		t.Errorf("author %q %q is %+v, %d authors", c.AuthorAddr, c.AuthorName, c.Author, c.Authors())
	}
	kinds := ""
	for i, r := range c.Rcpts {
		kinds += string(r.Entry.Kind) + " "
		if r.Given != env.Rcpts[i] {
			t.Errorf("recipient %d is %q, given %q", i, r.Given, env.Rcpts[i])
		}
	}
	if kinds != "shared unknown person " {
		t.Errorf("kinds %s", kinds)
	}
	if c.Auth.SPF != mailauth.Pass || c.Envelope != env || c.Dir != dir || !c.Now.Equal(now) {
		t.Error("what was handed in does not stand in the case")
	}
	if in.Client.Addr.String() != "192.0.2.10" || in.Client.Helo != "mail.vendor.example" || len(in.FromDomains) != 2 {
		t.Errorf("authentication is asked %+v", in)
	}
	if block := strings.Join(in.BorderBlock, "|"); len(in.BorderBlock) != 2 || strings.Contains(block, "dmarc") {
		t.Errorf("border block %q: what stands below the border is the sender's", block)
	}
}

func TestDirections(t *testing.T) {
	dir := people(t)
	own := "From: ann@corp.test\r\n\r\nx\r\n"
	for _, c := range []struct {
		what, raw string
		env       kith.Envelope
		want      kith.Direction
	}{
		{"a login", own, kith.Envelope{Seat: kith.SeatMilter, Login: "ann", MailFrom: "ann@corp.test", Rcpts: []string{"info@corp.test"}}, kith.Internal},
		{"a login, to others too", own, kith.Envelope{Seat: kith.SeatMilter, Login: "ann", Rcpts: []string{"info@corp.test", "x@vendor.example"}}, kith.Outbound},
		{"a scanner", own, kith.Envelope{Seat: kith.SeatMilter, MailFrom: "scanner@corp.test", Rcpts: []string{"ann@corp.test"}, Client: kith.Client{Addr: netip.MustParseAddr("10.1.2.3")}}, kith.Internal},
		{"its address from elsewhere", own, kith.Envelope{Seat: kith.SeatMilter, MailFrom: "scanner@corp.test", Rcpts: []string{"ann@corp.test"}, Client: kith.Client{Addr: netip.MustParseAddr("192.0.2.3")}}, kith.Inbound},
		{"a From of ours alone", own, kith.Envelope{Seat: kith.SeatSMTP, MailFrom: "ann@corp.test", Rcpts: []string{"ann@corp.test"}, Client: kith.Client{Addr: netip.MustParseAddr("192.0.2.3")}}, kith.Inbound},
		{"a field before the queue", "Received: by mx.corp.test (Postfix, from userid 0) id L" + date + own, kith.Envelope{Seat: kith.SeatSMTP, Rcpts: []string{"ann@corp.test"}, Client: kith.Client{Addr: netip.MustParseAddr("192.0.2.3")}}, kith.Inbound},
		{"the same behind the queue", "Received: by mx.corp.test (Postfix, from userid 0) id L" + date + own, kith.Envelope{Seat: kith.SeatLMTP, Rcpts: []string{"ann@corp.test"}}, kith.Internal},
		{"a file without trace", own, kith.Envelope{Seat: kith.SeatJudge, Rcpts: []string{"ann@corp.test"}}, kith.UnknownDirection},
	} {
		got, _ := gather(t, dir, c.raw, &c.env)
		if got.Direction != c.want {
			t.Errorf("%s: %s (%s), want %s", c.what, got.Direction, got.Why, c.want)
		}
	}
}

func TestGatherOfNothing(t *testing.T) {
	c, _ := gather(t, nil, "", &kith.Envelope{Seat: kith.SeatJudge, Rcpts: []string{"a@b.test"}})
	if c.AuthorAddr != "" || c.Author.Kind != kith.KindExternal || c.Rcpts[0].Entry.Kind != kith.KindExternal || c.Authors() != 0 {
		t.Errorf("%+v", c)
	}
}

func BenchmarkGather(b *testing.B) {
	dir := people(b)
	env := &kith.Envelope{Seat: kith.SeatLMTP, MailFrom: "bob@vendor.example", Arrived: now, Rcpts: []string{"info@corp.test", "ann+x@corp.test"}}
	m := mail.Parse([]byte(vendorMail), mail.DefaultLimits())
	trust := &border.Trust{Relays: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/29")}}
	b.ReportAllocs()
	for b.Loop() {
		Gather(See(trust, dir, m, env), dir, m, env, mailauth.Result{}, now)
	}
}
