package directory

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"
)

// anyAddress draws plain, quoted, foreign, own, and senseless addresses.
func anyAddress() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		local := rapid.OneOf(
			rapid.SampledFrom([]string{"ann", "Anne-Marie", "a+b-c", "+x", "a +x", `"ann"`, `"a b"`, `"a+b"`, `"a\"b"`, "ünïX", "İ", "a@b", "-", " a"}),
			rapid.StringN(0, 12, 40), rapid.StringMatching(`[a-zA-Z.+"\\ -]{0,12}`)).Draw(t, "local")
		domain := rapid.OneOf(
			rapid.SampledFrom([]string{"corp.test", "CORP.test.", "alias.test", "vendor.example", "bücher.test", "XN--BCHER-KVA.test", "a。b", "b. .", "x＠y", "[192.0.2.1]", "ß.test", "x.wild.test"}),
			rapid.StringN(0, 12, 40), rapid.StringMatching(`[a-zA-Z.-]{0,12}`)).Draw(t, "domain")
		return local + "@" + domain
	})
}

func TestNormalizeIdempotent(t *testing.T) {
	d := mustLoad(t)
	rapid.Check(t, func(t *rapid.T) {
		a := anyAddress().Draw(t, "address")
		once := d.Normalize(a)
		if twice := d.Normalize(once); twice != once {
			t.Fatalf("Normalize(%q) = %q, again %q", a, once, twice)
		}
		if d.Lookup(a).Kind != d.Lookup(once).Kind {
			t.Fatalf("%q and %q are of two kinds", a, once)
		}
	})
}

// Whatever spelling of whatever address of an entry is asked for, the entry is
// the same.
func TestLookupOfEverySpelling(t *testing.T) {
	d := mustLoad(t)
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom(d.People()).Draw(t, "entry")
		addr := rapid.SampledFrom(append([]string{e.Address}, e.Aliases...)).Draw(t, "address")
		local, domain, _ := strings.Cut(addr, "@")
		if rapid.Bool().Draw(t, "extension") {
			local += rapid.SampledFrom([]string{"+", "-"}).Draw(t, "delimiter") + rapid.StringMatching(`[a-z+-]{0,8}`).Draw(t, "extension")
		}
		if rapid.Bool().Draw(t, "alias domain") {
			domain = "alias.test"
		}
		if rapid.Bool().Draw(t, "upper") {
			local, domain = strings.ToUpper(local), strings.ToUpper(domain)
		}
		if rapid.Bool().Draw(t, "quoted") && !strings.ContainsAny(local, "+-") {
			local = `"` + local + `"`
		}
		spelt := local + "@" + domain
		if diff := cmp.Diff(e, d.Lookup(spelt)); diff != "" {
			t.Fatalf("Lookup(%q) (-want +got):\n%s", spelt, diff)
		}
	})
}

func TestSkeletonIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[rnvcl1i0|wmdаеіор]{0,20}`)).Draw(t, "s")
		once := Skeleton(s)
		if twice := Skeleton(once); twice != once {
			t.Fatalf("Skeleton(%q) = %q, again %q", s, once, twice)
		}
		if Skeleton(strings.ToUpper(s)) != once && isASCII(s) {
			t.Fatalf("case changes the skeleton of %q", s)
		}
	})
}

func TestFoldNameIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`(Dr |Mr )?[A-Zäß]{1,8}( [A-Z]\.)?[ ,-]{1,2}[A-Za-zøå]{1,8}( \([a-z]*\))?`)).Draw(t, "s")
		once := FoldName(s)
		if len(s) <= maxName && len(once) <= maxName {
			if twice := FoldName(once); twice != once && FoldName(twice) != twice {
				t.Fatalf("FoldName(%q) = %q, again %q", s, once, twice)
			}
		}
	})
}

// An own domain, and what stands below it, never looks like ours: it is.
func TestLookAlikeNeverNamesOwn(t *testing.T) {
	d := mustLoad(t)
	rapid.Check(t, func(t *rapid.T) {
		sub := rapid.StringMatching(`([a-z0-9]{1,6}\.){0,2}`).Draw(t, "sub")
		own := sub + rapid.SampledFrom(d.Domains()).Draw(t, "own")
		if ours, how := d.LookAlike(strings.Replace(own, "..", ".", 1)); how != "" {
			t.Fatalf("LookAlike(%q) = %q %q", own, ours, how)
		}
	})
}
