package baseline

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What is left after a person's rows are dropped is what there would be, had
// nothing of the person been taught.
func TestDropIsNeverTaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owner := testKeyer.Owner("p0@us.example")
		mine := func(r Row) bool { return r.Level == Pair && bytes.HasPrefix(r.Key[:], owner[:]) }
		all := lessons(t, 30)
		var others []*Lesson
		for _, l := range all {
			c := *l
			c.Rows = slices.DeleteFunc(slices.Clone(l.Rows), func(x Taught) bool { return mine(x.Row) })
			others = append(others, &c)
		}
		got, want := memory{}, memory{}
		fold(t, got, all)
		fold(t, want, others)
		var victims []Row
		for r := range got {
			if mine(r) {
				victims = append(victims, r)
			}
		}
		slices.SortFunc(victims, func(a, b Row) int { return bytes.Compare(a.Key[:], b.Key[:]) })
		if err := testKeyer.Drop(got, victims, nil); err != nil {
			t.Fatal(err)
		}
		same(t, want, got)
	})
}
