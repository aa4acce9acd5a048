package habits

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kith/internal/baseline"
)

// Portrait is everything that was learned about one person, in a form that the
// person can read and take along (GDPR articles 15 and 20).
type Portrait struct {
	Address string        `json:"address"`
	Peers   []Peer        `json:"peers"`   // who writes to the person and to whom the person writes, closest first
	Writes  []Usual       `json:"writes"`  // how the person's own mail usually is
	Gets    []Usual       `json:"gets"`    // what the person usually gets
	Sends   []Usual       `json:"sends"`   // to whom and from where the person sends
	Lessons []LessonsKept `json:"lessons"` // learning records that are kept, by month
}

// Peer is one relation.
type Peer struct {
	Address string    `json:"address"` // "" where the address is not kept in readable form
	Wrote   int       `json:"wrote"`   // days on which the peer wrote to the person
	Written int       `json:"written"` // days on which the person wrote to the peer
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Other   []Usual   `json:"other,omitempty"`
}

// Usual is one value of one habit.
type Usual struct {
	Habit string    `json:"habit"`
	Sees  string    `json:"sees"`            // what the habit is, in plain English
	Value string    `json:"value,omitempty"` // "" where it is kept as a hash only
	Days  int       `json:"days"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// LessonsKept counts records of one month.
type LessonsKept struct {
	Month string `json:"month"`
	Count int    `json:"count"`
}

// Portrait gathers what is known of a person. What waits is folded first.
func (k *Keeper) Portrait(ctx context.Context, address string) (*Portrait, error) {
	if _, err := k.Fold(ctx); err != nil {
		return nil, err
	}
	p := &Portrait{Address: address}
	owner := k.keys.Owner(address)
	err := k.rows.Each(ctx, baseline.Pair, owner[:], func(_ baseline.Row, data []byte) error {
		peer, err := k.peer(ctx, data)
		if err == nil {
			p.Peers = append(p.Peers, peer)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(p.Peers, func(a, b Peer) int {
		return cmp.Or(cmp.Compare(b.Wrote+b.Written, a.Wrote+a.Written), cmp.Compare(a.Address, b.Address))
	})
	for _, part := range []struct {
		row baseline.Row
		to  *[]Usual
	}{
		{k.authorRow(authorKey(address)), &p.Writes}, {k.keys.Person(address), &p.Gets},
		{k.keys.Owned(baseline.User, address), &p.Sends}, {k.keys.Owned(baseline.Circle, address), &p.Sends},
	} {
		got, err := k.get(ctx, []baseline.Row{part.row})
		if err != nil {
			return nil, err
		}
		usual, err := k.usual(ctx, got[part.row].Tell(part.row.Level))
		if err != nil {
			return nil, err
		}
		*part.to = append(*part.to, usual...)
	}
	p.Lessons, err = k.lessonMonths(ctx, owner[:])
	return p, err
}

func (k *Keeper) peer(ctx context.Context, data []byte) (Peer, error) {
	row, err := baseline.Decode(data)
	if err != nil {
		return Peer{}, err
	}
	var e Peer
	if e.Address, err = k.rows.Word(ctx, row.Parent[:]); err != nil {
		return e, err
	}
	var rest []baseline.Told
	for _, t := range row.Tell(baseline.Pair) {
		if t.Family != baseline.Standing {
			rest = append(rest, t)
			continue
		}
		switch k.keys.Name(t.Family, t.Value) {
		case baseline.In:
			e.Wrote = t.Days
		case baseline.Out:
			e.Written = t.Days
		default:
			continue
		}
		if first := t.First.Time(); e.First.IsZero() || first.Before(e.First) {
			e.First = first
		}
		if last := t.Last.Time(); last.After(e.Last) {
			e.Last = last
		}
	}
	e.Other, err = k.usual(ctx, rest)
	return e, err
}

// usual puts what is told into words where there are any.
func (k *Keeper) usual(ctx context.Context, told []baseline.Told) (all []Usual, err error) {
	for _, t := range told {
		u := Usual{Habit: t.Family.ID, Sees: t.Family.Sees, Days: t.Days, First: t.First.Time(), Last: t.Last.Time()}
		if t.Value == k.keys.Value(t.Family, baseline.None) { // counted where a mail has none of a family with many
			u.Value = "none"
		} else if u.Value = k.keys.Name(t.Family, t.Value); u.Value == "" && t.Family.Loud {
			if u.Value, err = k.rows.Word(ctx, baseline.FamilyValue{Family: t.Family.Num, Value: t.Value}.ID()); err != nil {
				return nil, err
			}
		}
		all = append(all, u)
	}
	return all, nil
}

func (k *Keeper) lessonMonths(ctx context.Context, owner []byte) (all []LessonsKept, err error) {
	kept, err := k.lessons.LessonsOf(ctx, owner, 1<<20)
	if err != nil {
		return nil, err
	}
	count := make(map[string]int)
	for i := range kept {
		count[kept[i].At.In(k.zone).Format("2006-01")]++
	}
	for m, n := range count {
		all = append(all, LessonsKept{m, n})
	}
	slices.SortFunc(all, func(a, b LessonsKept) int { return cmp.Compare(a.Month, b.Month) })
	return all, nil
}
