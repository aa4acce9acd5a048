package smtpwire

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNormalise(t *testing.T) {
	for _, tc := range []struct {
		in, want string
		bare     Bare
	}{
		{"", "", Bare{}},
		{"a\r\nb\r\n", "a\r\nb\r\n", Bare{}},
		{"a\nb\n", "a\r\nb\r\n", Bare{LF: 2}},
		{"a\rb\r", "a b ", Bare{CR: 2}},
		{"a\r\r\n", "a \r\n", Bare{CR: 1}},
		{"\n\r", "\r\n ", Bare{LF: 1, CR: 1}},
		{"\r\n\n\r\n", "\r\n\r\n\r\n", Bare{LF: 1}},
	} {
		var out bytes.Buffer
		bare, err := Normalise(&out, strings.NewReader(tc.in))
		if err != nil || out.String() != tc.want || bare != tc.bare {
			t.Errorf("%q: %q %+v %v, want %q %+v", tc.in, out.String(), bare, err, tc.want, tc.bare)
		}
	}
}

func TestNormaliseAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := hostile().Draw(t, "in")
		want := strings.ReplaceAll(strings.ReplaceAll(in, "\r\n", "\x01"), "\r", " ")
		want = strings.NewReplacer("\x01", "\r\n", "\n", "\r\n").Replace(want)
		var out bytes.Buffer
		w := NewNormalWriter(&out)
		for _, p := range chop(t, in) {
			if n, err := w.Write(p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
		}
		w.Close()
		if out.String() != want {
			t.Fatalf("%q: %q, want %q", in, out.String(), want)
		}
		var again bytes.Buffer
		if bare, _ := Normalise(&again, strings.NewReader(want)); again.String() != want || bare != (Bare{}) {
			t.Fatalf("not the same again: %q %+v", again.String(), bare)
		}
	})
}

func TestXtext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(1, 80, -1).Draw(t, "s")
		if got := unxtext(xtext(s)); got != s {
			t.Fatalf("%q → %q → %q", s, xtext(s), got)
		}
	})
	for in, want := range map[string]string{"a+2Bb": "a+b", "a+": "a+", "a+zz": "a+zz", "+41+3d": "A="} {
		if got := unxtext(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzAttrs(f *testing.F) {
	f.Add("NAME=a.example ADDR=IPV6:::1 PORT=1 PROTO=x HELO=y+0A IDENT=z SOURCE=LOCAL")
	f.Add("LOGIN=a+40b DESTADDR=1.2.3.4 DESTPORT=25 REVERSE_NAME=[TEMPUNAVAIL]")
	f.Fuzz(func(t *testing.T, arg string) {
		for _, set := range [][]attrName{xforwardAttrs, xclientAttrs} {
			a, err := Attrs{}.with(arg, set)
			if err != nil {
				if a != (Attrs{}) {
					t.Fatalf("%q: refused, yet %+v", arg, a)
				}
				continue
			}
			for _, v := range []string{a.Name, a.Helo, a.Proto, a.Ident, a.Login, a.ReverseName, a.Source} {
				if strings.ContainsAny(v, "\r\n\x00") {
					t.Fatalf("%q: control characters in %q", arg, v)
				}
			}
			again, err := Attrs{}.with(a.args(set, names(set)), set)
			if len(a.args(set, names(set))) > 0 && len(arg) < 200 && (err != nil || again != a) {
				t.Fatalf("%q: said again it is %+v (%v), was %+v", arg, again, err, a)
			}
		}
	})
}
