package baseline

import "testing"

// An author who is new to an employee counts once as new, however often he writes
// that day, and then as known; what is learned later of an earlier day moves it.
func TestCompany(t *testing.T) {
	k, m := testKeyer, memory{}
	wrote := func(author string, day Day) {
		l := &Lesson{Day: day}
		l.Row(k.Owned(Pair, "p@us.example", author), k.Author(author, "d.example").Key).Teach(Standing, k.Value(Standing, In))
		if _, err := k.Fold(m, []*Lesson{l}, nil); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (known, fresh int) {
		v := NewView(k, DefaultParams(), 18010)
		p, err := Decode(m[k.Person("p@us.example")])
		if err != nil {
			t.Fatal(err)
		}
		v.Set(k.Person("p@us.example"), p)
		known, _, _ = v.Count(Person, Newness, KnownAuthor)
		fresh, _, _ = v.Count(Person, Newness, NewAuthor)
		return known, fresh
	}
	for _, day := range []Day{18002, 18002, 18003, 18005} {
		wrote("a@d.example", day)
	}
	wrote("b@d.example", 18005)
	wrote("c@d.example", 18005)
	if known, fresh := count(); known != 2 || fresh != 3 {
		t.Errorf("%d known, %d new; want 2 and 3", known, fresh)
	}
	wrote("a@d.example", 18001)
	v := NewView(k, DefaultParams(), 18010)
	p, _ := Decode(m[k.Person("p@us.example")])
	v.Set(k.Person("p@us.example"), p)
	if _, first, _ := v.Count(Person, Newness, NewAuthor); first != 18001 {
		t.Errorf("the first new author came on day %d, want 18001", first)
	}
	if known, fresh := count(); known != 3 || fresh != 3 {
		t.Errorf("after an earlier mail: %d known, %d new; want 3 and 3", known, fresh)
	}
}
