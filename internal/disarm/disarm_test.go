package disarm

import (
	"bytes"
	"strings"
	"testing"

	"kith/internal/kith"
)

func TestClean(t *testing.T) {
	const me = "mx.example.org"
	tests := []struct{ name, in, out string }{
		{"nothing to do", "From: a@b\r\nSubject: x\r\n\r\nX-Kith-Id: body\r\n", "From: a@b\r\nSubject: x\r\n\r\nX-Kith-Id: body\r\n"},
		{"ours goes, whatever its case", "x-KITH-id: 1\r\nFrom: a@b\r\nX-Kith-Anything-At-All: 2\r\n\r\n", "From: a@b\r\n\r\n"},
		{"folded lines go with it", "A: 1\r\nX-Kith-Reasons: a,\r\n b,\r\n\t c\r\nB: 2\r\n\r\nbody", "A: 1\r\nB: 2\r\n\r\nbody"},
		{"a folded line of white space only", "X-Kith-Id: 1\r\n \r\n more\r\nB: 2\r\n\r\nbody", "B: 2\r\n\r\nbody"},
		{"obsolete white space before the colon", "X-Kith-Id \t: 1\r\nB: 2\r\n\r\n", "B: 2\r\n\r\n"},
		{"a name that only begins like it", "X-Kithara: music\r\n\r\n", "X-Kithara: music\r\n\r\n"},
		{"a value is not a name", "Subject: X-Kith-Id: 1\r\n X-Kith-Id: 2\r\n\r\n", "Subject: X-Kith-Id: 1\r\n X-Kith-Id: 2\r\n\r\n"},
		{"bare line feeds stay bare", "A: 1\nX-Kith-Id: 1\n 2\nB: 2\n\nbody\n", "A: 1\nB: 2\n\nbody\n"},
		{"a broken line does not hide what follows", "A: 1\r\nno field here\r\nX-Kith-Verdict: calm\r\nB: 2\r\n\r\n", "A: 1\r\nno field here\r\nB: 2\r\n\r\n"},
		{"an mbox line stays", "From a@b Mon\r\nX-Kith-Id: 1\r\nB: 2\r\n\r\n", "From a@b Mon\r\nB: 2\r\n\r\n"},
		{"no body, no last line end", "A: 1\r\nX-Kith-Id: 1", "A: 1\r\n"},
		{"the body is never touched", "\r\nX-Kith-Id: 1\r\n", "\r\nX-Kith-Id: 1\r\n"},
		{"our results", "Authentication-Results: mx.example.org;\r\n spf=pass\r\nB: 2\r\n\r\n", "B: 2\r\n\r\n"},
		{"our results in capitals, with version", "authentication-results: MX.Example.ORG 1; spf=pass\r\n\r\n", "\r\n"},
		{"our results behind comments", "Authentication-Results: (no (really \\) )) \r\n mx.example.org (x); none\r\nB: 2\r\n\r\n", "B: 2\r\n\r\n"},
		{"our results in quotes", "Authentication-Results: \"mx\\.example.org\"; none\r\n\r\n", "\r\n"},
		{"our results with the root's dot", "Authentication-Results: mx.example.org.; none\r\n\r\n", "\r\n"},
		{"another's results stay", "Authentication-Results: mx.example.net; spf=pass\r\n\r\n", "Authentication-Results: mx.example.net; spf=pass\r\n\r\n"},
		{"a name below ours stays", "Authentication-Results: mx.example.org.evil.example; spf=pass\r\n\r\n", "Authentication-Results: mx.example.org.evil.example; spf=pass\r\n\r\n"},
		{"arc results are somebody's seal", "ARC-Authentication-Results: i=1; mx.example.org; spf=pass\r\n\r\n", "ARC-Authentication-Results: i=1; mx.example.org; spf=pass\r\n\r\n"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := []byte(tt.in)
			got := Clean(in, me)
			if string(got) != tt.out {
				t.Errorf("got  %q\nwant %q", got, tt.out)
			}
			var runs []byte
			for r := range Runs(in, me) {
				runs = append(runs, r...)
			}
			if string(runs) != tt.out {
				t.Errorf("the runs are %q", runs)
			}
			if string(in) != tt.in {
				t.Error("the input was changed")
			}
			if tt.in == tt.out && len(in) > 0 && &got[0] != &in[0] {
				t.Error("an unchanged message was copied")
			}
		})
	}
}

func TestRemoveFields(t *testing.T) {
	got := RemoveFields([]byte("A: 1\r\nReply-To: x@y\r\n z\r\nreply-to: q\r\nB: 2\r\n\r\nReply-To: body"), "Reply-To")
	if want := "A: 1\r\nB: 2\r\n\r\nReply-To: body"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHeaderBlock(t *testing.T) {
	b := Block{
		ID: "k1f0c2",
		Verdict: kith.Verdict{Class: kith.Malware, Band: kith.Harm, Probability: 0.94117, Prior: -10, Score: 4, Reasons: []kith.Contribution{
			{Finding: kith.Finding{Kind: "attachment.encoded-script"}, Bits: 13.5}, {Finding: kith.Finding{Kind: "message.could-not-look"}, Bits: 0.5}, {Finding: kith.Finding{Kind: "link.detour"}}}},
		Carried:     kith.ActJunk,
		AuthResults: "mx.example.org; spf=pass\r\nBcc: everybody; dkim=none; dmarc=fail (p=reject) header.from=example.com",
	}
	got := string(HeaderBlock(b, []byte("From: a@b\r\n\r\n")))
	want := "X-Kith-Id: k1f0c2\r\n" +
		"X-Kith-Verdict: harmful; class=malware; probability=0.9412; score=4; prior=-10\r\n" +
		"X-Kith-Reasons: attachment.encoded-script 13.5, message.could-not-look 0.5\r\n" +
		"X-Kith-Folder: Junk\r\n" +
		"Authentication-Results: mx.example.org; spf=pass Bcc: everybody; dkim=none;\r\n dmarc=fail (p=reject) header.from=example.com\r\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if lf := string(HeaderBlock(b, []byte("From: a@b\n\n"))); strings.Contains(lf, "\r") || lf != strings.ReplaceAll(want, "\r\n", "\n") {
		t.Errorf("a message with bare line feeds got\n%q", lf)
	}
	if got := string(IDBlock("k1f0c2", nil)); got != "X-Kith-Id: k1f0c2\r\n" {
		t.Errorf("the ID alone: %q", got)
	}
}

// FuzzClean holds the removal to its promises on any bytes: what is left is
// free of our fields, nothing is added, the body is the same, and twice is
// once.
func FuzzClean(f *testing.F) {
	f.Add([]byte("A: 1\r\nX-Kith-Id: 1\r\n 2\r\nAuthentication-Results: mx; a\r\n\r\nX-Kith-Id: body"))
	f.Add([]byte("X-Kith-Id: 1\nX-Kith-Id\n : 2\n\r\n\n"))
	f.Add([]byte("Authentication-Results: (((\\"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		keep := bytes.Clone(raw)
		got := Clean(raw, "mx")
		if !bytes.Equal(keep, raw) {
			t.Fatal("the input was changed")
		}
		if again := Clean(got, "mx"); !bytes.Equal(again, got) {
			t.Fatalf("twice is not once: %q, %q", got, again)
		}
		body := func(b []byte) []byte {
			for pos := 0; pos < len(b); {
				end := lineEnd(b, pos)
				if blank(b[pos:end]) {
					return b[pos:]
				}
				pos = end
			}
			return nil
		}
		if !bytes.Equal(body(got), body(raw)) {
			t.Fatalf("the body changed: %q, %q", raw, got)
		}
		head := got[:len(got)-len(body(got))]
		for line := range bytes.Lines(head) {
			name, _, ok := bytes.Cut(line, []byte(":"))
			if ok && len(name) > 7 && strings.EqualFold(string(name[:7]), "x-kith-") && !bytes.ContainsFunc(bytes.TrimRight(name, " \t"), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				t.Fatalf("left over: %q", line)
			}
		}
	})
}
