package baseline

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"sync/atomic"
)

// Day is a day of the organisation's calendar, counted from 1970-01-01. Days are
// the finest time that habits know.
type Day int32

// Profile is one row: the habits of one context. It is read-only once it was
// shared; a fold works on a copy that it decoded for itself.
type Profile struct {
	Parent Key // of a Pair: the author whose row counts its presence; zero elsewhere
	habits []*habit
}

// habit holds the counts of one family in one context.
type habit struct {
	fam    uint8
	vals   []tally // by value
	cached atomic.Pointer[summary]
}

// tally is the integers of one value: on which days it was taught, how often.
// What has left the window of weight is kept as a number of days and the first
// of them.
type tally struct {
	v        Value
	days     []dayCount // by day
	old      int32      // days that weigh nothing any more
	oldFirst Day
}

// dayCount may be negative while an un-learning was folded before what it takes
// back: the order of folding must not matter.
type dayCount struct {
	day Day
	n   int32
}

// find returns the habit of a family, or nil.
func (p *Profile) find(fam uint8) *habit {
	if p == nil {
		return nil
	}
	if i, ok := slices.BinarySearchFunc(p.habits, fam, func(h *habit, f uint8) int { return cmp.Compare(h.fam, f) }); ok {
		return p.habits[i]
	}
	return nil
}

// Empty reports whether a row says nothing any more and may be dropped.
func (p *Profile) Empty() bool { return len(p.habits) == 0 }

func (h *habit) find(v Value) (int, bool) {
	if h == nil {
		return 0, false
	}
	return slices.BinarySearchFunc(h.vals, v, func(t tally, v Value) int { return cmp.Compare(t.v, v) })
}

// Any returns one value of a family that stands in a row: the one with the lowest
// fingerprint, for rows that hold one.
func (p *Profile) Any(f *Family) (Value, bool) {
	h := p.find(f.Num)
	if h == nil || len(h.vals) == 0 {
		return 0, false
	}
	return h.vals[0].v, true
}

// Values returns the fingerprints of a family that stand in a row, in their order.
func (p *Profile) Values(f *Family) (out []Value) {
	h := p.find(f.Num)
	if h == nil {
		return nil
	}
	for i := range h.vals {
		if _, ok := h.vals[i].first(); ok {
			out = append(out, h.vals[i].v)
		}
	}
	return out
}

// maxValues bounds the values of one habit: a context that has seen so many has
// no habit. Further ones are not counted.
const maxValues = 1 << 16

// count adds n to a value's day. It keeps no zeros, so that what was taught and
// un-taught leaves nothing.
func (p *Profile) count(fam uint8, v Value, day Day, n int32) {
	i, ok := slices.BinarySearchFunc(p.habits, fam, func(h *habit, f uint8) int { return cmp.Compare(h.fam, f) })
	if !ok {
		p.habits = slices.Insert(p.habits, i, &habit{fam: fam})
	}
	h := p.habits[i]
	h.cached.Store(nil)
	j, ok := h.find(v)
	if !ok {
		if len(h.vals) >= maxValues {
			return
		}
		h.vals = slices.Insert(h.vals, j, tally{v: v})
	}
	h.vals[j].count(day, n)
	if h.vals[j].empty() {
		h.vals = slices.Delete(h.vals, j, j+1)
	}
	if len(h.vals) == 0 {
		p.habits = slices.Delete(p.habits, i, i+1)
	}
}

// Forget strikes a value out, whatever taught it, and reports whether it was there.
func (p *Profile) Forget(f *Family, v Value) bool {
	h := p.find(f.Num)
	j, ok := h.find(v)
	if !ok {
		return false
	}
	h.vals = slices.Delete(h.vals, j, j+1)
	h.cached.Store(nil)
	p.habits = slices.DeleteFunc(p.habits, func(h *habit) bool { return len(h.vals) == 0 })
	return true
}

func (t *tally) count(day Day, n int32) {
	i, ok := slices.BinarySearchFunc(t.days, day, func(d dayCount, day Day) int { return cmp.Compare(d.day, day) })
	if !ok {
		t.days = slices.Insert(t.days, i, dayCount{day: day})
	}
	t.days[i].n = saturate(int64(t.days[i].n) + int64(n))
	if t.days[i].n == 0 {
		t.days = slices.Delete(t.days, i, i+1)
	}
}

// saturate keeps a count within what the encoding and the sums can bear; nobody
// reaches it but a loop gone wild.
func saturate(n int64) int32 { return int32(max(-1<<30, min(n, 1<<30))) }

func (t *tally) empty() bool { return len(t.days) == 0 && t.old == 0 }

// first returns the first day on which a value stands, and whether it does.
func (t *tally) first() (Day, bool) {
	if t.old > 0 {
		return t.oldFirst, true
	}
	for _, d := range t.days {
		if d.n > 0 {
			return d.day, true
		}
	}
	return 0, false
}

// retire moves what is older than horizon out of the window of weight. leaf says
// whether a day counts once.
func (t *tally) retire(horizon Day, leaf bool) {
	i := 0
	for ; i < len(t.days) && t.days[i].day < horizon; i++ {
		if n := effective(t.days[i].n, leaf); n > 0 {
			if t.old == 0 {
				t.oldFirst = t.days[i].day
			}
			t.old = saturate(int64(t.old) + int64(n))
		}
	}
	t.days = slices.Delete(t.days, 0, i)
}

// effective is what a day's count is worth: once a day where mails are counted,
// as it stands where children are.
func effective(n int32, leaf bool) int32 {
	if n > 1 && leaf {
		return 1
	}
	return max(n, 0)
}

// Retire moves counts to where they weigh nothing that are older than their family's
// horizon, and reports whether there were any. What weighs nothing has no other use
// than sentences, and these need no days.
func (p *Profile) Retire(l Level, horizon func(*Family) Day) (any bool) {
	for _, h := range p.habits {
		f := byNum[h.fam]
		if f == nil {
			continue
		}
		before := horizon(f)
		for i := range h.vals {
			if t := &h.vals[i]; len(t.days) > 0 && t.days[0].day < before {
				t.retire(before, f.daily(l))
				any = true
			}
		}
		h.vals = slices.DeleteFunc(h.vals, func(t tally) bool { return t.empty() })
		h.cached.Store(nil)
	}
	p.habits = slices.DeleteFunc(p.habits, func(h *habit) bool { return len(h.vals) == 0 })
	return any
}

// encoding is the version of the stored form.
const encoding = 1

var errProfile = errors.New("unreadable row of habits")

// Append writes the stored form of a row.
func (p *Profile) Append(b []byte) []byte {
	b = append(b, encoding)
	b = append(b, p.Parent[:]...)
	for _, h := range p.habits {
		b = append(b, h.fam)
		b = binary.AppendUvarint(b, uint64(len(h.vals)))
		for i := range h.vals {
			b = h.vals[i].append(b)
		}
	}
	return b
}

func (t *tally) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(t.v))
	b = binary.AppendUvarint(b, uint64(len(t.days))<<1|min(1, uint64(t.old)))
	if t.old > 0 {
		b = binary.AppendUvarint(b, uint64(t.old))
		b = binary.AppendVarint(b, int64(t.oldFirst))
	}
	last := Day(0)
	for _, d := range t.days {
		b = binary.AppendVarint(b, int64(d.day-last))
		b = binary.AppendVarint(b, int64(d.n))
		last = d.day
	}
	return b
}

// Decode reads the stored form; nil or empty data is an empty row. A damaged row
// is an error: habits can be rebuilt, and guessing would teach nonsense.
func Decode(data []byte) (*Profile, error) {
	p := new(Profile)
	if len(data) == 0 {
		return p, nil
	}
	if data[0] != encoding || len(data) < 17 {
		return nil, errProfile
	}
	copy(p.Parent[:], data[1:17])
	r := reader{data[17:], false}
	for len(r.b) > 0 && !r.bad {
		h := &habit{fam: r.byte()}
		n := r.uvarint()
		if n == 0 || n > maxValues || len(p.habits) > 0 && p.habits[len(p.habits)-1].fam >= h.fam {
			return nil, errProfile
		}
		h.vals = make([]tally, 0, min(n, uint64(len(r.b)/6+1)))
		for range n {
			t := r.tally()
			if r.bad || len(h.vals) > 0 && h.vals[len(h.vals)-1].v >= t.v {
				return nil, errProfile
			}
			h.vals = append(h.vals, t)
		}
		p.habits = append(p.habits, h)
	}
	if r.bad {
		return nil, errProfile
	}
	return p, nil
}

// reader takes bounded values off a row.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad = true
		return make([]byte, n)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) tally() (t tally) {
	t.v = Value(binary.BigEndian.Uint32(r.take(4)))
	n := r.uvarint()
	if n&1 == 1 {
		t.old, t.oldFirst = int32(r.uvarint()), Day(r.varint())
	}
	n >>= 1
	if n > uint64(len(r.b)) { // a day takes two bytes at least
		r.bad = true
		return t
	}
	t.days = make([]dayCount, n)
	last := Day(0)
	for i := range t.days {
		step := r.varint()
		if i > 0 && step <= 0 {
			r.bad = true
		}
		last += Day(step)
		t.days[i] = dayCount{last, int32(r.varint())}
	}
	return t
}
