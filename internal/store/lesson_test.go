package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var lessonTime = time.UnixMilli(1_700_000_000_000).UTC()

func lesson(key, owner, data string) Lesson {
	return Lesson{Key: []byte(key), Owner: []byte(owner), At: lessonTime, Data: []byte(data)}
}

// all reads the lessons of a node, and checks their order.
func all(t testing.TB, s *Store) []Kept {
	t.Helper()
	kept, err := s.Lessons(context.Background(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(kept); i++ {
		if kept[i].Seq <= kept[i-1].Seq {
			t.Fatalf("lessons out of order: %d after %d", kept[i].Seq, kept[i-1].Seq)
		}
	}
	return kept
}

func TestALessonIsLearnedOnce(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		s := p.open(t)
		for range 2 {
			if err := s.Learn(ctx, []Lesson{lesson("k1", "ann", "one"), lesson("k2", "", "two"), lesson("k1", "ann", "again")}); err != nil {
				t.Fatal(err)
			}
		}
		kept := all(t, s)
		if len(kept) != 2 || string(kept[0].Data) != "one" || string(kept[0].Owner) != "ann" || !kept[0].At.Equal(lessonTime) || kept[0].Undo || len(kept[1].Owner) != 0 {
			t.Fatalf("%+v", kept)
		}
		if more, err := s.Lessons(ctx, kept[0].Seq, 1); err != nil || len(more) != 1 || more[0].Seq != kept[1].Seq {
			t.Errorf("after the first: %+v %v", more, err)
		}
		if of, err := s.LessonsOf(ctx, []byte("ann"), 10); err != nil || len(of) != 1 {
			t.Errorf("of ann: %+v %v", of, err)
		}
		if of, err := s.LessonsOf(ctx, nil, 10); err != nil || len(of) != 0 {
			t.Errorf("of nobody: %+v %v", of, err)
		}
		if n, last, from, to, err := s.LessonCount(ctx); err != nil || n != 2 || last != kept[1].Seq || !from.Equal(lessonTime) || !to.Equal(lessonTime) {
			t.Errorf("%d lessons, the last %d, from %v to %v: %v", n, last, from, to, err)
		}
	})
}

// A lesson stands if and only if the outcome that came with it does.
func TestALessonRidesWithItsOutcome(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx, now := context.Background(), time.Now()
		s := p.open(t)
		out := []Settled{{Key: Key{1}, State: Confirmed, Record: rec("a", "x@o"), Lessons: []Lesson{lesson("k", "ann", "data")}}}
		for range 2 { // an outcome may be told twice, by the overflow file
			if err := s.Settle(ctx, "b", now, out); err != nil {
				t.Fatal(err)
			}
		}
		if kept := all(t, s); len(kept) != 1 {
			t.Fatalf("%+v", kept)
		}
		bad := []Settled{{Key: Key{2}, State: Confirmed, Record: rec("b", "x@o"), Lessons: []Lesson{{Data: []byte("no key")}}}}
		if err := s.Settle(ctx, "b", now, bad); err == nil {
			t.Fatal("a lesson without a key was taken")
		}
		if got, _ := s.Trace(ctx, "b", 1); len(got) != 0 {
			t.Error("the outcome stands without its lesson")
		}
		if prior, err := s.Begin(ctx, "b", now, []Intent{{Key: Key{2}, Record: rec("b", "x@o")}}); err != nil || prior[0].Seen {
			t.Errorf("%+v %v", prior, err)
		}
	})
}

func TestALessonIsTakenBackOnce(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		s := p.open(t)
		if found, err := s.Unlearn(ctx, []byte("k")); found || err != nil {
			t.Fatalf("before it was learned: %v %v", found, err)
		}
		if err := s.Learn(ctx, []Lesson{lesson("k", "ann", "data")}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{true, false} {
			if found, err := s.Unlearn(ctx, []byte("k")); found != want || err != nil {
				t.Errorf("time %d: %v %v", i+1, found, err)
			}
		}
		if found, err := s.Unlearn(ctx, undoKey([]byte("k"))); found || err != nil {
			t.Errorf("taking back what took back: %v %v", found, err)
		}
		kept := all(t, s)
		if len(kept) != 2 || !kept[1].Undo || string(kept[1].Data) != "data" || string(kept[1].Owner) != "ann" || !kept[1].At.Equal(lessonTime) {
			t.Errorf("%+v", kept)
		}
		if err := s.Learn(ctx, []Lesson{lesson("k", "ann", "data")}); err != nil || len(all(t, s)) != 2 {
			t.Errorf("learned again: %v", err)
		}
	})
}

func TestForgettingLessons(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		s := p.open(t)
		var many []Lesson
		for i := range forgetBatch + 20 {
			many = append(many, lesson(fmt.Sprint(i), "ann", "data"))
		}
		if err := s.Learn(ctx, many); err != nil {
			t.Fatal(err)
		}
		kept := all(t, s)
		after, mark := lessonTime.Add(time.Second), kept[len(kept)-11].Seq
		if err := s.ForgetLessons(ctx, lessonTime, mark); err != nil || len(all(t, s)) != len(kept) {
			t.Errorf("young ones are gone: %v", err)
		}
		if err := s.ForgetLessons(ctx, after, mark); err != nil || len(all(t, s)) != 10 {
			t.Errorf("%d are left of 10 that were not folded: %v", len(all(t, s)), err)
		}
		if err := s.Learn(ctx, []Lesson{lesson("bob's", "bob", "data"), lesson("all", "", "data")}); err != nil {
			t.Fatal(err)
		}
		for owner, want := range map[string]int{"ann": 10, "carl": 0, "": 0} {
			if n, err := s.EraseLessons(ctx, []byte(owner)); n != want || err != nil {
				t.Errorf("erasing %q drops %d: %v", owner, n, err)
			}
		}
		if left := all(t, s); len(left) != 2 || left[0].Seq <= kept[len(kept)-1].Seq {
			t.Errorf("%+v", left)
		}
	})
}

// Whatever is learned and taken back, in whatever order and by whatever node:
// each key stands once, each undoing once and after its lesson was there.
func TestLessonsAreASet(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		nodes := []*Store{p.open(t)}
		if nodes[0].shared() {
			nodes = append(nodes, p.node(t, "second"))
		}
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			learned, undone := map[string]bool{}, map[string]bool{}
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				s := rapid.SampledFrom(nodes).Draw(rt, "node")
				key := fmt.Sprintf("%d/%d", n, rapid.IntRange(0, 3).Draw(rt, "key"))
				if rapid.Bool().Draw(rt, "learn") {
					if err := s.Learn(ctx, []Lesson{lesson(key, fmt.Sprint(n), "data")}); err != nil {
						rt.Fatal(err)
					}
					learned[key] = true
					continue
				}
				found, err := s.Unlearn(ctx, []byte(key))
				if want := learned[key] && !undone[key]; err != nil || found != want {
					rt.Fatalf("unlearn %s: %v %v, want %v", key, found, err, want)
				}
				undone[key] = undone[key] || found
			}
			kept, err := nodes[0].LessonsOf(ctx, []byte(fmt.Sprint(n)), 100)
			if err != nil || len(kept) != len(learned)+len(undone)-countFalse(undone) {
				rt.Fatalf("%d lessons, want %d and %d undone: %v", len(kept), len(learned), len(undone), err)
			}
		})
	})
}

func countFalse(m map[string]bool) (n int) {
	for _, v := range m {
		if !v {
			n++
		}
	}
	return n
}

// Two nodes write lessons at the same time. Whoever reads one node's lessons from
// mark to mark meanwhile sees each of them.
func TestNoLessonAppearsBelowAMark(t *testing.T) {
	p := on(t, server(t))
	ctx := context.Background()
	a, b := p.open(t), p.node(t, "second")
	const n = 150
	errs := make(chan error, 2)
	for i, s := range []*Store{a, b} {
		go func() {
			for j := range n {
				if err := s.Learn(ctx, []Lesson{lesson(fmt.Sprintf("%d-%d", i, j), "", "data")}); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	seen, mark := 0, int64(0)
	for working := 2; ; {
		kept, err := b.LessonsFrom(ctx, a.Node(), mark, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(kept) > 0 {
			seen, mark = seen+len(kept), kept[len(kept)-1].Seq
			continue
		}
		if working == 0 {
			break
		}
		select {
		case err := <-errs:
			if working--; err != nil {
				t.Fatal(err)
			}
		case <-time.After(time.Millisecond):
		}
	}
	if seen != n {
		t.Errorf("%d of %d lessons were seen", seen, n)
	}
}

// The lessons of a node that never came back are found by the others.
func TestAbsentNodes(t *testing.T) {
	p := on(t, server(t))
	ctx := context.Background()
	a, b := p.open(t), p.node(t, "second")
	for i, s := range []*Store{a, b} {
		if _, err := s.Doubt(ctx, fmt.Sprintf("boot%d", i)); err != nil {
			t.Fatal(err)
		}
		if err := s.Learn(ctx, []Lesson{lesson(fmt.Sprint(i), "", "data")}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := b.Absent(ctx); err != nil || len(got) != 0 {
		t.Errorf("both live: %v %v", got, err)
	}
	name := a.Node()
	a.Close()
	got, err := b.Absent(ctx)
	if err != nil || len(got) != 1 || got[0] != name {
		t.Fatalf("one left: %v %v, want %s", got, err, name)
	}
	if kept, err := b.LessonsFrom(ctx, got[0], 0, 10); err != nil || len(kept) != 1 {
		t.Errorf("%+v %v", kept, err)
	}
	if again := p.open(t); again.Node() != name {
		t.Errorf("the node is now %s, was %s: its lock file %s", again.Node(), name, filepath.Base(p.lock))
	}
}
