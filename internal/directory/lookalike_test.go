package directory

import (
	"testing"

	"golang.org/x/net/idna"
)

func TestLookAlike(t *testing.T) {
	d, err := New(Options{Domains: []string{"corp.test", "havenworth.example", "mail.clearwater.co.uk", "ab.test"}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	puny := func(s string) string {
		a, err := idna.Punycode.ToASCII(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, c := range []struct{ domain, ours, how string }{
		{"corp.test", "", ""},
		{"mx.corp.test", "", ""},
		{"clearwater.co.uk", "", ""}, // the registrable domain of an own one
		{"news.clearwater.co.uk", "", ""},
		{"havenw0rth.example", "havenworth.example", LikeConfusable},
		{"hav\u0435nworth.example", "havenworth.example", LikePunycode}, // Cyrillic e
		{puny("häv\u0435nwörth.example"), "havenworth.example", LikePunycode},
		{"c1earwater.co.uk", "mail.clearwater.co.uk", LikeConfusable},
		{"dearwater.co.uk", "mail.clearwater.co.uk", LikeConfusable},
		{"havenvvorth.example", "havenworth.example", LikeConfusable},
		{"havenworth.com", "havenworth.example", LikeSuffix},
		{"www.havenworth.co.uk", "havenworth.example", LikeSuffix},
		{"clearwater.com", "mail.clearwater.co.uk", LikeSuffix},
		{"ab.com", "", ""}, // two letters mean nothing
		{"corp-test.com", "corp.test", LikeJoined},
		{"corptest.com", "corp.test", LikeJoined},
		{"corp-test.evil.com", "corp.test", LikeJoined},
		{"corp.test.evil.com", "corp.test", LikeSubdomain},
		{"havenworth.example.login.com", "havenworth.example", LikeSubdomain},
		{"havenworth-sales.com", "havenworth.example", LikeWord},
		{"my-havenworth.com", "havenworth.example", LikeWord},
		{"havenworthsupport.com", "havenworth.example", LikeWord},
		{"havenw0rth-billing.com", "havenworth.example", LikeWord},
		{"havenworths.example", "havenworth.example", LikeEdit},
		{"havenwort.net", "havenworth.example", LikeEdit},
		{"havnenworth.net", "havenworth.example", LikeEdit},
		{"haevnworth.net", "havenworth.example", LikeEdit},
		{"hawenworth.net", "havenworth.example", LikeEdit},
		{"cork.test", "", ""}, // four letters: one edit means nothing
		{"corporate.com", "", ""},
		{"greenhaven.com", "", ""},
		{"havenworthington.com", "", ""},
		{"com", "", ""},
		{"", "", ""},
	} {
		if ours, how := d.LookAlike(c.domain); ours != c.ours || how != c.how {
			t.Errorf("LookAlike(%q) = %q %q, want %q %q", c.domain, ours, how, c.ours, c.how)
		}
	}
}

func TestSkeleton(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"paypal", "pаypаl"}, {"paypal", "PAYPA1"}, {"paypal", "ｐａｙｐａｌ"}, {"paypal", "p\u00adaypal"}, {"paypal", "𝐩𝐚𝐲𝐩𝐚𝐥"},
		{"paypal", "páypàl"}, {"microsoft", "rnicrosoft"}, {"microsoft", "micr0s\u03bfft"}, {"wells", "vvells"}, {"apple", "аррӏе"},
		{"corp-x", "corp‐x"}, {"corp.test", "corp。test"}, {"HOTEL", "нотеl"}, {"dear", "c1ear"}, {"google", "gооgІе"},
	} {
		if Skeleton(c.a) != Skeleton(c.b) {
			t.Errorf("Skeleton(%q) = %q, Skeleton(%q) = %q", c.a, Skeleton(c.a), c.b, Skeleton(c.b))
		}
	}
	for _, c := range []struct{ a, b string }{{"paypal", "payroll"}, {"山田", "山口"}, {"corp", "core"}} {
		if Skeleton(c.a) == Skeleton(c.b) {
			t.Errorf("Skeleton(%q) = Skeleton(%q)", c.a, c.b)
		}
	}
}

// Each look-alike stands behind one letter, and a letter of ASCII behind none:
// else the order of a map would decide.
func TestConfusablesAreUnambiguous(t *testing.T) {
	seen := map[rune]rune{}
	for plain, twins := range lookLike {
		for _, r := range twins {
			if r < 0x80 {
				t.Errorf("%q behind %q is plain ASCII", r, plain)
			}
			for _, f := range foldText(string(r)) {
				if was, dup := seen[f]; dup && was != plain {
					t.Errorf("%q (%U) stands behind %q and %q", r, r, was, plain)
				}
				seen[f] = plain
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("only %d look-alikes", len(seen))
	}
}
