package mailauth

import "testing"

func TestField(t *testing.T) {
	r := Result{Source: SourceSelf, SPF: Pass, SPFDomain: "a.example", DMARC: Fail, FromDomain: "evil.example; dkim=pass",
		DKIM: []Signature{{Status: Fail, Domain: "b.example", Selector: "s1"}}}
	const want = "mx.corp.test; spf=pass smtp.mailfrom=a.example; dkim=fail header.d=b.example header.s=s1; dmarc=fail"
	if got := Field("mx.corp.test", "x@a.example", r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Field("mx.corp.test", "", Result{}); got != "" {
		t.Errorf("nobody looked, but the field says %q", got)
	}
}
