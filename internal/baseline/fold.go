package baseline

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Rows is where rows are kept while a batch is folded: a transaction of a store.
// Get locks what it reads; the rows of a call are all of one level, in key order,
// and calls come with rising levels, so that two nodes never wait for each other
// in a circle. Rows that also have PutWord(id []byte, text string) error keep the
// words of lessons; others keep fingerprints only.
type Rows interface {
	Get(rows []Row) (map[Row][]byte, error)
	Put(r Row, data []byte) error
	Delete(r Row) error
}

// change is a count to be added.
type change struct {
	fv  FamilyValue
	day Day
	n   int32
}

// pending is what a batch does to one row.
type pending struct {
	parent Key
	counts []change
}

// Stats says what a fold did.
type Stats struct {
	Lessons, Read, Written int // lessons folded; rows touched
}

// Fold adds lessons to the habits. The counts that it leaves depend on the set of
// lessons alone, not on their order or on how they were batched. seen is told of
// each row that changed; it may be nil.
func (k *Keyer) Fold(rows Rows, lessons []*Lesson, seen func(Row, *Profile)) (Stats, error) {
	if err := keepWords(rows, lessons); err != nil {
		return Stats{Lessons: len(lessons)}, err
	}
	st, err := k.work(rows, gather(lessons), seen)
	st.Lessons = len(lessons)
	return st, err
}

// keepWords puts the words of lessons away. Taking a lesson back leaves its words:
// no row names them any more, and what no row names is not shown.
func keepWords(rows Rows, lessons []*Lesson) error {
	words, ok := rows.(interface {
		PutWord(id []byte, text string) error
	})
	if !ok {
		return nil
	}
	for _, l := range lessons {
		if l.Undo {
			continue
		}
		for _, w := range l.Words {
			if err := words.PutWord(w.ID, w.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// Drop deletes rows whole, and takes their presence out of the wider ones: what is
// left is as if the dropped contexts had never been.
func (k *Keyer) Drop(rows Rows, victims []Row, seen func(Row, *Profile)) error {
	todo := make(map[Row]*pending)
	for len(victims) > 0 {
		level, batch := victims[0].Level, victims
		if i := slices.IndexFunc(victims, func(r Row) bool { return r.Level != level }); i > 0 {
			batch = victims[:i]
		}
		victims = victims[len(batch):]
		data, err := rows.Get(batch)
		if err != nil {
			return err
		}
		for _, r := range batch {
			delete(todo, r)
			p, err := Decode(data[r])
			if err != nil || len(data[r]) == 0 {
				continue // nothing there, or nothing that can be read: gone all the same
			}
			k.hand(r, p, presence(p, r.Level, k.open(p, r.Level), nil), nil, todo)
			k.tellPerson(r, k.company(r, p), nil, todo)
			if err := rows.Delete(r); err != nil {
				return err
			}
			if seen != nil {
				seen(r, new(Profile))
			}
		}
	}
	_, err := k.work(rows, todo, seen)
	return err
}

// work applies what is to be done, level by level: a child may add to its parents'.
func (k *Keyer) work(rows Rows, todo map[Row]*pending, seen func(Row, *Profile)) (st Stats, err error) {
	for len(todo) > 0 {
		level, batch := lowest(todo)
		data, err := rows.Get(batch)
		if err != nil {
			return st, err
		}
		st.Read += len(batch)
		for _, r := range batch {
			p, err := Decode(data[r])
			if err != nil {
				return st, fmt.Errorf("row %x of level %d: %w: stop kith, move the file of habits away and start it again: it is counted anew", r.Key, level, err)
			}
			want := todo[r]
			if p.Parent == (Key{}) {
				p.Parent = want.parent
			}
			k.apply(r, p, want.counts, todo)
			if err := write(rows, r, p, data[r]); err != nil {
				return st, err
			}
			if seen != nil {
				seen(r, p)
			}
			st.Written++
			delete(todo, r)
		}
	}
	return st, nil
}

// write stores a row that changed; one that says nothing any more is dropped.
func write(rows Rows, r Row, p *Profile, was []byte) error {
	if p.Empty() {
		if len(was) == 0 {
			return nil
		}
		return rows.Delete(r)
	}
	now := p.Append(make([]byte, 0, len(was)+64))
	if bytes.Equal(now, was) {
		return nil
	}
	return rows.Put(r, now)
}

// gather sums lessons up by row.
func gather(lessons []*Lesson) map[Row]*pending {
	todo := make(map[Row]*pending)
	for _, l := range lessons {
		n := int32(1)
		if l.Undo {
			n = -1
		}
		for i := range l.Rows {
			t := &l.Rows[i]
			if len(t.Values) == 0 {
				continue
			}
			p := todo[t.Row]
			if p == nil {
				p = &pending{}
				todo[t.Row] = p
			}
			if p.parent == (Key{}) {
				p.parent = t.Parent
			}
			for _, v := range t.Values {
				p.counts = append(p.counts, change{v, l.Day, n})
			}
		}
	}
	return todo
}

// lowest returns the rows of the lowest level, in key order.
func lowest(todo map[Row]*pending) (Level, []Row) {
	level := Level(255)
	for r := range todo {
		level = min(level, r.Level)
	}
	var batch []Row
	for r := range todo {
		if r.Level == level {
			batch = append(batch, r)
		}
	}
	slices.SortFunc(batch, func(a, b Row) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return level, batch
}

// apply adds counts to a row and hands the change of its presence on to the wider
// rows in todo. Only the touched values can change their presence, unless the
// row's gate may turn: then all can.
func (k *Keyer) apply(r Row, p *Profile, counts []change, todo map[Row]*pending) {
	l := r.Level
	touched := make(map[FamilyValue]bool, len(counts))
	for _, c := range counts {
		touched[c.fv] = true
	}
	for _, c := range counts {
		if l == Author && c.fv.Family == Standing.Num {
			touched = nil
			break
		}
	}
	before, met := presence(p, l, k.open(p, l), touched), k.company(r, p)
	for _, c := range counts {
		p.count(c.fv.Family, c.fv.Value, c.day, c.n)
	}
	k.hand(r, p, before, presence(p, l, k.open(p, l), touched), todo)
	k.tellPerson(r, met, k.company(r, p), todo)
}

// hand tells the parents of a row what of its presence has gone and what has come.
func (k *Keyer) hand(from Row, p *Profile, before, after map[FamilyValue]Day, todo map[Row]*pending) {
	for _, fv := range sorted(before) {
		if d, ok := after[fv]; !ok || d != before[fv] {
			k.tell(from, p, fv, change{fv, before[fv], -1}, todo)
		}
	}
	for _, fv := range sorted(after) {
		if d, ok := before[fv]; !ok || d != after[fv] {
			k.tell(from, p, fv, change{fv, after[fv], 1}, todo)
		}
	}
}

// tell hands one change of a row's presence to the wider row.
func (k *Keyer) tell(from Row, p *Profile, fv FamilyValue, c change, todo map[Row]*pending) {
	f := byNum[fv.Family]
	next, _ := f.Parent(from.Level)
	r := Row{next, p.Parent}
	switch next {
	case Org:
		r = k.OrgRow(f.Group)
	case Domain:
		r.Key = headOf(from.Key)
	}
	owe(todo, r, c)
}

func owe(todo map[Row]*pending, r Row, c change) {
	q := todo[r]
	if q == nil {
		q = &pending{}
		todo[r] = q
	}
	q.counts = append(q.counts, c)
}

func sorted(m map[FamilyValue]Day) []FamilyValue {
	keys := make([]FamilyValue, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b FamilyValue) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Value, b.Value))
	})
	return keys
}
