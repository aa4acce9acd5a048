package baseline

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// Lesson is what one event taught: which values in which contexts, on one day.
// It is the durable truth; habits are a fold over lessons.
type Lesson struct {
	Day   Day
	Undo  bool // takes back what the same lesson taught
	Rows  []Taught
	Words []Word // readable forms of values that it taught, at most 64; more are left out when it is stored
}

// Word is the readable form of a value of a loud family, which a sentence for
// people may need. It is kept once for the organisation.
type Word struct {
	ID   []byte // FamilyValue.ID, at most 16 bytes
	Text string // at most 255 bytes
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

// ID names the readable form of a value. The fingerprint is keyed by site and
// organisation, so the name is too.
func (fv FamilyValue) ID() []byte {
	return binary.BigEndian.AppendUint32([]byte{fv.Family}, uint32(fv.Value))
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

// Bounds of what a lesson may say in words.
const (
	maxWords    = 64
	maxWordID   = 16
	maxWordText = 255
)

// Say adds the readable form of a value. What is over the bounds is left out: a
// sentence is then said without it.
func (l *Lesson) Say(f *Family, v Value, text string) {
	if w := (Word{FamilyValue{f.Num, v}.ID(), text}); w.fits() && len(l.Words) < maxWords {
		l.Words = append(l.Words, w)
	}
}

func (w Word) fits() bool {
	return len(w.ID) > 0 && len(w.ID) <= maxWordID && w.Text != "" && len(w.Text) <= maxWordText
}

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
	words := make([]Word, 0, len(l.Words))
	for _, w := range l.Words {
		if w.fits() && len(words) < maxWords {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(words)))
	for _, w := range words {
		b = binary.AppendUvarint(b, uint64(len(w.ID)))
		b = append(b, w.ID...)
		b = binary.AppendUvarint(b, uint64(len(w.Text)))
		b = append(b, w.Text...)
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
	if len(r.b) > 0 {
		l.Words = r.words()
	}
	if r.bad || len(r.b) > 0 {
		return nil, errLesson
	}
	return l, nil
}

// words reads the words at the end of a lesson. A lesson without any ends before
// their number.
func (r *reader) words() (out []Word) {
	n := r.uvarint()
	if n == 0 || n > maxWords {
		r.bad = true
		return nil
	}
	for range n {
		id := r.text(maxWordID)
		text := r.text(maxWordText)
		w := Word{id, string(text)}
		if r.bad = r.bad || !w.fits(); r.bad {
			return nil
		}
		out = append(out, w)
	}
	return out
}

// text reads bytes with their number in front.
func (r *reader) text(most uint64) []byte {
	n := r.uvarint()
	if n > most {
		r.bad = true
		return nil
	}
	return bytes.Clone(r.take(int(n)))
}
