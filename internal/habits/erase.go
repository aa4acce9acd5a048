package habits

import (
	"bytes"
	"context"
	"slices"

	"kith/internal/baseline"
	"kith/internal/directory"
	"kith/internal/store"
)

// owned are the levels whose rows belong to one employee.
var owned = []baseline.Level{baseline.Pair, baseline.Person, baseline.User, baseline.Circle}

// Erased says what an erasure took away.
type Erased struct {
	Rows    int // rows of habits that belonged to the person
	Lessons int // learning records
}

// Erase forgets one person: the rows that are about him, his habits as an author,
// and the records of what was learned from his mail; and takes his presence out of
// what is shared. What others' mail to him taught about those others stays: it is
// theirs. names are those he goes by. What waits is folded first, so that nothing
// comes back.
func (k *Keeper) Erase(ctx context.Context, address string, names []string) (e Erased, err error) {
	if _, err := k.Fold(ctx); err != nil {
		return e, err
	}
	k.folding.Lock()
	defer k.folding.Unlock()
	victims, err := k.rowsOfPerson(ctx, address)
	if err != nil {
		return e, err
	}
	fresh := make(map[baseline.Row]*baseline.Profile)
	err = k.rows.Fold(ctx, func(tx *store.HabitTx) error {
		seen := func(r baseline.Row, p *baseline.Profile) { fresh[r] = p }
		if err := k.keys.Drop(tx, victims, seen); err != nil {
			return err
		}
		if err := k.unname(tx, address, names, seen); err != nil {
			return err
		}
		return dropNames(tx, fresh)
	})
	if err != nil {
		return e, err
	}
	k.cache.replace(fresh)
	e.Rows = len(victims)
	owner := k.keys.Owner(address)
	e.Lessons, err = k.lessons.EraseLessons(ctx, owner[:])
	return e, err
}

// rowsOfPerson lists a person's rows in the order in which they are dropped.
func (k *Keeper) rowsOfPerson(ctx context.Context, address string) (rows []baseline.Row, err error) {
	prefix := k.keys.Owner(address)
	for _, l := range owned {
		err := k.rows.Each(ctx, l, prefix[:], func(r baseline.Row, _ []byte) error {
			rows = append(rows, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	who := authorKey(address)
	rows = append(rows, k.authorRow(who), k.keys.Row(baseline.Probation, who))
	slices.SortFunc(rows, func(a, b baseline.Row) int {
		if a.Level != b.Level {
			return int(a.Level) - int(b.Level)
		}
		return bytes.Compare(a.Key[:], b.Key[:])
	})
	return rows, nil
}

// unname takes a person's address from the rows of his names.
func (k *Keeper) unname(tx *store.HabitTx, address string, names []string, seen func(baseline.Row, *baseline.Profile)) error {
	value := k.keys.Value(baseline.NameAddress, authorKey(address))
	for _, n := range names {
		r := k.keys.Row(baseline.Name, directory.FoldName(n))
		data, err := tx.Get([]baseline.Row{r})
		if err != nil {
			return err
		}
		p, err := baseline.Decode(data[r])
		if err != nil || !p.Forget(baseline.NameAddress, value) {
			continue
		}
		if p.Empty() {
			err = tx.Delete(r)
		} else {
			err = tx.Put(r, p.Append(nil))
		}
		if err != nil {
			return err
		}
		seen(r, p)
	}
	return nil
}

// dropNames forgets the readable address of authors whom nobody else knows.
func dropNames(tx *store.HabitTx, rows map[baseline.Row]*baseline.Profile) error {
	for r, p := range rows {
		if r.Level == baseline.Author && p.Empty() {
			if err := tx.DropWord(r.Key[:]); err != nil {
				return err
			}
		}
	}
	return nil
}
