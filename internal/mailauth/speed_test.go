package mailauth

import (
	"context"
	"strings"
	"testing"
)

// largeMail is 25 kB of what mail bodies are made of: half text with some
// white space to fold, half base64.
func largeMail() string {
	text := strings.Repeat("<td  class=\"x\">The quick brown fox jumps over the lazy dog, again.</td>\r\n", 170)
	data := strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 155)
	header := ""
	for range 25 {
		header += "X-Header: some value that is about as long as such values tend to be\r\n"
	}
	return strings.Replace(plainMail, "\r\n\r\n", "\r\n"+header+"\r\n"+text+data, 1)
}

func benchVerify(b *testing.B, signatures ...signing) {
	v := newBench(b, Options{})
	v.dns.TXT("_dmarc.vendor.example", "v=DMARC1; p=reject")
	v.dns.TXT("vendor.example", "v=spf1 include:spf.vendor.example ip4:198.51.100.0/24 -all")
	v.dns.TXT("spf.vendor.example", "v=spf1 ip4:203.0.113.0/24 ip4:192.0.2.0/24 -all")
	raw := largeMail()
	for _, s := range signatures {
		raw = sign(b, raw, s)
	}
	in := mailFrom(raw)
	if r := v.Verify(context.Background(), in); len(r.DKIM) != len(signatures) || r.DMARC != Pass || r.DKIMStatus() == Fail {
		b.Fatalf("%+v", r)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		v.Verify(context.Background(), in)
	}
}

func BenchmarkVerifyUnsigned(b *testing.B) { benchVerify(b) }
func BenchmarkVerify1(b *testing.B)        { benchVerify(b, signing{}) }
func BenchmarkVerify3(b *testing.B) {
	benchVerify(b, signing{}, signing{domain: "esp.example"}, signing{selector: "curve", ed: true})
}

func BenchmarkHashBody(b *testing.B) {
	_, body, _ := strings.Cut(largeMail(), "\r\n\r\n")
	for _, form := range []string{"relaxed", "simple"} {
		b.Run(form, func(b *testing.B) {
			raw := []byte(body)
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				_, _, _ = hashBody(context.Background(), raw, form == "relaxed", -1)
			}
		})
	}
}

func BenchmarkSPF(b *testing.B) {
	v := newBench(b, Options{})
	v.dns.TXT("vendor.example", "v=spf1 include:spf.vendor.example ip4:198.51.100.0/24 -all")
	v.dns.TXT("spf.vendor.example", "v=spf1 ip4:203.0.113.0/24 ip4:192.0.2.0/24 -all")
	in := mailFrom("")
	b.ReportAllocs()
	for b.Loop() {
		v.checkSPF(context.Background(), in, "vendor.example")
	}
}
