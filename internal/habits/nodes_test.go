package habits_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kith/internal/baseline"
	"kith/internal/habits"
	"kith/internal/store"
	"kith/internal/store/storetest"
)

func TestMain(m *testing.M) {
	defer storetest.Close()
	m.Run()
}

// Two nodes on one database learn what one alone learns, row for row, whoever got
// which mail and whenever they fold.
func TestTwoNodesLearnAsOne(t *testing.T) {
	server := storetest.Shared(t)
	key := bytes.Repeat([]byte{1}, 32)
	ctx := context.Background()
	run := func(nodes int) map[string][]byte {
		_, url := server.Database(t)
		pass := storetest.PasswordFile(t)
		keepers := make([]*habits.Keeper, nodes)
		stores := make([]*store.Store, nodes)
		var rows *store.Habits
		for i := range nodes {
			st, err := store.Open(url, store.Options{PasswordFile: pass, Lock: filepath.Join(t.TempDir(), "lock")})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			if rows, err = store.OpenHabits(store.HabitsPath(url), store.Options{PasswordFile: pass}); err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			stores[i] = st
			keepers[i] = habits.New(habits.Options{Lessons: st, Rows: rows, SiteKey: key, Org: "default", Node: st.Node(), Shared: nodes > 1})
		}
		errs := make(chan error, 1000)
		for n := range 120 {
			i := n % nodes
			if err := stores[i].Learn(ctx, []store.Lesson{lessonOf(key, n)}); err != nil {
				t.Fatal(err)
			}
			if n%10 == 9 {
				for _, k := range keepers {
					go func() { _, err := k.Fold(ctx); errs <- err }()
				}
				for range keepers {
					if err := <-errs; err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		all := make(map[string][]byte)
		for l := range baseline.Level(64) {
			err := rows.Each(ctx, l, nil, func(r baseline.Row, data []byte) error {
				all[fmt.Sprint(r)] = bytes.Clone(data)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	one, two := run(1), run(2)
	if len(one) < 10 || len(one) != len(two) {
		t.Fatalf("%d rows by one node, %d by two", len(one), len(two))
	}
	for r, data := range one {
		if !bytes.Equal(two[r], data) {
			t.Errorf("row %s: %x by one node, %x by two", r, data, two[r])
		}
	}
}

// lessonOf is one lesson of a made-up stream: few authors, so that nodes meet in
// the same rows.
func lessonOf(key []byte, n int) store.Lesson {
	k := baseline.NewKeyer(key, "default")
	author, person := fmt.Sprintf("a%d@v%d.test", n%5, n%2), fmt.Sprintf("p%d@corp.test", n%3)
	row := k.Author(author, fmt.Sprintf("v%d.test", n%2))
	l := &baseline.Lesson{Day: baseline.Day(20000 + n/7)}
	pair := l.Row(k.Owned(baseline.Pair, person, author), row.Key)
	pair.Teach(baseline.Standing, k.Value(baseline.Standing, []string{baseline.In, baseline.Out}[n%4/3]))
	l.Row(row, baseline.Key{}).Teach(baseline.Mailer, k.Value(baseline.Mailer, fmt.Sprint(n%4)))
	return store.Lesson{Key: fmt.Appendf(nil, "lesson %d", n), At: time.Unix(int64(n), 0), Data: l.Append(nil)}
}
