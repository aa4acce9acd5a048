package fit

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"strings"
	"testing"
	"time"

	"kith/internal/kith"
)

func TestPermitted(t *testing.T) {
	for _, tt := range []struct {
		readme, said string
		ok           bool
	}{
		{"x\nset. **Weights that ship may be fitted on it: only figures without text** (the judge's weights,\ncalibration).\n", "only figures without text", true},
		{"**Weights that ship may be fitted on it: yes for figures without text** (weights of …", "yes for figures without text", true},
		{"Weights that ship may be fitted on it: yes for structural counts, weights and thresholds that\ncarry no text, name or address; no for text models", "yes for structural counts, weights and thresholds that carry no text, name or address", true},
		{"Weights that ship may be fitted on it: no (wishes are invented).", "no", false},
		{"Weights that ship may be fitted on it: no – it is a test set.\n\nyes", "no – it is a test set", false},
		{"Weights that ship may be fitted on it:", "", false},
		{"Anything may be done with it: yes", "its README does not say so", false},
		{"", "its README does not say so", false},
	} {
		if ok, said := Permitted(tt.readme); ok != tt.ok || said != tt.said {
			t.Errorf("%q: %t, %q", tt.readme, ok, said)
		}
	}
}

func TestReadLabels(t *testing.T) {
	got, err := ReadLabels(strings.NewReader(`{"id":"a","label":"genuine","rcpt":["x"]}
{"id":"b","label":"attack","kind":"qr","template":"t1","campaign":"c1","n":2}

{"id":"c","label":"forged"}
{"id":"d","label":"spam-natural"}
{"id":"e","label":"ham"}
`))
	want := map[string]Label{
		"a": {Truth: Genuine}, "b": {Truth: Attack, Kind: "qr", Template: "qr/t1/", Campaign: "c1"},
		"c": {Truth: Attack, Kind: "forged"}, "d": {Truth: Other}, "e": {Truth: Genuine},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{`{"id":`, `{"label":"genuine"}`, `{"id":"` + strings.Repeat("x", maxLabel) + `"}`} {
		if _, err := ReadLabels(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "fetch the set again") {
			t.Errorf("%.20s: %v", bad, err)
		}
	}
}

func TestSamplesRoundTrip(t *testing.T) {
	at := time.Date(2001, 3, 2, 12, 0, 0, 0, time.UTC)
	s := &Samples{Maker: "me", Sets: []Set{
		{Source: Source{"office", "events.jsonl.zst", "abc"}, Samples: []Sample{
			{Event: "e1", At: at, Author: hidden("Ann@vendor.test"), Rcpt: hidden("tim@corp.test"), Scored: true, Truth: Attack, Kind: "qr", Template: "t", Campaign: "c",
				Found: []Found{{"sender.first-contact", kith.Unlike, 3.25}, {"text.hidden", kith.Asks, 0}}},
			{Event: "e2", At: at, Sent: true, Truth: Genuine},
		}},
		{Source: Source{"structure", "events.jsonl.zst", "def"}},
	}}
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	if z, _ := gzip.NewReader(bytes.NewReader(b.Bytes())); z != nil {
		var plain bytes.Buffer
		plain.ReadFrom(z)
		if strings.Contains(plain.String(), "vendor.test") {
			t.Error("an address stands in the samples")
		}
	}
	got, err := ReadSamples(bytes.NewReader(b.Bytes()))
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := ReadSamples(bytes.NewReader(b.Bytes()[:b.Len()/2])); err == nil {
		t.Error("half a file was read")
	}
	if hidden("ANN@vendor.test") != hidden("ann@vendor.test") || hidden("") != "" {
		t.Error("case makes another person")
	}
}

func FuzzReadLabels(f *testing.F) {
	f.Add([]byte(`{"id":"b","label":"attack","kind":"qr","template":"t1","campaign":"c1"}`))
	f.Fuzz(func(t *testing.T, b []byte) { ReadLabels(bytes.NewReader(b)) })
}

func FuzzReadSamples(f *testing.F) {
	var b bytes.Buffer
	s := &Samples{Sets: []Set{{Samples: []Sample{{Event: "e"}}}}}
	s.Write(&b)
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) { ReadSamples(bytes.NewReader(b)) })
}
