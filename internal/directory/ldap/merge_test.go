package ldap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kith/internal/directory"
	"kith/internal/kith"
)

func TestMerge(t *testing.T) {
	listed := []directory.Entry{
		{Address: "ann@corp.test", Roles: []string{"finance"}, Kind: kith.KindPerson, Aliases: []string{"money@corp.test"}},
		{Address: "@corp.test", Kind: kith.KindCatchAll},
		{Address: "bob@corp.test", Name: "Robert", Kind: kith.KindShared},
	}
	fetched := []directory.Entry{
		{Address: "ann@corp.test", Name: "Ann Kern", Names: []string{"Kern, Ann"}, Roles: []string{"executive"}, Lang: "de", Manager: "cy@corp.test", Kind: kith.KindPerson, Aliases: []string{"a.kern@corp.test"}},
		{Address: "cy@corp.test", Name: "Cy", Kind: kith.KindPerson, Aliases: []string{"money@corp.test", "cash@corp.test"}},
		{Address: "robert@corp.test", Name: "Robert Moss", Kind: kith.KindPerson, Aliases: []string{"bob@corp.test"}},
	}
	want := []directory.Entry{
		{Address: "ann@corp.test", Name: "Ann Kern", Names: []string{"Kern, Ann"}, Roles: []string{"finance"}, Lang: "de", Manager: "cy@corp.test", Kind: kith.KindPerson, Aliases: []string{"money@corp.test", "a.kern@corp.test"}},
		{Address: "@corp.test", Kind: kith.KindCatchAll},
		{Address: "bob@corp.test", Name: "Robert", Names: []string{"Robert Moss"}, Kind: kith.KindShared, Aliases: []string{"robert@corp.test"}},
		{Address: "cy@corp.test", Name: "Cy", Kind: kith.KindPerson, Aliases: []string{"cash@corp.test"}},
	}
	if d := cmp.Diff(want, Merge(listed, fetched)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Two lists that the directory takes make one that it takes; every address of
// the first stays where the administrator put it, none of the second is lost,
// and neither list is changed.
func TestMergedListsAreTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := func(label string) []directory.Entry {
			pool := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, label)
			var out []directory.Entry
			for len(pool) > 0 && len(out) < 4 {
				n := rapid.IntRange(1, min(3, len(pool))).Draw(t, "addresses")
				e := directory.Entry{Address: pool[0] + "@corp.test", Kind: kith.KindPerson, Name: rapid.SampledFrom([]string{"", label}).Draw(t, "name")}
				for _, a := range pool[1:n] {
					e.Aliases = append(e.Aliases, a+"@corp.test")
				}
				out, pool = append(out, e), pool[n:]
			}
			return out
		}
		listed, fetched := list("listed"), list("fetched")
		before := [][]directory.Entry{clone(listed), clone(fetched)}
		d, err := directory.New(directory.Options{Domains: []string{"corp.test"}}, Merge(listed, fetched), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range listed {
			for _, a := range append([]string{e.Address}, e.Aliases...) {
				if got := d.Lookup(a); got.Address != e.Address {
					t.Fatalf("entry %d: %s belongs to %q", i, a, got.Address)
				}
			}
		}
		for _, e := range fetched {
			for _, a := range append([]string{e.Address}, e.Aliases...) {
				if d.Lookup(a).Kind != kith.KindPerson {
					t.Fatalf("%s is lost", a)
				}
			}
		}
		if diff := cmp.Diff(before, [][]directory.Entry{listed, fetched}); diff != "" {
			t.Fatal(diff)
		}
	})
}

func clone(in []directory.Entry) []directory.Entry {
	var out []directory.Entry
	for _, e := range in {
		e.Aliases = append([]string(nil), e.Aliases...)
		out = append(out, e)
	}
	return out
}
