package baseline

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Lesson is what one event taught: which values in which contexts, on one day.
// It is the durable truth; habits are a fold over lessons.
type Lesson struct {
	Day  Day
	Undo bool // takes back what the same lesson taught
	Rows []Taught
}

// Taught is the part of a lesson that goes to one row.
type Taught struct {
	Row    Row
	Parent Key // of a Pair: its author's key; zero elsewhere
	Values []FamilyValue
}

// FamilyValue is one value of one family.
type FamilyValue struct {
	Family uint8
	Value  Value
}

// Teach adds a value; a row's values keep the order in which they came.
func (t *Taught) Teach(f *Family, v Value) {
	fv := FamilyValue{f.Num, v}
	if !slices.Contains(t.Values, fv) {
		t.Values = append(t.Values, fv)
	}
}

// Row returns the part of the lesson for a row, made when it is missing.
func (l *Lesson) Row(r Row, parent Key) *Taught {
	for i := range l.Rows {
		if l.Rows[i].Row == r {
			return &l.Rows[i]
		}
	}
	l.Rows = append(l.Rows, Taught{Row: r, Parent: parent})
	return &l.Rows[len(l.Rows)-1]
}

// Empty reports whether a lesson teaches nothing.
func (l *Lesson) Empty() bool {
	for i := range l.Rows {
		if len(l.Rows[i].Values) > 0 {
			return false
		}
	}
	return true
}

const lessonForm = 1

// Append writes the stored form.
func (l *Lesson) Append(b []byte) []byte {
	b = append(b, lessonForm)
	b = binary.AppendVarint(b, int64(l.Day))
	b = binary.AppendUvarint(b, uint64(len(l.Rows)))
	for i := range l.Rows {
		t := &l.Rows[i]
		b = append(b, byte(t.Row.Level))
		b = append(b, t.Row.Key[:]...)
		has := byte(0)
		if t.Parent != (Key{}) {
			has = 1
		}
		b = append(b, has)
		if has == 1 {
			b = append(b, t.Parent[:]...)
		}
		b = binary.AppendUvarint(b, uint64(len(t.Values)))
		for _, v := range t.Values {
			b = append(b, v.Family)
			b = binary.BigEndian.AppendUint32(b, uint32(v.Value))
		}
	}
	return b
}

var errLesson = errors.New("unreadable learning record")

// DecodeLesson reads the stored form.
func DecodeLesson(data []byte) (*Lesson, error) {
	if len(data) == 0 || data[0] != lessonForm {
		return nil, errLesson
	}
	r := reader{data[1:], false}
	l := &Lesson{Day: Day(r.varint())}
	n := r.uvarint()
	if n > uint64(len(r.b))/18+1 {
		return nil, errLesson
	}
	for range n {
		var t Taught
		t.Row.Level = Level(r.byte())
		copy(t.Row.Key[:], r.take(16))
		if r.byte() == 1 {
			copy(t.Parent[:], r.take(16))
		}
		m := r.uvarint()
		if r.bad || m > uint64(len(r.b))/5+1 {
			return nil, errLesson
		}
		for range m {
			t.Values = append(t.Values, FamilyValue{r.byte(), Value(binary.BigEndian.Uint32(r.take(4)))})
		}
		l.Rows = append(l.Rows, t)
	}
	if r.bad || len(r.b) > 0 {
		return nil, errLesson
	}
	return l, nil
}
