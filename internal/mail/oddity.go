package mail

import "sort"

// maxOddities bounds the list: a message made of nothing but faults must not
// cost more memory than it has bytes. The first ones tell the story.
const maxOddities = 200

// odd notes an oddity. Of one kind at most eight are kept.
func (p *parser) odd(id string, off int, detail string, ambiguous bool) {
	p.m.note(Oddity{ID: id, Offset: off, Detail: detail, Ambiguous: ambiguous})
}

func (m *Message) note(o Oddity) {
	if len(m.Oddities) >= maxOddities {
		return
	}
	same := 0
	for i := range m.Oddities {
		if m.Oddities[i].ID == o.ID {
			if same++; same >= 8 || m.Oddities[i] == o {
				return
			}
		}
	}
	m.Oddities = append(m.Oddities, o)
}

// cut notes that a limit cut the look short.
func (p *parser) cut(limit string) { p.m.truncate(limit) }

func (m *Message) truncate(limit string) {
	for _, t := range m.Truncated {
		if t == limit {
			return
		}
	}
	m.Truncated = append(m.Truncated, limit)
}

func (m *Message) sortOddities() {
	if len(m.Oddities) < 2 {
		return
	}
	sort.SliceStable(m.Oddities, func(i, j int) bool { return m.Oddities[i].Offset < m.Oddities[j].Offset })
}

// Ambiguous reports whether readers are known to disagree about this message:
// what kith saw may not be what the recipient's mail program shows.
func (m *Message) Ambiguous() bool {
	for i := range m.Oddities {
		if m.Oddities[i].Ambiguous {
			return true
		}
	}
	return false
}

// Odd returns the first oddity with that id.
func (m *Message) Odd(id string) (Oddity, bool) {
	for _, o := range m.Oddities {
		if o.ID == id {
			return o, true
		}
	}
	return Oddity{}, false
}
