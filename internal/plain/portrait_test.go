package plain

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

var annPerson = Person{
	Name: "Ann Lee", From: day(2025, 8, 18), To: day(2025, 11, 16), More: 1,
	Peers:  []Peer{{"Bob Roe", 1204, 1, day(2019, 3, 1)}, {"tom@vendor.example", 13, 26, day(2025, 8, 20)}, {"news@letter.example", 1, 0, day(2025, 10, 31)}},
	Writes: []Hours{{From: 8, To: 12}, {From: 14, To: 18}, {Weekend: true, From: 22, To: 24}}, Hears: []Hours{{From: 0, To: 2}},
	Closest: &Author{Name: "tom@vendor.example", Program: "thunderbird", Server: "vendor.example", Language: "de", AnswerOwn: true,
		Files: []string{"pdf", "zip-locked", "sheet-macro"}, NoFiles: true, NoLinks: true},
}

func (p Page) golden() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", p.Title, p.Intro)
	for _, x := range p.Parts {
		fmt.Fprintf(&b, "\n%s\n  %s\n", x.Title, strings.Join(x.Lines, "\n  "))
	}
	fmt.Fprintf(&b, "\n%s\n%s\n%s\n", p.Close, p.See, p.Erase)
	return b.String()
}

// TestPortray: the page in all languages, with numbers, dates and hours as each
// writes them.
func TestPortray(t *testing.T) {
	var b strings.Builder
	for _, lang := range Languages() {
		fmt.Fprintf(&b, "# %s\n%s\n", lang, Portray(lang, annPerson).golden())
	}
	if got := b.String(); strings.ContainsAny(got, "{}") {
		t.Error("a brace is left")
	}
	golden(t, "portrait", b.String())
	if !reflect.DeepEqual(Portray("xx", annPerson), Portray("en", annPerson)) {
		t.Error("an unknown language is not English")
	}
}

// TestPortrayNothing: what is not known is not spoken of.
func TestPortrayNothing(t *testing.T) {
	for _, lang := range Languages() {
		p := Portray(lang, Person{Name: "Ann Lee", From: day(2025, 8, 18), To: day(2025, 11, 16)})
		if len(p.Parts) != 0 {
			t.Errorf("%s: %v", lang, p.Parts)
		}
		p = Portray(lang, Person{Closest: &Author{Name: "x", Language: "no such"}})
		if len(p.Parts) != 1 || len(p.Parts[0].Lines) != 0 {
			t.Errorf("%s: %v", lang, p.Parts)
		}
	}
}

// TestPortraitWords: no language lacks a sentence, and each asks for the same
// values as English.
func TestPortraitWords(t *testing.T) {
	en := reflect.ValueOf(*portraits["en"])
	for _, lang := range Languages() {
		w := reflect.ValueOf(*portraits[lang])
		for i := range w.NumField() {
			name := w.Type().Field(i).Name
			switch f := w.Field(i); f.Kind() {
			case reflect.String:
				if f.String() == "" {
					t.Errorf("%s: %s is missing", lang, name)
				}
				for _, key := range placeholders(en.Field(i).String()) {
					if !strings.Contains(f.String(), "{"+key+"}") {
						t.Errorf("%s: %s does not say {%s}", lang, name, key)
					}
				}
			case reflect.Map:
				if f.Len() != en.Field(i).Len() {
					t.Errorf("%s: %s has %d words", lang, name, f.Len())
				}
			}
		}
	}
}

// TestPortraySafe: what comes from outside cannot move the cursor, and a brace in
// it is a brace.
func TestPortraySafe(t *testing.T) {
	p := annPerson
	p.Peers = []Peer{{Name: "x\x1b[2J{date}", Wrote: 1, Since: day(2025, 1, 2)}}
	got := Portray("en", p).golden()
	if strings.Contains(got, "\x1b") || !strings.Contains(got, "{date}: wrote") {
		t.Error(got)
	}
}
