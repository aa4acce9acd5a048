package mailauth

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kith/internal/kith"
)

func TestParseAuthResults(t *testing.T) {
	for _, c := range []struct {
		in   string
		want AuthResults
	}{
		{" mx.corp.example; none", AuthResults{ID: "mx.corp.example"}},
		{"MX.Corp.Example 1;\r\n\tspf=pass (all (well) \\) yes) smtp.mailfrom=\"a b\"@vendor.example", AuthResults{ID: "mx.corp.example", Methods: []MethodResult{
			{Method: "spf", Result: "pass", Comment: "all (well) ) yes", Props: []Property{{"smtp", "mailfrom", `"a b"@vendor.example`}}}}}},
		{"mx; dkim/1 = FAIL reason=\"bad \\\"sig\\\"\" header . d = vendor.example header.b=ab/c+d=;;dmarc=pass(p=REJECT)header.from=vendor.example", AuthResults{ID: "mx", Methods: []MethodResult{
			{Method: "dkim", Result: "fail", Reason: `bad "sig"`, Props: []Property{{"header", "d", "vendor.example"}, {"header", "b", "ab/c+d="}}},
			{Method: "dmarc", Result: "pass", Comment: "p=REJECT", Props: []Property{{"header", "from", "vendor.example"}}}}}},
		{"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=v.example; dkim=none (message not signed)", AuthResults{Methods: []MethodResult{
			{Method: "spf", Result: "pass", Comment: "sender IP is 192.0.2.1", Props: []Property{{"smtp", "mailfrom", "v.example"}}},
			{Method: "dkim", Result: "none", Comment: "message not signed"}}}},
	} {
		got, err := ParseAuthResults(c.in)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", c.in, err, diff)
		}
	}
	for _, in := range []string{"mx; spf=pass (open", `mx; spf="open`, strings.Repeat("(", 50), "mx; " + strings.Repeat("a=b; ", 100), strings.Repeat("x", maxAuthResults+1)} {
		if _, err := ParseAuthResults(in); err == nil {
			t.Errorf("%.40q was read", in)
		}
	}
}

func TestTrustedHeader(t *testing.T) {
	const good = "mx.corp.example; dkim=pass header.d=vendor.example; spf=pass smtp.mailfrom=a@vendor.example; dmarc=pass (p=reject) header.from=vendor.example"
	for _, c := range []struct {
		name    string
		block   []string
		inMail  string // a field in the message that is not in the block
		source  Source
		dmarc   Status
		aligned []string
	}{
		{"trusted", []string{good}, "", SourceHeader, Pass, []string{"vendor.example"}},
		{"one field per filter", []string{
			"mx.corp.example; dmarc=pass header.from=vendor.example",
			"MX.Corp.Example; spf=pass smtp.mailfrom=vendor.example",
			"mx.corp.example; dkim=fail header.d=vendor.example"}, "", SourceHeader, Pass, []string{"vendor.example"}},
		{"pass without a domain", []string{"mx.corp.example; dkim=none; spf=none; dmarc=pass header.from=vendor.example"}, "", SourceHeader, Pass, []string{"vendor.example"}},
		{"its fail wins", []string{"mx.corp.example; dkim=pass header.d=vendor.example; dmarc=fail header.from=vendor.example"}, "", SourceHeader, Fail, nil},
		{"about another author", []string{"mx.corp.example; dkim=none; spf=none; dmarc=pass header.from=other.example"}, "", SourceHeader, Fail, nil},
		{"another server", []string{strings.Replace(good, "mx.corp", "mx.evil", 1)}, "", SourceSelf, Fail, nil},
		{"no id", []string{strings.TrimPrefix(good, "mx.corp.example; ")}, "", SourceSelf, Fail, nil},
		{"our id outside the block", nil, good, SourceSelf, Fail, nil},
		{"unreadable", []string{"mx.corp.example; dmarc=pass (open"}, "", SourceSelf, Fail, nil},
	} {
		b := newBench(t, Options{TrustedAuthServ: []string{"mx.corp.example"}})
		b.dns.TXT("_dmarc.vendor.example", "v=DMARC1; p=reject")
		raw := plainMail
		if c.inMail != "" {
			raw = "Authentication-Results: " + c.inMail + "\r\n" + raw
		}
		in := mailFrom(raw)
		in.BorderBlock = c.block
		r := b.Verify(context.Background(), in)
		if r.Source != c.source || r.DMARC != c.dmarc || !slices.Equal(r.Aligned, c.aligned) || r.DMARCPolicy != "reject" {
			t.Errorf("%s: %+v", c.name, r)
		}
		if (r.AuthServID == "mx.corp.example") != (c.source == SourceHeader) {
			t.Errorf("%s: id %q", c.name, r.AuthServID)
		}
	}
}

func TestOff(t *testing.T) {
	v := New(Options{TrustedAuthServ: []string{"mx.corp.example"}})
	in := mailFrom(sign(t, plainMail, signing{}))
	if r := v.Verify(context.Background(), in); r.Source != SourceNothing || r.DMARC != Unchecked || r.Proven() || r.DKIMStatus() != Unchecked {
		t.Errorf("%+v", r)
	}
	in.BorderBlock = []string{"mx.corp.example; dkim=pass header.d=mail.vendor.example"}
	if r := v.Verify(context.Background(), in); r.Source != SourceHeader || !slices.Equal(r.Aligned, []string{"mail.vendor.example"}) {
		t.Errorf("%+v", r)
	}
}

func TestARC(t *testing.T) {
	one, err := os.ReadFile("testdata/golden/arc-one.eml")
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile("testdata/golden/arc-two.eml")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := os.ReadFile("testdata/golden/zone.txt")
	if err != nil {
		t.Fatal(err)
	}
	edit := func(msg []byte, old, new string) string {
		out := strings.Replace(string(msg), old, new, 1)
		if out == string(msg) {
			t.Fatalf("nothing to edit: %q", old)
		}
		return out
	}
	list, both := []string{"list.example"}, []string{"list.example", "relay.example"}
	for _, c := range []struct {
		name    string
		sealers []string
		raw     string
		want    Status
		sealer  string
		proven  bool
	}{
		{"one, trusted", list, string(one), Pass, "list.example", true},
		{"one, not trusted", []string{"other.example"}, string(one), Policy, "list.example", false},
		{"nobody trusted", nil, string(one), Unchecked, "", false},
		{"two, both trusted", both, string(two), Pass, "relay.example", true},
		{"two, only the older", list, string(two), Policy, "relay.example", false},
		{"two, only the newest", []string{"relay.example"}, string(two), Pass, "relay.example", false},
		{"body changed since", list, edit(one, "list footer", "evil footer"), Fail, "list.example", false},
		{"header changed since", list, edit(one, "[list]", "[evil]"), Fail, "list.example", false},
		{"results changed", list, edit(one, "i=1; list.example; dkim=pass", "i=1; list.example; dkim=fail"), Fail, "list.example", false},
		{"older set changed", both, edit(two, "i=1; list.example; dkim=pass", "i=1; list.example; dkim=none"), Fail, "relay.example", false},
		{"gap", both, edit(two, "ARC-Seal: i=1", "ARC-Seal: i=3"), Fail, "", false},
		{"field twice", list, "ARC-Seal: i=1; cv=none; a=rsa-sha256; d=list.example; s=seal; b=AA\r\n" + string(one), Fail, "", false},
		{"cv=fail", both, edit(two, "cv=pass", "cv=fail"), Fail, "relay.example", false},
		{"instance 99", list, edit(one, "ARC-Seal: i=1", "ARC-Seal: i=99"), Fail, "", false},
		{"no chain", list, plainMail, None, "", false},
		{"another author", list, edit(one, "<ann@vendor.example>", "<ann@victim.example>"), Fail, "list.example", false},
	} {
		b := newBench(t, Options{TrustedSealers: c.sealers})
		for line := range strings.Lines(string(zone)) {
			name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
			b.dns.TXT(name, text)
		}
		in := mailFrom(c.raw)
		in.Client = kith.Client{}
		r := b.Verify(context.Background(), in)
		if r.ARC != c.want || r.ARCSealer != c.sealer || r.Proven() != c.proven {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}
