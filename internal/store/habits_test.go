package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/internal/baseline"
)

func row(level, n int) baseline.Row {
	r := baseline.Row{Level: baseline.Level(level)}
	binary.BigEndian.PutUint32(r.Key[:], uint32(n))
	return r
}

func folded(t testing.TB, h *Habits, f func(tx *HabitTx) error) {
	t.Helper()
	if err := h.Fold(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// count is a row that holds one number.
func count(data []byte) uint64 {
	if len(data) == 0 {
		return 0
	}
	return binary.BigEndian.Uint64(data)
}

func counted(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// add reads rows and writes them back with one more.
func add(tx *HabitTx, rows []baseline.Row) error {
	was, err := tx.Get(rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := tx.Put(r, counted(count(was[r])+1)); err != nil {
			return err
		}
	}
	return nil
}

func TestHabitsKeepRowsMarksAndWords(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		h := p.habits(t)
		var rows []baseline.Row
		for i := range 300 {
			rows = append(rows, row(1+i%3, i))
		}
		folded(t, h, func(tx *HabitTx) error {
			if got, err := tx.Get(rows); err != nil || len(got) != 0 {
				return fmt.Errorf("%d rows in an empty store: %w", len(got), err)
			}
			for i, r := range rows[:200] { // the other hundred were read and are not written
				if err := tx.Put(r, counted(uint64(i))); err != nil {
					return err
				}
			}
			if got, err := tx.Get(rows[:1]); err != nil || len(got) != 1 {
				return fmt.Errorf("a fold does not see what it wrote: %v %w", got, err)
			}
			return errors.Join(tx.SetMark("n1", 7), tx.PutWord([]byte{1}, "wörd"), tx.PutWord([]byte{1}, "other"), tx.PutWord([]byte{2}, "gone"))
		})
		got, err := h.Get(ctx, rows)
		if err != nil || len(got) != 200 || count(got[rows[199]]) != 199 {
			t.Fatalf("%d rows: %v", len(got), err)
		}
		folded(t, h, func(tx *HabitTx) error {
			return errors.Join(tx.Delete(rows[0]), tx.DropWord([]byte{2}), tx.SetMark("n2", 9))
		})
		if n, bytes, err := h.Size(ctx); err != nil || n != 199 || bytes <= 0 {
			t.Errorf("size %d rows, %d bytes: %v", n, bytes, err)
		}
		if n, err := h.Count(ctx, 1); err != nil || n != 66 {
			t.Errorf("%d rows at level 1: %v", n, err)
		}
		for node, want := range map[string]int64{"n1": 7, "n2": 9, "n3": 0} {
			if m, err := h.Mark(ctx, node); m != want || err != nil {
				t.Errorf("mark of %s: %d %v", node, m, err)
			}
		}
		for id, want := range map[byte]string{1: "wörd", 2: "", 3: ""} {
			if w, err := h.Word(ctx, []byte{id}); w != want || err != nil {
				t.Errorf("word %d: %q %v", id, w, err)
			}
		}
	})
}

func TestHabitsInKeyOrder(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		h := p.habits(t)
		folded(t, h, func(tx *HabitTx) error {
			for i := range 40 {
				if err := tx.Put(row(2, i<<16|i), counted(1)); err != nil {
					return err
				}
			}
			return tx.Put(row(3, 5<<16), counted(1))
		})
		var last []byte
		n := 0
		err := h.Each(ctx, 2, nil, func(r baseline.Row, data []byte) error {
			if bytes.Compare(last, r.Key[:]) >= 0 && n > 0 || count(data) != 1 {
				t.Errorf("%x after %x", r.Key, last)
			}
			last, n = bytes.Clone(r.Key[:]), n+1
			return nil
		})
		if err != nil || n != 40 {
			t.Errorf("%d rows %v", n, err)
		}
		n = 0
		if err := h.Each(ctx, 2, []byte{0, 5}, func(baseline.Row, []byte) error { n++; return nil }); err != nil || n != 1 {
			t.Errorf("%d rows with a prefix, %v", n, err)
		}
		stop := errors.New("enough")
		if err := h.Each(ctx, 2, nil, func(baseline.Row, []byte) error { return stop }); !errors.Is(err, stop) {
			t.Error(err)
		}
	})
}

// A fold that ends in the middle leaves nothing, not even its mark: after a crash
// between the lessons and the counts, the same lessons are folded once.
func TestACrashBetweenLessonsAndFold(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		s, h := p.open(t), p.habits(t)
		if err := s.Learn(ctx, []Lesson{lesson("a", "", "x"), lesson("b", "", "x"), lesson("c", "", "x")}); err != nil {
			t.Fatal(err)
		}
		foldAll := func(s *Store, h *Habits, crash error) error {
			mark, err := h.Mark(ctx, s.Node())
			if err != nil {
				return err
			}
			kept, err := s.Lessons(ctx, mark, 100)
			if err != nil || len(kept) == 0 {
				return err
			}
			return h.Fold(ctx, func(tx *HabitTx) error {
				if now, err := tx.Mark(s.Node()); err != nil || now != mark {
					return fmt.Errorf("folded by another: mark is %d, was %d: %w", now, mark, err)
				}
				for range kept {
					if err := add(tx, []baseline.Row{row(1, 1)}); err != nil {
						return err
					}
				}
				if err := tx.SetMark(s.Node(), kept[len(kept)-1].Seq); err != nil {
					return err
				}
				return crash
			})
		}
		crash := errors.New("crash")
		if err := foldAll(s, h, crash); !errors.Is(err, crash) {
			t.Fatal(err)
		}
		s.Close()
		h.Close()
		s, h = p.open(t), p.habits(t)
		for range 3 { // once is enough, and more does no harm
			if err := foldAll(s, h, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := h.Get(ctx, []baseline.Row{row(1, 1)}); err != nil || count(got[row(1, 1)]) != 3 {
			t.Errorf("three lessons count %d: %v", count(got[row(1, 1)]), err)
		}
	})
}

// Folds leave what a map would.
func TestFoldsAreAMap(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		ctx := context.Background()
		h := p.habits(t)
		model := map[baseline.Row][]byte{}
		var everything []baseline.Row
		for i := range 24 {
			everything = append(everything, row(1+i%2, i))
		}
		rapid.Check(t, func(rt *rapid.T) {
			next := map[baseline.Row][]byte{}
			for r, d := range model {
				next[r] = d
			}
			fails := rapid.IntRange(0, 4).Draw(rt, "fails") == 0
			failed := errors.New("failed")
			err := h.Fold(ctx, func(tx *HabitTx) error {
				for range rapid.IntRange(0, 8).Draw(rt, "steps") {
					r := rapid.SampledFrom(everything).Draw(rt, "row")
					switch rapid.IntRange(0, 2).Draw(rt, "what") {
					case 0:
						got, err := tx.Get([]baseline.Row{r, everything[0]})
						if err != nil || !bytes.Equal(got[r], next[r]) {
							rt.Fatalf("%v is %x, want %x: %v", r, got[r], next[r], err)
						}
					case 1:
						next[r] = rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(rt, "data")
						if err := tx.Put(r, next[r]); err != nil {
							rt.Fatal(err)
						}
					case 2:
						delete(next, r)
						if err := tx.Delete(r); err != nil {
							rt.Fatal(err)
						}
					}
				}
				if fails {
					return failed
				}
				return nil
			})
			if fails != errors.Is(err, failed) || !fails && err != nil {
				rt.Fatal(err)
			}
			if !fails {
				model = next
			}
			got, err := h.Get(ctx, everything)
			if err != nil || len(got) != len(model) {
				rt.Fatalf("%d rows, want %d: %v", len(got), len(model), err)
			}
			for r, d := range got {
				if !bytes.Equal(d, model[r]) {
					rt.Fatalf("%v is %x, want %x", r, d, model[r])
				}
			}
		})
	})
}

// Two nodes fold into the same rows at the same time, new ones and old ones: no
// count is lost, and in the order of package baseline none waits for another in a
// circle. In the worst order some do, and are run again.
func TestTwoNodesFoldIntoTheSameRows(t *testing.T) {
	pg := server(t)
	for _, inOrder := range []bool{true, false} {
		p := on(t, pg)
		nodes := []*Habits{p.habits(t), p.habits(t)}
		var rows []baseline.Row
		for i := range 60 {
			rows = append(rows, row(1+i/20, i*7919%60))
		}
		const folds = 30
		var wg sync.WaitGroup
		for n, h := range nodes {
			wg.Go(func() {
				for i := range folds {
					parts := [][]baseline.Row{rows[:20], rows[20:40], rows[40:]}
					if n == 1 && !inOrder {
						parts[0], parts[2] = parts[2], parts[0]
					}
					err := h.Fold(context.Background(), func(tx *HabitTx) error {
						for _, part := range parts {
							if err := add(tx, part[i%5:]); err != nil { // new rows come in between old ones
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Errorf("node %d, fold %d: %v", n, i, err)
						return
					}
				}
			})
		}
		wg.Wait()
		got, err := nodes[0].Get(context.Background(), rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			want := uint64(0)
			for f := range folds {
				if i%20 >= f%5 {
					want += 2
				}
			}
			if count(got[r]) != want {
				t.Errorf("%v counts %d, want %d", r, count(got[r]), want)
			}
		}
		for _, h := range nodes {
			h.Close() // a connection that ends tells its statistics
		}
		time.Sleep(100 * time.Millisecond)
		var deadlocks int
		if err := p.habits(t).read.QueryRow(`SELECT deadlocks FROM pg_stat_database WHERE datname = $1`, p.database).Scan(&deadlocks); err != nil {
			t.Fatal(err)
		}
		if inOrder && deadlocks > 0 {
			t.Errorf("%d deadlocks", deadlocks)
		}
		t.Logf("in order %v: %d deadlocks", inOrder, deadlocks)
	}
}
