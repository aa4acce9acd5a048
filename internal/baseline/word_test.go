package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// spoken is a store of rows that keeps words too.
type spoken struct {
	memory
	words map[string]string
	fail  error
}

func (s spoken) PutWord(id []byte, text string) error {
	if s.fail == nil {
		s.words[string(id)] = text
	}
	return s.fail
}

func sayLesson(t *rapid.T) *Lesson {
	l := world{days: 100}.lesson(t)
	for i := range rapid.IntRange(0, 80).Draw(t, "words") {
		name := fmt.Sprintf("d%d.example", i)
		l.Say(KnownDomain, testKeyer.Value(KnownDomain, name), rapid.SampledFrom([]string{name, "", strings.Repeat("ü", 200)}).Draw(t, "text"))
	}
	return l
}

func TestWordsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := sayLesson(t)
		spoilt := *l
		spoilt.Words = append(slices.Clone(l.Words), Word{nil, "x"}, Word{[]byte{1}, ""}, Word{[]byte{1}, strings.Repeat("x", 300)})
		b := spoilt.Append(nil)
		got, err := DecodeLesson(b)
		if err != nil || len(got.Words) != len(l.Words) || len(got.Words) > maxWords || !bytes.Equal(got.Append(nil), b) {
			t.Fatalf("%v: %d words of %d", err, len(got.Words), len(l.Words))
		}
		for n := range b {
			if short, err := DecodeLesson(b[:n]); err == nil && len(short.Append(nil)) != n {
				t.Fatalf("cut after %d of %d bytes, it reads as something else", n, len(b))
			}
		}
	})
}

func TestWordsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []*Lesson
		want := map[string]string{}
		for range rapid.IntRange(1, 5).Draw(t, "lessons") {
			l := sayLesson(t)
			all = append(all, l)
			for _, w := range l.Words {
				want[string(w.ID)] = w.Text
			}
		}
		s := spoken{memory{}, map[string]string{}, nil}
		if _, err := testKeyer.Fold(s, all, nil); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(s.words, want) {
			t.Fatalf("kept %q, want %q", s.words, want)
		}
		silent := memory{}
		if _, err := testKeyer.Fold(silent, all, nil); err != nil {
			t.Fatal(err)
		}
		same(t, s.memory, silent)
	})
}

func TestWordsOfALessonTakenBack(t *testing.T) {
	l := &Lesson{Day: 18000}
	v := testKeyer.Value(KnownDomain, "vendor.example")
	r := testKeyer.Row(Likeness, "vendor.example")
	l.Row(r, Key{}).Teach(KnownDomain, v)
	l.Say(KnownDomain, v, "vendor.example")
	s := spoken{memory{}, map[string]string{}, nil}
	if _, err := testKeyer.Fold(s, []*Lesson{undo(l)}, nil); err != nil || len(s.words) != 0 {
		t.Errorf("%v: taking back says %q", err, s.words)
	}
	if _, err := testKeyer.Fold(s, []*Lesson{l}, nil); err != nil || len(s.memory) != 0 || len(s.words) != 1 {
		t.Errorf("%v: %d rows, %q", err, len(s.memory), s.words)
	}
	s.fail = errors.New("full")
	if _, err := testKeyer.Fold(s, []*Lesson{l}, nil); !errors.Is(err, s.fail) {
		t.Errorf("a word that cannot be kept: %v", err)
	}
}

func TestValuesOfARow(t *testing.T) {
	m := memory{}
	r := testKeyer.Row(Likeness, "x")
	for i, d := range []string{"a.example", "b.example", "b.example"} {
		l := &Lesson{Day: Day(18000 + i), Undo: i == 0}
		l.Row(r, Key{}).Teach(KnownDomain, testKeyer.Value(KnownDomain, d))
		if _, err := testKeyer.Fold(m, []*Lesson{l}, nil); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Decode(m[r])
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Values(KnownDomain); len(got) != 1 || got[0] != testKeyer.Value(KnownDomain, "b.example") {
		t.Errorf("stands: %v", got)
	}
	if got := (*Profile)(nil).Values(KnownDomain); got != nil {
		t.Errorf("nothing holds %v", got)
	}
	if got := (*View)(nil).Alike(); got != nil {
		t.Errorf("nothing is like %v", got)
	}
}
