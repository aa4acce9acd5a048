package baseline

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// memory is a store of rows for tests.
type memory map[Row][]byte

func (m memory) Get(rows []Row) (map[Row][]byte, error) {
	out := make(map[Row][]byte)
	for i, r := range rows {
		if i > 0 && (rows[i-1].Level != r.Level || bytes.Compare(rows[i-1].Key[:], r.Key[:]) >= 0) {
			return nil, fmt.Errorf("rows are not in order")
		}
		out[r] = bytes.Clone(m[r])
	}
	return out, nil
}
func (m memory) Put(r Row, b []byte) error { m[r] = bytes.Clone(b); return nil }
func (m memory) Delete(r Row) error        { delete(m, r); return nil }

var testKeyer = NewKeyer(bytes.Repeat([]byte{7}, 32), "default")

// world draws lessons about a few authors and employees over some years.
type world struct{ days int }

func (w world) lesson(t *rapid.T) *Lesson {
	a := rapid.IntRange(0, 4).Draw(t, "author")
	author, domain := fmt.Sprintf("a%d@d%d.example", a, a%2), fmt.Sprintf("d%d.example", a%2)
	person := fmt.Sprintf("p%d@us.example", rapid.IntRange(0, 2).Draw(t, "person"))
	l := &Lesson{Day: Day(18000 + rapid.IntRange(0, w.days).Draw(t, "day"))}
	k := testKeyer
	pair := l.Row(k.Owned(Pair, person, author), k.Author(author, domain).Key)
	pair.Teach(Standing, k.Value(Standing, rapid.SampledFrom([]string{In, In, In, Out}).Draw(t, "standing")))
	row := l.Row(k.Author(author, domain), Key{})
	for _, f := range []*Family{ReplyTo, Mailer, Hop} {
		row.Teach(f, k.Value(f, fmt.Sprint(rapid.IntRange(0, 5).Draw(t, f.ID))))
	}
	row.Teach(Hour, k.Value(Hour, rapid.SampledFrom(Hour.Closed).Draw(t, "hour")))
	return l
}

func lessons(t *rapid.T, most int) []*Lesson {
	w := world{days: 3650}
	out := make([]*Lesson, rapid.IntRange(1, most).Draw(t, "lessons"))
	for i := range out {
		out[i] = w.lesson(t)
	}
	return out
}

// fold folds lessons in batches of a drawn size.
func fold(t *rapid.T, m memory, all []*Lesson) {
	for len(all) > 0 {
		n := rapid.IntRange(1, len(all)).Draw(t, "batch")
		if _, err := testKeyer.Fold(m, all[:n], nil); err != nil {
			t.Fatal(err)
		}
		all = all[n:]
	}
}

func undo(l *Lesson) *Lesson { c := *l; c.Undo = true; return &c }

// view puts the stored rows of one author and person together.
func (m memory) view(day Day, author, domain, person string) *View {
	k := testKeyer
	v := NewView(k, DefaultParams(), day)
	for _, r := range []Row{k.Owned(Pair, person, author), k.Author(author, domain), k.Domain(domain), k.OrgRow(0), k.OrgRow(1)} {
		p, err := Decode(m[r])
		if err != nil {
			panic(err)
		}
		v.Set(r, p)
	}
	return v
}

// universe lists all values that stand in a chain.
func (c *Chain) universe() []Value {
	set := map[Value]bool{}
	for _, r := range c.roots {
		set[r] = true
	}
	for _, l := range c.links {
		if l.h != nil {
			for j := range l.h.vals {
				if l.s.w[j] > 0 {
					set[l.h.vals[j].v] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func TestMassIsOneAtAnyAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memory{}
		fold(t, m, lessons(t, 40))
		for range 4 {
			day := Day(18000 + rapid.IntRange(-100, 20000).Draw(t, "now"))
			v := m.view(day, "a0@d0.example", "d0.example", "p0@us.example")
			for _, f := range []*Family{ReplyTo, Mailer, Hop, Hour, Standing} {
				c := v.Chain(f)
				sum := 0.0
				for _, u := range c.universe() {
					p := c.P(u)
					if math.IsNaN(p) || p < 0 || p > 1+1e-9 {
						t.Fatalf("%s: P = %g", f.ID, p)
					}
					sum += p
				}
				if f.Closed == nil {
					sum += c.unseen()
				}
				if math.Abs(sum-1) > 1e-9 {
					t.Fatalf("%s on day %d: total mass %.12f", f.ID, day, sum)
				}
			}
		}
	})
}

// The tail by sorted masses is the tail by its definition.
func TestTailIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memory{}
		fold(t, m, lessons(t, 40))
		v := m.view(Day(18000+rapid.IntRange(0, 5000).Draw(t, "now")), "a0@d0.example", "d0.example", "p0@us.example")
		for _, f := range []*Family{ReplyTo, Mailer, Hop, Hour} {
			c := v.Chain(f)
			all := c.universe()
			for _, u := range append(all, 12345) {
				if f.Closed != nil && !slices.Contains(all, u) {
					continue
				}
				want, limit := 0.0, c.P(u)*slack
				for _, o := range all {
					if p := c.P(o); p <= limit {
						want += p
					}
				}
				if f.Closed == nil && c.unseen() <= limit {
					want += c.unseen()
				}
				if got := c.Tail(u); math.Abs(got-min(want, 1)) > 1e-9 {
					t.Fatalf("%s: tail %.12f, by definition %.12f", f.ID, got, want)
				}
			}
		}
	})
}

func TestOrderOfLearningDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := lessons(t, 30)
		a, b := memory{}, memory{}
		fold(t, a, all)
		fold(t, b, rapid.Permutation(all).Draw(t, "order"))
		same(t, a, b)
	})
}

func TestUnlearnRestoresExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep, gone := lessons(t, 20), lessons(t, 10)
		want, got := memory{}, memory{}
		fold(t, want, keep)
		mixed := append(slices.Clone(keep), gone...)
		for _, l := range gone {
			mixed = append(mixed, undo(l))
		}
		// also when the taking back is folded before what it takes back
		fold(t, got, rapid.Permutation(mixed).Draw(t, "order"))
		same(t, want, got)
	})
}

func same(t *rapid.T, a, b memory) {
	if len(a) != len(b) {
		t.Fatalf("%d rows against %d", len(a), len(b))
	}
	for r, x := range a {
		if !bytes.Equal(x, b[r]) {
			t.Fatalf("row %d %x differs:\n%x\n%x", r.Level, r.Key, x, b[r])
		}
	}
}

func TestNothingFromTheFuture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := lessons(t, 30)
		now := Day(18000 + rapid.IntRange(0, 3650).Draw(t, "now"))
		past := slices.DeleteFunc(slices.Clone(all), func(l *Lesson) bool { return l.Day > now })
		a, b := memory{}, memory{}
		fold(t, a, all)
		fold(t, b, past)
		for i := range 5 {
			va := a.view(now, fmt.Sprintf("a%d@d%d.example", i, i%2), fmt.Sprintf("d%d.example", i%2), "p0@us.example")
			vb := b.view(now, fmt.Sprintf("a%d@d%d.example", i, i%2), fmt.Sprintf("d%d.example", i%2), "p0@us.example")
			for _, f := range []*Family{Mailer, Hour} {
				x, y := va.Chain(f).links[0], vb.Chain(f).links[0]
				if math.Abs(x.n-y.n) > 1e-9 {
					t.Fatalf("%s: the future counts: %g against %g", f.ID, x.n, y.n)
				}
			}
		}
	})
}

// Ten years of decay: what was learned at the start weighs nothing, the sentence
// still has it, and nothing is NaN or infinite.
func TestDecayOverTenYears(t *testing.T) {
	k := testKeyer
	m := memory{}
	l := &Lesson{Day: 15000}
	l.Row(k.Author("a0@d0.example", "d0.example"), Key{}).Teach(Mailer, k.Value(Mailer, "mutt"))
	if _, err := k.Fold(m, []*Lesson{l}, nil); err != nil {
		t.Fatal(err)
	}
	last := 2.0
	for day := Day(15000); day < 15000+3650; day += 7 {
		r := m.view(day, "a0@d0.example", "d0.example", "p0@us.example").Read(Mailer, "mutt")
		want := math.Exp2(-float64(day-Param{HalfLife: 90}.bucket(15000)) / 90)
		if age := float64(day - (Param{HalfLife: 90}).bucket(15000)); age > 12*90 {
			want = 0
		}
		if x := DefaultParams().Of(Mailer); x.HalfLife == 90 && math.Abs(r.Known-want) > 1e-9 {
			t.Fatalf("day %d: weight %g, want %g", day-15000, r.Known, want)
		}
		if r.Known > last || math.IsNaN(r.Bits) || r.Days != 1 || r.First != 15000 {
			t.Fatalf("day %d: %+v", day-15000, r)
		}
		last = r.Known
	}
}

func TestRetireKeepsSentences(t *testing.T) {
	k := testKeyer
	m := memory{}
	for d := range Day(10) {
		l := &Lesson{Day: 15000 + d}
		l.Row(k.Author("a0@d0.example", "d0.example"), Key{}).Teach(Mailer, k.Value(Mailer, "mutt"))
		if _, err := k.Fold(m, []*Lesson{l, l}, nil); err != nil {
			t.Fatal(err)
		}
	}
	r := k.Author("a0@d0.example", "d0.example")
	p, _ := Decode(m[r])
	if !p.Retire(Author, func(*Family) Day { return 15008 }) {
		t.Error("nothing was retired")
	}
	m[r] = p.Append(nil)
	got := m.view(15100, "a0@d0.example", "d0.example", "p0@us.example").Read(Mailer, "mutt")
	if got.Days != 10 || got.First != 15000 || got.Last != 15009 {
		t.Errorf("after retiring: %+v", got)
	}
}

func TestLessonRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := world{days: 100}.lesson(t)
		b := l.Append(nil)
		got, err := DecodeLesson(b)
		if err != nil || !bytes.Equal(got.Append(nil), b) {
			t.Fatalf("%v", err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	m := memory{}
	l := &Lesson{Day: 18000}
	l.Row(testKeyer.Row(Author, "a"), Key{1}).Teach(Mailer, 5)
	if _, err := testKeyer.Fold(m, []*Lesson{l}, nil); err != nil {
		f.Fatal(err)
	}
	for _, b := range m {
		f.Add(b)
	}
	f.Add(l.Append(nil))
	l.Say(KnownDomain, 5, "vendor.example")
	f.Add(l.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := Decode(b); err == nil {
			v := NewView(testKeyer, DefaultParams(), 18100)
			v.Set(testKeyer.Row(Author, "a"), p)
			v.Read(Mailer, "x")
			p.Append(nil)
		}
		if l, err := DecodeLesson(b); err == nil {
			l.Append(nil)
		}
	})
}

func TestWideContextsHearOnlyOfAnsweredAuthors(t *testing.T) {
	k, m := testKeyer, memory{}
	teach := func(standing string) {
		l := &Lesson{Day: 18000}
		l.Row(k.Owned(Pair, "p0@us.example", "a0@d0.example"), k.Author("a0@d0.example", "d0.example").Key).Teach(Standing, k.Value(Standing, standing))
		l.Row(k.Author("a0@d0.example", "d0.example"), Key{}).Teach(Mailer, k.Value(Mailer, "mutt"))
		if _, err := k.Fold(m, []*Lesson{l}, nil); err != nil {
			t.Fatal(err)
		}
	}
	known := func() float64 {
		return m.view(18001, "new@d0.example", "d0.example", "p0@us.example").Chain(Mailer).links[1].n
	}
	teach(In)
	if n := known(); n != 0 {
		t.Errorf("a stranger taught his domain: %g", n)
	}
	teach(Out)
	if n := known(); !(n > 0.9) {
		t.Errorf("an answered author does not count: %g", n)
	}
}
