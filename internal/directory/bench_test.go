package directory

import (
	"fmt"
	"testing"

	"kith/internal/kith"
)

// large is a directory of 100,000 persons.
func large(b *testing.B) *Directory {
	b.Helper()
	entries := make([]Entry, 100_000)
	for i := range entries {
		entries[i] = Entry{Address: fmt.Sprintf("given%d.family%d@corp.test", i, i%5000), Name: fmt.Sprintf("Given%d Family%d", i, i%5000), Kind: kith.KindPerson}
	}
	d, err := New(Options{Domains: []string{"corp.test", "havenworth.example"}, Delimiter: "+"}, entries, nil)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func BenchmarkLookup(b *testing.B) {
	d := large(b)
	b.ReportAllocs()
	for b.Loop() {
		d.Lookup("Given777.Family777+x@corp.test")
	}
}

func BenchmarkByName(b *testing.B) {
	d := large(b)
	b.ReportAllocs()
	for b.Loop() {
		d.ByName("Family777, Given777")
	}
}

func BenchmarkLookAlike(b *testing.B) {
	d := large(b)
	b.ReportAllocs()
	for b.Loop() {
		d.LookAlike("mail.havenw0rth-billing.com")
	}
}

func BenchmarkBuild(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		large(b)
	}
}
